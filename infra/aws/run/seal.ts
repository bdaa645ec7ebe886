import type { SealMessage } from '#platform/records/messages.ts';
import { SETTLING, sealStep } from '../../common/steps.ts';
import { SYSTEM_VERSION } from '../../common/version.ts';
import { openBlobs } from './blobs.ts';
import { consumeQueue } from './consume.ts';
import { IncidentBody } from './messages.ts';
import { partnersOf } from './settings.ts';
import { openSigner } from './signer.ts';

export const handler = consumeQueue<SealMessage>('seal', (home) => {
  const sealing = {
    ...{ table: home.table(), blobs: openBlobs(home), clock: home.clock, log: home.log, signer: openSigner(home) },
    ...{ queues: { seal: home.queue('seal') }, systemVersion: SYSTEM_VERSION, settling: SETTLING },
  };
  const partners = partnersOf(home);
  return {
    message: IncidentBody,
    handle: async (message) => sealStep({ ...sealing, timeStamper: (await partners()).timeStamper }, message),
  };
});
