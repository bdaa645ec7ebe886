import { withdrawApp } from '../../../functions/withdraw/app.ts';
import { serve } from './http.ts';

export const handler = serve('withdraw', (home, identity) =>
  withdrawApp({
    ...{ table: home.table(), clock: home.clock, identity },
    async start(withdrawalId) {
      try {
        await home.queue('withdraw').send({ withdrawalId });
      } catch (error) {
        // It is on record, and the clock sends on what runs.
        const name = error instanceof Error ? error.name : 'unknown';
        home.log({ level: 'error', event: 'withdrawal-not-sent-on', withdrawal: withdrawalId, error: name });
      }
    },
  }),
);
