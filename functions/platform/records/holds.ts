/** 证据保全: holds on cases, beside the incident. While one stands nothing of the case is destroyed. */
import type { IncidentId, OfficerId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { Check, Item, Key, Table, Write } from '../table.ts';

export interface Hold {
  officerId: OfficerId;
  officerName: string;
  reason: string;
  /** The court or body that asked, as somebody wrote it; null when nobody did. */
  authority: string | null;
  at: Instant;
}

const holdKey = (id: IncidentId): Key => ({ partition: `incident/${id}`, sort: 'hold' });

export const readHold = (table: Table, id: IncidentId): Promise<Item<Hold> | undefined> => table.get<Hold>(holdKey(id));

export const holdPut = (id: IncidentId, hold: Hold): Write => ({
  kind: 'put',
  ...holdKey(id),
  value: hold,
  expect: 'absent',
});

export const holdDelete = (id: IncidentId, { version }: Item<Hold>): Write => ({
  kind: 'delete',
  ...holdKey(id),
  expect: { version },
});

/** Fails the transaction that destroys when somebody holds the case by then. */
export const unheld = (id: IncidentId): Check => ({ kind: 'check', ...holdKey(id), expect: 'absent' });
