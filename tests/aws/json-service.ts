/** What stand-ins for services with the AWS JSON 1.1 protocol share: `POST /`, the operation in `X-Amz-Target`, signed requests. */
import { createServer } from 'node:http';
import { readBody } from './http-body.ts';
import { onLoopback } from './loopback.ts';

export interface Question {
  readonly operation: string;
  readonly input: unknown;
}
/** An error has the name by which the SDK knows it. */
export type Answer =
  | { readonly status: 200; readonly body: object }
  | { readonly status: number; readonly error: string; readonly message: string };

export const failing = (status: number, error: string, message = error): Answer => ({ status, error, message });

export interface JsonService {
  readonly endpoint: string;
  /** Operations, in the order they came. */
  readonly asked: string[];
  /** The next questions are answered so, one each; then as usual. */
  first(...answers: readonly Answer[]): void;
  /** All questions are answered so from now on; undefined: as usual. */
  always(answer: Answer | undefined): void;
  stop(): Promise<void>;
}

/** @param prefix of the target: `TrentService` */
export async function startJsonService(prefix: string, usual: (question: Question) => Answer): Promise<JsonService> {
  const asked: string[] = [];
  const next: Answer[] = [];
  let fixed: Answer | undefined;
  const server = createServer((request, response) => {
    void (async () => {
      const text = (await readBody(request)).toString();
      const [service, operation = ''] = String(request.headers['x-amz-target']).split('.');
      asked.push(operation);
      const isSigned = request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') ?? false;
      const answer =
        service === prefix && isSigned
          ? (next.shift() ?? fixed ?? usual({ operation, input: JSON.parse(text) }))
          : failing(400, 'UnknownOperationException');
      response.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify('body' in answer ? answer.body : { __type: answer.error, message: answer.message }));
    })();
  });
  const { url, close } = await onLoopback(server);
  return {
    endpoint: url,
    asked,
    first: (...answers) => void next.push(...answers),
    always(answer) {
      fixed = answer;
    },
    stop: close,
  };
}
