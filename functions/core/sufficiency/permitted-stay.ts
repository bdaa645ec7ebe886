/** 超过允许停留时间: what the most lenient of the rules that judged it permits is over. */
import { durationWords } from '../evidence/wording.ts';
import { panoramasOf } from './panoramas.ts';
import { fails, holds, type Requirement } from './requirement.ts';
import { enTime, zhPair } from './words.ts';

export const permittedStay: Requirement = {
  id: 'permitted-stay',
  words: { zh: '停留超过规则允许的时间', en: 'The stay outlasts what the rule permits' },
  source: { zh: '适用规则；《行政处罚法》第五条（以事实为依据）', en: 'The rule; Administrative Penalty Law art. 5' },
  blocking: true,
  check({ rules, ...facts }) {
    if (rules.length === 0) return fails('没有适用规则的记录。', 'No rule on record.');
    const permitted = Math.max(0, ...rules.map(({ permittedStaySeconds }) => permittedStaySeconds));
    const panoramas = panoramasOf(facts);
    const [first, last] = [panoramas[0], panoramas.at(-1)];
    if (first === undefined || last === undefined) {
      return fails('没有可用的快照，无法证明停留。', 'No picture counts: nothing proves a stay.');
    }
    const seconds = (last.capturedAt - first.capturedAt) / 1000;
    const stayed = durationWords(seconds);
    const allowed = durationWords(permitted);
    const zh = `首次与末次拍到的时间为 ${zhPair(first.capturedAt, last.capturedAt)}，停留不少于 ${stayed.zh}`;
    const en = `First and last seen at ${enTime(first.capturedAt)} and ${enTime(last.capturedAt)}: a stay of at least ${stayed.en}`;
    return seconds >= permitted
      ? holds(`${zh}，规则允许停留 ${allowed.zh}。`, `${en}; the rule permits ${allowed.en}.`)
      : fails(
          `能够证明的停留为 ${stayed.zh}，未达到规则限定的 ${allowed.zh}。`,
          `What is proven is a stay of ${stayed.en}; the rule permits ${allowed.en}.`,
        );
  },
};
