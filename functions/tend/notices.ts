/** Notices (劝导提醒) go out, and what was corrected within their grace is closed. */

import { type AuditAct, auditStream, systemActor } from '#core/audit.ts';
import type { Rule } from '#core/camera.ts';
import type { IncidentId, RuleId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { selfCorrect } from '#core/incident-machine.ts';
import { noticeStage } from '#core/review-notice.ts';
import { endedAt } from '#core/stays/ending.ts';
import type { Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import type { Notifier, NotSentCode } from '#platform/notifier.ts';
import { isComing } from '#platform/records/frames.ts';
import { incidentsInState, putIncident, readIncident } from '#platform/records/incidents.ts';
import { ruleVersions } from '#platform/records/rules.ts';
import type { Table } from '#platform/table.ts';
import { sendNotice } from './send-notice.ts';

export interface NoticeReport {
  /** Sent in this round. */
  sent: number;
  /** Due, and not sent: no notifier, or it failed. While this is not 0 somebody has to look. */
  unsent: number;
  /** Since when the longest unsent one waits; null when none does. */
  unsentSince: Instant | null;
  /** Why, by code, how many. */
  failures: Readonly<Partial<Record<NotSentCode | 'no-notifier', number>>>;
  /** Due, but last seen too long ago to remind anybody of. */
  stale: number;
  /** Their grace runs, or nothing shows yet whether they persist. */
  running: number;
  /** Closed as self-corrected in this round. */
  corrected: readonly IncidentId[];
}

export interface NoticeDependencies {
  table: Table;
  blobs: Blobs;
  notifier: Notifier | undefined;
  /** How long a round goes on sending, milliseconds; 20 s by default. */
  sendForMs?: number | undefined;
}

/** Frames that were accepted and are still not looked at after so long never will be: what they show is the party's doubt. */
const WAIT_FOR_FRAMES_MS = 3_600_000;
export async function tendNotices(dependencies: NoticeDependencies, now: Instant): Promise<NoticeReport> {
  const { table, notifier, sendForMs = 20_000 } = dependencies;
  const started = performance.now();
  const open: Incident[] = [];
  for await (const incident of incidentsInState(table, 'open')) open.push(incident);
  const corrected: IncidentId[] = [];
  const failures: Partial<Record<NotSentCode | 'no-notifier', number>> = {};
  const counts = { sent: 0, stale: 0, running: 0, unsent: 0 };
  let unsentSince: Instant | null = null;
  let isDown = false;
  // Those that wait longest first.
  for (const incident of open.toSorted((a, b) => a.createdAt - b.createdAt)) {
    const rules = await rulesOf(table, incident);
    const stage = noticeStage(incident, rules, now);
    if (stage === 'corrected' && (await closeCorrected(table, incident.id, now))) corrected.push(incident.id);
    if (stage === 'stale' || stage === 'running') counts[stage] += 1;
    if (stage !== 'due') continue;
    // The rest waits for the next round: nothing else of the clock's work waits for a slow gateway.
    const mayTry = notifier !== undefined && !isDown && performance.now() - started < sendForMs;
    const outcome = mayTry
      ? await sendNotice({ ...dependencies, notifier, rulesOf: (one) => rulesOf(table, one) }, incident.id, now)
      : ({ kind: 'waits', code: notifier === undefined ? 'no-notifier' : null } as const);
    if (outcome.kind === 'sent') counts.sent += 1;
    if (outcome.kind === 'sent' || outcome.kind === 'not-mine') continue;
    if (outcome.kind === 'failed' && outcome.down) isDown = true;
    counts.unsent += 1;
    unsentSince ??= incident.createdAt;
    if (outcome.code !== null) failures[outcome.code] = (failures[outcome.code] ?? 0) + 1;
  }
  const { sent, unsent, stale, running } = counts;
  return { sent, unsent, unsentSince, failures, stale, running, corrected };
}

/** All versions of the rules an incident cites. */
async function rulesOf(table: Table, { stay }: Incident): Promise<readonly Rule[]> {
  const ids = [...new Set<RuleId>(stay.sightings.map(({ rule }) => rule.ruleId))];
  return (await Promise.all(ids.map((id) => ruleVersions(table, id)))).flat();
}

function closeCorrected(table: Table, id: IncidentId, now: Instant): Promise<boolean> {
  return commit(table, async () => {
    const incident = (await readIncident(table, id))?.incident;
    if (incident?.state !== 'open') return { writes: [], result: false };
    const { stay, notice } = incident;
    const stillSo = noticeStage(incident, await rulesOf(table, incident), now) === 'corrected';
    // A frame that is here but not looked at yet may show it still there.
    const window = { from: stay.lastSeen, to: endedAt(stay.end) ?? stay.lastSeen };
    const mayWait = now - incident.updatedAt < WAIT_FOR_FRAMES_MS;
    if (!stillSo || (mayWait && (await isComing(table, stay, window)))) return { writes: [], result: false };
    const facts = {
      lastSeen: stay.lastSeen,
      end: stay.end,
      sentAt: notice?.sentAt ?? null,
      graceUntil: notice?.graceUntil ?? null,
    };
    return {
      writes: putIncident(selfCorrect(incident, now), incident),
      acts: [systemAct('incident.self-corrected', id, now, facts)],
      result: true,
    };
  });
}

const systemAct = (act: string, id: IncidentId, at: Instant, facts: Record<string, unknown>): AuditAct => ({
  stream: auditStream.incident(id),
  at,
  actor: systemActor('tend'),
  act,
  subject: id,
  facts,
});
