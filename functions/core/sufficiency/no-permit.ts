/** 无许可: neither the plate nor the shop was permitted to be there. What a permit covers is no offence. */
import type { Permit } from '../camera.ts';
import { durationWords } from '../evidence/wording.ts';
import { formatPlate } from '../plates/plate.ts';
import type { Instant } from '../time.ts';
import { panoramasOf } from './panoramas.ts';
import { type CaseFacts, fails, holds, notApplicable, type Requirement } from './requirement.ts';
import { enTime, zhTime } from './words.ts';

export const noPermit: Requirement = {
  id: 'no-permit',
  words: { zh: '当时无有效许可', en: 'No permit applied' },
  source: {
    zh: '许可登记；《道路交通安全违法行为处理程序规定》第二十二条',
    en: 'The register of permits; Procedure Provisions art. 22',
  },
  blocking: true,
  check(facts) {
    const { stay } = facts.incident;
    const subject = subjectOf(facts);
    if (subject === null) {
      return stay.type === 'sidewalk-parking'
        ? notApplicable('号牌尚未确定，待执法人员填写后核对许可登记。', 'No plate yet: asked once it is typed.')
        : notApplicable('该处未登记店铺名称，没有可核对的许可。', 'No shop is named here: no permit could apply.');
    }
    const name = 'plate' in subject ? `号牌 ${formatPlate(subject.plate)} ` : `店铺“${subject.shop}”`;
    const who = 'plate' in subject ? formatPlate(subject.plate) : subject.shop;
    const own = facts.permits.filter((permit) => permit.placeId === stay.placeId && isFor(permit, subject));
    const applied = own.filter(({ from, to }) => from <= stay.lastSeen && stay.firstSeen < to);
    const [covering] = applied;
    if (covering === undefined) {
      return own.length === 0
        ? holds(`该地点没有${name}的许可登记。`, `No permit of ${who} is registered here.`)
        : holds(
            `该地点${name}登记的 ${own.length} 项许可在停留期间均不适用。`,
            `None of the ${own.length} permits of ${who} applied.`,
          );
    }
    const permitted = Math.max(
      facts.policy.panoramas.apartSeconds,
      ...facts.rules.map((rule) => rule.permittedStaySeconds),
    );
    const seconds = unpermittedMs(facts, applied) / 1000;
    const zh = `许可 ${covering.id}（${covering.reason}）有效期 ${zhTime(covering.from)} 至 ${zhTime(covering.to)}`;
    const en = `Permit ${covering.id} holds from ${enTime(covering.from)} to ${enTime(covering.to)}`;
    const [beyond, allowed] = [durationWords(seconds), durationWords(permitted)];
    return seconds >= permitted
      ? holds(
          `${zh}；除去许可时间仍停留 ${beyond.zh}，规则允许停留 ${allowed.zh}。`,
          `${en}; outside it the stay lasted ${beyond.en}, the rule permits ${allowed.en}.`,
        )
      : fails(
          `${zh}，与停留时间重合，除去许可时间只停留 ${beyond.zh}；应以“合法泊位或已获许可”驳回。`,
          `${en}, during the stay; outside it only ${beyond.en} remain. Reject with legal-bay-or-permit.`,
        );
  },
};

type Subject = Permit['subject'];

function subjectOf({ incident: { stay }, typedPlate }: CaseFacts): Subject | null {
  if (stay.type === 'street-trading') return stay.shop === null ? null : { shop: stay.shop };
  const plate = typedPlate ?? stay.plate?.text;
  return plate === undefined ? null : { plate };
}

const isFor = ({ subject }: Permit, asked: Subject): boolean =>
  'plate' in subject
    ? 'plate' in asked && subject.plate === asked.plate
    : 'shop' in asked && subject.shop === asked.shop;

/** Of the time between the first and the last picture, what no permit covers. */
function unpermittedMs(facts: CaseFacts, permits: readonly Permit[]): number {
  const panoramas = panoramasOf(facts);
  const [first, last] = [panoramas[0], panoramas.at(-1)];
  if (first === undefined || last === undefined) return 0;
  let free = 0;
  let from: Instant = first.capturedAt;
  for (const permit of permits.toSorted((a, b) => a.from - b.from)) {
    free += Math.max(0, Math.min(permit.from, last.capturedAt) - from);
    from = Math.max(from, Math.min(permit.to, last.capturedAt));
  }
  return free + Math.max(0, last.capturedAt - from);
}
