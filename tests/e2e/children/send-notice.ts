/** Sends what is due and dies by `kill -9` in the moment between the gateway's answer and the record of it. */
import { handClock, systemClock } from '#platform/clock.ts';
import { webhookNotifier } from '#platform/webhook-notifier.ts';
import { tend } from '../../../functions/tend/tend.ts';
import { openStore } from '../../../infra/local/store.ts';

const [directory = '', url = '', secret = '', now = ''] = process.argv.slice(2);
const clock = handClock(Number(now));
const store = await openStore(directory, { baseUrl: 'http://localhost', clock });
const webhook = webhookNotifier({ url, secret, clock: systemClock });
await tend(
  {
    ...store,
    notifier: {
      async notify(message) {
        await webhook.notify(message);
        process.kill(process.pid, 'SIGKILL');
        return new Promise(() => {});
      },
    },
  },
  clock.now(),
);
