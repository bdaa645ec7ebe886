/**
 * Bulk withdrawals, and who is to hear of a withdrawal, this or a single one. The act names how far it got, and moves on in the very transaction that withdraws: whoever continues it,
 * after whatever end, withdraws each violation once.
 *
 * | partition         | sort             | holds                                                        |
 * |-------------------|------------------|--------------------------------------------------------------|
 * | `withdrawal/<id>` | `act`            | {@link BulkWithdrawal}; indexed by state                     |
 * | `withdrawal/<id>` | `ids/<n>`        | the violations it was made for, {@link CHUNK} a row          |
 * | `notice-outbox`   | `<id>#withdrawn` | that whoever was reminded is to hear that it was taken back  |
 */
import { type IncidentId, incidentId, type OfficerId } from '#core/ids.ts';
import type { ReasonCode } from '#core/incident.ts';
import type { Instant } from '#core/time.ts';
import type { Selector } from '#core/withdrawal.ts';
import { type Item, type Key, type Put, queryAll, type Table, type Write } from '../table.ts';
import { timeKey } from './incidents.ts';

export interface BulkWithdrawal {
  id: string;
  selector: Selector;
  reason: ReasonCode;
  note: string;
  by: { id: OfficerId; name: string; unit: string };
  /** Of what the officer saw and therefore meant. */
  count: number;
  digest: string;
  requestedAt: Instant;
  state: 'running' | 'done';
  /** How many of its violations were dealt with, in order. */
  done: number;
  withdrawn: number;
  /** No violation any more when their turn came: undone, or withdrawn one by one. */
  skipped: number;
  firstSeq: number | null;
  lastSeq: number | null;
  finishedAt: Instant | null;
}

export const CHUNK = 2_000;

const partition = (id: string) => `withdrawal/${id}`;
const actKey = (id: string): Key => ({ partition: partition(id), sort: 'act' });
const chunkKey = (id: string, chunk: number): Key => ({
  partition: partition(id),
  sort: `ids/${String(chunk).padStart(6, '0')}`,
});

export const readWithdrawal = (table: Table, id: string): Promise<Item<BulkWithdrawal> | undefined> =>
  table.get<BulkWithdrawal>(actKey(id));

/** @param version of what it replaces; 0 for a new one */
export const withdrawalPut = (value: BulkWithdrawal, version: number): Put => ({
  kind: 'put',
  ...actKey(value.id),
  value,
  expect: version === 0 ? 'absent' : { version },
  index: { partition: `withdrawals/${value.state}`, sort: `${timeKey(value.requestedAt)}#${value.id}` },
});

/** Those in a state, oldest first. From the index: read each again before acting on it. */
export async function withdrawalsIn(table: Table, state: BulkWithdrawal['state']): Promise<readonly BulkWithdrawal[]> {
  const found: BulkWithdrawal[] = [];
  const range = { partition: `withdrawals/${state}`, index: true };
  for await (const { value } of queryAll<BulkWithdrawal>(table, range)) found.push(value);
  return found;
}

/** Written before the act: without it they mean nothing. */
export const chunkPuts = (id: string, ids: readonly IncidentId[]): readonly Put[] =>
  Array.from({ length: Math.ceil(ids.length / CHUNK) }, (_, chunk) => ({
    ...{ kind: 'put' as const, ...chunkKey(id, chunk), expect: 'any' as const },
    value: ids.slice(chunk * CHUNK, (chunk + 1) * CHUNK),
  }));

/** The violations from a place on, to the end of their chunk; empty behind the last. */
export async function idsFrom(table: Table, id: string, at: number): Promise<readonly IncidentId[]> {
  const chunk = await table.get<readonly string[]>(chunkKey(id, Math.floor(at / CHUNK)));
  return (chunk?.value ?? []).slice(at % CHUNK).map(incidentId);
}

/** To be told by whoever sends notices; it names the incident, never the person. */
export interface OutboxRow {
  incidentId: IncidentId;
  kind: 'withdrawn';
  /** Of the notice that went out. */
  reference: string;
  reason: ReasonCode;
  at: Instant;
}

export const outboxPut = (row: OutboxRow): Write => ({
  kind: 'put',
  partition: 'notice-outbox',
  sort: `${row.incidentId}#${row.kind}`,
  value: row,
  expect: 'any',
});

/** @throws ConflictError when it is written: somebody else told them, or another withdrawal replaced it */
export const outboxDelete = ({ sort, version }: Item<OutboxRow>): Write => ({
  ...{ kind: 'delete', partition: 'notice-outbox', sort, expect: { version } },
});

export const readOutboxRow = (table: Table, sort: string): Promise<Item<OutboxRow> | undefined> =>
  table.get<OutboxRow>({ partition: 'notice-outbox', sort });

export const outboxRows = (table: Table): AsyncIterable<Item<OutboxRow>> =>
  queryAll<OutboxRow>(table, { partition: 'notice-outbox' });

export async function outbox(table: Table): Promise<readonly OutboxRow[]> {
  const rows: OutboxRow[] = [];
  for await (const { value } of outboxRows(table)) rows.push(value);
  return rows;
}
