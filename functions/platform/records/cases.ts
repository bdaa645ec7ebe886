/** Cases as retention sees them: an incident, the policy of its jurisdiction, whether it is held, what was reported of it. */
import type { Incident } from '#core/incident.ts';
import { isInFeed } from '#core/incident-machine.ts';
import type { Policy } from '#core/policy.ts';
import type { Case } from '#core/retention.ts';
import type { Table } from '../table.ts';
import { readFeedItem } from './feed.ts';
import { readHold } from './holds.ts';
import { policyOf } from './policies.ts';

export async function caseOf(table: Table, incident: Incident, policies: PolicyReader): Promise<Case> {
  const [hold, entry, policy] = await Promise.all([
    readHold(table, incident.id),
    isInFeed(incident.state) ? readFeedItem(table, incident.id) : undefined,
    policies(incident.jurisdiction),
  ]);
  return { incident, policy, held: hold !== undefined, reported: entry?.value.outcomes ?? [] };
}

export type PolicyReader = (jurisdiction: string) => Promise<Policy>;

/** Reads each policy once; for one round of work. */
export function policyReader(table: Table): PolicyReader {
  const known = new Map<string, Promise<Policy>>();
  return (jurisdiction) => {
    const found = known.get(jurisdiction) ?? policyOf(table, jurisdiction);
    known.set(jurisdiction, found);
    return found;
  };
}
