/**
 * 背对背复核: the second officer decides without the first (art. 42 asks for two people, not for one and an echo). Until both
 * have decided nobody is shown what another officer decided, the supervisor neither, who may stand in as the second.
 */
import type { AuditEntry } from './audit.ts';
import { canonicalJson } from './canonical-json.ts';
import type { OfficerId } from './ids.ts';
import type { Incident, IncidentState } from './incident.ts';
import { standingConfirmations } from './review-stages.ts';
import type { Instant } from './time.ts';

/** The incident as one officer may see it: in second review without what others decided, and what was made of it. */
export function asSeenBy(incident: Incident, officer: OfficerId): Incident {
  if (incident.state !== 'second-review') return incident;
  const decisions = incident.decisions.filter(({ officerId }) => officerId === officer);
  return { ...incident, decisions, sufficiency: null };
}

/** Whether an officer who sees this learns what somebody else decided, and so cannot be the blind second one. */
export const discloses = ({ secondReview, decisions }: Incident, officer: OfficerId): boolean =>
  secondReview && decisions.some(({ officerId }) => officerId !== officer);

/** Whether who learnt of the decisions at an instant knows the one that the second officer must not know. */
export function knowsFirst(incident: Incident, learntAt: Instant | null): boolean {
  const first = standingConfirmations(incident).at(-1);
  return first !== undefined && learntAt !== null && learntAt >= first.at;
}

/**
 * Whether the sealed package carries, in the trail enclosed with it, what another officer decided and took back before it was
 * sealed anew: until two have decided it is not handed out.
 */
export function packageTells(
  { state, secondReview, package: sealed }: Incident,
  officer: OfficerId,
  entries: readonly AuditEntry[],
): boolean {
  if (!secondReview || !BEFORE_BOTH.has(state) || sealed === null) return false;
  return entries.some(
    ({ act, actor, at }) => act === 'incident.decided' && actor.id !== officer && at <= sealed.sealedAt,
  );
}

const BEFORE_BOTH: ReadonlySet<IncidentState> = new Set(['open', 'pending', 'escalated', 'second-review']);

/** An entry of the trail, of which the place in the chain is shown and no more. */
export type Withheld = Pick<AuditEntry, 'seq' | 'at' | 'hash'> & { withheld: true };

/**
 * The trail as one officer may see it. While two officers have yet to decide, it names no other officer and none of their
 * acts: a decision that was taken back is still in it.
 */
export function trailSeenBy(
  { state, secondReview }: Pick<Incident, 'state' | 'secondReview'>,
  officer: OfficerId,
  entries: readonly AuditEntry[],
): readonly (AuditEntry | Withheld)[] {
  if (!secondReview || !BEFORE_BOTH.has(state)) return entries;
  const others = new Set(
    entries.flatMap(({ actor }) => (actor.kind === 'officer' && actor.id !== officer ? [actor.id] : [])),
  );
  const names = (entry: AuditEntry) => [...others].some((id) => canonicalJson(entry.facts).includes(canonicalJson(id)));
  return entries.map((entry) =>
    others.has(entry.actor.id) || names(entry)
      ? { seq: entry.seq, at: entry.at, hash: entry.hash, withheld: true }
      : entry,
  );
}
