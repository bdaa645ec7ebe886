/** 劝导在先: where the rule asks for it, a reminder went out, its grace ran, and it was seen again afterwards. */
import { graceMsOf, isAnswered, isNoticeOf, outlasts } from '../review-notice.ts';
import { enTime, zhTime } from './panoramas.ts';
import { fails, holds, notApplicable, type Requirement } from './requirement.ts';

export const noticeProven: Requirement = {
  id: 'notice-proven',
  words: { zh: '已劝导提醒，宽限期满仍未改正', en: 'Reminded, and still there after the grace' },
  source: {
    zh: '《道路交通安全法》第九十三条；适用规则的劝导要求',
    en: 'Road Traffic Safety Law art. 93; what the rule asks',
  },
  blocking: true,
  check({ incident, rules }) {
    const graceMs = graceMsOf(incident, rules);
    if (graceMs === null) return notApplicable('适用规则不设事先劝导。', 'The rule asks for no notice.');
    const { notice, stay } = incident;
    if (notice === undefined || notice === null || !isNoticeOf(notice, stay)) {
      return fails('规则要求先劝导提醒，没有送出记录。', 'The rule asks for a notice; none is on record.');
    }
    const zh = `${zhTime(notice.sentAt)} 经 ${notice.channel} 送出提醒（编号 ${notice.reference}），宽限至 ${zhTime(notice.graceUntil)}`;
    const en = `Notice ${notice.reference} sent by ${notice.channel} at ${enTime(notice.sentAt)}, grace until ${enTime(notice.graceUntil)}`;
    if (notice.graceUntil < notice.sentAt + graceMs) {
      return fails(`${zh}，短于规则给予的宽限。`, `${en}: shorter than the grace of the rule.`);
    }
    if (!isAnswered(notice)) {
      return fails(`${zh}，但没有送达方的回执。`, `${en}; nobody answered that it was taken for delivery.`);
    }
    return outlasts(stay, notice)
      ? holds(`${zh}，${zhTime(stay.lastSeen)} 仍在。`, `${en}; still there at ${enTime(stay.lastSeen)}.`)
      : fails(`${zh}，之后未再见到。`, `${en}; not seen again afterwards.`);
  },
};
