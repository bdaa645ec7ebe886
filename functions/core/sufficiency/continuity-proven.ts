/** 同一车辆、未移动: the pictures show one and the same vehicle, and that it stood. */
import { CONTINUITY_ERROR } from '../continuity/error.ts';
import { enTime, zhTime } from './panoramas.ts';
import { type CaseFacts, fails, holds, notApplicable, type Requirement } from './requirement.ts';

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
      return notApplicable('本类行为不涉及车辆。', 'No vehicle is at stake.');
    }
    if (stay.continuity === undefined || stay.continuity === null) {
      return fails(
        '未作连续性判断，无法证明为同一车辆。',
        'Continuity was not judged: nothing proves the same vehicle.',
      );
    }
    const { score, links, weakest } = stay.continuity;
    const between = weakest === null ? null : instantsOf(weakest, frames);
    const pair =
      between === null
        ? { zh: '', en: '' }
        : {
            zh: `，最弱一对为 ${zhTime(between.from)} 与 ${zhTime(between.to)}`,
            en: `; the weakest pair is ${enTime(between.from)} and ${enTime(between.to)}`,
          };
    const zh = `${links} 对相邻快照比对，同一车辆未移动的概率不低于 ${percent(score)}${pair.zh}`;
    const en = `${links} neighbouring pairs compared, probability at least ${percent(score)}${pair.en}`;
    return score >= policy.continuityFrom
      ? holds(
          `${zh}（要求 ${percent(policy.continuityFrom)}）。${STATED_ERROR.zh}`,
          `${en} (${percent(policy.continuityFrom)} asked). ${STATED_ERROR.en}`,
        )
      : fails(
          `${zh}，低于要求的 ${percent(policy.continuityFrom)}；应核对是否为同一车辆。`,
          `${en}, below the ${percent(policy.continuityFrom)} asked: see whether it is the same vehicle.`,
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
    zh: `该方法在留出的 ${of} 对（${vehicles.of} 辆车）上误判为同一且未动 ${falseSame} 次，按车辆计误判率 95% 上限 ${most}。`,
    en: `Of ${of} pairs of ${vehicles.of} vehicles kept aside the method called ${falseSame} falsely the same and unmoved; by vehicles at most ${most} (95 %).`,
  };
})();

/** Rounded down: a score just below the threshold must not look as if it reached it. */
const percent = (share: number) => `${(Math.floor(share * 1000) / 10).toFixed(1)}%`;
