/**
 * 撤回通知: tells whoever was reminded that the violation was taken back. To the recipient of the notice, and nobody else: what
 * a plate reads today is not whom we wrote to. The same incident gives the same bytes.
 */
import { canonicalJson } from './canonical-json.ts';
import { type Incident, type NoticeRecipient, REASON_CODES, type ReasonCode } from './incident.ts';
import { clockWords, type PartyMessage, recipientOf } from './notice-message.ts';
import { formatPlate } from './plates/plate.ts';
import { formatInstant } from './time.ts';

export interface WithdrawnMessage extends PartyMessage {
  kind: 'withdrawn';
}

/** In the words of the sentence they stand in. */
const REASONS_EN: Readonly<Record<ReasonCode, string>> = {
  'emergency-vehicle': 'a police, fire, ambulance or rescue vehicle on duty',
  'stolen-or-cloned': 'the vehicle was stolen or its plate cloned',
  'rescue-or-avoidance': 'somebody was rescued or a danger avoided',
  'handled-on-site': 'it was handled on site',
  'sign-unclear': 'signs or markings are unclear',
  'image-unclear': 'the pictures are unclear',
  'plate-mismatch': 'the plate does not belong to the vehicle',
  'legal-bay-or-permit': 'a lawful bay, or a permit',
  'not-stationary': 'it did not stay',
  'not-same-vehicle': 'it was not the same vehicle',
  duplicate: 'it was recorded twice',
  'wrong-zone': 'the monitored area was drawn wrongly',
  'system-fault': 'a fault of the system',
  'first-minor-corrected': 'first time, minor and corrected',
  other: 'another reason',
};

/** undefined where nobody was reminded, nothing was taken back, or the case is destroyed and nobody knows whose it was. */
export function withdrawnMessage(
  incident: Pick<
    Incident,
    'id' | 'stay' | 'placeName' | 'jurisdiction' | 'notice' | 'withdrawal' | 'state' | 'destroyed'
  >,
): WithdrawnMessage | undefined {
  const { id: incidentId, stay, placeName, jurisdiction, notice, withdrawal } = incident;
  if (incident.state !== 'withdrawn' || incident.destroyed != null || notice == null || withdrawal == null) return;
  const id = `withdrawn_${incidentId}`;
  // Notices from before proofs were kept went to whom the stay names.
  const recipient = notice.proof?.recipient ?? recipientOf(stay);
  const { zh: text, en: textEn } = wordsOf({ ...incident, notice, withdrawal }, recipient);
  const language = 'zh-CN';
  // The officer's note may tell of others: the reason goes out in the words of its code.
  const { reason } = withdrawal;
  const body = canonicalJson({
    type: 'notice.withdrawn',
    kind: 'withdrawn',
    id,
    incidentId,
    violation: stay.type,
    place: placeName,
    jurisdiction,
    recipient,
    firstSeen: formatInstant(stay.firstSeen),
    withdraws: notice.proof?.messageId ?? notice.reference,
    withdrawnAt: formatInstant(withdrawal.at),
    reason: { code: reason, zh: reasonZh(reason), en: REASONS_EN[reason] },
    text,
    textEn,
    language,
  });
  return { kind: 'withdrawn', incidentId, id, recipient, text, language, body };
}

const reasonZh = (reason: ReasonCode): string => (reason === 'other' ? '其他原因' : REASON_CODES[reason]);

function wordsOf(
  {
    stay,
    placeName,
    jurisdiction,
    notice,
    withdrawal: { reason },
  }: Pick<Incident, 'stay' | 'placeName' | 'jurisdiction'> & {
    notice: NonNullable<Incident['notice']>;
    withdrawal: NonNullable<Incident['withdrawal']>;
  },
  recipient: NoticeRecipient,
) {
  const from = jurisdiction === '' ? '城市管理' : jurisdiction;
  const isShop = stay.type === 'street-trading';
  const shop = recipient.kind === 'shop' ? recipient.shop : '';
  const plate = recipient.kind === 'owner' ? formatPlate(recipient.plate) : '';
  const whom = isShop ? `${shop === '' ? '店铺' : shop}负责人` : '车主';
  const what = isShop ? '贵店在店外摆放物品经营' : `您的车辆${plate}停放`;
  const sent = clockWords(notice.sentAt);
  const whatEn = isShop ? `goods outside ${shop === '' ? 'your shop' : shop}` : `your vehicle ${plate}`.trim();
  const sentEn = formatInstant(notice.sentAt).slice(0, 16).replace('T', ' ');
  return {
    zh: `【${from}】${whom}您好：${sent}就${what}于${placeName}一事发出的提醒及相关违法记录，经复核已撤回。撤回理由：${reasonZh(reason)}。该记录不作为处罚依据，您无需办理任何手续。给您带来不便，敬请谅解。`,
    en: `Our reminder of ${sentEn} (Beijing time) about ${whatEn} at ${placeName}, and the record of a violation, were withdrawn after review. Reason: ${REASONS_EN[reason]}. No penalty rests on it and you need not do anything. We apologise for the inconvenience.`,
  };
}
