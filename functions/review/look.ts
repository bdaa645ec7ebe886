/** Every look is an act: who, of which unit, at what, why (公共安全视频图像信息系统管理条例 art. 16). */

import { auditStream } from '#core/audit.ts';
import type { IncidentId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { refuse } from '#core/refusal.ts';
import { packageTells } from '#core/review-blind.ts';
import { commit } from '#platform/commit.ts';
import type { Officer } from '#platform/identity.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { shownTo } from '#platform/records/disclosures.ts';
import { officerAct } from './acts.ts';
import { existing, type Workplace } from './work.ts';

/** The incident as the officer may see it, once the look is on record. @throws {Refusal} `incident-unknown` */
export function seen({ table, clock }: Workplace, officer: Officer, id: IncidentId, reason: string): Promise<Incident> {
  return commit(table, async () => {
    const { incident } = await existing(table, id);
    const now = clock.now();
    const act = officerAct(officer, 'incident.viewed', incident, { at: now, details: { reason } });
    const { shown, writes } = shownTo(officer.id, incident, now);
    return { writes, acts: [act], result: shown };
  });
}

/** @throws {Refusal} `incident-unknown` `not-sealed` `package-withheld` */
export async function packageLinkOf(
  { table, blobs, clock, linkMs }: Workplace,
  officer: Officer,
  id: IncidentId,
  reason: string,
): Promise<{ url: string; sha256: string }> {
  const sealed = await commit(table, async () => {
    const { incident } = await existing(table, id);
    if (incident.package === null) {
      throw refuse('not-sealed', 409, {
        expected: 'an incident with a sealed evidence package',
        received: 'one that is not sealed yet',
        action: 'Ask again when it is in the queue.',
      });
    }
    if (packageTells(incident, officer.id, await streamEntries(table, auditStream.incident(id)))) {
      throw refuse('package-withheld', 409, {
        expected: 'a package without what another officer decided, until two have decided',
        received: 'one sealed after a decision that was taken back',
        action: 'Judge by the pictures and facts of the item.',
      });
    }
    const { sha256, revision } = incident.package;
    const details = { reason, sha256, revision };
    const act = officerAct(officer, 'incident.package-fetched', incident, { at: clock.now(), details });
    return { writes: [], acts: [act], result: incident.package };
  });
  const fileName = `${id}-r${sealed.revision}.zip`;
  const { url } = await blobs.presignGet(sealed.key, { expiresAt: clock.now() + linkMs, fileName });
  return { url, sha256: sealed.sha256 };
}
