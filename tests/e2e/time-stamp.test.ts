/** Time stamps against an authority that the test runs, checked by this program and by `openssl ts -verify`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '#core/evidence/bag.ts';
import { checkTimeStamp } from '#core/evidence/time-stamp.ts';
import { timeStampRequest } from '#core/evidence/time-stamp-request.ts';
import { httpTimeStamper } from '#platform/http-time-stamper.ts';
import { type Authority, openAuthority } from './authority.ts';

const directory = mkdtempSync(join(tmpdir(), 'time-stamp-'));
const data = Buffer.from('eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl');
let authority: Authority;
let stranger: Authority;
let elaborate: Authority;
let stamp: Uint8Array;

beforeAll(async () => {
  [authority, stranger, elaborate] = await Promise.all([
    openAuthority(),
    openAuthority(),
    openAuthority({ key: 'ec:P-256', chain: true }),
  ]);
  stamp = await httpTimeStamper({ url: authority.url, trust: authority.trust }).stamp(data);
});
afterAll(async () => {
  await Promise.all([authority.close(), stranger.close(), elaborate.close()]);
  rmSync(directory, { recursive: true, force: true });
});

const why = ({ faults }: Awaited<ReturnType<typeof checkTimeStamp>>) => faults.map(({ en }) => en).join('; ');
const signedWith = (signing: Parameters<Authority['reply']>[1], bytes: Uint8Array = data) =>
  authority.reply(timeStampRequest(Buffer.from(sha256Hex(bytes), 'hex'), Buffer.from('0001', 'hex')), signing);

describe('a time stamp', () => {
  it('holds for what was stamped, and says when and by whom', async () => {
    const { facts, faults } = await checkTimeStamp(stamp, data, { trust: authority.trust });
    expect(faults).toEqual([]);
    expect(facts).toMatchObject({ authority: 'Test valid', trusted: true, policy: '1.2.3.4.1' });
    expect(Math.abs((facts?.at ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('agrees with itself when no authority is pinned, and says that it is no more', async () => {
    expect(await checkTimeStamp(stamp, data)).toMatchObject({ facts: { trusted: false }, faults: [] });
  });

  it('is one for openssl too', () => {
    const [path, response] = [join(directory, 'data'), join(directory, 'stamp.tsr')];
    writeFileSync(path, data);
    writeFileSync(response, stamp);
    const args = ['ts', '-verify', '-data', path, '-in', response, '-CAfile', authority.caPath];
    expect(execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' })).toContain('Verification: OK');
  });

  it('is traced over an authority in between, with ECDSA as well', async () => {
    const other = await httpTimeStamper({ url: elaborate.url, trust: elaborate.trust }).stamp(data);
    expect(await checkTimeStamp(other, data, { trust: elaborate.trust })).toMatchObject({
      facts: { trusted: true },
      faults: [],
    });
    expect(why(await checkTimeStamp(other, data, { trust: authority.trust }))).toContain('pinned authority');
  });

  it('does not hold for another digest', async () => {
    expect(why(await checkTimeStamp(stamp, Buffer.from('other')))).toContain('another digest');
  });

  it('does not hold when the certificate was expired at its time', async () => {
    const expired = await signedWith('expired');
    expect(why(await checkTimeStamp(expired, data))).toMatch(/^its certificate was expired .*2021/);
    expect(why(await checkTimeStamp(expired, data, { trust: authority.trust }))).toContain('was expired');
  });

  it('does not hold when the certificate is one for other uses', async () => {
    expect(why(await checkTimeStamp(await signedWith('wrong-usage'), data))).toMatch(
      /^its certificate is not one for time/,
    );
  });

  it('does not lead to the pinned authority over a certificate that may issue none', async () => {
    const forged = await signedWith('issued-by-nobody');
    expect(why(await checkTimeStamp(forged, data))).toBe('');
    expect(why(await checkTimeStamp(forged, data, { trust: authority.trust }))).toContain('pinned authority');
  });

  it('does not hold when it is from before what is stamped', async () => {
    expect(why(await checkTimeStamp(stamp, data, { notBefore: Date.now() + 10 * 60_000 }))).toContain('before');
    expect(why(await checkTimeStamp(stamp, data, { notBefore: Date.now() + 10_000 }))).toBe('');
  });

  it('of another authority does not lead to the pinned one', async () => {
    expect(why(await checkTimeStamp(stamp, data, { trust: stranger.trust }))).toContain('pinned authority');
    expect(why(await checkTimeStamp(stamp, data, { trust: [] }))).toContain('pinned authority');
  });

  it('fails for bytes that are none', async () => {
    for (const bytes of [
      new Uint8Array(),
      Buffer.from('x'),
      stamp.subarray(0, 900),
      Buffer.concat([stamp, Buffer.of(0)]),
    ])
      expect(why(await checkTimeStamp(bytes, data))).toContain('not a granted time stamp');
  });

  it('fails for a change of any byte of it, its authority pinned', async () => {
    const missed: number[] = [];
    for (let at = 0; at < stamp.length; at++) {
      const changed = Uint8Array.from(stamp);
      changed[at] = (changed[at] ?? 0) ^ (at % 3 === 0 ? 1 : at % 3 === 1 ? 0x20 : 0x80);
      const { faults } = await checkTimeStamp(changed, data, { trust: authority.trust });
      if (faults.length === 0) missed.push(at);
    }
    expect(missed).toEqual([]);
  });
});

describe('the authority over HTTP', () => {
  const stamper = () => httpTimeStamper({ url: authority.url, trust: authority.trust, timeoutMs: 2_000 });
  const refused = { code: 'time-stamp-unavailable', status: 503 };
  afterAll(() => {
    Object.assign(authority.state, { signing: 'valid', broken: null });
  });

  it.each([
    ['down', 'HTTP status 503'],
    ['garbage', 'not a granted time stamp'],
    ['stale', 'nonce'],
  ] as const)('that is %s gives nothing that is kept', async (broken, says) => {
    Object.assign(authority.state, { broken: null });
    await stamper().stamp(data);
    Object.assign(authority.state, { broken });
    await expect(stamper().stamp(data)).rejects.toMatchObject({ ...refused, message: expect.stringContaining(says) });
  });

  it('that grants in many words gives a stamp like any other, without the words', async () => {
    Object.assign(authority.state, { broken: 'talkative', signing: 'valid' });
    const said = await stamper().stamp(data);
    expect(Buffer.from(said).includes('Operation Okay')).toBe(false);
    expect(await checkTimeStamp(said, data, { trust: authority.trust })).toMatchObject({ faults: [] });
  });

  it('that signs with an expired certificate gives nothing that is kept', async () => {
    Object.assign(authority.state, { broken: null, signing: 'expired' });
    await expect(stamper().stamp(data)).rejects.toMatchObject(refused);
  });

  it('that nobody trusts gives nothing that is kept', async () => {
    const mistaken = httpTimeStamper({ url: stranger.url, trust: authority.trust });
    await expect(mistaken.stamp(data)).rejects.toMatchObject(refused);
  });

  it('out of reach is said to be so for a while', async () => {
    const nowhere = httpTimeStamper({ url: 'http://127.0.0.1:1/' });
    expect(nowhere.isReachable()).toBe(true);
    await expect(nowhere.stamp(data)).rejects.toMatchObject(refused);
    expect(nowhere.isReachable()).toBe(false);
  });

  it('is shown to people without password and query', () => {
    expect(httpTimeStamper({ url: 'https://me:secret@tsa.example/stamp?key=secret' }).authority).toBe(
      'https://tsa.example/stamp',
    );
    expect(() => httpTimeStamper({ url: 'ftp://tsa.example' })).toThrowError(
      expect.objectContaining({ code: 'tsa-setting-invalid' }),
    );
  });
});
