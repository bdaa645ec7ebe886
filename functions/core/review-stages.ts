/**
 * What a row of decisions amounts to: in which stage it leaves an incident, and who has had a say in it. Read from the
 * decisions alone, each time anew, so that taking the last one back is simply reading one fewer.
 */
import type { OfficerId } from './ids.ts';
import type { Decision, Incident, IncidentState } from './incident.ts';

/** What an incident needs before it is a violation, and what was decided so far. */
export type Reviewable = Pick<Incident, 'decisions' | 'package' | 'secondReview' | 'legalReview'>;

export interface Review {
  /** Null for a row of decisions that nobody could have made: out of order, or twice by one person. */
  state: IncidentState | null;
  /** The decisions that still count: what came before the last sending back is history. */
  round: readonly Decision[];
  /** Who judged the facts, in whatever round; those who reviewed the law of it are not among them. */
  reviewers: ReadonlySet<OfficerId>;
}

/** Confirmations bind to the package they were made on: one made on another package does not count. */
export function reviewOf(incident: Reviewable): Review {
  let state: IncidentState | null = 'pending';
  let round: readonly Decision[] = [];
  const reviewers = new Set<OfficerId>();
  const deciders = new Set<OfficerId>();
  for (const [index, decision] of incident.decisions.entries()) {
    const { officerId, outcome, packageSha256 } = decision;
    if (outcome === 'confirm' && packageSha256 !== incident.package?.sha256) continue;
    const from: IncidentState = state;
    const standing = { round, reviewers, deciders };
    state = isExcluded(officerId, from, standing)
      ? null
      : after(from, decision, round, { ...incident, next: incident.decisions[index + 1] });
    if (state === null) return { state, round, reviewers };
    round = state === 'pending' ? [] : [...round, decision];
    deciders.add(officerId);
    if (from !== 'legal-review') reviewers.add(officerId);
  }
  return { state, round, reviewers };
}

interface Standing {
  round: readonly Decision[];
  reviewers: ReadonlySet<OfficerId>;
  deciders: ReadonlySet<OfficerId>;
}

/** Whom a stage is closed to, because of what they decided before. `confirmed` is where an objection is answered. */
function isExcluded(officer: OfficerId, stage: IncidentState, { round, reviewers, deciders }: Standing): boolean {
  switch (stage) {
    case 'second-review':
      return round.some(({ officerId, outcome }) => officerId === officer && outcome === 'confirm');
    case 'arbitration':
      return round.some(({ officerId }) => officerId === officer);
    case 'legal-review':
      return reviewers.has(officer);
    case 'confirmed':
    case 'objected':
      return deciders.has(officer);
    default:
      return false;
  }
}

/**
 * Whether somebody else has to do what an incident waits for. Second officer: art. 42 of the Administrative Penalty Law.
 * Legal review: art. 58. An objection goes to another person: art. 45, Procedure Provisions art. 22.
 */
export function mustBeAnother(incident: Reviewable & Pick<Incident, 'state'>, officer: OfficerId): boolean {
  const { round, reviewers } = reviewOf(incident);
  const deciders = new Set(incident.decisions.map(({ officerId }) => officerId));
  return isExcluded(officer, incident.state, { round, reviewers, deciders });
}

interface Needs extends Pick<Incident, 'secondReview' | 'legalReview'> {
  next: Decision | undefined;
}

function after(
  state: IncidentState,
  { outcome, plate }: Decision,
  round: readonly Decision[],
  needs: Needs,
): IncidentState | null {
  switch (state) {
    case 'pending':
    case 'escalated':
      if (outcome === 'confirm') return needs.secondReview ? 'second-review' : afterOfficers(needs);
      if (state === 'pending' && outcome === 'escalate') return 'escalated';
      if (state === 'escalated' && outcome === 'send-back') return 'pending';
      return outcome === 'reject' || outcome === 'educate' ? CLOSED[outcome] : null;
    case 'second-review': {
      // Both decide for themselves. Whatever differs is for the arbiter, a sending back too.
      const first = round.findLast((decision) => decision.outcome === 'confirm');
      // Plates leave a case when its time is over: that two differed, the arbiter's decision still tells.
      const agree = outcome === 'confirm' && first?.plate === plate && needs.next?.stage !== 'arbitration';
      return agree ? afterOfficers(needs) : 'arbitration';
    }
    case 'arbitration':
      if (outcome === 'confirm') return afterOfficers(needs);
      if (outcome === 'send-back') return 'pending';
      return outcome === 'reject' || outcome === 'educate' ? CLOSED[outcome] : null;
    case 'legal-review':
      if (outcome === 'confirm') return 'confirmed';
      if (outcome === 'send-back') return 'pending';
      return outcome === 'reject' ? 'rejected' : null;
    case 'confirmed':
      if (outcome === 'uphold') return 'confirmed';
      return outcome === 'sustain' ? 'withdrawn' : null;
    default:
      return null;
  }
}

const CLOSED = { reject: 'rejected', educate: 'educated' } as const;

const afterOfficers = ({ legalReview }: Needs): IncidentState => (legalReview === true ? 'legal-review' : 'confirmed');

/** The state that its decisions lead to; null where nobody could have made them. */
export const stateAfter = (incident: Reviewable): IncidentState | null => reviewOf(incident).state;

/** How many officers have to confirm. */
export const confirmationsNeeded = (incident: Pick<Incident, 'secondReview'>): 1 | 2 => (incident.secondReview ? 2 : 1);

/** The confirmations that still count, oldest first. */
export const standingConfirmations = (incident: Reviewable): readonly Decision[] =>
  reviewOf(incident).round.filter(({ outcome }) => outcome === 'confirm');

/** As which stage a decision made in a state stands on record. */
export function stageIn(state: IncidentState): Decision['stage'] {
  switch (state) {
    case 'second-review':
      return 'second';
    case 'arbitration':
      return 'arbitration';
    case 'legal-review':
      return 'legal';
    case 'objected':
      return 'objection';
    default:
      return 'first';
  }
}
