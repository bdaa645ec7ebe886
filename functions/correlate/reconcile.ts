/**
 * Holds what a place's day was computed to contain against the incidents on record, and says what to write. Pure.
 *
 * An incident that somebody decided, or holds in hand, is never rewritten: frames that arrive afterwards are recorded
 * on it, and marked when they speak against it (Evidence Provisions art. 71(4): what may have been altered cannot
 * stand alone).
 */
import { createHash } from 'node:crypto';
import type { Grade } from '#core/camera.ts';
import { canonicalJson } from '#core/canonical-json.ts';
import { type FrameId, type IncidentId, incidentId } from '#core/ids.ts';
import type { Incident, Notice, Stay } from '#core/incident.ts';
import { belied, noticeOfStay } from '#core/review-notice.ts';
import type { ModelVersion } from '#core/sighting.ts';
import { contradicts, matchIncidents } from '#core/stays/identity.ts';
import { withKeptSightings } from '#core/stays/kept-sightings.ts';
import { dayOf, type Instant } from '#core/time.ts';

export type ReconcileAct =
  | 'incident.opened'
  | 'incident.updated'
  | 'incident.dissolved'
  | 'incident.reopened'
  | 'incident.late-frames';

export interface Change {
  act: ReconcileAct;
  incident: Incident;
  /** The version on record that this replaces; null for a new incident. */
  replaces: number | null;
}

/** What the stays alone do not say. */
export interface Circumstances {
  placeName: string;
  jurisdiction(stay: Stay): string;
  grade(stay: Stay): Grade;
  phase(stay: Stay): 'warning' | 'enforcing';
  secondReview(stay: Stay): boolean;
  legalReview(stay: Stay): boolean;
  /** The grace that the rules it cites ask for, milliseconds; null when none does. */
  graceMs(stay: Stay): number | null;
  /** Whose findings its sightings are, each once. */
  models(stay: Stay): readonly ModelVersion[];
  /** Milliseconds a review may take (Procedure Provisions art. 19: five days). */
  reviewWithinMs: number;
  /** Milliseconds without news after which a stay nobody saw end counts as over. */
  patienceMs: number;
}

export interface Reconciliation {
  changes: readonly Change[];
  /** Something changed too little to be worth a new package now: look again when the place has been quiet. */
  postponed: boolean;
}

export function reconcile(
  existing: readonly Incident[],
  stays: readonly Stay[],
  circumstances: Circumstances,
  now: Instant,
): Reconciliation {
  const matched = matchIncidents(
    existing.map(({ id, stay }) => ({ id, sightingIds: stay.sightings.map(({ sightingId }) => sightingId) })),
    stays,
  );
  const byId = new Map(existing.map((incident) => [incident.id, incident]));
  const taken = new Set(byId.keys());
  const reminded = existing.filter(({ notice }) => notice != null && notice.about !== undefined);
  const changes: Change[] = [];
  let postponed = false;
  for (const stay of stays) {
    const notice = noticeOfStay(stay, reminded);
    const id = matched.get(stay);
    const incident = id === undefined || id === null ? undefined : byId.get(id);
    if (incident === undefined) {
      // A piece of a stay that an officer already decided on as one is no new act (art. 29: once per act).
      if (existing.some((other) => isFrozen(other, now) && sharesSightings(other.stay, stay))) continue;
      const opened = open({ stay, notice, id: newId(stay, taken) }, circumstances, now);
      taken.add(opened.id);
      changes.push({ act: 'incident.opened', incident: opened, replaces: null });
      continue;
    }
    byId.delete(incident.id);
    const change = revise(incident, { stay, notice }, stays, circumstances, now);
    if (change === 'later') postponed = true;
    else if (change !== null) changes.push(change);
  }
  for (const incident of byId.values()) {
    const change = unsupported(incident, stays, now);
    if (change !== null) changes.push(change);
  }
  return { changes, postponed };
}

/** A recomputed stay, with the notice that was sent during it, for whichever incident. */
interface Found {
  stay: Stay;
  notice: Notice | null;
}

/** As an incident keeps it; the sighting that a reminder is about tells whose it is. */
const keptOf = ({ stay, notice }: Found): Stay =>
  withKeptSightings(stay, new Set(notice?.about === undefined ? [] : [notice.about]));

/** Decided (a case that was sent back has been decided once), or in a reviewer's hands. */
export const isFrozen = ({ state, lease, decisions }: Incident, now: Instant): boolean =>
  (state !== 'open' && state !== 'pending' && state !== 'dissolved') ||
  decisions.length > 0 ||
  (lease !== null && lease.until > now);

function open({ stay, notice, id }: Found & { id: IncidentId }, circumstances: Circumstances, now: Instant): Incident {
  return {
    id,
    stay: keptOf({ stay, notice }),
    placeName: circumstances.placeName,
    jurisdiction: circumstances.jurisdiction(stay),
    grade: circumstances.grade(stay),
    phase: circumstances.phase(stay),
    secondReview: circumstances.secondReview(stay),
    legalReview: circumstances.legalReview(stay),
    graceMs: circumstances.graceMs(stay),
    models: circumstances.models(stay),
    notice,
    state: 'open',
    lease: null,
    decisions: [],
    package: null,
    deadline: now + circumstances.reviewWithinMs,
    createdAt: now,
    updatedAt: now,
    lateFrames: { frameIds: [], contradicts: false },
    version: 1,
  };
}

