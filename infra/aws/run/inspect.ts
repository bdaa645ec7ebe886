import type { InspectMessage } from '#platform/records/messages.ts';
import { inspectFrame } from '../../../functions/inspect/handler.ts';
import { createInspector } from '../../../functions/inspect/observe.ts';
import { openBlobs } from './blobs.ts';
import { consumeQueue } from './consume.ts';
import { InspectBody } from './messages.ts';
import { onceDone } from './once.ts';
import { secondReaderOf } from './second-reader.ts';

const inspector = onceDone(createInspector);

export const handler = consumeQueue<InspectMessage>('inspect', (home) => {
  const dependencies = {
    ...{ table: home.table(), blobs: openBlobs(home), clock: home.clock, correlateQueue: home.queue('correlate') },
    inspect: async (...asked: Parameters<Awaited<ReturnType<typeof inspector>>['inspect']>) =>
      (await inspector()).inspect(...asked),
    ...secondReaderOf(home),
    onTimings: ({ totalMs }: { totalMs: number }) => home.metrics({ framesInspected: 1, inspectionMs: totalMs }),
  };
  return { message: InspectBody, handle: (message) => inspectFrame(dependencies, message) };
});
