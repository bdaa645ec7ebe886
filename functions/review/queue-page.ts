/** A page of the queue as a list shows it. */
import type { z } from '@hono/zod-openapi';
import { formatInstant } from '#core/time.ts';
import type { Officer } from '#platform/identity.ts';
import { liveLeases } from '#platform/records/leases.ts';
import { type QueueFilter, type QueueRow, queueRows } from '#platform/records/review-queue.ts';
import { plateShown } from './detail.ts';
import { positionOf, positionText } from './position.ts';
import type { QueueRowView } from './schemas.ts';
import type { Workplace } from './work.ts';

type RowView = z.infer<typeof QueueRowView>;

/** @throws {Refusal} `cursor-invalid` */
export async function queuePage(
  { table, clock }: Workplace,
  officer: Officer,
  filter: QueueFilter,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<{ items: RowView[]; nextCursor: string | null }> {
  const now = clock.now();
  const leases = await liveLeases(table, now);
  const items: RowView[] = [];
  let last: string | undefined;
  for await (const { row, position } of queueRows(
    table,
    filter,
    cursor === undefined ? undefined : positionOf(cursor),
  )) {
    // One more than asked for tells that the list goes on.
    if (items.length === limit) return { items, nextCursor: last === undefined ? null : positionText(last) };
    const lease = leases.get(row.id);
    items.push(rowView(row, now, lease && { ...lease, mine: lease.officerId === officer.id }));
    last = position;
  }
  return { items, nextCursor: null };
}

function rowView(
  row: QueueRow,
  now: number,
  lease: { officerId: string; until: number; mine: boolean } | undefined,
): RowView {
  return {
    id: row.id,
    state: row.state,
    type: row.type,
    version: row.version,
    plate: plateShown(row.plate),
    place: { id: row.placeId, name: row.placeName },
    shop: row.shop,
    jurisdiction: row.jurisdiction,
    grade: row.grade,
    phase: row.phase,
    firstSeen: formatInstant(row.firstSeen),
    lastSeen: formatInstant(row.lastSeen),
    dwellSeconds: Math.round((row.lastSeen - row.firstSeen) / 1000),
    score: row.score,
    deadline: formatInstant(row.deadline),
    overdue: row.deadline < now,
    lease: lease === undefined ? null : { ...lease, until: formatInstant(lease.until) },
  };
}
