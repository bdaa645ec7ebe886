/**
 * Dissuade first (劝导在先; road-traffic law art. 93, Pudong rule 15): where the rule asks for it, a reminder goes out before
 * an incident may reach an officer, and whoever leaves within its grace has corrected the matter. Grace runs from the proof
 * that the reminder went out; every doubt (nobody looked, the day ended, a clock is off) is the party's.
 */
import type { Rule } from './camera.ts';
import type { Incident, Notice, Stay } from './incident.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Instant } from './time.ts';

export type NoticeStage =
  /** The rule asks for none. */
  | 'none'
  /** To be sent. */
  | 'due'
  /** To be sent when it is seen again: nobody is told to leave for what was seen long ago. */
  | 'stale'
  /** Sent; whether it persists will show. */
  | 'running'
  /** Gone within the grace, or nothing shows that it went on. */
  | 'corrected'
  /** Seen again after the grace: it may be sealed and reviewed. */
  | 'persists';

/** A reminder tells somebody what to do now. Milliseconds since the last sighting. */
export const REMIND_WITHIN_MS = 30 * 60_000;

/** The longest grace among the rules that the stay's sightings cite; null when none asks for a notice. */
export function graceMsOf({ stay }: Pick<Incident, 'stay'>, rules: readonly Rule[]): number | null {
  const cited = new Set(stay.sightings.map(({ rule }) => `${rule.ruleId} ${rule.version}`));
  const graces = rules
    .filter(({ id, version }) => cited.has(`${id} ${version}`))
    .flatMap(({ notice }) => (notice.required ? [notice.graceSeconds * 1000] : []));
  return graces.length === 0 ? null : Math.max(...graces);
}

/** Where an incident stands between its first suspicion and the officers, as far as anyone saw until `now`. */
export function noticeStage(
  incident: Pick<Incident, 'stay' | 'notice'>,
  rules: readonly Rule[],
  now: Instant,
): NoticeStage {
  if (graceMsOf(incident, rules) === null) return 'none';
  const { stay, notice = null } = incident;
  if (notice === null || !isNoticeOf(notice, stay)) {
    // Gone before anybody was reminded: nothing is left to correct, and nobody may be punished unwarned.
    if (stay.end.kind !== 'ongoing') return 'corrected';
    return now - stay.lastSeen <= REMIND_WITHIN_MS ? 'due' : 'stale';
  }
  // Two clocks must agree that the grace is over: the camera's, which dates the sighting, and ours.
  if (outlasts(stay, notice)) return now > notice.graceUntil ? 'persists' : 'running';
  const left = stay.end.kind === 'departed' || stay.end.kind === 'replaced';
  // The day's boundary does not say whether it was still there after the grace: the doubt is the party's.
  const neverShown = stay.end.kind === 'boundary' && now > notice.graceUntil;
  return left || neverShown ? 'corrected' : 'running';
}

/** Whether a frame shows it still there after the grace. */
export const outlasts = (stay: Pick<Stay, 'lastSeen'>, notice: Pick<Notice, 'graceUntil'>): boolean =>
  stay.lastSeen > notice.graceUntil;

/**
 * When a notice counts as sent: not before its answer reached us, nor before the gateway says it took it, nor before what
 * it is about was seen (a clock of ours set back would otherwise let the grace run out unnoticed). A gateway that names a
 * time more than a day off does not know it.
 */
export function sentAtOf(
  { stay }: Pick<Incident, 'stay'>,
  { answeredAt, acceptedAt }: { answeredAt: Instant; acceptedAt: Instant | null },
): Instant {
  const named = acceptedAt !== null && Math.abs(acceptedAt - answeredAt) <= DAY_MS ? acceptedAt : answeredAt;
  return Math.max(answeredAt, named, stay.lastSeen);
}
const DAY_MS = 86_400_000;

/**
 * Whether frames that came after an incident closed as self-corrected show that it was not: it stays closed, for the party
 * was told that it is over, and the contradiction stands on it for people to see.
 * @param heirs the recomputed stays that share its sightings
 */
export const belied = ({ state, notice }: Pick<Incident, 'state' | 'notice'>, heirs: readonly Stay[]): boolean =>
  state === 'self-corrected' &&
  notice != null &&
  heirs.some((stay) => isNoticeOf(notice, stay) && outlasts(stay, notice));

/** Whether a notice was sent during a stay: who was reminded, left and came back has not been reminded of the new one. */
export const isNoticeOf = (
  { about, sentAt }: Pick<Notice, 'about' | 'sentAt'>,
  { sightings, firstSeen }: Pick<Stay, 'sightings' | 'firstSeen'>,
): boolean => (about === undefined ? sentAt >= firstSeen : sightings.some(({ sightingId }) => sightingId === about));

/**
 * The notice that was sent during a recomputed stay, whichever incident it was sent for. Where several turn out to be one
 * stay, the one whose grace ends last, so that nobody is reminded twice of one stay and nobody loses time that was promised.
 */
export function noticeOfStay(stay: Stay, incidents: readonly Pick<Incident, 'notice'>[]): Notice | null {
  let latest: Notice | null = null;
  for (const { notice } of incidents) {
    if (notice == null || !isNoticeOf(notice, stay)) continue;
    const isLater =
      latest === null ||
      notice.graceUntil > latest.graceUntil ||
      (notice.graceUntil === latest.graceUntil && notice.reference < latest.reference);
    if (isLater) latest = notice;
  }
  return latest;
}

/** Whether somebody took it for delivery: a line in our own log reminds nobody. Old records kept no answer. */
export const isAnswered = ({ proof }: Pick<Notice, 'proof'>): boolean => proof === undefined || proof.response !== null;

/**
 * That nobody is punished unwarned, whatever way led here.
 * @throws {Refusal} `notice-missing` `notice-unproven` `grace-running` `notice-elsewhere`
 */
export function assertReminded(incident: Pick<Incident, 'stay' | 'notice' | 'graceMs' | 'decisions'>): void {
  const { stay, notice, graceMs, decisions } = incident;
  if (graceMs === undefined || graceMs === null) return;
  if (notice === undefined || notice === null || !isNoticeOf(notice, stay)) {
    throw unwarned('notice-missing', 'a notice on record (the rule dissuades first)', 'none');
  }
  if (!isAnswered(notice)) {
    throw unwarned('notice-unproven', 'the answer of a message gateway that took the notice', 'a line in the log');
  }
  if (notice.graceUntil < notice.sentAt + graceMs || !outlasts(stay, notice)) {
    throw unwarned('grace-running', 'a sighting after the grace of the notice', 'none so late');
  }
  const plate = decisions.findLast((decision) => decision.plate !== null)?.plate ?? null;
  const recipient = notice.proof?.recipient;
  if (recipient?.kind === 'owner' && plate !== null && plate !== recipient.plate) {
    throw unwarned('notice-elsewhere', 'a notice to the owner of the vehicle', 'one to the owner of another plate');
  }
}

const unwarned = (code: string, expected: string, received: string): Refusal =>
  refuse(code, 409, { expected, received, action: 'Educate instead: nobody is penalised unwarned.' });
