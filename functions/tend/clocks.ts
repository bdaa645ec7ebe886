/** Deadlines are watched: what comes near its end, and what is past it, is put on record once, and stands until it is done. */
import { type AuditAct, auditStream, systemActor } from '#core/audit.ts';
import { type AlarmLevel, alarmOf, clocksOf, type DeadlineClock, nextAlarmAt } from '#core/clocks.ts';
import type { IncidentId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import { commit } from '#platform/commit.ts';
import { type Alarm, alarmPut, alarmsOf, dueLooks, lookAt, lookNoMore, readLook } from '#platform/records/clocks.ts';
import { readFeedItem } from '#platform/records/feed.ts';
import { readIncident } from '#platform/records/incidents.ts';
import { policyOf } from '#platform/records/policies.ts';
import type { Item, Table, Write } from '#platform/table.ts';

export interface AlarmReport {
  /** Recorded in this round. */
  warnings: number;
  overdue: number;
  /** Whether more cases wait to be looked at than one round looks at. */
  more: boolean;
}

export async function tendClocks(table: Table, now: Instant, atOnce = 500): Promise<AlarmReport> {
  const due = await dueLooks(table, now, atOnce);
  const report = { warnings: 0, overdue: 0, more: due.length === atOnce };
  for (const id of due) {
    const levels = await lookAtCase(table, id, now);
    report.warnings += levels.filter((level) => level === 'warning').length;
    report.overdue += levels.filter((level) => level === 'overdue').length;
  }
  return report;
}

/** @returns what was recorded */
function lookAtCase(table: Table, id: IncidentId, now: Instant): Promise<readonly AlarmLevel[]> {
  return commit(table, async () => {
    const look = await readLook(table, id);
    const incident = (await readIncident(table, id))?.incident;
    // By another process that tends, a moment ago.
    if (look === undefined || incident === undefined) return { writes: [], result: [] };
    const [entry, policy, stored] = await Promise.all([
      readFeedItem(table, id),
      policyOf(table, incident.jurisdiction),
      alarmsOf(table, id),
    ]);
    const clocks = clocksOf(incident, entry?.value ?? null, policy, now);
    const next = nextAlarmAt(clocks, now);
    const known = new Map(stored.map((item) => [item.value.clock, item]));
    const steps = clocks.map((clock) => stepOf(id, clock, known.get(clock.id), now));
    const told = steps.flatMap(({ tells }) => (tells === null ? [] : [tells]));
    return {
      writes: [
        ...steps.flatMap(({ writes }) => writes),
        next === null ? lookNoMore(id, look.version) : lookAt(id, next, { version: look.version }),
      ],
      acts: told.map(({ level, clock }) => actOf(id, level, clock, now)),
      result: told.map(({ level }) => level),
    };
  });
}

interface Step {
  writes: readonly Write[];
  tells: { level: AlarmLevel; clock: DeadlineClock } | null;
}

function stepOf(id: IncidentId, clock: DeadlineClock, stored: Item<Alarm> | undefined, now: Instant): Step {
  const { startedAt, dueAt } = clock;
  const level = alarmOf(clock, now);
  const known = stored?.value.startedAt === startedAt ? stored.value : undefined;
  if (level === null) {
    const stands = stored?.value.stands === true;
    return { writes: stands ? [alarmPut({ ...stored.value, stands: false }, stored)] : [], tells: null };
  }
  const isNews = known === undefined || (known.level === 'warning' && level === 'overdue');
  if (!isNews && known.stands && known.dueAt === dueAt) return { writes: [], tells: null };
  const said = isNews ? { level, recordedAt: now } : { level: known.level, recordedAt: known.recordedAt };
  const alarm: Alarm = { id, clock: clock.id, startedAt, dueAt, stands: true, ...said };
  return { writes: [alarmPut(alarm, stored)], tells: isNews ? { level, clock } : null };
}

const actOf = (
  id: IncidentId,
  level: AlarmLevel,
  { id: clock, startedAt, dueAt, source }: DeadlineClock,
  at: Instant,
): AuditAct => ({
  stream: auditStream.incident(id),
  at,
  actor: systemActor('tend'),
  act: `deadline.${level}`,
  subject: id,
  facts: { clock, startedAt, dueAt, source: source.zh },
});