function revise(
  incident: Incident,
  { stay, notice }: Found,
  stays: readonly Stay[],
  circumstances: Circumstances,
  now: Instant,
): Change | 'later' | null {
  if (isFrozen(incident, now)) return lateFrames(incident, stays, now);
  const standing = notice ?? incident.notice ?? null;
  const next: Incident = {
    ...incident,
    stay: keptOf({ stay, notice: standing }),
    grade: circumstances.grade(stay),
    phase: circumstances.phase(stay),
    secondReview: circumstances.secondReview(stay),
    legalReview: circumstances.legalReview(stay),
    graceMs: circumstances.graceMs(stay),
    models: circumstances.models(stay),
    // One that turned out to be another stay's stays where it was recorded, and counts no more.
    notice: standing,
    state: 'open',
  };
  if (incident.state === 'dissolved') return changed('incident.reopened', incident, next, now);
  if (says(next) === says(incident)) return null;
  const goesOn = stay.end.kind === 'ongoing' && now < stay.lastSeen + circumstances.patienceMs;
  if (incident.state === 'pending' && goesOn && !isMaterial(incident, next)) return 'later';
  return changed('incident.updated', incident, next, now);
}

/**
 * Whether a sealed incident of a stay that goes on must be sealed anew. A car that simply stays would otherwise be sealed
 * with every frame: until it leaves, only half as long again is worth a new package.
 */
function isMaterial(before: Incident, after: Incident): boolean {
  const dwell = ({ stay }: Incident) => stay.lastSeen - stay.firstSeen;
  return (
    before.stay.plate?.text !== after.stay.plate?.text ||
    before.stay.firstSeen !== after.stay.firstSeen ||
    before.grade !== after.grade ||
    before.phase !== after.phase ||
    before.notice?.reference !== after.notice?.reference ||
    dwell(after) < dwell(before) ||
    dwell(after) >= 1.5 * dwell(before)
  );
}

function unsupported(incident: Incident, stays: readonly Stay[], now: Instant): Change | null {
  if (incident.state === 'dissolved') return null;
  if (isFrozen(incident, now)) return lateFrames(incident, stays, now);
  return changed('incident.dissolved', incident, { ...incident, state: 'dissolved' }, now);
}

function lateFrames(incident: Incident, stays: readonly Stay[], now: Instant): Change | null {
  const known = new Set<FrameId>([
    ...incident.stay.sightings.map(({ frameId }) => frameId),
    ...incident.lateFrames.frameIds,
  ]);
  const heirs = stays.filter((stay) => sharesSightings(incident.stay, stay));
  // What the incident left out when its stay was long is not late.
  const added = heirs
    .map((stay) => keptOf({ stay, notice: incident.notice ?? null }))
    .flatMap(({ sightings }) => sightings.map(({ frameId }) => frameId))
    .filter((frameId) => !known.has(frameId));
  const against = contradicts(incident.stay, stays) || belied(incident, heirs);
  if (added.length === 0 && against === incident.lateFrames.contradicts) return null;
  const frameIds = [...incident.lateFrames.frameIds, ...new Set(added)].toSorted();
  return changed(
    'incident.late-frames',
    incident,
    { ...incident, lateFrames: { frameIds, contradicts: against } },
    now,
  );
}

function changed(act: ReconcileAct, before: Incident, after: Incident, now: Instant): Change {
  return { act, incident: { ...after, updatedAt: now, version: before.version + 1 }, replaces: before.version };
}

/** Everything a recomputation may say about an incident, as text. */
const says = ({ stay, grade, phase, secondReview, legalReview = false, notice = null }: Incident) =>
  canonicalJson({ stay, grade, phase, secondReview, legalReview, notice });

function sharesSightings(a: Stay, b: Stay): boolean {
  const ids = new Set(a.sightings.map(({ sightingId }) => sightingId));
  return b.sightings.some(({ sightingId }) => ids.has(sightingId));
}

/** `KW20260512-7F3K2QX1`: the day, then what tells the stay from all others; readable over a telephone (no I, L, O, U). */
function newId(stay: Stay, taken: ReadonlySet<IncidentId>): IncidentId {
  for (let attempt = 0; ; attempt++) {
    const seed = canonicalJson([stay.placeId, stay.type, stay.zone.zoneId, stay.sightings[0]?.sightingId, attempt]);
    const digest = createHash('sha256').update(seed).digest();
    const letters = [...digest.subarray(0, 8)].map((byte) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[byte % 32]).join('');
    const id = incidentId(`KW${dayOf(stay.firstSeen).replaceAll('-', '')}-${letters}`);
    if (!taken.has(id)) return id;
  }
}
