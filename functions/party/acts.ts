/** How a party's acts and looks stand in the chain of its case: as the party's, from roughly where, and no more. */
import { type AuditAct, auditStream } from '#core/audit.ts';
import type { IncidentId } from '#core/ids.ts';
import { coarseAddress } from '#core/party.ts';
import type { Instant } from '#core/time.ts';

export function partyAct(
  id: IncidentId,
  act: string,
  { at, address, details = {} }: { at: Instant; address: string; details?: Readonly<Record<string, unknown>> },
): AuditAct {
  return {
    stream: auditStream.incident(id),
    at,
    // Whoever holds the code: the code proves no name.
    actor: { kind: 'party', id: 'party', name: '当事人（凭查询码）' },
    act,
    subject: id,
    facts: { network: coarseAddress(address), ...details },
  };
}
