/**
 * The review queue (审核队列): what waits for an officer, by deadline, then by score. A row stands in one partition for
 * each way the queue can be asked for, so that a filtered list is a range read too.
 */

import type { IncidentId, OfficerId, PlaceId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { isWorkState, WORK_STATES, type WorkState } from '#core/incident-machine.ts';
import { mustBeAnother } from '#core/review-stages.ts';
import type { Instant } from '#core/time.ts';
import type { ViolationType } from '#core/violations/violation.ts';
import { type Key, queryAll, type Table, type Write } from '../table.ts';

/** What a list shows of an incident without opening it. */
export interface QueueRow {
  id: IncidentId;
  state: WorkState;
  type: ViolationType;
  plate: string | null;
  placeId: PlaceId;
  placeName: string;
  shop: string | null;
  jurisdiction: string;
  grade: Incident['grade'];
  phase: Incident['phase'];
  firstSeen: Instant;
  lastSeen: Instant;
  score: number;
  deadline: Instant;
  version: number;
  /** Who decided on it before and therefore may not do what it waits for now. */
  closedTo: readonly OfficerId[];
}

export interface QueueFilter {
  states?: readonly WorkState[];
  type?: ViolationType;
  placeId?: PlaceId;
  jurisdiction?: string;
}

/** The rows `next` leaves behind, less those of `previous` that no longer hold. */
export function queueWrites(next: Incident, previous: Incident | null): readonly Write[] {
  const now = new Map(keysOf(next).map((key) => [`${key.partition}\n${key.sort}`, key]));
  const gone = previous === null ? [] : keysOf(previous).filter((key) => !now.has(`${key.partition}\n${key.sort}`));
  const row = rowOf(next);
  return [
    ...[...now.values()].map((key): Write => ({ kind: 'put', ...key, value: row, expect: 'any' })),
    ...gone.map((key): Write => ({ kind: 'delete', ...key, expect: 'any' })),
  ];
}

function keysOf(incident: Incident): readonly Key[] {
  const { state, stay, jurisdiction } = incident;
  if (!isWorkState(state)) return [];
  const sort = sortKey(incident);
  const facets = ['all', `type/${stay.type}`, `place/${stay.placeId}`, `jurisdiction/${jurisdiction}`];
  return facets.map((facet) => ({ partition: `queue/${state}/${facet}`, sort }));
}

/** Deadline first; among equal deadlines the surest first; the id makes it unique. */
function sortKey({ id, deadline, stay }: Incident): string {
  const doubt = Math.round((1 - Math.min(1, Math.max(0, stay.score))) * 1e6);
  return `${new Date(deadline).toISOString()}#${String(doubt).padStart(7, '0')}#${id}`;
}

function rowOf(incident: Incident): QueueRow | null {
  const { id, state, stay, placeName, jurisdiction, grade, phase, deadline, version } = incident;
  if (!isWorkState(state)) return null;
  return {
    id,
    state,
    type: stay.type,
    plate: stay.plate?.text ?? null,
    placeId: stay.placeId,
    placeName,
    shop: stay.shop,
    jurisdiction,
    grade,
    phase,
    firstSeen: stay.firstSeen,
    lastSeen: stay.lastSeen,
    score: stay.score,
    deadline,
    version,
    closedTo: [...new Set(incident.decisions.map(({ officerId }) => officerId))].filter((officer) =>
      mustBeAnother(incident, officer),
    ),
  };
}

/** Rows in queue order, over one or several states, each with its position. */
export async function* queueRows(
  table: Table,
  filter: QueueFilter,
  after?: string,
): AsyncGenerator<{ row: QueueRow; position: string }> {
  // '!' sorts before every character an id may go on with, so the range starts right behind the position.
  const from = after === undefined ? {} : { from: `${after}!` };
  const walks = (filter.states ?? WORK_STATES).map((state) =>
    queryAll<QueueRow>(table, { partition: `queue/${state}/${facetOf(filter)}`, limit: 50, ...from }),
  );
  const heads = await Promise.all(walks.map((walk) => walk.next()));
  for (;;) {
    let first = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done === true) continue;
      const best = first < 0 ? undefined : heads[first];
      if (best === undefined || best.done === true || head.value.sort < best.value.sort) first = index;
    }
    const head = heads[first];
    const walk = walks[first];
    if (head === undefined || walk === undefined || head.done === true) return;
    if (passes(head.value.value, filter)) yield { row: head.value.value, position: head.value.sort };
    heads[first] = await walk.next();
  }
}

/** The narrowest partition that holds every row asked for; what it does not say is left to {@link passes}. */
function facetOf({ placeId, jurisdiction, type }: QueueFilter): string {
  if (placeId !== undefined) return `place/${placeId}`;
  if (jurisdiction !== undefined) return `jurisdiction/${jurisdiction}`;
  return type === undefined ? 'all' : `type/${type}`;
}

const passes = (row: QueueRow, { type, placeId, jurisdiction }: QueueFilter): boolean =>
  (type === undefined || row.type === type) &&
  (placeId === undefined || row.placeId === placeId) &&
  (jurisdiction === undefined || row.jurisdiction === jurisdiction);
