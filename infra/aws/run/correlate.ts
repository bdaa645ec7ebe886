import type { CorrelateMessage } from '#platform/records/messages.ts';
import { looksReader } from '../../../functions/correlate/looks.ts';
import { correlateStep, SETTLING } from '../../common/steps.ts';
import { openBlobs } from './blobs.ts';
import { consumeQueue } from './consume.ts';
import { CorrelateBody } from './messages.ts';

export const handler = consumeQueue<CorrelateMessage>('correlate', (home) => {
  const blobs = openBlobs(home);
  const correlating = {
    ...{ table: home.table(), blobs, clock: home.clock, looks: looksReader(blobs), settling: SETTLING },
    queues: { correlate: home.queue('correlate'), seal: home.queue('seal') },
  };
  return { message: CorrelateBody, handle: (message) => correlateStep(correlating, message) };
});
