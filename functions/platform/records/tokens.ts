/** Machine tokens: for the camera network, the case system, administration scripts. */
import type { CameraId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { Machine, Scope } from '../identity.ts';
import type { Key, Page, Put, Table } from '../table.ts';
import { issueSecret } from './secrets.ts';
import { writtenOver } from './versions.ts';

export interface MachineToken {
  id: string;
  name: string;
  scopes: readonly Scope[];
  /** `*` for all; only meaningful with `frames:write`. */
  cameras: readonly CameraId[] | '*';
  secretSha256: string;
  issuedAt: Instant;
  /** Exclusive; null: until revoked. */
  expiresAt: Instant | null;
  revokedAt: Instant | null;
  version: number;
}

const tokenKey = (id: string): Key => ({ partition: `token/${id}`, sort: 'token' });

export async function machineToken(table: Table, id: string): Promise<MachineToken | undefined> {
  return (await table.get<MachineToken>(tokenKey(id)))?.value;
}

export function tokensPage(table: Table, page: { limit: number; cursor?: string }): Promise<Page<MachineToken>> {
  return table.query<MachineToken>({ partition: 'tokens', index: true, ...page });
}

/** Version 1 issues, any later version replaces the one before (revocation, new bindings). */
export function machineTokenPut(next: MachineToken): Put {
  return {
    kind: 'put',
    ...tokenKey(next.id),
    value: next,
    expect: writtenOver(next.version),
    index: { partition: 'tokens', sort: next.id },
  };
}

export interface TokenRequest {
  name: string;
  scopes: readonly Scope[];
  cameras: readonly CameraId[] | '*';
  expiresAt: Instant | null;
}

/** A new token and the record to put; `token` is to be shown once and never stored. */
export function newMachineToken(request: TokenRequest, now: Instant): { token: string; record: MachineToken } {
  const { id, token, secretSha256 } = issueSecret('kwt');
  return { token, record: { ...request, id, secretSha256, issuedAt: now, revokedAt: null, version: 1 } };
}

export function isUsable(token: MachineToken, now: Instant): boolean {
  return token.revokedAt === null && (token.expiresAt === null || now < token.expiresAt);
}

export function machineOf({ id, name, scopes, cameras }: MachineToken): Machine {
  return { kind: 'machine', id, name, scopes, cameras };
}
