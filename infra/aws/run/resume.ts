/** Sends on frames whose message was lost, completes uploads whose arrival was never told. */
import { DEFAULT_LIMITS } from '../../../functions/accept/limits.ts';
import { resumeFrames } from '../../../functions/accept/resume.ts';
import { resumeUploads } from '../../../functions/accept/uploads.ts';
import { openBlobs } from './blobs.ts';
import { openHome } from './home.ts';
import { once } from './once.ts';

const open = once(() => {
  const home = openHome('resume');
  return {
    ...{ table: home.table(), blobs: openBlobs(home), queue: home.queue('inspect') },
    ...{ clock: home.clock, log: home.log, limits: DEFAULT_LIMITS },
  };
});

export async function handler(): Promise<void> {
  const accepting = open();
  const frames = await resumeFrames(accepting);
  const uploads = await resumeUploads(accepting);
  accepting.log({ level: 'info', event: 'resumed', frames: frames.length, uploads });
}
