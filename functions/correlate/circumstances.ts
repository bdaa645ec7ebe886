/** What an incident takes from the registers rather than from pictures: whose it is, and what it may become. */
import { type Camera, type Grade, gradeAt, type Rule } from '#core/camera.ts';
import { type Impairment, isImpaired } from '#core/camera-impairment.ts';
import type { CameraId, FrameId } from '#core/ids.ts';
import type { Stay } from '#core/incident.ts';
import { DEFAULT_POLICY, type Policy } from '#core/policy.ts';
import { graceMsOf } from '#core/review-notice.ts';
import type { ModelVersion } from '#core/sighting.ts';
import type { Instant } from '#core/time.ts';
import type { Circumstances } from './reconcile.ts';

export interface Registers {
  placeName: string;
  cameras: ReadonlyMap<CameraId, Camera>;
  /** All versions. */
  rules: readonly Rule[];
  /** What ailed the cameras in the time of the stays. */
  impairments: ReadonlyMap<CameraId, readonly Impairment[]>;
  /** Of the cameras' jurisdictions. */
  policies: ReadonlyMap<string, Policy>;
  /** Whose findings each frame's sightings are. */
  models: ReadonlyMap<FrameId, readonly ModelVersion[]>;
  /** Frames whose bytes an earlier frame already had. */
  repeats: ReadonlySet<FrameId>;
  reviewWithinMs: number;
  patienceMs: number;
}

export function circumstancesOf({
  placeName,
  cameras,
  impairments,
  rules,
  policies,
  models,
  repeats,
  reviewWithinMs,
  patienceMs,
}: Registers): Circumstances {
  const rulesOf = (stay: Stay) => {
    const cited = new Set(stay.sightings.map(({ rule }) => `${rule.ruleId} ${rule.version}`));
    return rules.filter(({ id, version }) => cited.has(`${id} ${version}`));
  };
  const jurisdiction = ({ sightings: [first] }: Stay) => (first && cameras.get(first.cameraId)?.jurisdiction) ?? '';
  const stagesOf = (stay: Stay) => (policies.get(jurisdiction(stay)) ?? DEFAULT_POLICY).stages;
  return {
    placeName,
    reviewWithinMs,
    patienceMs,
    jurisdiction,
    grade: (stay) =>
      lowest([
        ...stay.sightings.map((sighting) => gradeOf({ cameras, impairments }, sighting)),
        provenGrade(stay, rulesOf(stay), repeats),
      ]),
    phase: (stay) => (rulesOf(stay).some(({ phase }) => phase === 'warning') ? 'warning' : 'enforcing'),
    // What the bureau asks of every case, and what a rule asks beyond it.
    secondReview: (stay) => stagesOf(stay).secondReview || rulesOf(stay).some(({ secondReview }) => secondReview),
    legalReview: (stay) => stagesOf(stay).legalReview || rulesOf(stay).some(({ legalReview }) => legalReview === true),
    graceMs: (stay) => graceMsOf({ stay }, rules),
    models: (stay) => {
      const cited = stay.sightings.flatMap(({ frameId }) => models.get(frameId) ?? []);
      const distinct = new Map(cited.map((model) => [`${model.name} ${model.version} ${model.sha256}`, model]));
      return [...distinct.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, model]) => model);
    },
  };
}

/** Whatever its dossier says, a camera that was not fit at that instant gave a clue. */
function gradeOf(
  { cameras, impairments }: Pick<Registers, 'cameras' | 'impairments'>,
  { cameraId, capturedAt }: { cameraId: CameraId; capturedAt: Instant },
): Grade {
  const camera = cameras.get(cameraId);
  if (camera === undefined) return 'clue';
  const isFit = !isImpaired(impairments.get(cameraId) ?? [], capturedAt);
  return lowest([gradeAt(camera, capturedAt), isFit ? 'evidence' : 'clue']);
}

/**
 * A live sensor never yields the same bytes twice: a frame that repeats another proves nothing about its own instant. What
 * outlasts the rule only by such frames is a clue for somebody to look at the camera.
 */
function provenGrade({ sightings }: Stay, rules: readonly Rule[], repeats: ReadonlySet<FrameId>): Grade {
  const times = sightings.filter(({ frameId }) => !repeats.has(frameId)).map(({ capturedAt }) => capturedAt);
  const provenMs = times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
  const permittedMs = Math.max(0, ...rules.map(({ permittedStaySeconds }) => permittedStaySeconds * 1_000));
  return times.length >= 2 && provenMs >= permittedMs ? 'evidence' : 'clue';
}

const RANK: Readonly<Record<Grade, number>> = { off: 0, clue: 1, evidence: 2 };
const lowest = (grades: readonly Grade[]): Grade =>
  grades.reduce((least, grade) => (RANK[grade] < RANK[least] ? grade : least), 'evidence');
