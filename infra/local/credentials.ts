/**
 * The accounts and tokens of a first run: made once, kept in a file only its owner may read, shown at each start. The
 * file comes first and the records follow it, so that a crash in between leaves nothing that nobody can use.
 */
import { join } from 'node:path';
import { auditStream, systemActor } from '#core/audit.ts';
import { cameraId } from '#core/ids.ts';
import { commit } from '#platform/commit.ts';
import type { Role, Scope } from '#platform/identity.ts';
import { openOwnFile } from '#platform/local/secret.ts';
import { accountId, newOfficer, officer, officerPut } from '#platform/records/officers.ts';
import { type MachineToken, machineToken, machineTokenPut, newMachineToken } from '#platform/records/tokens.ts';
import type { Write } from '#platform/table.ts';
import { newPassword } from '../common/new-password.ts';
import type { Store } from './store.ts';

export interface DemoAccount {
  account: string;
  password: string;
  /** 审核员 Reviewer */
  name: string;
  roles: readonly Role[];
}
export interface DemoToken {
  token: string;
  record: MachineToken;
}
export interface Credentials {
  accounts: readonly DemoAccount[];
  tokens: { camera: DemoToken; case: DemoToken; admin: DemoToken };
}

const ACCOUNTS: readonly Omit<DemoAccount, 'password'>[] = [
  { account: 'reviewer', name: '示例审核员', roles: ['reviewer'] },
  { account: 'reviewer2', name: '示例复审员', roles: ['reviewer'] },
  { account: 'legal', name: '示例法制审核员', roles: ['legal-reviewer'] },
  { account: 'supervisor', name: '示例督导', roles: ['supervisor'] },
  { account: 'admin', name: '示例管理员', roles: ['admin'] },
];

/** @param cameras that the camera network's token is bound to; `*` for all, later ones too */
export async function openCredentials(store: Store, cameras: readonly string[] | '*'): Promise<Credentials> {
  const { directory, clock } = store;
  const file = await openOwnFile(join(directory, 'keys', 'credentials.json'), () => {
    const token = (name: string, scopes: readonly Scope[], bound: MachineToken['cameras']) =>
      newMachineToken({ name, scopes, cameras: bound, expiresAt: null }, clock.now());
    const made: Credentials = {
      accounts: ACCOUNTS.map((account) => ({ ...account, password: newPassword() })),
      tokens: {
        camera: token('示例视频平台', ['frames:write'], cameras === '*' ? '*' : cameras.map(cameraId)),
        case: token('示例案件系统', ['violations:read', 'violations:ack'], []),
        admin: token('示例管理脚本', ['admin', 'audit:read'], []),
      },
    };
    return Buffer.from(`${JSON.stringify(made, null, 2)}\n`);
  });
  const credentials: Credentials = JSON.parse(Buffer.from(file).toString('utf8'));
  await Promise.all(credentials.accounts.map((account) => ensureOfficer(store, account)));
  for (const { record } of Object.values(credentials.tokens)) await ensureToken(store, record);
  return credentials;
}

async function ensureOfficer(store: Store, { account, password, name, roles }: DemoAccount): Promise<void> {
  if ((await officer(store.table, accountId(account))) !== undefined) return;
  const record = await newOfficer({ account, password, name, unit: '示例中队', roles });
  await recorded(store, 'officer.registered', record.id, officerPut(record));
}

async function ensureToken(store: Store, record: MachineToken): Promise<void> {
  if ((await machineToken(store.table, record.id)) !== undefined) return;
  await recorded(store, 'token.issued', record.id, machineTokenPut(record));
}

function recorded({ table, clock }: Store, act: string, subject: string, write: Write): Promise<void> {
  const entry = {
    stream: auditStream.system,
    at: clock.now(),
    actor: systemActor('first-run'),
    act,
    subject,
    facts: {},
  };
  return commit(table, async () => ({ writes: [write], acts: [entry], result: undefined }));
}
