import type { Incident } from '#core/incident.ts';

/** Sends a notice (劝导提醒) to the owner or shop and returns the proof that it went out. */
export interface Notifier {
  notify(incident: Incident): Promise<{ channel: string; reference: string; at: number }>;
}
