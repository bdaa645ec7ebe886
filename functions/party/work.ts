/** What the party of a case does with it: enters, looks, fetches, speaks. Each is one entry in the chain of the case. */
import { createHash } from 'node:crypto';
import { auditStream } from '#core/audit.ts';
import type { Rule } from '#core/camera.ts';
import { type IncidentId, incidentId } from '#core/ids.ts';
import type { Incident, Statement } from '#core/incident.ts';
import { isOpenToParty, mayBeCopied, printedCode } from '#core/party.ts';
import { refuse } from '#core/refusal.ts';
import { DAY_MS, type Instant } from '#core/time.ts';
import type { Blobs, SignedRequest } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import type { Machine } from '#platform/identity.ts';
import type { Queue } from '#platform/queue.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { statementWrites } from '#platform/records/feed.ts';
import { readIncident } from '#platform/records/incidents.ts';
import type { CopyMessage } from '#platform/records/messages.ts';
import {
  caseOfSession,
  closePartySession,
  codeWrite,
  hashCode,
  newCode,
  openPartySession,
} from '#platform/records/party-codes.ts';
import {
  copyAskedPut,
  copyName,
  isCopyAsked,
  type PartyCopyRecord,
  readPartyCopy,
} from '#platform/records/party-copies.ts';
import { policyOf } from '#platform/records/policies.ts';
import { ruleVersions } from '#platform/records/rules.ts';
import type { Table } from '#platform/table.ts';
import { partyAct } from './acts.ts';
import { caseView, trailView } from './case.ts';
import type { CaseView } from './schemas.ts';

export interface Counter {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  /** Where a copy is asked for. */
  copies: Pick<Queue<CopyMessage>, 'send'>;
  /** How long the URL of a copy works. Milliseconds. */
  linkMs: number;
  /** How long a code works. Milliseconds. */
  codeMs: number;
}

/** Who speaks: whoever holds the session, from where. */
export interface Visitor {
  token: string;
  address: string;
}

/** Statements of one case: more than anybody has to say, fewer than fill a record. */
const STATEMENTS_AT_MOST = 40;

/**
 * A new code for the party of a case; the one before works no more, nor what it opened.
 * @throws {Refusal} `violation-unknown` for a case whose party was told nothing yet
 */
export async function issueCode(counter: Counter, machine: Machine, id: IncidentId) {
  const { table, clock, codeMs } = counter;
  const code = newCode();
  const hash = await hashCode(code);
  const issued = await commit(table, async () => {
    const now = clock.now();
    const stored = await readIncident(table, id);
    if (stored === undefined || !isOpenToParty(stored.incident)) throw unknownViolation(id);
    const expiresAt = now + codeMs;
    const { write, number } = await codeWrite(table, id, hash, { issuedAt: now, expiresAt });
    const { kind, id: by, name } = machine;
    const act = { stream: auditStream.incident(id), at: now, actor: { kind, id: by, name }, subject: id };
    return {
      writes: [write],
      acts: [{ ...act, act: 'party-code.issued', facts: { number, expiresAt } }],
      result: { expiresAt, incident: stored.incident },
    };
  });
  // Whoever has a code will ask: the copy is made before.
  await askForCopy(counter, issued.incident);
  return { code: printedCode(code), expiresAt: issued.expiresAt };
}

/** @throws {Refusal} `party-code-refused`, `party-throttled` */
export async function enter(
  { table, clock }: Counter,
  { incident, code, address }: { incident: string; code: string; address: string },
) {
  const { id, token, expiresAt, writes } = await openPartySession(table, clock.now(), { incident, code, address });
  await commit(table, async () => ({
    writes,
    acts: [partyAct(id, 'party.entered', { at: clock.now(), address })],
    result: undefined,
  }));
  return { incident: id, token, expiresAt };
}

export async function leave({ table }: Counter, { token }: Visitor): Promise<void> {
  const writes = closePartySession(token);
  if (writes.length > 0) await table.transact(writes);
}

/** The case as its party sees it; the look is recorded. @throws {Refusal} `credentials-invalid` */
export async function look(counter: Counter, visitor: Visitor): Promise<CaseView> {
  const { table } = counter;
  const incident = await recorded(counter, visitor, 'party.viewed');
  const [rules, policy, copy] = await Promise.all([
    rulesOf(table, incident),
    policyOf(table, incident.jurisdiction),
    copyOf(table, incident),
  ]);
  return caseView({ incident, rules, policy, copy });
}

/** The chain, as far as it is the party's to know; this look stands in it. @throws {Refusal} `credentials-invalid` */
export async function trail(counter: Counter, visitor: Visitor) {
  const incident = await recorded(counter, visitor, 'party.trail-viewed');
  return trailView(await streamEntries(counter.table, auditStream.incident(incident.id)), incident);
}

/**
 * Where the redacted copy is, for a short time; or that it is being made. Never the package itself.
 * @throws {Refusal} `credentials-invalid`, `not-sealed`
 */
