/** Whom a bureau has others do for it: the message gateway that carries notices, the authority that stamps what is sealed. */
import { certificatesOfPem } from '#core/evidence/certificates.ts';
import type { Clock } from './clock.ts';
import type { Log } from './http/log.ts';
import { httpTimeStamper } from './http-time-stamper.ts';
import { logNotifier } from './log-notifier.ts';
import type { Notifier } from './notifier.ts';
import type { TimeStamper } from './time-stamper.ts';
import { webhookNotifier } from './webhook-notifier.ts';

/** An empty address is none. */
export interface PartnerSettings {
  readonly noticeUrl?: string | undefined;
  /** `whsec_` and base64: Standard Webhooks. */
  readonly noticeSecret?: string | undefined;
  readonly tsaUrl?: string | undefined;
  /** PEM of the authority's certificates, to keep no stamp of another. */
  readonly tsaCa?: string | undefined;
}

/**
 * A line in the log where no gateway is set.
 * @throws {Refusal} `notice-url-invalid` `notice-secret-invalid`: better no start than reminders that go nowhere
 */
export function notifierOf(
  { noticeUrl, noticeSecret }: PartnerSettings,
  { log, clock }: { log: Log; clock: Clock },
): Notifier {
  if (isNone(noticeUrl)) return logNotifier(log, clock);
  return webhookNotifier({ url: noticeUrl, secret: noticeSecret ?? '', clock });
}

/**
 * Undefined when no authority is set: packages then carry no stamp.
 * @throws {Refusal} `tsa-setting-invalid`, `certificate-invalid`
 */
export function timeStamperOf({ tsaUrl, tsaCa }: PartnerSettings): TimeStamper | undefined {
  if (isNone(tsaUrl)) return undefined;
  return httpTimeStamper({ url: tsaUrl, ...(tsaCa === undefined ? {} : { trust: certificatesOfPem(tsaCa) }) });
}

const isNone = (text: string | undefined): text is undefined | '' => text === undefined || text === '';
