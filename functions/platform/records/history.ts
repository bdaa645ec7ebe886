/**
 * Incidents by subject, in order of time, written with each incident in one transaction. The key is a digest of the
 * subject: keys stand in error messages and logs, plates do not.
 *
 * | partition           | sort                | holds                                      |
 * |---------------------|---------------------|--------------------------------------------|
 * | `history/<digest>`  | `<first seen>#<id>` | what is remembered of an incident          |
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '#core/canonical-json.ts';
import { type PastIncident, pastOf, remembered, type Subject, subjectOf } from '#core/history.ts';
import type { Incident } from '#core/incident.ts';
import { DEFAULT_POLICY, type Policy } from '#core/policy.ts';
import type { Instant } from '#core/time.ts';
import { type Key, queryAll, type Table, type Write } from '../table.ts';

const partitionOf = (subject: Subject): string =>
  `history/${createHash('sha256').update(canonicalJson(subject)).digest('hex').slice(0, 32)}`;
const timeKey = (at: Instant): string => new Date(at).toISOString();

/** At most two: what is remembered of `next`, and what no longer stands where it stood (another plate, an earlier frame). */
export function historyWrites(next: Incident, previous: Incident | null): readonly Write[] {
  const now = rowOf(next);
  const before = previous === null ? null : rowOf(previous);
  const stays = now !== null && before !== null && samePlace(now.key, before.key);
  if (stays && canonicalJson(now.value) === canonicalJson(before.value)) return [];
  return [
    ...(now === null ? [] : [{ kind: 'put', ...now.key, value: now.value, expect: 'any' } as const]),
    ...(before === null || stays ? [] : [{ kind: 'delete', ...before.key, expect: 'any' } as const]),
  ];
}

function rowOf(incident: Incident): { key: Key; value: PastIncident } | null {
  const memory = remembered(incident);
  if (memory === null) return null;
  const { subject, past } = memory;
  return { key: { partition: partitionOf(subject), sort: `${timeKey(past.firstSeen)}#${past.id}` }, value: past };
}

const samePlace = (a: Key, b: Key): boolean => a.partition === b.partition && a.sort === b.sort;

/**
 * Earlier incidents of the same subject that still count for a first offence, newest first, in whatever state.
 * @param incident as whoever asks may see it: a second officer is not told by its past which plate the first confirmed
 */
export async function history(
  table: Table,
  incident: Pick<Incident, 'id' | 'stay' | 'decisions'>,
  policy: Pick<Policy, 'firstTimeDays'> = DEFAULT_POLICY,
): Promise<readonly PastIncident[]> {
  const subject = subjectOf(incident);
  if (subject === null) return [];
  const { from, to } = pastOf(incident, policy);
  const range = { partition: partitionOf(subject), from: timeKey(from), to: timeKey(to), descending: true };
  const found: PastIncident[] = [];
  for await (const { value } of queryAll<PastIncident>(table, range)) if (value.id !== incident.id) found.push(value);
  return found;
}
