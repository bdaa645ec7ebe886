/**
 * Query codes of parties, and the short sessions they open. A code is printed on a notice; only its hash is kept, and a new one
 * revokes the old together with the sessions it opened.
 *
 * | partition               | sort      | holds                                     |
 * |-------------------------|-----------|-------------------------------------------|
 * | `party-code/<incident>` | `code`    | {@link PartyCode}                         |
 * | `party-session/<id>`    | `session` | {@link PartySession}; leaves when it ends |
 * | `party-tries/<whom>`    | `tries`   | failed and other tries, for a while       |
 */
import { randomInt } from 'node:crypto';
import { type IncidentId, incidentId } from '#core/ids.ts';
import { CODE_ALPHABET, CODE_LENGTH, normalCode } from '#core/party.ts';
import { type Refusal, refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import type { Key, Table, Write } from '../table.ts';
import {
  hashPassword,
  issueSecret,
  type PasswordHash,
  partsOfToken,
  passwordMatches,
  secretMatches,
} from './secrets.ts';
import { type Allowance, takeTry } from './tries.ts';

interface PartyCode {
  incidentId: IncidentId;
  /** Counts the codes of the case: sessions name the one that opened them. */
  number: number;
  hash: PasswordHash;
  issuedAt: Instant;
  /** Exclusive. */
  expiresAt: Instant;
}

interface PartySession {
  incidentId: IncidentId;
  codeNumber: number;
  secretSha256: string;
  expiresAt: Instant;
}

/** Long enough to read and write, short enough for a phone that is lent. */
export const PARTY_SESSION_MS = 30 * 60_000;

const codeKey = (id: IncidentId): Key => ({ partition: `party-code/${id}`, sort: 'code' });
const sessionKey = (id: string): Key => ({ partition: `party-session/${id}`, sort: 'session' });
const triesKey = (whom: string): Key => ({ partition: `party-tries/${whom}`, sort: 'tries' });

/** A new code; to be shown once. */
export const newCode = (): string =>
  Array.from({ length: CODE_LENGTH }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]).join('');

/** The write that puts a code in the place of the one before, and its number. */
export async function codeWrite(
  table: Table,
  id: IncidentId,
  hash: PasswordHash,
  { issuedAt, expiresAt }: { issuedAt: Instant; expiresAt: Instant },
): Promise<{ write: Write; number: number }> {
  const before = await table.get<PartyCode>(codeKey(id));
  const number = (before?.value.number ?? 0) + 1;
  const value: PartyCode = { incidentId: id, number, hash, issuedAt, expiresAt };
  const expect = before === undefined ? 'absent' : { version: before.version };
  return { write: { kind: 'put', ...codeKey(id), value, expect }, number };
}

/** 54 random bits at 4 MB and some milliseconds a guess: millions of years for whoever has the hash. */
const COST = 2 ** 12;
export const hashCode = (code: string): Promise<PasswordHash> => hashPassword(code, COST);

/** Few for one case from one address; more for a case in all, so that a stranger does not lock its party out at once. */
const FOR_A_CASE_FROM_HERE: Allowance = { tries: 5, windowMs: 5 * 60_000 };
const FOR_A_CASE: Allowance = { tries: 60, windowMs: 60 * 60_000 };
const FROM_HERE: Allowance = { tries: 60, windowMs: 60 * 60_000 };

/**
 * A session for whoever has the code of a case. Takes as long, and answers the same, for a case that does not exist.
 * @throws {Refusal} `party-code-refused`, `party-throttled`
 */
export async function openPartySession(
  table: Table,
  now: Instant,
  { incident, code, address }: { incident: string; code: string; address: string },
): Promise<{ id: IncidentId; token: string; expiresAt: Instant; writes: readonly Write[] }> {
  const id = incidentId(incident.trim());
  const here = `case-here/${id} ${address}`;
  await takeTry(table, triesKey(here), now, FOR_A_CASE_FROM_HERE, throttled);
  await takeTry(table, triesKey(`here/${address}`), now, FROM_HERE, throttled);
  await takeTry(table, triesKey(`case/${id}`), now, FOR_A_CASE, throttled);
  const known = (await table.get<PartyCode>(codeKey(id)))?.value;
  const matches = await passwordMatches(normalCode(code) ?? '', known?.hash, COST);
  if (known === undefined || !matches || now >= known.expiresAt) throw refused();
  const { id: sessionId, token, secretSha256 } = issueSecret('kwp');
  const expiresAt = now + PARTY_SESSION_MS;
  const value: PartySession = { incidentId: id, codeNumber: known.number, secretSha256, expiresAt };
  return {
    ...{ id, token, expiresAt },
    writes: [
      { kind: 'put', ...sessionKey(sessionId), value, expect: 'absent', expiresAt },
      { kind: 'delete', ...triesKey(here), expect: 'any' },
    ],
  };
}

/** The case that a token opens, while its session and its code stand. */
export async function caseOfSession(table: Table, token: string, now: Instant): Promise<IncidentId | undefined> {
  const parts = partsOfToken(token);
  if (parts?.kind !== 'kwp') return undefined;
  const session = (await table.get<PartySession>(sessionKey(parts.id)))?.value;
  if (session === undefined || now >= session.expiresAt || !secretMatches(parts.secret, session.secretSha256)) {
    return undefined;
  }
  const code = (await table.get<PartyCode>(codeKey(session.incidentId)))?.value;
  const stands = code !== undefined && code.number === session.codeNumber && now < code.expiresAt;
  return stands ? session.incidentId : undefined;
}

/** Ends a session; ending it twice is no error. */
export function closePartySession(token: string): Write[] {
  const parts = partsOfToken(token);
  return parts?.kind === 'kwp' ? [{ kind: 'delete', ...sessionKey(parts.id), expect: 'any' }] : [];
}

function throttled(ms: number): Refusal {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  return refuse('party-throttled', 429, {
    expected: 'fewer tries in a short time',
    received: 'too many for this case, or from this address',
    action: `Wait ${seconds} s, then try again.`,
    data: { retryAfterSeconds: seconds },
  });
}

const refused = (): Refusal =>
  refuse('party-code-refused', 401, {
    expected: 'the number of a case and its query code, as printed on the notice',
    received: 'another number or code, or one that has expired',
    action: 'Check both; the unit that sent the notice can issue a new code.',
  });
