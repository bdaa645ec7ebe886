/** Daily roots through the HTTP door, stamped by an authority that the test runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '#core/audit.ts';
import { headLeaf, RootDocument, statementBytes } from '#core/audit-root.ts';
import { bytesOfBase64, bytesOfHex } from '#core/bytes.ts';
import { verifyDetached } from '#core/evidence/jws.ts';
import { checkTimeStamp } from '#core/evidence/time-stamp.ts';
import { isIncluded } from '#core/merkle.ts';
import { commit } from '#platform/commit.ts';
import { httpTimeStamper } from '#platform/http-time-stamper.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import { streamEntries } from '#platform/records/audit.ts';
import type { Signer } from '#platform/signer.ts';
import { makeAuditRoots } from '../../functions/tend/audit-roots.ts';
import { type Authority, openAuthority } from './authority.ts';
import { type Office, openOffice } from './review-office.ts';

const DAY_MS = 86_400_000;
const keys = mkdtempSync(join(tmpdir(), 'roots-keys-'));
let office: Office;
let authority: Authority;
let signer: Signer;

beforeAll(async () => {
  [office, authority, signer] = await Promise.all([openOffice(), openAuthority(), openSigner(keys)]);
  for (const name of ['I1', 'I2', 'I3']) {
    await commit(office.table, async () => ({
      writes: [],
      acts: [
        {
          stream: `incident/${name}`,
          at: office.clock.now(),
          actor: systemActor('test'),
          act: 'made',
          subject: name,
          facts: {},
        },
      ],
      result: undefined,
    }));
  }
});
afterAll(async () => {
  await Promise.all([office.close(), authority.close()]);
  rmSync(keys, { recursive: true, force: true });
});
const make = () =>
  makeAuditRoots(
    {
      table: office.table,
      blobs: office.blobs,
      signer,
      timeStamper: httpTimeStamper({ url: authority.url, trust: authority.trust }),
    },
    office.clock.now(),
  );

describe('the daily roots', () => {
  it('wait while the time-stamp authority is out of reach', async () => {
    office.clock.set(office.clock.now() + DAY_MS);
    authority.state.broken = 'down';
    expect(await make()).toEqual({ made: [], waitsFor: expect.stringContaining('HTTP status 503') });
    expect((await office.ask('auditor', 'GET /v1/audit/roots')).json.items).toEqual([]);
    authority.state.broken = null;
    expect((await make()).made).toHaveLength(1);
  });

  it('are listed, newest first, a page at a time', async () => {
    office.clock.set(office.clock.now() + 2 * DAY_MS);
    await make();
    const { json } = await office.ask('auditor', 'GET /v1/audit/roots?limit=2');
    const days = (items: { statement: { day: string } }[]) => items.map(({ statement }) => statement.day);
    expect(days(json.items)).toHaveLength(2);
    const rest = await office.ask('su', `GET /v1/audit/roots?limit=2&before=${json.before}`);
    expect(days(rest.json.items)).toHaveLength(1);
    const all = [...days(json.items), ...days(rest.json.items)];
    expect(all).toEqual([...all].sort().reverse());
    expect(rest.json.before).toBeNull();
  });

  it('are given whole: signature, time stamp and every leaf', async () => {
    const { items } = (await office.ask('auditor', 'GET /v1/audit/roots')).json;
    const { day } = items.at(-1).statement;
    const { statement, signature, timeStamp, heads } = RootDocument.parse(
      (await office.ask('auditor', `GET /v1/audit/roots/${day}`)).json,
    );
    expect(await verifyDetached(signature, statementBytes(statement))).toMatchObject({ ok: true });
    const stamp = bytesOfBase64(timeStamp ?? '') ?? new Uint8Array();
    const { facts, faults } = await checkTimeStamp(stamp, Buffer.from(signature), { trust: authority.trust });
    expect(faults).toEqual([]);
    expect(facts?.trusted).toBe(true);
    expect(heads.map(({ stream }) => stream)).toEqual([
      'incident/I1',
      'incident/I2',
      'incident/I3',
      'streams',
      'system',
    ]);
    expect((await office.ask('auditor', 'GET /v1/audit/verify')).json).toMatchObject({ ok: true, roots: 3 });
  });

  it('prove of one stream that it is under them', async () => {
    const day = (await office.ask('auditor', 'GET /v1/audit/roots')).json.items.at(-1).statement.day;
    const { json } = await office.ask('auditor', `GET /v1/audit/roots/${day}/proof?stream=incident%2FI2`);
    const bytes = (hex: string) => bytesOfHex(hex) ?? new Uint8Array();
    const { stream, seq, hash, index, leaves: size, root, proof } = json;
    const proven = { leaf: headLeaf({ stream, seq, hash }), index, size, proof: proof.map(bytes), root: bytes(root) };
    expect(isIncluded(proven)).toBe(true);
    expect(await office.ask('auditor', `GET /v1/audit/roots/${day}/proof?stream=incident%2FI9`)).toMatchObject({
      status: 404,
      json: { code: 'audit-stream-unknown' },
    });
  });

  it('are for those who answer for the trail, and each look is on record', async () => {
    for (const path of ['/v1/audit/roots', '/v1/audit/roots/2026-05-12'])
      expect((await office.ask('anna', `GET ${path}`)).status).toBe(403);
    expect(await office.ask('su', 'GET /v1/audit/roots/2020-01-01')).toMatchObject({
      status: 404,
      json: { code: 'audit-root-unknown' },
    });
    const looks = (await streamEntries(office.table, 'system')).filter(({ act }) => act === 'audit.root-read');
    expect(looks.length).toBeGreaterThan(3);
    expect(looks.map(({ actor }) => actor.id)).toContain('auditor');
  });
});
