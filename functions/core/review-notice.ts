/**
 * Dissuade first (劝导在先; road-traffic law art. 93): where the rule asks for it, a reminder goes out before an incident
 * may reach an officer, and whoever leaves within its grace has corrected the matter.
 */
import type { Rule } from './camera.ts';
import type { Incident } from './incident.ts';
import type { Instant } from './time.ts';

export type NoticeStage =
  /** The rule asks for none. */
  | 'none'
  /** To be sent. */
  | 'due'
  /** Sent; whether it persists will show. */
  | 'running'
  /** Gone within the grace, or nothing shows that it went on. */
  | 'corrected'
  /** Seen again after the grace: it may be sealed and reviewed. */
  | 'persists';

/** The longest grace among the rules that the stay's sightings cite; null when none asks for a notice. */
export function graceMsOf({ stay }: Pick<Incident, 'stay'>, rules: readonly Rule[]): number | null {
  const cited = new Set(stay.sightings.map(({ rule }) => `${rule.ruleId} ${rule.version}`));
  const graces = rules
    .filter(({ id, version }) => cited.has(`${id} ${version}`))
    .flatMap(({ notice }) => (notice.required ? [notice.graceSeconds * 1000] : []));
  return graces.length === 0 ? null : Math.max(...graces);
}

/** Where an incident stands between its first suspicion and the officers, as far as anyone saw until `now`. */
export function noticeStage(incident: Incident, rules: readonly Rule[], now: Instant): NoticeStage {
  const graceMs = graceMsOf(incident, rules);
  if (graceMs === null) return 'none';
  const { notice, stay } = incident;
  const left = stay.end.kind === 'departed' || stay.end.kind === 'replaced';
  // Gone before anybody was reminded: nothing is left to correct, and nobody may be punished unwarned.
  if (notice === undefined || notice === null) return stay.end.kind === 'ongoing' ? 'due' : 'corrected';
  if (stay.lastSeen > notice.graceUntil) return 'persists';
  // The day's boundary does not say whether it was still there after the grace: the doubt is the party's.
  const neverShown = stay.end.kind === 'boundary' && now > notice.graceUntil;
  return left || neverShown ? 'corrected' : 'running';
}
