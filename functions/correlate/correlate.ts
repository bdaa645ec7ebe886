/**
 * One rule day of a place, computed anew from everything its frames showed and written in one transaction. Whoever loses
 * a race against another correlation of the same day, or against a reviewer, reads again and starts over.
 */
import { type AuditAct, auditStream, systemActor } from '#core/audit.ts';
import type { Camera } from '#core/camera.ts';
import type { Impairment } from '#core/camera-impairment.ts';
import type { CameraId, FrameId, IncidentId } from '#core/ids.ts';
import type { Incident, Stay } from '#core/incident.ts';
import type { Policy } from '#core/policy.ts';
import type { Observation } from '#core/sighting.ts';
import { incidentsOf } from '#core/stays/judge.ts';
import type { PlaceDay } from '#core/stays/place-day.ts';
import { dayInterval, dayOf, type Instant } from '#core/time.ts';
import { staysOf } from '#core/violations/registry.ts';
import type { Blobs } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import { camera as readCamera, zonesOfPlace } from '#platform/records/cameras.ts';
import { getFrame } from '#platform/records/frames.ts';
import { impairmentsOf } from '#platform/records/impairments.ts';
import { incidentsOfPlaceDay, leaseKey, putIncident, readIncident } from '#platform/records/incidents.ts';
import { endLease } from '#platform/records/leases.ts';
import { type CorrelateMessage, ruleDay } from '#platform/records/messages.ts';
import { ledgerPut, observationsBetween, observedAfter, readLedger } from '#platform/records/observations.ts';
import { permitsOfPlace, place as readPlace } from '#platform/records/places.ts';
import { policyOf } from '#platform/records/policies.ts';
import { rulesById } from '#platform/records/rules.ts';
import { type Check, ConflictError, type Table, type Write } from '#platform/table.ts';
import { circumstancesOf } from './circumstances.ts';
import type { LooksReader } from './looks.ts';
import { type Change, reconcile } from './reconcile.ts';
import { dayToJudgeAnew, referencesOfDay } from './references.ts';

export interface CorrelateDependencies {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  looks: LooksReader;
  /** How long a review may take; Procedure Provisions art. 19 gives five days. */
  reviewWithinMs: number;
  /** Without news for so long, a stay nobody saw end counts as over. */
  patienceMs: number;
}

export interface Correlated {
  /** Incidents to be sealed, or sealed anew. */
  unsealed: readonly IncidentId[];
  /** Some change was too small for a new package: correlate again when the place has been quiet. */
  postponed: boolean;
  /** The day before, if what still stood at its end has to be ended by the boundary. */
  dayBefore: CorrelateMessage | null;
  /** The next observed day, if its storefronts were judged by less than is known of them now. */
  dayAfter: CorrelateMessage | null;
}

/** A transaction takes 100 writes; an incident with its queue rows and its audit entry takes up to 16. */
const CHANGES_AT_ONCE = 6;

export async function correlatePlaceDay(
  dependencies: CorrelateDependencies,
  message: CorrelateMessage,
): Promise<Correlated> {
  const unsealed = new Set<IncidentId>();
  for (;;) {
    const step = await correlateOnce(dependencies, message);
    for (const { incident } of step.changes) if (incident.state === 'open') unsealed.add(incident.id);
    if (step.more) continue;
    const dayAfter = step.hasStorefronts ? await dayToJudgeAnew(dependencies, message, step) : null;
    return { unsealed: [...unsealed], postponed: step.postponed, dayBefore: step.dayBefore, dayAfter };
  }
}

async function correlateOnce(dependencies: CorrelateDependencies, message: CorrelateMessage) {
  const { table, clock, looks, reviewWithinMs, patienceMs } = dependencies;
  return commit(table, async () => {
    const now = clock.now();
    // The ledger first: whatever is written after this read makes the transaction fail.
    const ledger = await readLedger(table, message.placeId, ruleDay(message));
    const { cameras, ...placeDay } = await readPlaceDay(table, message);
    const references = await referencesOfDay(dependencies, message, placeDay);
    const found = incidentsOf(staysOf(placeDay, await looks.of(placeDay.observations, references.of)), placeDay);
    const existing = await incidentsOfPlaceDay(table, message.placeId, ruleDay(message));
    const circumstances = circumstancesOf({
      placeName: (await readPlace(table, message.placeId))?.name ?? message.placeId,
      cameras,
      rules: placeDay.rules,
      impairments: await impairmentsAmong(dependencies, found),
      policies: await policiesOf(table, cameras),
      models: new Map(placeDay.observations.map(({ frameId, models }) => [frameId, models])),
      repeats: await repeatsAmong(table, found),
      reviewWithinMs,
      patienceMs,
    });
    const { changes: all, postponed } = reconcile(existing, found, circumstances, now);
    const changes = all.slice(0, CHANGES_AT_ONCE);
    const writes: Write[] = [
      ledgerPut(message.placeId, ruleDay(message), ledger, { frames: placeDay.observations.length, correlatedAt: now }),
      ...references.writes,
    ];
    for (const change of changes) writes.push(...(await writesOf(table, change, existing, ruleDay(message))));
    return {
      writes,
      acts: changes.map((change) => actOf(change, now)),
      result: {
        changes,
        postponed,
        more: all.length > changes.length,
        frames: placeDay.observations.length,
        basis: references.basis,
        hasStorefronts: placeDay.zones.some(({ type }) => type === 'storefront'),
        dayBefore: ledger === undefined ? await dayBefore(table, message) : null,
      },
    };
  });
}

