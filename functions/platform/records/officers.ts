/** Officers (执法人员): who may sign in, and as what. */
import { type OfficerId, officerId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import type { Officer, Role } from '../identity.ts';
import type { Key, Page, Put, Table } from '../table.ts';
import { hashPassword, type PasswordHash } from './secrets.ts';
import { writtenOver } from './versions.ts';

export interface OfficerRecord {
  /** The account name, lower case; never reused for another person, since the audit trail names it. */
  id: OfficerId;
  name: string;
  /** 中队 */
  unit: string;
  roles: readonly Role[];
  /** None: the identity provider of the city signs this person in, and the record only says whether it may. */
  password: PasswordHash | null;
  enabled: boolean;
  /** Sessions of an earlier epoch are over: it grows with each new password. */
  epoch: number;
  version: number;
}

const officerKey = (id: OfficerId): Key => ({ partition: `officer/${id}`, sort: 'officer' });

/** Accounts are found however they are typed: full width, upper case, with a blank around. */
export const accountId = (typed: string): OfficerId => officerId(typed.normalize('NFKC').trim().toLowerCase());

export async function officer(table: Table, id: OfficerId): Promise<OfficerRecord | undefined> {
  return (await table.get<OfficerRecord>(officerKey(id)))?.value;
}

export function officersPage(table: Table, page: { limit: number; cursor?: string }): Promise<Page<OfficerRecord>> {
  return table.query<OfficerRecord>({ partition: 'officers', index: true, ...page });
}

/** Version 1 registers, any later version replaces the one before. */
export function officerPut(next: OfficerRecord): Put {
  return {
    kind: 'put',
    ...officerKey(next.id),
    value: next,
    expect: writtenOver(next.version),
    index: { partition: 'officers', sort: next.id },
  };
}

export interface OfficerRequest {
  account: string;
  name: string;
  unit: string;
  roles: readonly Role[];
  password: string | null;
  enabled?: boolean;
}

/** @throws {Refusal} `password-weak` */
export async function newOfficer(request: OfficerRequest): Promise<OfficerRecord> {
  const { account, name, unit, roles, password, enabled = true } = request;
  if (password !== null) assertStrong(password, account);
  const hashed = password === null ? null : await hashPassword(password);
  return { id: accountId(account), name, unit, roles, password: hashed, enabled, epoch: 1, version: 1 };
}

/** Ends every session of the officer. @throws {Refusal} `password-weak` */
export async function withPassword(before: OfficerRecord, password: string): Promise<OfficerRecord> {
  assertStrong(password, before.id);
  return { ...before, password: await hashPassword(password), epoch: before.epoch + 1, version: before.version + 1 };
}

export function officerOfRecord({ id, name, unit, roles }: OfficerRecord): Officer {
  return { kind: 'officer', id, name, unit, roles };
}

/** Length is what counts (NIST SP 800-63B 5.1.1.2); the account name inside adds none. */
function assertStrong(password: string, account: string): void {
  const counted = password.toLowerCase().replaceAll(account.toLowerCase(), '');
  const distinct = new Set(counted).size;
  if (counted.length >= MIN_LENGTH && distinct >= 5 && password.length <= MAX_LENGTH) return;
  throw refuse('password-weak', 422, {
    expected: `a password of ${MIN_LENGTH} to ${MAX_LENGTH} characters, at least 5 of them different, without the account name`,
    received: password.length > MAX_LENGTH ? 'a longer one' : 'a weaker one',
    action: 'Choose a longer password, such as a sentence.',
  });
}

const MIN_LENGTH = 10;
const MAX_LENGTH = 256;
