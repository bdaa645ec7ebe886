/** Looks at stored frames again, in its own process: a replay waits for each. */
import { createInspector } from '../../../functions/inspect/observe.ts';
import { replayApp } from '../../../functions/replay/app.ts';
import { replayLooks } from '../../common/replaying.ts';
import { openBlobs } from './blobs.ts';
import { serve } from './http.ts';
import { onceDone } from './once.ts';

const inspector = onceDone(createInspector);

export const handler = serve('replay', (home, identity) => {
  const store = { table: home.table(), blobs: openBlobs(home), clock: home.clock };
  return replayApp({
    ...{ ...store, identity, looks: replayLooks(store) },
    inspect: async (bytes, context) => (await inspector()).inspect(bytes, context),
  });
});
