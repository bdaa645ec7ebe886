/** Signing in and out. */
import type { OfficerId } from '#core/ids.ts';
import { type Refusal, refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import type { Clock } from '../clock.ts';
import type { Officer } from '../identity.ts';
import type { Key, Table, Write } from '../table.ts';
import { accountId, type OfficerRecord, officer, officerOfRecord } from './officers.ts';
import { issueSecret, partsOfToken, passwordMatches, secretMatches } from './secrets.ts';
import { type Allowance, takeTry } from './tries.ts';

/** A shift. Whoever works longer signs in again. */
export const SESSION_MS = 12 * 3_600_000;

interface SessionRecord {
  officerId: OfficerId;
  secretSha256: string;
  /** Of the officer when the session began. */
  epoch: number;
  startedAt: Instant;
  expiresAt: Instant;
}

const sessionKey = (id: string): Key => ({ partition: `session/${id}`, sort: 'session' });

export interface SignedIn {
  token: string;
  officer: Officer;
  expiresAt: Instant;
  /** The write that makes the session real; the caller adds the audit entry to the same transaction. */
  writes: readonly Write[];
}

/** What a person typed, and where from. */
export interface Attempt {
  account: string;
  password: string;
  address: string;
}

/**
 * Whose account and password these are, if they are right and the account is enabled. Takes as long for an account that
 * does not exist. A right one forgets the wrong ones before it.
 * @throws {Refusal} `sign-in-throttled`
 */
export async function officerOfPassword(
  table: Table,
  clock: Clock,
  attempt: Attempt,
): Promise<OfficerRecord | undefined> {
  const id = accountId(attempt.account);
  const now = clock.now();
  const here = `${id} ${attempt.address}`;
  await takeTry(table, triesKey(here), now, TRIES_FROM_ONE_ADDRESS, throttled);
  await takeTry(table, triesKey(id), now, TRIES_FROM_ANYWHERE, throttled);
  const record = await officer(table, id);
  const matches = await passwordMatches(attempt.password, record?.password ?? undefined);
  if (record === undefined || !matches || !record.enabled) return undefined;
  await table.transact([here, id].map((key) => ({ kind: 'delete', ...triesKey(key), expect: 'any' })));
  return record;
}

/**
 * A new session for whoever has the password. The answer does not tell whether the account exists.
 * @throws {Refusal} `sign-in-refused`, `sign-in-throttled`
 */
export async function signIn(table: Table, clock: Clock, attempt: Attempt): Promise<SignedIn> {
  const record = await officerOfPassword(table, clock, attempt);
  if (record === undefined) throw wrongPassword();
  const { id: sessionId, token, secretSha256 } = issueSecret('kws');
  const startedAt = clock.now();
  const expiresAt = startedAt + SESSION_MS;
  const session: SessionRecord = { officerId: record.id, secretSha256, epoch: record.epoch, startedAt, expiresAt };
  return {
    token,
    officer: officerOfRecord(record),
    expiresAt,
    writes: [{ kind: 'put', ...sessionKey(sessionId), value: session, expect: 'absent', expiresAt }],
  };
}

/** The officer of a live session token. */
export async function officerOfSession(table: Table, token: string, now: Instant): Promise<SessionOwner | undefined> {
  const parts = partsOfToken(token);
  if (parts?.kind !== 'kws') return undefined;
  const session = (await table.get<SessionRecord>(sessionKey(parts.id)))?.value;
  if (session === undefined || now >= session.expiresAt) return undefined;
  if (!secretMatches(parts.secret, session.secretSha256)) return undefined;
  const record = await officer(table, session.officerId);
  if (record === undefined || !record.enabled || record.epoch !== session.epoch) return undefined;
  return { officer: officerOfRecord(record), startedAt: session.startedAt, expiresAt: session.expiresAt };
}
export interface SessionOwner {
  officer: Officer;
  startedAt: Instant;
  expiresAt: Instant;
}

/** Ends a session; ending it twice is no error. */
export function signOutWrites(token: string): Write[] {
  const parts = partsOfToken(token);
  return parts?.kind === 'kws' ? [{ kind: 'delete', ...sessionKey(parts.id), expect: 'any' }] : [];
}

/** Few from one address, so that guessing is slow; more in all, so that a stranger cannot lock an officer out at once. */
const TRIES_FROM_ONE_ADDRESS: Allowance = { tries: 5, windowMs: 5 * 60_000 };
const TRIES_FROM_ANYWHERE: Allowance = { tries: 50, windowMs: 60 * 60_000 };

const triesKey = (key: string): Key => ({ partition: `sign-in-tries/${key}`, sort: 'tries' });

function throttled(ms: number): Refusal {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  return refuse('sign-in-throttled', 429, {
    expected: 'fewer failed attempts to sign in',
    received: 'too many in a short time',
    action: `Wait ${seconds} s, then try again.`,
    data: { retryAfterSeconds: seconds },
  });
}

function wrongPassword(): Refusal {
  return refuse('sign-in-refused', 401, {
    expected: 'the password of an active account',
    received: 'another account or password',
    action: 'Check both; an administrator can set a new password.',
  });
}