export async function fetchCopy(
  counter: Counter,
  visitor: Visitor,
): Promise<{ kind: 'making' } | { kind: 'ready'; copy: PartyCopyRecord; link: SignedRequest; fileName: string }> {
  const { table, blobs, clock, linkMs } = counter;
  const { incident } = await caseOf(counter, visitor);
  if (incident.package === null || !mayBeCopied(incident)) {
    throw refuse('not-sealed', 409, {
      expected: 'a case whose evidence is sealed, and that no officer is judging',
      received: 'one that is not so far',
      action: 'Look again once it is decided.',
    });
  }
  const copy = await copyOf(table, incident);
  if (copy === undefined) {
    await askForCopy(counter, incident);
    await recorded(counter, visitor, 'party.copy-asked');
    return { kind: 'making' };
  }
  await recorded(counter, visitor, 'party.copy-fetched', { copySha256: copy.sha256 });
  const fileName = `${incident.id}-copy.zip`;
  const link = await blobs.presignGet(copy.key, { expiresAt: clock.now() + linkMs, fileName });
  return { kind: 'ready', copy, link, fileName };
}

/** Longer than making one takes, which is tens of seconds. */
const ASKED_MS = 2 * 60_000;

/** Once in a while, however often somebody asks. Sent before it is noted: killed in between, it is sent twice. */
async function askForCopy({ table, clock, copies }: Counter, incident: Incident): Promise<void> {
  const { id, package: sealed } = incident;
  if (sealed === null) return;
  const name = copyName(incident, sealed);
  if (await isCopyAsked(table, id, name)) return;
  await copies.send({ incidentId: id }, { dedupeKey: id });
  await table.write(copyAskedPut(id, name, clock.now() + ASKED_MS));
}

/**
 * What the party says, put on record; the same words again change nothing. An objection to a violation brings it to another
 * officer.
 * @throws {Refusal} `credentials-invalid`, `statements-full`, `statement-invalid`
 */
export async function speak(
  counter: Counter,
  visitor: Visitor,
  { kind, text }: Pick<Statement, 'kind' | 'text'>,
): Promise<CaseView> {
  const { table, clock } = counter;
  await commit(table, async () => {
    const now = clock.now();
    const { incident } = await caseOf(counter, visitor);
    const said = incident.statements ?? [];
    const textSha256 = createHash('sha256').update(text).digest('hex');
    const id = `said-${createHash('sha256').update(`${incident.id} ${kind} ${textSha256}`).digest('hex').slice(0, 16)}`;
    if (said.some((earlier) => earlier.id === id)) return { writes: [], result: undefined };
    if (said.length >= STATEMENTS_AT_MOST) throw full();
    const { deadlines } = await policyOf(table, incident.jurisdiction);
    const statement: Statement = { id, kind, text, at: now, by: 'party' };
    const { next, writes } = await statementWrites(table, incident, statement, now, {
      reviewMs: deadlines.reviewDays * DAY_MS,
    });
    const details = { statement: id, textSha256, state: next.state, version: next.version };
    return {
      writes,
      acts: [partyAct(incident.id, ACTS[kind], { at: now, address: visitor.address, details })],
      result: undefined,
    };
  });
  return look(counter, visitor);
}

const ACTS = { state: 'party.stated', defend: 'party.defended', object: 'party.objected' } as const;

/** The case of a session that stands, and is still open to its party. @throws {Refusal} `credentials-invalid` */
async function caseOf({ table, clock }: Counter, { token }: Visitor): Promise<{ incident: Incident; now: Instant }> {
  const now = clock.now();
  const id = await caseOfSession(table, token, now);
  const stored = id === undefined ? undefined : await readIncident(table, id);
  if (stored === undefined || !hasBeenTold(stored.incident)) throw ended();
  return { incident: stored.incident, now };
}

/** Who was told of a case hears how it ends, also when a decision is taken back. */
const hasBeenTold = (incident: Incident): boolean =>
  isOpenToParty(incident) || (incident.package !== null && incident.destroyed == null);

/** The incident, once the look at it is in its chain. */
function recorded(
  counter: Counter,
  visitor: Visitor,
  act: string,
  details: Readonly<Record<string, unknown>> = {},
): Promise<Incident> {
  return commit(counter.table, async () => {
    const { incident, now } = await caseOf(counter, visitor);
    return {
      writes: [],
      acts: [partyAct(incident.id, act, { at: now, address: visitor.address, details })],
      result: incident,
    };
  });
}

async function rulesOf(table: Table, { stay }: Incident): Promise<Rule[]> {
  const cited = new Set(stay.sightings.map(({ rule }) => `${rule.ruleId} ${rule.version}`));
  const ids = [...new Set(stay.sightings.map(({ rule }) => rule.ruleId))];
  const versions = await Promise.all(ids.map((id) => ruleVersions(table, id)));
  return versions.flat().filter(({ id, version }) => cited.has(`${id} ${version}`));
}

async function copyOf(table: Table, incident: Incident): Promise<PartyCopyRecord | undefined> {
  const { id, package: sealed } = incident;
  return sealed === null ? undefined : readPartyCopy(table, id, copyName(incident, sealed));
}

export const idOf = (text: string): IncidentId => incidentId(text);

const unknownViolation = (id: IncidentId) =>
  refuse('violation-unknown', 404, {
    expected: 'the id of a violation, or of an incident whose party was sent a notice',
    received: id,
    action: 'Take the id from GET /v1/violations.',
  });

const ended = () =>
  refuse('credentials-invalid', 401, {
    expected: 'a session that POST /v1/party/session opened less than 30 minutes ago',
    received: 'an unknown or ended one',
    action: 'Enter the number of the case and its query code again.',
  });

const full = () =>
  refuse('statements-full', 409, {
    expected: `at most ${STATEMENTS_AT_MOST} statements on one case`,
    received: 'one more',
    action: 'Hand further ones to the unit in charge in writing.',
  });
