import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cameraId, officerId } from '#core/ids.ts';
import { principalContext, principalOfContext } from '#platform/aws/principal-context.ts';
import { systemClock } from '#platform/clock.ts';
import type { Machine, Principal } from '#platform/identity.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { machineTokenPut, newMachineToken } from '#platform/records/tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'principal-'));
const table = openSqliteTable(join(folder, 'table.db'), systemClock);
afterAll(() => {
  table.close();
  rmSync(folder, { recursive: true });
});

const officer: Principal = {
  kind: 'officer',
  id: officerId('wang.li'),
  name: '王莉',
  unit: '蒋村中队',
  roles: ['admin'],
};
const machine = (cameras: Machine['cameras']): Machine => ({
  ...{ kind: 'machine', id: '0123456789abcdef', name: '西湖区视频平台', scopes: ['frames:write'], cameras },
});
/** What a network between sends is text. */
const sent = (principal: Principal | undefined): unknown => JSON.parse(JSON.stringify(principalContext(principal)));

describe('the caller, from the authorizer to the function', () => {
  it.each([
    { name: 'an officer', principal: officer },
    { name: 'a machine bound to cameras', principal: machine([cameraId('CAM-1'), cameraId('摄像机-2')]) },
    { name: 'a machine bound to all', principal: machine('*') },
    { name: 'nobody', principal: undefined },
  ])('arrives as it was: $name', async ({ principal }) => {
    expect(await principalOfContext(sent(principal), table)).toEqual(principal);
  });

  it('is nobody where no authorizer stood', async () => {
    expect(await principalOfContext(undefined, table)).toBeUndefined();
  });

  it('is carried in ASCII', () => {
    expect(principalContext(officer).principal).toMatch(/^[ -~]+$/);
  });

  it('is named for the access log', () => {
    expect([principalContext(officer).id, principalContext(undefined).id]).toEqual(['wang.li', '-']);
  });

  it('arrives with a thousand cameras, which are read from the record', async () => {
    const cameras = Array.from({ length: 1000 }, (_, at) => cameraId(`${at}`.padStart(64, 'C')));
    const { record } = newMachineToken({ name: 'm', scopes: ['frames:write'], cameras, expiresAt: null }, 0);
    await table.write(machineTokenPut(record));
    const { kind, id, name, scopes } = { kind: 'machine' as const, ...record };
    const principal: Machine = { kind, id, name, scopes, cameras };
    expect(JSON.stringify(principalContext(principal)).length).toBeLessThan(5000);
    expect(await principalOfContext(sent(principal), table)).toEqual(principal);
  });

  it.each([
    {
      name: 'a role that is none',
      context: { principal: '{"kind":"officer","id":"a","name":"","unit":"","roles":["god"]}' },
    },
    { name: 'no kind', context: { principal: '{"id":"a"}' } },
    { name: 'no JSON', context: { principal: 'x' } },
    { name: 'no principal', context: {} },
  ])('is never guessed: $name', async ({ context }) => {
    await expect(principalOfContext(context, table)).rejects.toThrow();
  });
});
