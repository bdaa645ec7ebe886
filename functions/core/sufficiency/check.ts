/** The list an officer reads, in the order of a case: what was seen, of whom, by what, under which law. */
import { clock } from './clock.ts';
import { continuityProven } from './continuity-proven.ts';
import { dossierValid } from './dossier-valid.ts';
import { interval } from './interval.ts';
import { liveFrames } from './live-frames.ts';
import { noPermit } from './no-permit.ts';
import { noticeProven } from './notice-proven.ts';
import { oncePerAct } from './once-per-act.ts';
import { permittedStay } from './permitted-stay.ts';
import { plateLegible } from './plate-legible.ts';
import type { CaseFacts, KeptReport, Requirement, SufficiencyReport } from './requirement.ts';
import { resolution } from './resolution.ts';
import { ruleEnforcing } from './rule-enforcing.ts';
import { twoPanoramas } from './two-panoramas.ts';
import { zoneInForce } from './zone-in-force.ts';

export const REQUIREMENTS: readonly Requirement[] = [
  twoPanoramas,
  interval,
  permittedStay,
  resolution,
  liveFrames,
  plateLegible,
  continuityProven,
  dossierValid,
  clock,
  zoneInForce,
  ruleEnforcing,
  noPermit,
  oncePerAct,
  noticeProven,
];

/** Asks every requirement. Pure: the same facts give the same report. */
export function checkSufficiency(facts: CaseFacts): SufficiencyReport {
  const { jurisdiction, version } = facts.policy;
  return {
    checkedAt: facts.now,
    policy: { jurisdiction, version },
    packageSha256: facts.incident.package?.sha256 ?? null,
    findings: REQUIREMENTS.map(({ id, words, source, blocking, check }) => ({
      ...{ id, words, source, blocking },
      ...check(facts),
    })),
  };
}

/** A requirement that comes after the first release has to be left out here: cases confirmed before were not asked it. */
const ALWAYS_ASKED: readonly Requirement[] = REQUIREMENTS.filter(({ blocking }) => blocking);

/** Whether a report answers everything that may forbid a confirmation. */
export const isWhole = ({ findings }: Pick<KeptReport, 'findings'>): boolean =>
  ALWAYS_ASKED.every(({ id }) => findings.some((finding) => finding.id === id));

/** What a requirement asks and where it comes from, for a list that keeps its id only. */
export function askedBy(id: string): Pick<Requirement, 'words' | 'source'> {
  const known = REQUIREMENTS.find((requirement) => requirement.id === id);
  return known ?? { words: { zh: id, en: id }, source: { zh: '—', en: '—' } };
}
