/** 证据保全: a supervisor keeps a case from being destroyed, and lets it go again. */
import type { IncidentId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { commit } from '#platform/commit.ts';
import type { Officer } from '#platform/identity.ts';
import { type Hold, holdDelete, holdPut, readHold } from '#platform/records/holds.ts';
import { incidentKey } from '#platform/records/incidents.ts';
import type { Check } from '#platform/table.ts';
import { officerAct } from './acts.ts';
import { existing, type Workplace } from './work.ts';

/** @throws {Refusal} `incident-unknown` `hold-stands` `case-destroyed` */
export function hold(
  { table, clock }: Workplace,
  officer: Officer,
  id: IncidentId,
  { reason, authority }: { reason: string; authority: string | null },
): Promise<Hold> {
  return commit(table, async () => {
    const { incident } = await existing(table, id);
    if (incident.destroyed != null) {
      throw refuse('case-destroyed', 410, {
        expected: 'a case whose time was not over',
        received: 'one whose pictures and persons are gone',
        action: 'Ask for the certificates of what was destroyed: GET /v1/audit/deletions.',
      });
    }
    if ((await readHold(table, id)) !== undefined) {
      throw refuse('hold-stands', 409, {
        expected: 'a case nobody holds yet',
        received: 'one on hold',
        action: 'It is kept already. To change the reason, release it and hold it anew.',
      });
    }
    const now = clock.now();
    const made: Hold = { officerId: officer.id, officerName: officer.name, reason, authority, at: now };
    // Whoever destroys it in this very moment makes this fail, and the other way round.
    const unchanged: Check = { kind: 'check', ...incidentKey(id), expect: { version: incident.version } };
    return {
      writes: [holdPut(id, made), unchanged],
      acts: [officerAct(officer, 'incident.held', incident, { at: now, details: { reason, authority } })],
      result: made,
    };
  });
}

/** @throws {Refusal} `incident-unknown` `hold-unknown` */
export function release({ table, clock }: Workplace, officer: Officer, id: IncidentId, reason: string): Promise<void> {
  return commit(table, async () => {
    const { incident } = await existing(table, id);
    const held = await readHold(table, id);
    if (held === undefined) {
      throw refuse('hold-unknown', 404, {
        expected: 'a case on hold',
        received: 'one that nobody holds',
        action: 'Nothing has to be done.',
      });
    }
    return {
      writes: [holdDelete(id, held)],
      acts: [officerAct(officer, 'incident.hold-released', incident, { at: clock.now(), details: { reason } })],
      result: undefined,
    };
  });
}
