/** 同一车辆、未移动: the pictures show one and the same vehicle, and that it stood. */
import { CONTINUITY_ERROR } from '../continuity/error.ts';
import { type CaseFacts, fails, holds, notApplicable, type Requirement } from './requirement.ts';
import { enTime, zhPair } from './words.ts';

export const continuityProven: Requirement = {
  id: 'continuity-proven',
  words: { zh: '各张快照为同一车辆且未移动', en: 'One and the same vehicle, unmoved' },
  source: {
    zh: '《道路交通安全违法行为图像取证技术规范》GA/T 832-2014；《道路交通安全违法行为处理程序规定》第二十二条',
    en: 'GA/T 832-2014; Procedure Provisions art. 22',
  },
  blocking: true,
  check({ incident, policy, frames }) {
    const { stay } = incident;
    if (stay.type !== 'sidewalk-parking') {
      return notApplicable('本类行为不以车辆为对象。', 'No vehicle is at stake.');
    }
    if (stay.continuity === undefined || stay.continuity === null) {
      return fails(
        '未作连续性判断，无法证明为同一车辆。',
        'Continuity was not judged: nothing proves the same vehicle.',
      );
    }
    const { score, links, weakest } = stay.continuity;
    const asked = percent(policy.continuityFrom);
    const between = weakest === null ? null : instantsOf(weakest, frames);
    const pair =
      between === null
        ? { zh: '', en: '' }
        : {
            zh: `；把握最小的一对摄于 ${zhPair(between.from, between.to)}`,
            en: `; the weakest pair is ${enTime(between.from)} and ${enTime(between.to)}`,
          };
    return score >= policy.continuityFrom
      ? holds(
          `经 ${links} 对相邻快照比对，同一车辆未移动的概率不低于 ${percent(score)}（要求不低于 ${asked}）${pair.zh}。${STATED_ERROR.zh}`,
          `${links} neighbouring pairs compared: probability at least ${percent(score)} (${asked} asked)${pair.en}. ${STATED_ERROR.en}`,
        )
      : fails(
          `经 ${links} 对相邻快照比对，同一车辆未移动的概率只有 ${percent(score)}，低于要求的 ${asked}${pair.zh}；应核对图片，不能认定的以“非同一车辆”驳回。`,
          `${links} neighbouring pairs compared: probability only ${percent(score)}, below the ${asked} asked${pair.en}. Look, or reject with not-same-vehicle.`,
        );
  },
};

function instantsOf({ from, to }: { from: string; to: string }, frames: CaseFacts['frames']) {
  const at = (id: string) => frames.find(({ frameId }) => frameId === id)?.capturedAt;
  const [first, last] = [at(from), at(to)];
  return first === undefined || last === undefined ? null : { from: first, to: last };
}

/** How far the method may be believed (docs/decisions/0031-continuity.md). */
const STATED_ERROR = ((): { zh: string; en: string } => {
  const { falseSame, of, vehicles } = CONTINUITY_ERROR;
  const most = `${(Math.ceil(vehicles.upper95 * 1000) / 10).toFixed(1)}%`;
  return {
    zh: `该方法经 ${of} 对检验图片（${vehicles.of} 辆车）测试，误认为同一车辆且未移动的有 ${falseSame} 次，按车辆计误判率不高于 ${most}（95% 置信上限）。`,
    en: `Of ${of} pairs of ${vehicles.of} vehicles kept aside the method called ${falseSame} falsely the same and unmoved; by vehicles at most ${most} (95 %).`,
  };
})();

/** Rounded down: a score just below the threshold must not look as if it reached it. */
const percent = (share: number) => `${(Math.floor(share * 1000 + 1e-9) / 10).toFixed(1)}%`;
