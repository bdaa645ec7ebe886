/** 劝导在先: where the rule asks for it, a reminder went out, its grace ran, and it was seen again afterwards. */
import { graceMsOf, isAnswered, isNoticeOf, outlasts } from '../review-notice.ts';
import { type CaseFacts, fails, holds, notApplicable, type Requirement } from './requirement.ts';
import { enTime, zhTime } from './words.ts';

/** Of the adapters of the notifier port, as an officer calls them. */
const CHANNELS: Readonly<Record<string, string>> = { webhook: '消息网关', log: '本机日志' };

export const noticeProven: Requirement = {
  id: 'notice-proven',
  words: { zh: '已劝导提醒，宽限期满仍未改正', en: 'Reminded, and still there after the grace' },
  source: {
    zh: '适用规则的劝导要求；《道路交通安全法》第九十三条',
    en: 'What the rule asks; Road Traffic Safety Law art. 93',
  },
  blocking: true,
  check({ incident, rules, typedPlate }) {
    const graceMs = graceMsOf(incident, rules);
    if (graceMs === null) return notApplicable('适用规则未要求事先劝导。', 'The rule asks for no notice.');
    const { notice, stay } = incident;
    if (notice === undefined || notice === null || !isNoticeOf(notice, stay)) {
      return fails(
        '规则要求先行劝导提醒，没有本次停留的提醒记录。',
        'The rule asks for a notice; none of this stay is on record.',
      );
    }
    const channel = CHANNELS[notice.channel] ?? notice.channel;
    const zh = `${zhTime(notice.sentAt)} 经${channel}发出提醒（编号 ${notice.reference}），宽限至 ${zhTime(notice.graceUntil)}`;
    const en = `Notice ${notice.reference} sent by ${notice.channel} at ${enTime(notice.sentAt)}, grace until ${enTime(notice.graceUntil)}`;
    if (notice.graceUntil < notice.sentAt + graceMs) {
      return fails(
        `${zh}，短于规则给予的 ${graceMs / 1000} 秒。`,
        `${en}: shorter than the ${graceMs / 1000} s of the rule.`,
      );
    }
    if (!isAnswered(notice)) {
      return fails(
        `${zh}，但没有送达回执，不能证明已经提醒。`,
        `${en}; nobody answered that it was taken for delivery.`,
      );
    }
    if (isElsewhere({ incident, typedPlate })) {
      return fails(
        `${zh}，但提醒的是另一号牌的车主，本车车主未获提醒。`,
        `${en}, but to the owner of another plate: this one was not reminded.`,
      );
    }
    return outlasts(stay, notice)
      ? holds(`${zh}；期满后 ${zhTime(stay.lastSeen)} 仍在原处。`, `${en}; still there at ${enTime(stay.lastSeen)}.`)
      : fails(`${zh}，期满后未再拍到，视为已改正。`, `${en}; not seen again afterwards: it counts as corrected.`);
  },
};

function isElsewhere({ incident: { notice, stay }, typedPlate }: Pick<CaseFacts, 'incident' | 'typedPlate'>): boolean {
  const recipient = notice?.proof?.recipient;
  const plate = typedPlate ?? stay.plate?.text ?? null;
  return recipient?.kind === 'owner' && plate !== null && recipient.plate !== plate;
}
