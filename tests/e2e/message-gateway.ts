/** A bureau's message gateway: takes signed notices over HTTP, each id once, and can be told to misbehave. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';

export const SECRET = `whsec_${Buffer.from('a secret that only two parties know').toString('base64')}`;

const Message = z.object({
  id: z.string(),
  incidentId: z.string(),
  violation: z.string(),
  place: z.string(),
  recipient: z.object({ kind: z.string(), plate: z.string().optional(), shop: z.string().optional() }),
  firstSeen: z.string(),
  /** Of a reminder. */
  graceSeconds: z.number().optional(),
  /** Of what takes one back. */
  reason: z.object({ code: z.string(), zh: z.string(), en: z.string() }).optional(),
  textEn: z.string().optional(),
  text: z.string(),
  language: z.string(),
});
export type Taken = z.infer<typeof Message>;

/** What the gateway does with the next request instead of its duty; `take` first does its duty. */
export type Mood = (response: ServerResponse, take: () => void) => void | Promise<void>;

export async function openGateway({ secret = SECRET }: { secret?: string } = {}) {
  const webhook = new Webhook(secret);
  /** By id: what goes out to people. */
  const delivered = new Map<string, Taken>();
  /** Every request whose signature holds, as received. */
  const received: { id: string; body: string; headers: IncomingMessage['headers'] }[] = [];
  const moods: Mood[] = [];
  let forged = 0;

  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const body = Buffer.concat(chunks).toString();
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      let message: Taken;
      try {
        message = Message.parse(webhook.verify(body, headers));
      } catch {
        forged += 1;
        response.writeHead(401).end();
        return;
      }
      const id = headers['webhook-id'] ?? '';
      received.push({ id, body, headers: request.headers });
      const take = () => {
        if (!delivered.has(id)) delivered.set(id, message);
      };
      const mood = moods.shift();
      if (mood !== undefined) {
        await mood(response, take);
        return;
      }
      take();
      response.writeHead(202, { 'Content-Type': 'application/json' }).end(JSON.stringify({ reference: `SMS-${id}` }));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a port');
  return {
    url: `http://127.0.0.1:${address.port}/notices?tenant=five`,
    delivered,
    received,
    forged: () => forged,
    /** For the next requests, one each. */
    next: (...ones: Mood[]) => void moods.push(...ones),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
export type Gateway = Awaited<ReturnType<typeof openGateway>>;

/** Moods by name. */
export const answers = (status: number, body = '', headers: Record<string, string> = {}): Mood => {
  return (response, take) => {
    if (status >= 200 && status < 300) take();
    response.writeHead(status, headers).end(body);
  };
};
/** Takes the message, and never says so. */
export const takesSilently: Mood = (_response, take) => take();
/** Takes the message, and the line breaks. */
export const breaksOff: Mood = (response, take) => {
  take();
  response.destroy();
};
