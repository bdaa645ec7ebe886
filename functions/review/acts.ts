/** How an officer's acts stand in the audit trail: with the person and the unit (art. 16 asks for both). */
import { type AuditAct, auditStream } from '#core/audit.ts';
import type { Incident } from '#core/incident.ts';
import type { Instant } from '#core/time.ts';
import type { Officer } from '#platform/identity.ts';

export function officerAct(
  { id, name, unit }: Officer,
  act: string,
  incident: Incident,
  { at, details = {} }: { at: Instant; details?: Readonly<Record<string, unknown>> },
): AuditAct {
  return {
    stream: auditStream.incident(incident.id),
    at,
    actor: { kind: 'officer', id, name },
    act,
    subject: incident.id,
    facts: { unit, version: incident.version, ...details },
  };
}
