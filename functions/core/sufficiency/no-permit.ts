/** 无许可: neither the plate nor the shop was permitted to be there. What a permit covers is no offence. */
import type { Permit } from '../camera.ts';
import { durationWords } from '../evidence/wording.ts';
import { formatPlate } from '../plates/plate.ts';
import { isPermitted } from '../stays/law.ts';
import { enTime, panoramasOf, zhTime } from './panoramas.ts';
import { type CaseFacts, fails, holds, type Requirement } from './requirement.ts';

export const noPermit: Requirement = {
  id: 'no-permit',
  words: { zh: '当时无有效许可', en: 'No permit applied' },
  source: {
    zh: '《道路交通安全违法行为处理程序规定》第二十二条；许可登记',
    en: 'Procedure Provisions art. 22; the register of permits',
  },
  blocking: true,
  check(facts) {
    const { stay } = facts.incident;
    const subject = subjectOf(facts);
    if (subject === null) {
      return holds('号牌未定，无从对照许可；填写号牌后再次核对。', 'No plate yet: asked again once it is typed.');
    }
    const own = facts.permits.filter((permit) => permit.placeId === stay.placeId && isFor(permit, subject));
    const applied = own.filter(({ from, to }) => from <= stay.lastSeen && stay.firstSeen < to);
    const [covering] = applied;
    if (covering !== undefined) {
      const free = panoramasOf(facts).filter(({ capturedAt }) => !isPermitted(applied, capturedAt));
      const [first, last] = [free[0], free.at(-1)];
      const seconds = first === undefined || last === undefined ? 0 : (last.capturedAt - first.capturedAt) / 1000;
      const zh = `许可 ${covering.id}（${covering.reason}）自 ${zhTime(covering.from)} 至 ${zhTime(covering.to)} 有效`;
      const en = `Permit ${covering.id} holds from ${enTime(covering.from)} to ${enTime(covering.to)}`;
      const permitted = Math.max(
        facts.policy.panoramas.apartSeconds,
        ...facts.rules.map((rule) => rule.permittedStaySeconds),
      );
      return seconds >= permitted
        ? holds(
            `${zh}，许可之外仍停留 ${durationWords(seconds).zh}，超过规则允许的 ${durationWords(permitted).zh}。`,
            `${en}; outside it the stay lasted ${durationWords(seconds).en}, longer than permitted.`,
          )
        : fails(`${zh}，与停留时间重合。`, `${en}, during the stay.`);
    }
    const name = 'plate' in subject ? formatPlate(subject.plate) : subject.shop;
    return holds(
      own.length === 0
        ? `该地点没有 ${name} 的许可登记。`
        : `该地点 ${name} 的 ${own.length} 项许可在停留期间均不适用。`,
      own.length === 0
        ? `No permit of ${name} is registered here.`
        : `None of the ${own.length} permits of ${name} applied.`,
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
