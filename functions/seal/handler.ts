/** One message of the seal queue: an incident whose stay has come to rest gets its package and enters the review queue. */
import { auditStream, systemActor } from '#core/audit.ts';
import type { Rule } from '#core/camera.ts';
import type { PackageInput } from '#core/evidence/package-input.ts';
import type { CameraId, FrameId, IncidentId, RuleId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { seal } from '#core/incident-machine.ts';
import { Refusal, refuse } from '#core/refusal.ts';
import { noticeStage, outlasts } from '#core/review-notice.ts';
import { checkSufficiency } from '#core/sufficiency/check.ts';
import { DAY_MS, type Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { caseFacts, citedFrame } from '#platform/case-facts.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { camera as readCamera, zoneVersions } from '#platform/records/cameras.ts';
import { evidencePut, type Frame, getFrame, isComing } from '#platform/records/frames.ts';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { observationsBetween } from '#platform/records/observations.ts';
import { place as readPlace } from '#platform/records/places.ts';
import { policyOf } from '#platform/records/policies.ts';
import { ruleVersions } from '#platform/records/rules.ts';
import type { Signer } from '#platform/signer.ts';
import type { Table } from '#platform/table.ts';
import { TIME_STAMP_UNAVAILABLE, type TimeStamper } from '#platform/time-stamper.ts';
import { sealIncident } from './seal.ts';

export interface SealDependencies {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  signer: Signer;
  /** Without one, packages carry no time stamp. */
  timeStamper?: TimeStamper | undefined;
  systemVersion: string;
  settling: Settling;
}

/** When a stay counts as having come to rest. */
export interface Settling {
  /** Since the last change by our clock: frames that come in one go make one package. */
  quietMs: number;
  /** Without news of a stay nobody saw end; also how long past its permitted time one that goes on is waited for. */
  patienceMs: number;
}

/** How soon to ask again whether the frames that are coming are there. */
const LOOK_AGAIN_MS = 1_000;
/** How soon to ask an authority again that was out of reach. */
const STAMP_AGAIN_MS = 30_000;

export type SealOutcome =
  | { kind: 'sealed' }
  | { kind: 'not-needed' }
  | { kind: 'later'; delayMs: number; why?: string };

export async function sealWhenSettled(dependencies: SealDependencies, id: IncidentId): Promise<SealOutcome> {
  const { table, blobs, clock, signer, timeStamper, settling } = dependencies;
  const stored = await readIncident(table, id);
  if (stored === undefined || stored.incident.state !== 'open') return { kind: 'not-needed' };
  const { incident } = stored;
  // Dissuade first: what was not reminded, or still has its grace, reaches no officer. A sighting after the grace changes
  // the incident, and that asks for sealing again.
  const stage = noticeStage(incident, await rulesOf(table, incident), clock.now());
  if (stage === 'running') return waitForGrace(incident, clock.now());
  if (stage !== 'none' && stage !== 'persists') return { kind: 'not-needed' };
  const around = {
    from: incident.stay.firstSeen - settling.patienceMs,
    to: incident.stay.lastSeen + settling.patienceMs,
  };
  const delayMs = (await isComing(table, incident.stay, around))
    ? Math.max(settling.quietMs, LOOK_AGAIN_MS)
    : restsIn(incident, settling, clock.now());
  if (delayMs > 0) return { kind: 'later', delayMs };
  if (timeStamper?.isReachable() === false) {
    return { kind: 'later', delayMs: STAMP_AGAIN_MS, why: `${timeStamper.authority} did not answer a moment ago` };
  }
  const frames = await keepFrames(table, incident, clock.now());
  const input = await packageInput(dependencies, incident, frames);
  const sealed = await sealIncident(input, { blobs, signer, timeStamper }).catch(unstamped);
  if (typeof sealed === 'string') return { kind: 'later', delayMs: STAMP_AGAIN_MS, why: sealed };
  return commit<SealOutcome>(table, async () => {
    const now = clock.now();
    const current = await readIncident(table, id);
    // It changed while the package was made: the correlation that changed it also asked for a new seal.
    if (current?.incident.version !== incident.version) return { writes: [], result: { kind: 'not-needed' } };
    const reviewMs = (await policyOf(table, incident.jurisdiction)).deadlines.reviewDays * DAY_MS;
    return {
      writes: putIncident(seal(incident, sealed, now, { reviewMs }), incident),
      acts: [
        {
          stream: auditStream.incident(id),
          at: now,
          actor: systemActor('seal'),
          act: 'incident.sealed',
          subject: id,
          facts: {
            revision: sealed.revision,
            packageSha256: sealed.sha256,
            bytes: sealed.bytes,
            keyId: (await signer.publicKey(sealed.sealedAt)).keyId,
            timeStampAuthority: timeStamper?.authority ?? null,
          },
        },
      ],
      result: { kind: 'sealed' },
    };
  });
}

/** A camera's clock a little ahead of ours: what it saw after the grace has no later message to ask for sealing. */
const waitForGrace = ({ notice, stay }: Incident, now: Instant): SealOutcome =>
  notice != null && outlasts(stay, notice)
    ? { kind: 'later', delayMs: Math.max(LOOK_AGAIN_MS, notice.graceUntil - now + 1) }
    : { kind: 'not-needed' };

/** Why there is no stamp yet; any other failure goes on its way. */
function unstamped(error: unknown): string {
  if (error instanceof Refusal && error.code === TIME_STAMP_UNAVAILABLE) return error.message;
  throw error;
}

/** Milliseconds until an incident may be sealed; 0 when it may now. */
export function restsIn({ stay, updatedAt }: Incident, { quietMs, patienceMs }: Settling, now: Instant): number {
  const quietAt = updatedAt + quietMs;
  const endedAt =
    stay.end.kind === 'ongoing' ? Math.min(stay.lastSeen, stay.firstSeen + patienceMs) + patienceMs : quietAt;
  return Math.max(0, Math.max(quietAt, endedAt) - now);
}

/** Every frame the incident cites, from now on kept as evidence. */
async function keepFrames(table: Table, { stay }: Incident, now: Instant): Promise<Map<FrameId, Frame>> {
  const kept = new Map<FrameId, Frame>();
  for (const id of new Set(stay.sightings.map(({ frameId }) => frameId))) {
    const frame = await commit(table, async () => {
      const item = await getFrame(table, id);
      if (item === undefined) throw missing(`frame ${id}`);
      return { writes: item.value.retention === 'evidence' ? [] : [evidencePut(item, now)], result: item.value };
    });
    kept.set(id, frame);
  }
  return kept;
}

async function packageInput(
  { table, blobs, clock, systemVersion }: SealDependencies,
  incident: Incident,
  frames: ReadonlyMap<FrameId, Frame>,
): Promise<PackageInput> {
  const { stay } = incident;
  const place = await readPlace(table, stay.placeId);
  const cameras = await Promise.all(
    [...new Set(stay.sightings.map(({ cameraId }) => cameraId))].map((id) => cameraOf(table, id)),
  );
  const zones = await Promise.all(cameras.map(({ id }) => zonesCited(table, incident, id)));
  const rules = await rulesOf(table, incident);
  const sealedAt = clock.now();
  const facts = await caseFacts({ table, blobs }, incident, { typedPlate: null, now: sealedAt });
  const observations = await observationsBetween(table, stay.placeId, { from: stay.firstSeen, to: stay.lastSeen + 1 });
  const models = observations.filter(({ frameId }) => frames.has(frameId)).flatMap((observation) => observation.models);
  return {
    incident,
    cameras,
    places: place === undefined ? [] : [place],
    zones: zones.flat(),
    rules,
    frames: [...frames.values()].map(citedFrame),
    models: [...new Map(models.map((model) => [`${model.name} ${model.version} ${model.sha256}`, model])).values()],
    auditEntries: await streamEntries(table, auditStream.incident(incident.id)),
    impairments: facts.cameras.flatMap(({ impairments }) => impairments),
    sufficiency: checkSufficiency(facts),
    ...(await noticeRecord(blobs, incident)),
    sealedAt,
    systemVersion,
    revision: (incident.package?.revision ?? 0) + 1,
    async original(frameId) {
      const frame = frames.get(frameId);
      const bytes = frame === undefined ? undefined : await blobs.get(frame.blobKey);
      if (bytes === undefined) throw missing(`the original of frame ${frameId}`);
      return bytes;
    },
  };
}

async function noticeRecord(blobs: Blobs, { notice }: Incident): Promise<Pick<PackageInput, 'noticeRecord'>> {
  const key = notice?.proof?.record.key;
  const bytes = key === undefined ? undefined : await blobs.get(key);
  return bytes === undefined ? {} : { noticeRecord: bytes };
}

async function cameraOf(table: Table, id: CameraId) {
  const camera = await readCamera(table, id);
  if (camera === undefined) throw missing(`camera ${id}`);
  return camera;
}

async function zonesCited(table: Table, { stay }: Incident, camera: CameraId) {
  const mine = stay.sightings.filter(({ cameraId }) => cameraId === camera).map(({ zone }) => zone);
  const versions = await Promise.all(
    [...new Set(mine.map(({ zoneId }) => zoneId))].map((id) => zoneVersions(table, camera, id)),
  );
  return versions
    .flat()
    .filter((zone) => mine.some(({ zoneId, version }) => zoneId === zone.id && version === zone.version));
}

/** The versions of the rules that its sightings cite. */
async function rulesOf(table: Table, { stay }: Incident): Promise<Rule[]> {
  const cited = new Set(stay.sightings.map(({ rule }) => `${rule.ruleId} ${rule.version}`));
  const ids = new Set<RuleId>(stay.sightings.map(({ rule }) => rule.ruleId));
  const versions = await Promise.all([...ids].map((id) => ruleVersions(table, id)));
  return versions.flat().filter(({ id, version }) => cited.has(`${id} ${version}`));
}

const missing = (what: string) =>
  refuse('evidence-incomplete', 500, {
    expected: `${what} to be on record`,
    received: 'nothing',
    action: 'Restore it; an incident is not sealed with a gap.',
  });
