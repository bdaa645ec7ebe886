/** How the case system's acts stand in the audit trail. */
import { type AuditAct, auditStream } from '#core/audit.ts';
import type { IncidentId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { Machine } from '#platform/identity.ts';

export function machineAct(
  { id, name }: Machine,
  act: string,
  violation: IncidentId,
  { at, details = {} }: { at: Instant; details?: Readonly<Record<string, unknown>> },
): AuditAct {
  return {
    stream: auditStream.incident(violation),
    at,
    actor: { kind: 'machine', id, name },
    act,
    subject: violation,
    facts: details,
  };
}
