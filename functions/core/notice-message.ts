/**
 * What a notice says and to whom, in the words a person would send (劝导提醒: Administrative Penalty Law art. 6, penalties
 * go with education). The same incident and grace give the same bytes, so that what is sent again is the same message.
 */
import type { Bilingual } from './bilingual.ts';
import { canonicalJson } from './canonical-json.ts';
import type { IncidentId } from './ids.ts';
import type { Incident, NoticeRecipient } from './incident.ts';
import { formatPlate } from './plates/plate.ts';
import { formatInstant } from './time.ts';

/** Whatever goes to the party of an incident. */
export interface PartyMessage {
  incidentId: IncidentId;
  /** One for a notice, however often it is sent. */
  id: string;
  recipient: NoticeRecipient;
  text: string;
  /** BCP 47. */
  language: string;
  /** What is sent: JSON. No pictures: whoever gets it has not been judged. */
  body: string;
}

export interface NoticeMessage extends PartyMessage {
  /** What its recipient is told to have. */
  graceMs: number;
}

/** @param earlier notices of this incident that went out: it turned out to be another stay since */
export function noticeMessage(
  incident: Pick<Incident, 'id' | 'stay' | 'placeName' | 'jurisdiction'>,
  graceMs: number,
  earlier = 0,
): NoticeMessage {
  const { id: incidentId, stay, placeName } = incident;
  const id = `notice_${incidentId}${earlier === 0 ? '' : `_${earlier + 1}`}`;
  const recipient = recipientOf(stay);
  const text = textOf(incident, recipient, graceMs);
  const language = 'zh-CN';
  const body = canonicalJson({
    type: 'notice.requested',
    id,
    incidentId,
    violation: stay.type,
    place: placeName,
    jurisdiction: incident.jurisdiction,
    recipient,
    firstSeen: formatInstant(stay.firstSeen),
    // No end by the clock: the grace runs from when the gateway takes the message, which nobody knows yet.
    graceSeconds: Math.round(graceMs / 1000),
    text,
    language,
  });
  return { incidentId, id, graceMs, recipient, text, language, body };
}

export function recipientOf({ type, plate, shop }: Incident['stay']): NoticeRecipient {
  if (type === 'street-trading') return shop === null ? { kind: 'on-site' } : { kind: 'shop', shop };
  return plate === null ? { kind: 'on-site' } : { kind: 'owner', plate: plate.text };
}

/** Minutes and place, what to do, and that doing it ends the matter: nothing that reads like a penalty. */
function textOf(
  { stay, placeName, jurisdiction }: Pick<Incident, 'stay' | 'placeName' | 'jurisdiction'>,
  recipient: NoticeRecipient,
  graceMs: number,
): string {
  const from = jurisdiction === '' ? '城市管理' : jurisdiction;
  const since = clockWords(stay.firstSeen);
  const within = `请在收到本提醒后${graceWords(graceMs)}内`;
  if (stay.type === 'street-trading') {
    const shop = recipient.kind === 'shop' ? recipient.shop : '店铺';
    return `【${from}】${shop}负责人您好：${since}起，在${placeName}发现贵店在店外摆放物品经营。${within}收回店内、恢复通行；按时改正的，本次不予处罚。`;
  }
  const vehicle = recipient.kind === 'owner' ? `车辆${formatPlate(recipient.plate)}` : '车辆';
  return `【${from}】车主您好：您的${vehicle}自${since}起停放在${placeName}，该处为人行道，不得停车。${within}驶离；按时驶离的，本次不予处罚。正在执行紧急任务、避险或车辆故障的，请回复说明。`;
}

/** 5月12日09:30 */
export function clockWords(at: number): string {
  const text = formatInstant(at);
  return `${Number(text.slice(5, 7))}月${Number(text.slice(8, 10))}日${text.slice(11, 16)}`;
}

function graceWords(graceMs: number): string {
  const seconds = Math.round(graceMs / 1000);
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60}分钟` : `${seconds}秒`;
}

/** Plate or shop; null where nobody could be named. */
export function subjectOf(recipient: NoticeRecipient): string | null {
  switch (recipient.kind) {
    case 'owner':
      return recipient.plate;
    case 'shop':
      return recipient.shop;
    case 'on-site':
      return null;
  }
}

export function recipientWords(recipient: NoticeRecipient): Bilingual {
  switch (recipient.kind) {
    case 'owner':
      return {
        zh: `机动车所有人（${formatPlate(recipient.plate)}）`,
        en: `owner of the vehicle ${formatPlate(recipient.plate)}`,
      };
    case 'shop':
      return { zh: `店铺（${recipient.shop}）`, en: `the shop ${recipient.shop}` };
    case 'on-site':
      return { zh: '现场人员（未能识别号牌或店名）', en: 'whoever is on site (no plate or shop name known)' };
  }
}
