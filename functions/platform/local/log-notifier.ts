/** Without a message gateway, a notice is a line in the log: somebody has to carry it to the owner or shop. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Log } from '../http/log.ts';
import type { Notifier } from '../notifier.ts';

export function logNotifier(log: Log, clock: Clock): Notifier {
  return {
    async notify({ id, stay }) {
      const reference = randomUUID();
      log({ level: 'info', event: 'notice-due', incidentId: id, placeId: stay.placeId, reference });
      return { channel: 'log', reference, at: clock.now() };
    },
  };
}
