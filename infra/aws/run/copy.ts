import type { CopyMessage } from '#platform/records/messages.ts';
import { createHider } from '../../../functions/inspect/hide.ts';
import { makePartyCopy } from '../../../functions/seal/copy-handler.ts';
import { SYSTEM_VERSION } from '../../common/version.ts';
import { openBlobs } from './blobs.ts';
import { consumeQueue } from './consume.ts';
import { IncidentBody } from './messages.ts';
import { onceDone } from './once.ts';
import { secondReaderOf } from './second-reader.ts';
import { openSigner } from './signer.ts';

const hider = onceDone(createHider);

export const handler = consumeQueue<CopyMessage>('copy', (home) => {
  const copying = {
    ...{ table: home.table(), blobs: openBlobs(home), clock: home.clock, signer: openSigner(home) },
    ...{ systemVersion: SYSTEM_VERSION, ...secondReaderOf(home) },
    privacy: async (...asked: Parameters<Awaited<ReturnType<typeof hider>>['privacy']>) =>
      (await hider()).privacy(...asked),
  };
  return {
    message: IncidentBody,
    handle: async ({ incidentId }) => void (await makePartyCopy(copying, incidentId)),
  };
});
