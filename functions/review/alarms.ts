/** Deadlines that come near or passed, for those who answer for them: each read anew, so that none is shown that was met. */
import { alarmOf, clocksOf } from '#core/clocks.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import { type Alarm, standingAlarms } from '#platform/records/clocks.ts';
import { readFeedItem } from '#platform/records/feed.ts';
import { readIncident } from '#platform/records/incidents.ts';
import { policyOf } from '#platform/records/policies.ts';
import type { Table } from '#platform/table.ts';
import { clockView } from './clock-view.ts';
import type { AlarmView } from './schemas.ts';

/** @throws {Refusal} `cursor-invalid` */
export async function alarmsPage(
  table: Table,
  now: Instant,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<{ items: AlarmView[]; nextCursor: string | null }> {
  const page = await standingAlarms(table, { limit, ...(cursor === undefined ? {} : { cursor }) });
  const views = await Promise.all(page.items.map(({ value }) => viewOf(table, value, now)));
  return { items: views.filter((view) => view !== undefined), nextCursor: page.cursor ?? null };
}

async function viewOf(table: Table, alarm: Alarm, now: Instant): Promise<AlarmView | undefined> {
  const incident = (await readIncident(table, alarm.id))?.incident;
  if (incident === undefined) return undefined;
  const [entry, policy] = await Promise.all([readFeedItem(table, alarm.id), policyOf(table, incident.jurisdiction)]);
  const clock = clocksOf(incident, entry?.value ?? null, policy, now).find(({ id }) => id === alarm.clock);
  const level = clock === undefined ? null : alarmOf(clock, now);
  if (clock === undefined || level === null) return undefined;
  return {
    id: alarm.id,
    state: incident.state,
    type: incident.stay.type,
    place: { id: incident.stay.placeId, name: incident.placeName },
    jurisdiction: incident.jurisdiction,
    level,
    recordedAt: formatInstant(alarm.recordedAt),
    clock: clockView(clock),
  };
}
