/**
 * Runs what a place's cameras saw in the last days against a change nobody activated: which incidents it would add, lose and
 * change. Nothing is written but that somebody asked.
 */
import type { Camera, Rule, Zone } from '#core/camera.ts';
import { boundsOf, containsPoint } from '#core/geometry.ts';
import type { CameraId, FrameId, PlaceId, RuleId, SightingId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { encodeFeatures } from '#core/occupancy/feature-bytes.ts';
import { refuse } from '#core/refusal.ts';
import { type Comparison, compare, type Judged, judgedBy } from '#core/replay/compare.ts';
import { concernsCamera, type Draft, type LawVersions, ruleOfDraft, withDraft } from '#core/replay/draft.ts';
import { lawAt, rejudge } from '#core/replay/rejudge.ts';
import { withSecondsOf } from '#core/replay/second.ts';
import type { Observation, StorefrontFeatures } from '#core/sighting.ts';
import { incidentsOf } from '#core/stays/judge.ts';
import type { Looks, PlaceDay } from '#core/stays/place-day.ts';
import { DAY_MS, dayInterval, dayOf, type Instant } from '#core/time.ts';
import { staysOf } from '#core/violations/registry.ts';
import type { Blobs } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { camera as readCamera, zonesOfPlace } from '#platform/records/cameras.ts';
import { getFrame } from '#platform/records/frames.ts';
import { incidentsOfPlaceDay } from '#platform/records/incidents.ts';
import { type CorrelateMessage, ruleDay } from '#platform/records/messages.ts';
import { featuresKey, observationsBetween, observedAfter } from '#platform/records/observations.ts';
import { permitsOfPlace } from '#platform/records/places.ts';
import { rulesById } from '#platform/records/rules.ts';
import type { Table } from '#platform/table.ts';

export interface ReplayDependencies {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  /** The models that are loaded now, elsewhere than on this thread. */
  inspect(
    bytes: Uint8Array,
    context: {
      frameId: FrameId;
      camera: Camera;
      placeId: PlaceId;
      capturedAt: Instant;
      zones: readonly Zone[];
      rules: readonly Rule[];
    },
  ): Promise<{ observation: Observation; features: readonly StorefrontFeatures[] }>;
  /** What correlation would look up for a day, with some blobs that are not in the store; it writes nothing. */
  looks(overlay: ReadonlyMap<string, Uint8Array>): (placeDay: PlaceDay, message: CorrelateMessage) => Promise<Looks>;
}

export interface Request {
  placeId: PlaceId;
  /** Rule days up to `until`, that one included. */
  days: number;
  /** The last day, as in Beijing; today when left out. */
  until?: string | undefined;
  draft: Draft;
}

export interface Replayed {
  window: { from: Instant; to: Instant };
  frames: number;
  /** Frames that were looked at again, because what was kept of them could not tell. */
  reinspected: number;
  unjudged: {
    /** Would have had to be looked at again, and are gone: retention discarded them. */
    discarded: number;
    /** Vehicles on ground that was nobody's before: their plates were never looked for. */
    platesUnread: number;
    /** Share of a drawn zone that no zone in force covers, 0..1: vehicles there were not looked for. */
    outsideZones: number;
  };
  comparison: Comparison;
  /** The incident on record that a sighting belongs to. */
  onRecord: ReadonlyMap<SightingId, Incident>;
}

export const MOST_DAYS = 31;
/** Observations held in memory at once. */
export const MOST_FRAMES = 20_000;
/** A look at a frame takes up to a second. */
export const MOST_REINSPECTED = 300;

/** @throws {Refusal} `replay-too-large` `camera-unknown` */
export async function replay(
  dependencies: ReplayDependencies,
  { placeId, days, until, draft }: Request,
): Promise<Replayed> {
  const { table, clock } = dependencies;
  const now = clock.now();
  const last = dayInterval(until ?? dayOf(now));
  const window = { from: last.from - (days - 1) * DAY_MS, to: Math.min(now, last.to) };
  const law = await lawOfPlace(table, placeId, draft);
  const drafted = withDraft(law, draft, placeId, window.from);
  const starts = [...new Set([...law.rules, ...drafted.rules].map(({ dayStartsAt }) => dayStartsAt))];
  // A rule day may begin after midnight: what belongs to its first one began before.
  const before = await seenIn(table, placeId, { from: window.from - DAY_MS, to: window.to });
  const cameras = await camerasOf(table, [...before, ...('zone' in draft ? [draft.zone] : [])]);
  const { after, overlay, ...told } = await underDraft(
    dependencies,
    { placeId, draft, drafted, cameras, from: window.from },
    before,
  );

  const permits = await permitsOfPlace(table, placeId);
  const drawnOn = new Map([...cameras.values()].map(({ id, imageSize }) => [id, imageSize]));
  const found = { before: [] as Judged[], after: [] as Judged[] };
  const onRecord = new Map<SightingId, Incident>();
  const looks = { before: dependencies.looks(new Map()), after: dependencies.looks(overlay) };
  for (const dayStartsAt of starts) {
    for (const message of daysOf(placeId, dayStartsAt, window)) {
      const day = dayInterval(message.day, dayStartsAt);
      const isIn = ({ capturedAt }: Observation) => day.from <= capturedAt && capturedAt < day.to;
      if (!before.some(isIn)) continue;
      const closed = await observedAfter(table, placeId, day.to);
      for (const side of ['before', 'after'] as const) {
        const { zones, rules } = side === 'before' ? law : drafted;
        const placeDay: PlaceDay = {
          ...{ placeId, day, closed, zones, permits, drawnOn },
          observations: (side === 'before' ? before : after).filter(isIn),
          rules: rules.filter((rule) => rule.dayStartsAt === dayStartsAt),
        };
        const stays = incidentsOf(staysOf(placeDay, await looks[side](placeDay, message)), placeDay);
        found[side].push(...stays.map((stay) => judgedBy(stay, rules)));
      }
      for (const incident of await incidentsOfPlaceDay(table, placeId, ruleDay(message))) {
        if (incident.state === 'dissolved') continue;
        for (const { sightingId } of incident.stay.sightings) onRecord.set(sightingId, incident);
      }
    }
  }
  return {
    window,
    frames: before.filter(({ capturedAt }) => capturedAt >= window.from).length,
    reinspected: told.reinspected,
    unjudged: {
      ...{ discarded: told.discarded, platesUnread: told.unread },
      outsideZones: 'zone' in draft ? shareOutside(draft.zone.polygon, law, draft.zone.cameraId, now) : 0,
    },
    comparison: compare(found.before, found.after),
    onRecord,
  };
}

async function lawOfPlace(table: Table, placeId: PlaceId, draft: Draft): Promise<LawVersions> {
  const zones = await zonesOfPlace(table, placeId);
  const own = ruleOfDraft(draft);
  const ids = new Set<RuleId>([
    ...zones.flatMap(({ ruleIds }) => ruleIds),
    ...('zone' in draft ? draft.zone.ruleIds : []),
    ...(own === null ? [] : [own]),
  ]);
  return { zones, rules: [...(await rulesById(table, ids)).values()].flat() };
}

/** A day at a time, so that too much is refused before it is read. */
async function seenIn(
  table: Table,
  placeId: PlaceId,
  { from, to }: { from: Instant; to: Instant },
): Promise<readonly Observation[]> {
  const seen: Observation[] = [];
  for (let at = from; at < to; at += DAY_MS) {
    seen.push(...(await observationsBetween(table, placeId, { from: at, to: Math.min(to, at + DAY_MS) })));
    if (seen.length > MOST_FRAMES) throw tooLarge('frames', `more than ${MOST_FRAMES}`, MOST_FRAMES);
  }
  return seen;
}

async function camerasOf(
  table: Table,
  seen: readonly { cameraId: CameraId }[],
): Promise<ReadonlyMap<CameraId, Camera>> {
  const found = new Map<CameraId, Camera>();
  for (const id of new Set(seen.map(({ cameraId }) => cameraId))) {
    const camera = await readCamera(table, id);
    if (camera !== undefined) found.set(id, camera);
  }
  return found;
}

interface Setting {
  placeId: PlaceId;
  draft: Draft;
  drafted: LawVersions;
  cameras: ReadonlyMap<CameraId, Camera>;
  /** Since when the draft would have been in force. */
  from: Instant;
}

/** What the same frames would have shown. */
async function underDraft(
  { table, blobs, inspect }: ReplayDependencies,
  { placeId, draft, drafted, cameras, from }: Setting,
  before: readonly Observation[],
) {
  let unread = 0;
  const again: { observation: Observation; camera: Camera; whole: boolean }[] = [];
  const after: Observation[] = [];
  for (const observation of before) {
    const camera = cameras.get(observation.cameraId);
    // A rule judges what was seen as it was seen: which version it was is asked for when the day is judged.
    const isConcerned = observation.capturedAt >= from && concernsCamera(draft, observation.cameraId);
    if ('rule' in draft || camera === undefined || !isConcerned) {
      after.push(observation);
    } else if ('model' in draft) {
      again.push({ observation, camera, whole: true });
    } else {
      const judged = rejudge(observation, drafted, camera.imageSize);
      unread += judged.unread;
      if (judged.undescribed.length === 0) after.push(judged.observation);
      else again.push({ observation: judged.observation, camera, whole: false });
    }
  }
  if (again.length > MOST_REINSPECTED) throw tooLarge('frames to look at again', `${again.length}`, MOST_REINSPECTED);
  const overlay = new Map<string, Uint8Array>();
  let discarded = 0;
  for (const { observation, camera, whole } of again) {
    const { frameId, capturedAt } = observation;
    const frame = (await getFrame(table, frameId))?.value;
    const bytes = frame === undefined || frame.state === 'discarded' ? undefined : await blobs.get(frame.blobKey);
    if (bytes === undefined) {
      discarded += 1;
      after.push(observation);
      continue;
    }
    const context = { frameId, camera, placeId, capturedAt, ...lawAt(drafted, observation) };
    const { observation: seen, features } = await inspect(bytes, context);
    for (const one of features) overlay.set(featuresKey(one.sightingId), encodeFeatures(one));
    after.push(whole ? withSecondsOf(observation, seen) : { ...observation, storefronts: seen.storefronts });
  }
  return { after, overlay, unread, discarded, reinspected: again.length - discarded };
}

function daysOf(placeId: PlaceId, dayStartsAt: string, { from, to }: { from: Instant; to: Instant }) {
  const messages: CorrelateMessage[] = [];
  for (let at = from; dayOf(at, dayStartsAt) <= dayOf(to, dayStartsAt); at += DAY_MS) {
    messages.push({ placeId, dayStartsAt, day: dayOf(at, dayStartsAt) });
  }
  return messages;
}

const SAMPLES = 24;

/** Share of a polygon that no zone of the camera covers now, from points on a grid. */
function shareOutside(polygon: Zone['polygon'], { zones }: LawVersions, camera: CameraId, now: Instant): number {
  const covering = zones.filter(
    ({ cameraId, effectiveFrom, effectiveTo }) =>
      cameraId === camera && effectiveFrom <= now && (effectiveTo === null || now < effectiveTo),
  );
  const [x0, y0, x1, y1] = boundsOf(polygon);
  let inside = 0;
  let outside = 0;
  for (let row = 0; row < SAMPLES; row++) {
    for (let column = 0; column < SAMPLES; column++) {
      const at = [x0 + ((column + 0.5) / SAMPLES) * (x1 - x0), y0 + ((row + 0.5) / SAMPLES) * (y1 - y0)] as const;
      if (!containsPoint(polygon, at)) continue;
      inside += 1;
      if (!covering.some((zone) => containsPoint(zone.polygon, at))) outside += 1;
    }
  }
  return inside === 0 ? 0 : Number((outside / inside).toFixed(2));
}

const tooLarge = (what: string, received: string, most: number) =>
  refuse('replay-too-large', 422, {
    expected: `at most ${most} ${what} in one replay`,
    received,
    action: 'Ask for fewer days.',
    data: { most },
  });
