/** 一事不再罚: no other case of the same vehicle or shop, at the same place and time, is a violation already. */
import type { Incident } from '../incident.ts';
import { isInFeed } from '../incident-machine.ts';
import { type CaseFacts, fails, holds, type Requirement } from './requirement.ts';
import { enTime, zhTime } from './words.ts';

export const oncePerAct: Requirement = {
  id: 'once-per-act',
  words: { zh: '同一行为未另案认定', en: 'The same act is not a case already' },
  source: { zh: '《行政处罚法》第二十九条', en: 'Administrative Penalty Law art. 29' },
  blocking: true,
  check(facts) {
    const { incident, siblings = [] } = facts;
    const same = siblings.find((other) => other.id !== incident.id && isViolation(other) && isSameAct(other, facts));
    if (same === undefined) {
      return holds('该地点当日没有对同一行为的其他认定。', 'No other case of this act at this place on this day.');
    }
    const { firstSeen, lastSeen } = same.stay;
    return fails(
      `同一行为已另案认定：${same.id}（${zhTime(firstSeen)} 至 ${zhTime(lastSeen)}），不得重复处罚；应以“重复”驳回。`,
      `The same act is case ${same.id} already (${enTime(firstSeen)} to ${enTime(lastSeen)}): it may not be penalised twice. Reject with duplicate.`,
    );
  },
};

/** What was taken back penalises nobody. */
const isViolation = ({ state }: Incident): boolean => isInFeed(state) && state !== 'withdrawn';

/** Cases share a picture of the subject, or are of one plate or shop while both were seen. */
function isSameAct({ stay, decisions }: Incident, { incident, typedPlate }: CaseFacts): boolean {
  const own = incident.stay;
  if (stay.type !== own.type || stay.placeId !== own.placeId) return false;
  const sightings = new Set(own.sightings.map(({ sightingId }) => sightingId));
  if (stay.sightings.some(({ sightingId }) => sightings.has(sightingId))) return true;
  const overlaps = stay.firstSeen <= own.lastSeen && own.firstSeen <= stay.lastSeen;
  if (!overlaps) return false;
  if (own.type === 'street-trading') return own.shop !== null && own.shop === stay.shop;
  const plate = typedPlate ?? own.plate?.text ?? null;
  const other = decisions.findLast((decision) => decision.plate !== null)?.plate ?? stay.plate?.text ?? null;
  return plate !== null && plate === other;
}
