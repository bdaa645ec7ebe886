/** Notices (劝导提醒) go out, and what was corrected within their grace is closed. */
import { type AuditAct, auditStream, systemActor } from '#core/audit.ts';
import type { Rule } from '#core/camera.ts';
import type { IncidentId, RuleId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { nextVersion, selfCorrect } from '#core/incident-machine.ts';
import { graceMsOf, noticeStage } from '#core/review-notice.ts';
import type { Instant } from '#core/time.ts';
import { commit } from '#platform/commit.ts';
import type { Notifier } from '#platform/notifier.ts';
import { incidentsInState, putIncident, readIncident } from '#platform/records/incidents.ts';
import { ruleVersions } from '#platform/records/rules.ts';
import { ConflictError, type Table } from '#platform/table.ts';

export interface NoticeReport {
  /** Sent in this round. */
  sent: number;
  /** Due, and not sent: no notifier, or it failed. */
  unsent: number;
  /** Closed as self-corrected in this round. */
  corrected: readonly IncidentId[];
}

/** One who sends and dies before it is on record is given this long; then it is sent again. */
const SENDING_MS = 5 * 60_000;

export async function tendNotices(
  { table, notifier }: { table: Table; notifier: Notifier | undefined },
  now: Instant,
): Promise<NoticeReport> {
  const open: Incident[] = [];
  for await (const incident of incidentsInState(table, 'open')) open.push(incident);
  const corrected: IncidentId[] = [];
  let sent = 0;
  let unsent = 0;
  for (const incident of open) {
    const rules = await rulesOf(table, incident);
    const stage = noticeStage(incident, rules, now);
    if (stage === 'corrected' && (await closeCorrected(table, incident.id, rules, now))) corrected.push(incident.id);
    if (stage !== 'due') continue;
    if (notifier !== undefined && (await sendNotice({ table, notifier }, incident.id, rules, now))) sent += 1;
    else unsent += 1;
  }
  return { sent, unsent, corrected };
}

/** All versions of the rules an incident cites. */
async function rulesOf(table: Table, { stay }: Incident): Promise<readonly Rule[]> {
  const ids = [...new Set<RuleId>(stay.sightings.map(({ rule }) => rule.ruleId))];
  return (await Promise.all(ids.map((id) => ruleVersions(table, id)))).flat();
}

function closeCorrected(table: Table, id: IncidentId, rules: readonly Rule[], now: Instant): Promise<boolean> {
  return commit(table, async () => {
    const incident = (await readIncident(table, id))?.incident;
    const stillSo = incident?.state === 'open' && noticeStage(incident, rules, now) === 'corrected';
    if (!stillSo) return { writes: [], result: false };
    const facts = { lastSeen: incident.stay.lastSeen, graceUntil: incident.notice?.graceUntil ?? null };
    return {
      writes: putIncident(selfCorrect(incident, now), incident),
      acts: [systemAct('incident.self-corrected', id, now, facts)],
      result: true,
    };
  });
}

/** Whether the notice is on its way, by us or by another process that was faster. */
async function sendNotice(
  { table, notifier }: { table: Table; notifier: Notifier },
  id: IncidentId,
  rules: readonly Rule[],
  now: Instant,
): Promise<boolean> {
  const incident = (await readIncident(table, id))?.incident;
  if (incident?.state !== 'open' || noticeStage(incident, rules, now) !== 'due') return true;
  if (!(await isMineToSend(table, id, now))) return true;
  let proof: Awaited<ReturnType<Notifier['notify']>>;
  try {
    proof = await notifier.notify(incident);
  } catch {
    // Out of reach: due again as soon as the claim to send has lapsed.
    return false;
  }
  await commit(table, async () => {
    const current = (await readIncident(table, id))?.incident;
    if (current === undefined || current.state !== 'open') return { writes: [], result: undefined };
    const graceUntil = proof.at + (graceMsOf(current, rules) ?? 0);
    const notice = { channel: proof.channel, reference: proof.reference, sentAt: proof.at, graceUntil };
    return {
      writes: putIncident(nextVersion(current, { notice }, now), current),
      acts: [systemAct('notice.sent', id, now, notice)],
      result: undefined,
    };
  });
  return true;
}

/** Two processes that tend at once must not send two reminders. */
async function isMineToSend(table: Table, id: IncidentId, now: Instant): Promise<boolean> {
  try {
    await table.write({
      kind: 'put',
      partition: `incident/${id}`,
      sort: 'notice-sending',
      value: { since: now },
      expect: 'absent',
      expiresAt: now + SENDING_MS,
    });
    return true;
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
}

const systemAct = (act: string, id: IncidentId, at: Instant, facts: Record<string, unknown>): AuditAct => ({
  stream: auditStream.incident(id),
  at,
  actor: systemActor('tend'),
  act,
  subject: id,
  facts,
});
