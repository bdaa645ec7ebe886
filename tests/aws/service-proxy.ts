/**
 * What stands between one Lambda and the services: one address for all of them, so that a test sees who asks for what, may refuse
 * it, and hears of uploads. Everything is handed on as it came, signatures included.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { readBody } from './http-body.ts';
import { isObject } from './json.ts';
import { onLoopback } from './loopback.ts';

export type Service = 'dynamodb' | 'sqs' | 'kms' | 'secretsmanager' | 'rekognition' | 's3';
/** Addresses of the engines and stand-ins. */
export type Services = Readonly<Partial<Record<Service, string>>>;

export interface ServiceCall {
  readonly service: Service;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ServiceProxy {
  readonly url: string;
  close(): Promise<void>;
}

export interface ServiceProxyHooks {
  /** Address of the queue at its engine, by the address that a function knows it by. */
  queueUrlOf?(url: string): string;
  /** Why the call is not allowed; undefined when it is. */
  refusal?(call: ServiceCall): string | undefined;
  answered?(call: ServiceCall, status: number): Promise<void>;
}

export async function startServiceProxy(services: Services, hooks: ServiceProxyHooks = {}): Promise<ServiceProxy> {
  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const service = serviceOf(headers);
    const sentBody = await readBody(incoming);
    const body = service === 'sqs' ? toEngine(sentBody, hooks) : sentBody;
    const call = { service, method, path: service === 'sqs' ? '/' : path, headers, body };
    const refusal = hooks.refusal?.(call);
    if (refusal !== undefined) return deny(response, call.service, refusal);
    const target = services[call.service];
    if (target === undefined) return deny(response, call.service, `no ${call.service} here`);
    // The client may send its body only when asked to; here it has come already.
    const { expect, ...others } = headers;
    const length = others['content-length'] === undefined ? {} : { 'content-length': `${body.length}` };
    const sent = request(new URL(call.path, target), { method, headers: { ...others, ...length } });
    const came = once(sent, 'response');
    sent.end(call.body);
    const [answer] = await came;
    const answerBody = await readBody(answer);
    await hooks.answered?.(call, answer.statusCode);
    response.writeHead(answer.statusCode, answer.headers).end(answerBody);
  }

  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  });
  return onLoopback(server);
}

/** The SDK goes where the address of a queue leads, so a function knows its queues by the address of this proxy. */
function toEngine(body: Buffer, { queueUrlOf }: ServiceProxyHooks): Buffer {
  const parsed: unknown = JSON.parse(body.toString('utf8') || '{}');
  if (queueUrlOf === undefined || !isObject(parsed) || typeof parsed.QueueUrl !== 'string') return body;
  return Buffer.from(JSON.stringify({ ...parsed, QueueUrl: queueUrlOf(parsed.QueueUrl) }));
}

const TARGETS: readonly (readonly [string, Service])[] = [
  ['DynamoDB_', 'dynamodb'],
  ['AmazonSQS', 'sqs'],
  ['TrentService', 'kms'],
  ['secretsmanager', 'secretsmanager'],
  ['RekognitionService', 'rekognition'],
];

/** The JSON protocols name the service in a header; what names none is S3. */
export function serviceOf(headers: IncomingHttpHeaders): Service {
  const target = headers['x-amz-target'];
  if (target === undefined) return 's3';
  const found = TARGETS.find(([prefix]) => String(target).startsWith(prefix));
  if (found === undefined) throw new Error(`Unknown target ${String(target)}`);
  return found[1];
}

function deny(response: ServerResponse, service: Service, message: string): void {
  if (service === 's3') {
    const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
    response.writeHead(403, { 'Content-Type': 'application/xml' }).end(xml);
    return;
  }
  const body = JSON.stringify({ __type: 'AccessDeniedException', message, Message: message });
  response.writeHead(400, { 'Content-Type': 'application/x-amz-json-1.0' }).end(body);
}