/** What ailed the cameras of some stays while they were seen. */
async function impairmentsAmong(
  store: { table: Table; blobs: Blobs },
  stays: readonly Stay[],
): Promise<ReadonlyMap<CameraId, readonly Impairment[]>> {
  const ranges = new Map<CameraId, { from: Instant; to: Instant }>();
  for (const { cameraId, capturedAt } of stays.flatMap(({ sightings }) => sightings)) {
    const { from, to } = ranges.get(cameraId) ?? { from: capturedAt, to: capturedAt };
    ranges.set(cameraId, { from: Math.min(from, capturedAt), to: Math.max(to, capturedAt + 1) });
  }
  const found = [...ranges].map(async ([id, range]) => [id, await impairmentsOf(store, id, range)] as const);
  return new Map(await Promise.all(found));
}

async function policiesOf(table: Table, cameras: ReadonlyMap<CameraId, Camera>): Promise<ReadonlyMap<string, Policy>> {
  const found = new Map<string, Policy>();
  for (const { jurisdiction } of cameras.values()) {
    if (!found.has(jurisdiction)) found.set(jurisdiction, await policyOf(table, jurisdiction));
  }
  return found;
}

async function readPlaceDay(
  table: Table,
  { placeId, day, dayStartsAt }: CorrelateMessage,
): Promise<PlaceDay & { cameras: ReadonlyMap<CameraId, Camera> }> {
  const interval = dayInterval(day, dayStartsAt);
  const [observations, permits, after] = await Promise.all([
    observationsBetween(table, placeId, interval),
    permitsOfPlace(table, placeId),
    observedAfter(table, placeId, interval.to),
  ]);
  const seenBy = observations.map(({ cameraId }) => cameraId);
  const zones = await zonesOfPlace(table, placeId, seenBy);
  const rules = await rulesById(table, new Set(zones.flatMap(({ ruleIds }) => ruleIds)));
  const cameras = await camerasOf(table, observations);
  return {
    cameras,
    drawnOn: new Map([...cameras.values()].map(({ id, imageSize }) => [id, imageSize])),
    placeId,
    day: interval,
    closed: after,
    observations,
    zones,
    permits,
    // Rules whose day starts at another time are judged with the day they name.
    rules: [...rules.values()].flat().filter((rule) => rule.dayStartsAt === dayStartsAt),
  };
}

async function camerasOf(table: Table, observations: readonly Observation[]): Promise<ReadonlyMap<CameraId, Camera>> {
  const found = new Map<CameraId, Camera>();
  for (const id of new Set(observations.map(({ cameraId }) => cameraId))) {
    const camera = await readCamera(table, id);
    if (camera !== undefined) found.set(id, camera);
  }
  return found;
}

async function repeatsAmong(table: Table, stays: readonly Stay[]): Promise<ReadonlySet<FrameId>> {
  const ids = new Set(stays.flatMap(({ sightings }) => sightings.map(({ frameId }) => frameId)));
  const frames = await Promise.all([...ids].map((id) => getFrame(table, id)));
  return new Set(
    frames.flatMap((frame) => (frame === undefined || frame.value.repeats === null ? [] : [frame.value.frameId])),
  );
}

/** An incident and its lease are two items: a claim that came between the reading and the writing must win. */
async function writesOf(
  table: Table,
  { incident, replaces }: Change,
  existing: readonly Incident[],
  day: string,
): Promise<readonly Write[]> {
  if (replaces === null) return putIncident(incident, null, { day });
  const before = existing.find(({ id }) => id === incident.id);
  const stored = await readIncident(table, incident.id);
  if (
    before === undefined ||
    stored === undefined ||
    stored.incident.version !== replaces ||
    isClaimed(stored.incident, before)
  ) {
    throw new ConflictError([{ partition: `incident/${incident.id}`, sort: 'incident' }]);
  }
  const writes = putIncident({ ...incident, lease: null }, before, { day });
  if (incident.state !== 'open' && incident.state !== 'dissolved') return writes;
  const unleased: Check = { kind: 'check', ...leaseKey(incident.id), expect: 'absent' };
  return [...writes, ...(stored.leaseVersion === 0 ? [unleased] : endLease(stored))];
}

const isClaimed = (now: Incident, before: Incident) => now.lease !== null && now.lease.until !== before.lease?.until;

function actOf({ act, incident }: Change, at: Instant): AuditAct {
  const { stay, state, grade, phase, lateFrames, version } = incident;
  return {
    stream: auditStream.incident(incident.id),
    at,
    actor: systemActor('correlate'),
    act,
    subject: incident.id,
    facts: {
      type: stay.type,
      placeId: stay.placeId,
      zone: stay.zone,
      firstSeen: stay.firstSeen,
      lastSeen: stay.lastSeen,
      end: stay.end,
      frames: stay.sightings.map(({ frameId }) => frameId),
      state,
      grade,
      phase,
      version,
      ...(act === 'incident.late-frames' ? { lateFrames } : {}),
    },
  };
}

async function dayBefore(
  table: Table,
  { placeId, day, dayStartsAt }: CorrelateMessage,
): Promise<CorrelateMessage | null> {
  const message = { placeId, dayStartsAt, day: dayOf(dayInterval(day, dayStartsAt).from - 1, dayStartsAt) };
  return (await readLedger(table, placeId, ruleDay(message))) === undefined ? null : message;
}
