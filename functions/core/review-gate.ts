/**
 * The gate between review and release: what must hold before an incident may be called a violation (Administrative
 * Penalty Law art. 41: unreviewed is not evidence, an unreviewed device makes none). The repository that writes the feed
 * calls it again, so that no screen, script or mistake above can pass it.
 */

import type { Incident, SealedPackage } from './incident.ts';
import { isInFeed } from './incident-machine.ts';
import { assertInTime } from './limitation.ts';
import { refuse } from './refusal.ts';
import { assertReminded } from './review-notice.ts';
import { confirmationsNeeded, reviewOf } from './review-stages.ts';
import { isWhole } from './sufficiency/check.ts';
import { blockers, type KeptReport } from './sufficiency/requirement.ts';

/** @throws {Refusal} `grade-clue` `phase-warning` */
export function assertMayConfirm(incident: Incident): void {
  if (incident.grade !== 'evidence') {
    throw refuse('grade-clue', 422, {
      expected: 'an incident seen by cameras whose dossier makes their output evidence',
      received: `grade ${incident.grade}`,
      action: 'Reject it, or use it as a clue for a patrol: it can never become a penalty.',
    });
  }
  if (incident.phase !== 'enforcing') {
    throw refuse('phase-warning', 422, {
      expected: 'a rule in its enforcing phase',
      received: 'a rule in its warning phase',
      action: 'Educate instead.',
    });
  }
}

/**
 * That what the law asks is proven, by the very package that was judged: a list that leaves something out is no list.
 * @throws {Refusal} `evidence-insufficient`; `data.findings` says what fails and why
 */
export function assertSufficient({ package: sealed }: Incident, report: KeptReport | null | undefined): void {
  const failing = report === null || report === undefined ? [] : blockers(report);
  const isOfThis = report != null && report.packageSha256 === sealed?.sha256 && isWhole(report);
  if (isOfThis && failing.length === 0) return;
  throw refuse('evidence-insufficient', 422, {
    expected: 'everything proven that the law asks for before a confirmation',
    received:
      failing.length === 0 ? 'no whole check of this package' : `${failing.map(({ id }) => id).join(', ')} not proven`,
    action: 'Read the list; reject with the reason that fits, educate, or send it back.',
    data: { findings: failing },
  });
}

/**
 * Returns the package and the confirmation that carry the violation.
 * @throws {Refusal} `grade-clue` `phase-warning` `not-sealed` `not-reviewed` `state-conflict` `evidence-insufficient`
 * and what {@link assertReminded} refuses
 */
export function assertReleasable(incident: Incident): {
  sealed: SealedPackage;
  decidedAt: number;
  plate: string | null;
} {
  if (!isInFeed(incident.state)) {
    throw refuse('state-conflict', 409, {
      expected: 'a confirmed, objected or withdrawn incident',
      received: `state ${incident.state}`,
      action: 'Only a reviewed incident can leave.',
      data: { state: incident.state },
    });
  }
  assertMayConfirm(incident);
  // What should never have been confirmed can always be taken back.
  if (incident.state !== 'withdrawn') assertReminded(incident);
  const { state, round } = reviewOf(incident);
  const confirmations = round.filter(({ outcome }) => outcome === 'confirm');
  const people = new Set(confirmations.map(({ officerId }) => officerId)).size;
  const last = confirmations.at(-1);
  if (incident.package === null) {
    throw refuse('not-sealed', 409, {
      expected: 'a sealed evidence package',
      received: 'none',
      action: 'Seal the incident and have it reviewed.',
    });
  }
  // Read from the decisions, whatever the state says: all stages it needs, each by another person (arts. 42 and 58), and an
  // objection answered against the party or for it.
  const isDecided = state === 'confirmed' || (state === 'withdrawn' && incident.state === 'withdrawn');
  if (last === undefined || !isDecided) {
    const legal = incident.legalReview === true ? ' and a legal review' : '';
    throw refuse('not-reviewed', 409, {
      expected: `${confirmationsNeeded(incident)} confirmation(s) by different officers${legal} on the sealed package`,
      received: `${people} confirmation(s), or a decision that speaks against it`,
      action: 'Have it reviewed.',
    });
  }
  assertInTime(incident, last.at);
  // What was confirmed before the list was kept can still be taken back.
  if (incident.state !== 'withdrawn') assertSufficient(incident, incident.sufficiency);
  return { sealed: incident.package, decidedAt: last.at, plate: last.plate };
}
