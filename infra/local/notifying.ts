/** Who carries notices: the message gateway of KERBWATCH_NOTICE_URL, or, where none is set, a line in the log. */
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/http/log.ts';
import { logNotifier } from '#platform/local/log-notifier.ts';
import type { Notifier } from '#platform/notifier.ts';
import { webhookNotifier } from '#platform/webhook-notifier.ts';

/** @throws {Refusal} `notice-url-invalid` `notice-secret-invalid`: better no start than reminders that go nowhere */
export function openNotifier(
  { KERBWATCH_NOTICE_URL: url, KERBWATCH_NOTICE_SECRET: secret }: Readonly<Record<string, string | undefined>>,
  { log, clock }: { log: Log; clock: Clock },
): Notifier {
  if (url === undefined || url === '') return logNotifier(log, clock);
  return webhookNotifier({ url, secret: secret ?? '', clock });
}
