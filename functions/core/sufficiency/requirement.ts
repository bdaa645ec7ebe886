/**
 * 证据充分性: what must be proven before an officer may confirm, one file a requirement, each named as what it asks. A
 * requirement answers from facts that were read for it; it asks nobody and no clock.
 */
import type { Bilingual } from '../bilingual.ts';
import type { Camera, Permit, Rule, Zone } from '../camera.ts';
import type { Impairment } from '../camera-impairment.ts';
import type { CitedFrame } from '../evidence/package-input.ts';
import type { Incident } from '../incident.ts';
import type { Policy } from '../policy.ts';
import type { Instant } from '../time.ts';

export type Answer = 'holds' | 'fails' | 'not-applicable';

/** All that requirements may look at. */
export interface CaseFacts {
  incident: Incident;
  policy: Policy;
  /** Every camera that the stay's sightings cite, with what ailed it between first and last seen. */
  cameras: readonly { camera: Camera; impairments: readonly Impairment[] }[];
  /** Zone and rule versions that the sightings cite. */
  zones: readonly Zone[];
  rules: readonly Rule[];
  frames: readonly CitedFrame[];
  /** Of the place; whether one applies is the requirement's question. */
  permits: readonly Permit[];
  /** Other cases of the place on the same day. */
  siblings?: readonly Incident[];
  /** As the officer gives it, without the dot; null while the machine's reading is all there is. */
  typedPlate: string | null;
  now: Instant;
}

export interface Check {
  answer: Answer;
  /** The facts it used, in one sentence. */
  facts: Bilingual;
}

export interface Requirement {
  /** Stable, also the name of its file: `two-panoramas`. */
  id: string;
  words: Bilingual;
  /** Statute or standard with its article, as a person would cite it. */
  source: Bilingual;
  /** Whether the law forbids confirming without it. */
  blocking: boolean;
  check(facts: CaseFacts): Check;
}

/** One line of the list, as it is shown, stored and printed. */
export interface Finding {
  id: string;
  words: Bilingual;
  source: Bilingual;
  blocking: boolean;
  answer: Answer;
  /** The facts it used, in one sentence. */
  facts: Bilingual;
}

export interface SufficiencyReport {
  checkedAt: Instant;
  policy: { jurisdiction: string; version: number };
  /** The package that was judged; null before there is one. */
  packageSha256: string | null;
  findings: readonly Finding[];
}

/** A finding as a decided case keeps it: what a requirement asks stands in the registry, under its id. */
export type KeptFinding = Omit<Finding, 'words' | 'source'>;

export interface KeptReport extends Omit<SufficiencyReport, 'findings'> {
  findings: readonly KeptFinding[];
}

export const kept = ({ findings, ...report }: SufficiencyReport): KeptReport => ({
  ...report,
  findings: findings.map(({ id, blocking, answer, facts }) => ({ id, blocking, answer, facts })),
});

export const holds = (zh: string, en: string): Check => ({ answer: 'holds', facts: { zh: tidy(zh), en } });
export const fails = (zh: string, en: string): Check => ({ answer: 'fails', facts: { zh: tidy(zh), en } });
export const notApplicable = (zh: string, en: string): Check => ({ answer: 'not-applicable', facts: { zh, en } });

/** Names may end in letters or in a bracket: no blank stands beside Chinese punctuation. */
const tidy = (zh: string): string => zh.replaceAll(/ +(?=[（）、；：，。”])|(?<=[（）、；：，。“]) +/g, '');

/** Findings that forbid a confirmation. */
export const blockers = <T extends KeptFinding>({ findings }: { findings: readonly T[] }): readonly T[] =>
  findings.filter(({ answer, blocking }) => blocking && answer === 'fails');
