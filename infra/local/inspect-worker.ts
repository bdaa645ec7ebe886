/** One thread with its own models: `session.run` blocks the event loop it runs on. */
import { parentPort } from 'node:worker_threads';
import { createInspector } from '../../functions/inspect/observe.ts';
import { type FromWorker, failureOf, type ToWorker } from './inspect-pool.ts';

const port = parentPort;
if (port === null) throw new Error('Expected to run in a worker thread, received the main thread');

const post = (message: FromWorker) => port.postMessage(message);

const inspector = await createInspector().catch((cause: unknown) => {
  post({ kind: 'unable', reason: failureOf(cause) });
  throw cause;
});
port.on('message', async (asked: ToWorker) => {
  const { id, bytes } = asked;
  try {
    if (asked.kind === 'inspect') {
      post({ kind: 'inspected', id, inspection: await inspector.inspect(bytes, asked.context) });
    } else {
      post({ kind: 'found', id, privacy: await inspector.privacy(bytes, asked.subject) });
    }
  } catch (cause) {
    post({ kind: 'failed', id, message: cause instanceof Error ? cause.message : String(cause) });
  }
});
post({ kind: 'ready' });
