/** Many violations at once, as the review leaves them: for benches and tests of what happens to all of them. */
import { auditStream, headOf, nextEntry } from '#core/audit.ts';
import { cameraId, incidentId, sightingId, zoneId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { kept } from '#core/sufficiency/requirement.ts';
import { ROOT } from '#platform/records/audit.ts';
import { feedHeadPut, readFeedHead, releaseAt } from '#platform/records/feed.ts';
import type { Table, Write } from '#platform/table.ts';
import { ANNA, incident, MINUTE, plateVote, sufficient, T0 } from '../unit/review-incident.ts';

/** A violation that zone `zone` of CAM-1 produced, confirmed by Anna. */
export function violation(index: number, zone = 'Z1'): Incident {
  const name = `V${String(index).padStart(6, '0')}`;
  const base = incident({}, name);
  const version = { zoneId: zoneId(zone), version: 1 };
  const plate = `浙A${String(index).padStart(5, '0')}`;
  const at = T0 + index * 1000;
  const sightings = base.stay.sightings.map((sighting, order) => ({
    ...{ ...sighting, cameraId: cameraId('CAM-1'), zone: version },
    sightingId: sightingId(`${name}-s${order}`),
    capturedAt: at + order * 10 * MINUTE,
  }));
  const packageSha256 = base.package?.sha256 ?? '';
  const decision = {
    ...({ officerId: ANNA.id, officerName: ANNA.name, stage: 'first', outcome: 'confirm', reason: null } as const),
    ...{ plate, note: '', at: at + 30 * MINUTE, packageSha256 },
  };
  return {
    ...base,
    id: incidentId(name),
    stay: {
      ...{ ...base.stay, plate: plateVote(plate), zone: version, sightings },
      ...{ firstSeen: at, lastSeen: at + 10 * MINUTE },
    },
    state: 'confirmed',
    decisions: [decision],
    sufficiency: kept(sufficient(base)),
    updatedAt: at + 30 * MINUTE,
  };
}

/** Stores them with their entries in the feed and their trails, as if each had been reviewed. */
export async function addViolations(table: Table, all: readonly Incident[], now: number): Promise<void> {
  const head = await readFeedHead(table);
  let root: ReturnType<typeof headOf> | undefined;
  let rootVersion = 0;
  let { seq, version } = head;
  const AT_ONCE = 10;
  let waiting: Promise<void>[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const writes: Write[] = [];
    for (const one of all.slice(from, from + AT_ONCE)) {
      seq += 1;
      const stream = auditStream.incident(one.id);
      const actor = { kind: 'officer', id: ANNA.id, name: ANNA.name } as const;
      const facts = { outcome: 'confirm', packageSha256: one.package?.sha256 };
      const entry = nextEntry(undefined, { stream, at: now, actor, act: 'incident.decided', subject: one.id, facts });
      const opened = nextEntry(root, {
        ...{ stream: ROOT, at: now, actor: { kind: 'system', id: 'audit', name: 'audit' } as const },
        ...{ act: 'stream.opened', subject: stream, facts: {} },
      });
      root = headOf(opened);
      for (const each of [entry, opened]) {
        const sort = `entry/${String(each.seq).padStart(12, '0')}`;
        writes.push({ kind: 'put', partition: `audit/${each.stream}`, sort, value: each, expect: 'absent' });
      }
      writes.push({ kind: 'put', partition: `audit/${stream}`, sort: 'head', value: headOf(entry), expect: 'absent' });
      writes.push(...releaseAt(one, null, undefined, seq, now));
    }
    writes.push(feedHeadPut(seq, version));
    version += 1;
    const expect = rootVersion === 0 ? ('absent' as const) : { version: rootVersion };
    writes.push({ kind: 'put', partition: `audit/${ROOT}`, sort: 'head', value: root, expect });
    rootVersion += 1;
    waiting.push(table.transact(writes));
    if (waiting.length < 100) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  await Promise.all(waiting);
}
