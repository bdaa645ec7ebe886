/**
 * The clocks of cases in the table: when to look at a case again, and the alarms that stand. A case is looked at once
 * whenever it changes, then when a clock comes to say something new; nothing is ever scanned.
 *
 * | partition        | sort      | holds                                                             |
 * |------------------|-----------|-------------------------------------------------------------------|
 * | `incident/<id>`  | `clock`   | nothing; indexed under `clocks` by when to look at it             |
 * | `alarm/<id>`     | `<clock>` | the highest alarm so far; while it stands, indexed under `alarms` |
 */
import type { AlarmLevel, ClockId } from '#core/clocks.ts';
import { type IncidentId, incidentId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { isWorkState } from '#core/incident-machine.ts';
import type { Instant } from '#core/time.ts';
import type { Item, Key, Page, Put, Table, Write } from '../table.ts';

const clockKey = (id: IncidentId): Key => ({ partition: `incident/${id}`, sort: 'clock' });
const timeKey = (at: Instant): string => new Date(at).toISOString();

/** Looked at `at`, provided that nobody asked for another time since `version` was read. */
export const lookAt = (id: IncidentId, at: Instant, expect: Put['expect'] = 'any'): Put => ({
  kind: 'put',
  ...clockKey(id),
  value: null,
  expect,
  index: { partition: 'clocks', sort: `${timeKey(at)}#${id}` },
});

/** A case that comes to an officer, or leaves, has its clocks looked at at once. */
export const clockWrites = (next: Incident, previous: Incident | null): readonly Write[] =>
  isWorkState(next.state) || (previous !== null && isWorkState(previous.state))
    ? [lookAt(next.id, next.updatedAt)]
    : [];

/** Nothing to look for any more. */
export const lookNoMore = (id: IncidentId, version: number): Write => ({
  kind: 'delete',
  ...clockKey(id),
  expect: { version },
});

export const readLook = (table: Table, id: IncidentId): Promise<Item | undefined> => table.get(clockKey(id));

/** Cases to look at, those that wait longest first. From the index: read each again. */
export async function dueLooks(table: Table, now: Instant, limit: number): Promise<readonly IncidentId[]> {
  const page = await table.query({ partition: 'clocks', index: true, to: timeKey(now + 1), limit });
  return page.items.map(({ partition }) => incidentId(partition.slice('incident/'.length)));
}

/** 预警: what was recorded of a clock. */
export interface Alarm {
  id: IncidentId;
  clock: ClockId;
  level: AlarmLevel;
  /** Tells one running of a clock from the next: an objection may come twice. */
  startedAt: Instant;
  dueAt: Instant;
  recordedAt: Instant;
  /** Whether what is due is still due. */
  stands: boolean;
}

export async function alarmsOf(table: Table, id: IncidentId): Promise<readonly Item<Alarm>[]> {
  return (await table.query<Alarm>({ partition: `alarm/${id}`, limit: 20 })).items;
}

export const alarmPut = (alarm: Alarm, stored: Item<Alarm> | undefined): Put => ({
  kind: 'put',
  partition: `alarm/${alarm.id}`,
  sort: alarm.clock,
  value: alarm,
  expect: stored === undefined ? 'absent' : { version: stored.version },
  ...(alarm.stands
    ? { index: { partition: 'alarms', sort: `${timeKey(alarm.dueAt)}#${alarm.id}#${alarm.clock}` } }
    : {}),
});

/** Alarms that stand, what is due first first. From the index. */
export const standingAlarms = (table: Table, page: { limit: number; cursor?: string }): Promise<Page<Alarm>> =>
  table.query<Alarm>({ partition: 'alarms', index: true, ...page });
