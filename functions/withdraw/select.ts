/** Everything that a zone, rule, model or camera produced, as it stands now. */
import type { IncidentId } from '#core/ids.ts';
import type { Incident, IncidentState } from '#core/incident.ts';
import { WORK_STATES } from '#core/incident-machine.ts';
import type { ModelVersion } from '#core/sighting.ts';
import { digestOfIds, isProducedBy, type Selector } from '#core/withdrawal.ts';
import { incidentsInState } from '#platform/records/incidents.ts';
import { observationsBetween } from '#platform/records/observations.ts';
import type { Table } from '#platform/table.ts';

/** Violations, which a withdrawal takes back. */
const VIOLATIONS: readonly IncidentState[] = ['confirmed', 'objected'];
/** Nobody took them for violations yet. */
const UNDECIDED: readonly IncidentState[] = ['open', ...WORK_STATES.filter((state) => state !== 'objected')];

export interface Selected {
  /** Sorted. */
  ids: readonly IncidentId[];
  digest: string;
  sample: readonly Incident[];
  /** A changed or retired zone or rule dissolves them when their day is correlated again; until then somebody rejects them. */
  undecided: { count: number; first: readonly { id: IncidentId; state: IncidentState }[] };
}

const SAMPLE = 20;
const NAMED = 200;

export async function select(table: Table, selector: Selector): Promise<Selected> {
  const ids: IncidentId[] = [];
  const sample: Incident[] = [];
  for (const state of VIOLATIONS) {
    for await (const incident of incidentsInState(table, state)) {
      if (!(await matches(table, incident, selector))) continue;
      ids.push(incident.id);
      // The newest.
      sample.push(incident);
      sample.sort((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? -1 : 1)).splice(SAMPLE);
    }
  }
  const undecided = { count: 0, first: [] as { id: IncidentId; state: IncidentState }[] };
  for (const state of UNDECIDED) {
    for await (const incident of incidentsInState(table, state)) {
      if (!(await matches(table, incident, selector))) continue;
      undecided.count += 1;
      if (undecided.first.length < NAMED) undecided.first.push({ id: incident.id, state });
    }
  }
  // One that changes its state while the walk goes on may be met twice.
  const distinct = [...new Set(ids)].sort();
  return { ids: distinct, digest: digestOfIds(distinct), sample, undecided };
}

/** An incident of before models were kept on it is asked by what its frames showed, and who saw that. */
async function matches(table: Table, incident: Incident, selector: Selector): Promise<boolean> {
  if (!('model' in selector) || incident.models !== undefined) return isProducedBy(incident, selector);
  return isProducedBy(incident, selector, await modelsOf(table, incident));
}

async function modelsOf(table: Table, { stay }: Incident): Promise<readonly ModelVersion[]> {
  const cited = new Set(stay.sightings.map(({ frameId }) => frameId));
  const window = { from: stay.firstSeen, to: stay.lastSeen + 1 };
  const seen = await observationsBetween(table, stay.placeId, window);
  return seen.filter(({ frameId }) => cited.has(frameId)).flatMap(({ models }) => models);
}
