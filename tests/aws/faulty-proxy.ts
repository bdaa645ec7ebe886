/** Stands before an HTTP server of AWS and does to chosen requests what networks and busy services do. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

export type Fault =
  /** The server does what was asked; its answer is lost on the way. */
  | { readonly kind: 'lost-answer' }
  /** A stand-in for an answer that the local server never gives: the request does not reach it. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown };

export interface FaultyProxy {
  readonly endpoint: string;
  /** Bodies of all requests since the last `failNext`. */
  readonly requests: readonly string[];
  /** The next requests meet these faults, one each; what comes after them passes. */
  failNext(...faults: Fault[]): void;
  close(): Promise<void>;
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  let faults: Fault[] = [];
  let requests: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    requests.push(body.toString());
    const fault = faults.shift();
    if (fault?.kind === 'answer') {
      outgoing.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.end(JSON.stringify(fault.body));
      return;
    }
    forward(target, incoming, body, (answer) => {
      if (fault === undefined) pass(answer, outgoing);
      else answer.resume().on('end', () => incoming.socket.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    failNext(...next) {
      faults = next;
      requests = [];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(target: string, incoming: IncomingMessage, body: Buffer, then: (answer: IncomingMessage) => void) {
  const options = { method: incoming.method ?? 'POST', headers: incoming.headers };
  const sent = request(new URL(incoming.url ?? '/', target), options, then);
  sent.on('error', () => incoming.socket.destroy());
  sent.end(body);
}

function pass(answer: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(outgoing);
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}
