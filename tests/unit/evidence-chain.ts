import { type AuditEntry, chain } from '#core/evidence/chain.ts';
import type { CitedFrame } from '#core/evidence/package-input.ts';
import type { Incident } from '#core/incident.ts';
export const buildChain = (frames: readonly CitedFrame[], incident: Incident, at: number): AuditEntry[] =>
  chain([
    ...frames.map((f) => ({
      at: f.receivedAt,
      act: 'frame-accepted',
      facts: { frameId: f.frameId, sha256: f.sha256 },
    })),
    { at, act: 'incident-sealed', facts: { incidentId: incident.id } },
  ]);
