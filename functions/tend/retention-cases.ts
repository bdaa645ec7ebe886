/** Cases whose time is over: marked in one transaction, then everything that belongs to them goes. */
import { auditStream, systemActor } from '#core/audit.ts';
import { destroyed } from '#core/destroyed.ts';
import { type FrameId, frameId, type IncidentId, sha256Of } from '#core/ids.ts';
import type { Incident, IncidentState } from '#core/incident.ts';
import { isOver, keepingOfCase, type RetentionRule } from '#core/retention.ts';
import { DAY_MS, type Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import { filesOfCase } from '#platform/records/case-files.ts';
import { caseOf, type PolicyReader } from '#platform/records/cases.ts';
import { forgetEntry } from '#platform/records/feed.ts';
import { unheld } from '#platform/records/holds.ts';
import { incidentsPage, putIncident, readIncident } from '#platform/records/incidents.ts';
import { forgetSending } from '#platform/records/notices.ts';
import { partyCopiesOf, partyCopyDelete } from '#platform/records/party-copies.ts';
import { plateKeyDelete } from '#platform/records/plate-keys.ts';
import { queryAll, type Table } from '#platform/table.ts';
import { nextOfWalk } from './daily-walk.ts';
import { type Leaving, leavingPut } from './leaving.ts';
import { discardFrame } from './retention.ts';

/** States in which a case may be closed, with the least days that any policy may ask for (core/policy.ts). */
const CLOSED: readonly (readonly [IncidentState, number])[] = [
  ['dissolved', 30],
  ['self-corrected', 30],
  ['rejected', 30],
  ['educated', 30],
  ['withdrawn', 730],
  ['confirmed', 730],
];

/** Frames of a case that was marked, still to be looked at. */
interface Closing {
  frames: readonly FrameId[];
}
const CLOSING = 'tend-closing';

interface Retention {
  table: Table;
  blobs: Blobs;
  atOnce: number;
}

/** How many cases were marked in this round. */
export async function closeCases(retention: Retention, policies: PolicyReader, now: Instant): Promise<number> {
  await discardFramesOfClosed(retention.table, policies, now);
  let marked = 0;
  for (const id of await nextCases(retention, now)) {
    if (await close(retention, id, policies, now)) marked += 1;
  }
  if (marked > 0) await discardFramesOfClosed(retention.table, policies, now);
  return marked;
}

async function nextCases({ table, atOnce }: Retention, now: Instant): Promise<readonly IncidentId[]> {
  const page = await nextOfWalk(table, 'retention-cases', CLOSED.length, now, (stage, cursor) => {
    const [state, days] = CLOSED[stage] ?? (['dissolved', 30] as const);
    return incidentsPage(table, state, { before: now - days * DAY_MS, limit: atOnce, ...cursor });
  });
  return page.filter(({ destroyed: gone }) => gone == null).map(({ id }) => id);
}

/** Everything that tells of a person leaves the records, and a row for each blob says that it has to go. */
function close({ table, blobs }: Retention, id: IncidentId, policies: PolicyReader, now: Instant): Promise<boolean> {
  return commit(table, async () => {
    const incident = (await readIncident(table, id))?.incident;
    if (incident === undefined || incident.destroyed != null) return { writes: [], result: false };
    const keeping = keepingOfCase(await caseOf(table, incident, policies));
    const { class: kind } = keeping.rule;
    if (!isOver(keeping, now) || (kind !== 'clue' && kind !== 'evidence')) return { writes: [], result: false };
    const leaving = await blobsOf({ table, blobs }, incident, keeping.rule);
    const copies = await partyCopiesOf(table, id);
    const frames = [...new Set(incident.stay.sightings.map((sighting) => sighting.frameId))];
    return {
      writes: [
        ...putIncident(destroyed(incident, kind, now), incident),
        ...(await forgetEntry(table, id)),
        ...(await forgetSending(table, id)),
        unheld(id),
        plateKeyDelete(id),
        ...copies.slice(0, FILES_AT_MOST).map(partyCopyDelete),
        { kind: 'delete', partition: `party-code/${id}`, sort: 'code', expect: 'any' },
        ...leaving.map((one, index) => leavingPut(`case!${id}!${index}`, one)),
        { kind: 'put', partition: CLOSING, sort: id, value: { frames } satisfies Closing, expect: 'any' },
      ],
      acts: [
        {
          stream: auditStream.incident(id),
          at: now,
          actor: systemActor('tend'),
          act: 'incident.destroyed',
          subject: id,
          facts: { rule: keeping.rule, until: keeping.until, frames: frames.length, files: leaving.length },
        },
      ],
      result: true,
    };
  });
}

/** Everything that was made of it. */
async function blobsOf(
  store: { table: Table; blobs: Blobs },
  incident: Incident,
  rule: RetentionRule,
): Promise<readonly Leaving[]> {
  const files = await filesOfCase(store, incident);
  return files.slice(0, FILES_AT_MOST).map(({ what, key, sha256, bytes }) => ({
    ...{ key, sha256: sha256Of(sha256), derived: [], release: true },
    deletion: { what, subject: incident.id, bytes, capturedAt: null, rule },
  }));
}

/** A transaction takes 100 writes; nobody seals a case so often. */
const FILES_AT_MOST = 30;

async function discardFramesOfClosed(table: Table, policies: PolicyReader, now: Instant): Promise<void> {
  for await (const row of queryAll<Closing>(table, { partition: CLOSING })) {
    for (const id of row.value.frames) await discardFrame(table, frameId(id), policies, now);
    await table.write({ kind: 'delete', partition: CLOSING, sort: row.sort, expect: 'any' });
  }
}
