/** Who carries notices: the message gateway of KERBWATCH_NOTICE_URL, or, where none is set, a line in the log. */
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/http/log.ts';
import type { Notifier } from '#platform/notifier.ts';
import { notifierOf } from '#platform/partners.ts';

/** @throws {Refusal} `notice-url-invalid` `notice-secret-invalid`: better no start than reminders that go nowhere */
export function openNotifier(
  {
    KERBWATCH_NOTICE_URL: noticeUrl,
    KERBWATCH_NOTICE_SECRET: noticeSecret,
  }: Readonly<Record<string, string | undefined>>,
  edge: { log: Log; clock: Clock },
): Notifier {
  return notifierOf({ noticeUrl, noticeSecret }, edge);
}
