/**
 * What an officer is told beside the item itself: what the same subject was found at before, and what art. 33 would have
 * them consider. Other people's looks at a case are on its own trail, and so is this one: it is another case's data.
 */
import { z } from '@hono/zod-openapi';
import { type AuditAct, auditStream } from '#core/audit.ts';
import type { PastIncident } from '#core/history.ts';
import type { Incident } from '#core/incident.ts';
import { isWorkState } from '#core/incident-machine.ts';
import { type Suggestion, suggest } from '#core/suggestion.ts';
import { formatInstant } from '#core/time.ts';
import { commit } from '#platform/commit.ts';
import { InstantText } from '#platform/http/openapi.ts';
import type { Officer } from '#platform/identity.ts';
import { history } from '#platform/records/history.ts';
import { policyOf } from '#platform/records/policies.ts';
import { rulesById } from '#platform/records/rules.ts';
import { officerAct } from './acts.ts';
import { withPictures } from './detail.ts';
import { Detail, StateName, ViolationTypeName } from './schemas.ts';
import type { Workplace } from './work.ts';

const Words = z.object({ zh: z.string(), en: z.string() });
const Test = z.object({ holds: z.boolean(), facts: Words }).openapi('SuggestionTest');

/** An item as it is opened for judging. */
export const Opened = Detail.extend({
  history: z
    .array(
      z.object({
        id: z.string(),
        type: ViolationTypeName,
        place: z.object({ id: z.string(), name: z.string() }),
        firstSeen: InstantText,
        state: StateName,
      }),
    )
    .openapi({
      description:
        '同一车辆或店铺的以往记录，最近的在前，至多十件 Of the same vehicle or shop, newest first, at most ten',
    }),
  suggestion: z
    .object({
      outcome: z.enum(['educate']).nullable(),
      reason: z.enum(['first-minor-corrected']).nullable(),
      first: Test,
      minor: Test,
      corrected: Test,
      repeat: z.boolean().openapi({ description: '屡犯 A violation was confirmed within the time of the policy' }),
      source: Words,
    })
    .nullable()
    .openapi({
      description: '提示，不是决定；不在审时为空 A hint, never a decision; null when nothing is to be decided',
    }),
}).openapi('OpenedIncident');
export type Opened = z.infer<typeof Opened>;

/** Shown at most, newest first; the suggestion counts all. */
const SHOWN = 10;

/** @param incident as the officer may see it */
export async function openedBy(
  place: Workplace,
  officer: Officer,
  incident: Incident,
  reason: string,
): Promise<Opened> {
  const detail = await withPictures(place, incident);
  // Who was found at what is looked up for judging, and for nothing else.
  if (!isWorkState(incident.state)) return { ...detail, history: [], suggestion: null };
  const { past, suggestion } = await backgroundOf(place, officer, incident, reason);
  return { ...detail, history: past.map(pastView), suggestion };
}

function backgroundOf(
  { table, clock }: Workplace,
  officer: Officer,
  incident: Incident,
  reason: string,
): Promise<{ past: readonly PastIncident[]; suggestion: Suggestion }> {
  return commit(table, async () => {
    const policy = await policyOf(table, incident.jurisdiction);
    const all = await history(table, incident, policy);
    const rules = await rulesById(
      table,
      incident.stay.sightings.map(({ rule }) => rule.ruleId),
    );
    const suggestion = suggest({ incident, history: all, rules: [...rules.values()].flat(), policy });
    const past = all.slice(0, SHOWN);
    const at = clock.now();
    return {
      writes: [],
      acts: past.length === 0 ? [] : looks(officer, incident, past, { at, reason }),
      result: { past, suggestion },
    };
  });
}

function looks(
  officer: Officer,
  incident: Incident,
  past: readonly PastIncident[],
  { at, reason }: { at: number; reason: string },
): readonly AuditAct[] {
  const details = { reason, incidents: past.map(({ id }) => id) };
  const act = officerAct(officer, 'incident.history-viewed', incident, { at, details });
  return [
    act,
    ...past.map(({ id }) => ({
      ...{ stream: auditStream.incident(id), at, actor: act.actor, act: 'incident.viewed-as-history', subject: id },
      facts: { unit: officer.unit, reason, for: incident.id },
    })),
  ];
}

const pastView = ({ id, type, placeId, placeName, firstSeen, state }: PastIncident): Opened['history'][number] => ({
  ...{ id, type, state },
  place: { id: placeId, name: placeName },
  firstSeen: formatInstant(firstSeen),
});
