/**
 * Frames and cases whose time is over are destroyed (core/retention.ts says when). What stays says that they were there, and a
 * certificate in the audit trail says what went, when and by which rule. Nothing goes by a clock that leapt.
 */
import { auditStream, systemActor } from '#core/audit.ts';
import type { FrameId } from '#core/ids.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';
import { type ClockMark, isOver, keepingOfFrame, ruleFor, trustClock } from '#core/retention.ts';
import type { Observation } from '#core/sighting.ts';
import { DAY_MS, type Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import { camera } from '#platform/records/cameras.ts';
import { caseOf, type PolicyReader, policyReader } from '#platform/records/cases.ts';
import { casesOfFrame } from '#platform/records/frame-incidents.ts';
import { discardedWrites, type Frame, type FrameState, framesInState, getFrame } from '#platform/records/frames.ts';
import { unheld } from '#platform/records/holds.ts';
import { featuresKey, observationPut, observationsBetween, sceneKey } from '#platform/records/observations.ts';
import type { Put, Table } from '#platform/table.ts';
import { batches } from './batches.ts';
import { nextOfWalk } from './daily-walk.ts';
import { finishLeaving, leavingPut } from './leaving.ts';
import { closeCases } from './retention-cases.ts';

export interface Retention {
  table: Table;
  blobs: Blobs;
  /** How many frames a round looks at, and how many cases. */
  atOnce: number;
}

export interface RetentionReport {
  frames: number;
  bytes: number;
  /** Cases whose time was over. */
  cases: number;
  /** Since when nothing goes because the clock leapt; null while it is trusted. */
  clockLeaptAt: Instant | null;
}

/** Frames marked at the same time: one after the other, a district makes more than a minute can destroy. */
const TOGETHER = 10;
const CLOCK = { partition: 'tend', sort: 'retention-clock' };
const STATES: readonly FrameState[] = ['inspected', 'refused'];
/** No policy may ask for less (core/policy.ts): nothing younger is worth a look. */
const YOUNGEST_MS = DEFAULT_POLICY.retention.negativeDays * DAY_MS;

export async function discardOld(retention: Retention, now: Instant): Promise<RetentionReport> {
  const { table } = retention;
  const clock = await markClock(table, now);
  const report = { frames: 0, bytes: 0, cases: 0, clockLeaptAt: clock.mark.leaptAt };
  if (!clock.trusted) return report;
  await finishLeaving(retention, now);
  const policies = policyReader(table);
  report.cases = await closeCases(retention, policies, now);
  for (const ids of batches(await nextCandidates(retention, now), TOGETHER)) {
    for (const gone of await Promise.all(ids.map((id) => discardFrame(table, id, policies, now)))) {
      if (gone === undefined) continue;
      report.frames += 1;
      report.bytes += gone.bytes;
    }
  }
  if (report.frames === 0 && report.cases === 0) return report;
  await finishLeaving(retention, now);
  await commit(table, async () => ({
    writes: [],
    acts: [
      {
        stream: auditStream.system,
        at: now,
        actor: systemActor('tend'),
        act: 'frames.discarded',
        subject: 'frames',
        facts: { frames: report.frames, bytes: report.bytes, cases: report.cases },
      },
    ],
    result: undefined,
  }));
  return report;
}

/** A leap is noted, once, in the trail too: whoever set the clock has a day to find out. */
function markClock(table: Table, now: Instant): Promise<ReturnType<typeof trustClock>> {
  return commit(table, async () => {
    const stored = await table.get<ClockMark>(CLOCK);
    const result = trustClock(stored?.value, now);
    const leaps = result.mark.leaptAt === now && !result.trusted;
    const expect = stored === undefined ? ('absent' as const) : { version: stored.version };
    return {
      writes: [{ kind: 'put', ...CLOCK, value: result.mark, expect }],
      acts: leaps
        ? [
            {
              ...{ stream: auditStream.system, at: now, actor: systemActor('tend'), act: 'retention.clock-leapt' },
              subject: 'clock',
              facts: { from: stored?.value.at ?? null, to: now },
            },
          ]
        : [],
      result,
    };
  });
}

/** The next frames of the daily walk that are old enough to be looked at; those of cases go with their case. */
async function nextCandidates({ table, atOnce }: Retention, now: Instant): Promise<readonly FrameId[]> {
  const before = now - YOUNGEST_MS;
  const page = await nextOfWalk(table, 'retention-frames', STATES.length, now, (stage, cursor) =>
    framesInState(table, STATES[stage] ?? 'inspected', { before, limit: atOnce, ...cursor }),
  );
  return page
    .filter(({ retention, capturedAt }) => retention === 'transient' && capturedAt < before)
    .map((frame) => frame.frameId);
}

/** Marks one frame; undefined when somebody needs it, or it is gone already. */
export function discardFrame(
  table: Table,
  id: FrameId,
  policies: PolicyReader,
  now: Instant,
): Promise<{ bytes: number } | undefined> {
  return commit(table, async () => {
    const read = await getFrame(table, id);
    const frame = read?.value;
    if (read === undefined || frame === undefined || frame.state === 'discarded') {
      return { writes: [], result: undefined };
    }
    const incidents = await casesOfFrame(table, frame);
    // Kept for a case that cannot be found: whoever wonders why must find it.
    if (frame.retention === 'evidence' && incidents.length === 0) return { writes: [], result: undefined };
    const cases = await Promise.all(incidents.map((incident) => caseOf(table, incident, policies)));
    const policy = await policies((await camera(table, frame.cameraId))?.jurisdiction ?? '');
    const keeping = keepingOfFrame(frame, cases, policy);
    if (!isOver(keeping, now)) return { writes: [], result: undefined };
    // Of a case that is over itself, the rule that was its own.
    const ended = cases.flatMap(({ incident: { destroyed }, policy: own }) =>
      destroyed == null ? [] : [ruleFor(destroyed.class, own)],
    );
    const rule = ended[0] ?? keeping.rule;
    const observations = await observationsOf(table, frame);
    return {
      writes: [
        ...discardedWrites(read, now),
        ...observations.map(withoutPersons),
        ...incidents.map(({ id: citing }) => unheld(citing)),
        leavingPut(id, {
          key: frame.blobKey,
          sha256: frame.sha256,
          derived: derivedOf(id, observations),
          deletion: { what: 'frame', subject: id, bytes: frame.bytes, capturedAt: frame.capturedAt, rule },
        }),
      ],
      result: { bytes: frame.bytes },
    };
  });
}

async function observationsOf(table: Table, { frameId: id, places, capturedAt }: Frame): Promise<Observation[]> {
  const moment = { from: capturedAt, to: capturedAt + 1 };
  const seen = await Promise.all(places.map((place) => observationsBetween(table, place, moment)));
  return seen.flat().filter((observation) => observation.frameId === id);
}

/** Blobs that `inspect` made of its pixels. */
const derivedOf = (id: FrameId, observations: readonly Observation[]): readonly string[] => [
  sceneKey(id),
  ...observations.flatMap(({ storefronts }) => storefronts.map((sighting) => featuresKey(sighting.id))),
];

/**
 * What stood where is kept, so that a frame that comes very late is still judged among the others; whose it was is not
 * (Regulations on Public Security Video Systems art. 17: delete what is no longer needed).
 */
function withoutPersons(observation: Observation): Put {
  const vehicles = observation.vehicles.map((vehicle) => ({ ...vehicle, plate: null, appearance: [] }));
  return observationPut({ ...observation, vehicles });
}
