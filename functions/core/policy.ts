/**
 * 执法单位设置: what a jurisdiction may set for itself. The defaults are what the law and the standards ask; a policy may be
 * stricter, never laxer: {@link assertLawful} is the floor.
 */
import { refuse } from './refusal.ts';

export interface Policy {
  /** The squad or bureau it holds for; {@link EVERYWHERE} for all that have none of their own. */
  jurisdiction: string;
  /** 0 for the defaults, which nobody wrote; counts up with each change. */
  version: number;
  /** GA/T 832-2014: panoramas at different times, their size in pixels. */
  panoramas: { least: number; apartSeconds: number; width: number; height: number };
  /** GA/T 832-2014: a camera's clock is within this of legal time. Milliseconds. */
  clockWithinMs: number;
  /** Probability from which it counts as proven that the same vehicle stood unmoved (core/continuity). */
  continuityFrom: number;
  /** Stages after the first review, for every rule of the jurisdiction; a rule may ask for more (arts. 42 and 58). */
  stages: { secondReview: boolean; legalReview: boolean };
  /**
   * Days. Review of a record: Procedure Provisions art. 19; decision and service: Administrative Penalty Law arts. 60, 61;
   * limitation: art. 36.
   */
  deadlines: { reviewDays: number; decideDays: number; serveDays: number; limitDays: number };
  /** Who did nothing of the kind for so long is a first offender (art. 33). Days. */
  firstTimeDays: number;
  /**
   * How long frames and what was made of them stay. Days. Video systems keep at least 30 (公共安全视频图像信息系统管理条例
   * art. 17); evidence at least the two years in which it may be asked for (art. 36).
   */
  retention: { negativeDays: number; clueDays: number; evidenceDays: number };
}

/** The jurisdiction of the policy that holds where no other does. */
export const EVERYWHERE = '*';

export const DEFAULT_POLICY: Policy = {
  jurisdiction: EVERYWHERE,
  version: 0,
  panoramas: { least: 2, apartSeconds: 10, width: 1280, height: 720 },
  clockWithinMs: 1000,
  continuityFrom: 0.9,
  stages: { secondReview: false, legalReview: false },
  deadlines: { reviewDays: 5, decideDays: 90, serveDays: 7, limitDays: 730 },
  firstTimeDays: 365,
  retention: { negativeDays: 30, clueDays: 90, evidenceDays: 1825 },
};

/** Days below which no policy may set what stays how long: whatever locks what is stored must be open by then. */
export const SHORTEST_RETENTION = { negativeDays: 30, evidenceDays: 730 } as const;

/** What no policy may set, with the source of the floor. */
const FLOORS: readonly { what: string; source: string; holds(policy: Policy): boolean }[] = [
  { what: 'at least 2 panoramas', source: 'GA/T 832-2014', holds: ({ panoramas }) => panoramas.least >= 2 },
  {
    what: 'panoramas at least 10 s apart',
    source: 'GA/T 832-2014',
    holds: ({ panoramas }) => panoramas.apartSeconds >= 10,
  },
  {
    what: 'panoramas of at least 1280 x 720',
    source: 'GA/T 832-2014',
    holds: ({ panoramas }) => panoramas.width >= 1280 && panoramas.height >= 720,
  },
  {
    what: 'a clock within 1.0 s',
    source: 'GA/T 832-2014',
    holds: ({ clockWithinMs }) => clockWithinMs > 0 && clockWithinMs <= 1000,
  },
  {
    what: 'continuity of .5 to 1',
    source: 'a finding less likely than not proves nothing',
    holds: ({ continuityFrom }) => continuityFrom >= 0.5 && continuityFrom <= 1,
  },
  {
    what: 'a review within 5 days',
    source: 'Procedure Provisions art. 19',
    holds: ({ deadlines }) => deadlines.reviewDays > 0 && deadlines.reviewDays <= 5,
  },
  {
    what: 'a decision within 90 days',
    source: 'Administrative Penalty Law art. 60',
    holds: ({ deadlines }) => deadlines.decideDays > 0 && deadlines.decideDays <= 90,
  },
  {
    what: 'service within 7 days',
    source: 'Administrative Penalty Law art. 61',
    holds: ({ deadlines }) => deadlines.serveDays > 0 && deadlines.serveDays <= 7,
  },
  {
    what: 'a limitation of at most 2 years',
    source: 'Administrative Penalty Law art. 36',
    holds: ({ deadlines }) => deadlines.limitDays > 0 && deadlines.limitDays <= 730,
  },
  {
    what: 'negatives kept at least 30 days',
    source: 'Regulations on Public Security Video Systems art. 17',
    holds: ({ retention }) => retention.negativeDays >= SHORTEST_RETENTION.negativeDays,
  },
  {
    what: 'clues kept no shorter than negatives',
    source: 'Regulations on Public Security Video Systems art. 17',
    holds: ({ retention }) => retention.clueDays >= retention.negativeDays,
  },
  {
    what: 'evidence kept at least 730 days',
    source: 'Administrative Penalty Law art. 36',
    holds: ({ retention }) => retention.evidenceDays >= SHORTEST_RETENTION.evidenceDays,
  },
];

/** @throws {Refusal} `policy-unlawful` for a policy laxer than the law; `data.broken` names each floor. */
export function assertLawful(policy: Policy): void {
  const broken = FLOORS.filter(({ holds }) => !holds(policy));
  if (broken.length === 0) return;
  throw refuse('policy-unlawful', 422, {
    expected: broken.map(({ what, source }) => `${what} (${source})`).join(', '),
    received: 'settings laxer than that',
    action: 'Set what the law asks, or more.',
    data: { broken: broken.map(({ what, source }) => ({ what, source })) },
  });
}
