/**
 * What every Blobs adapter keeps, whatever stands below it. Links are used with `fetch`, as their holders do; how a
 * wrong one is answered differs (only that it is refused is asked), and so does the clock they expire by: it is the real one.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it as row } from 'vitest';
import { sha256Of } from '#core/ids.ts';
import { Refusal } from '#core/refusal.ts';
import { BlobConflictError, BlobHeldError, type Blobs } from '#platform/blobs.ts';

export interface OpenBlobs {
  blobs: Blobs;
  close(): Promise<void> | void;
}

export const shaOf = (bytes: Uint8Array) => sha256Of(createHash('sha256').update(bytes).digest('hex'));
const JPEG = 'image/jpeg';
const text = (content: string) => new Uint8Array(Buffer.from(content));
const inAMinute = () => Date.now() + 60_000;

export interface ContractOptions {
  /** First segment of the keys. */
  folder?: string;
  /** Rows that what the tests run on cannot keep, though what the program runs on does: each by its name, with the reason. */
  cannot?: Readonly<Record<string, string>>;
}

export function blobsContract(
  name: string,
  open: () => Promise<OpenBlobs>,
  { folder = 'contract', cannot = {} }: ContractOptions = {},
): void {
  const excused = new Set<string>();
  /** Rows that are skipped say why, at the end of the run too. */
  function it(title: string, test: () => Promise<void>): void {
    const reason = cannot[title];
    if (reason !== undefined) excused.add(title);
    row.skipIf(reason !== undefined)(reason === undefined ? title : `${title} (${reason})`, test);
  }

  describe(`Blobs contract: ${name}`, () => {
    let opened: OpenBlobs;
    let blobs: Blobs;
    let keys = 0;
    /** A key that no other test uses. */
    const fresh = () => `${folder}/${process.pid}/${++keys}.jpg`;

    beforeAll(async () => {
      opened = await open();
      blobs = opened.blobs;
    });
    afterAll(async () => opened.close());

    const bytesAt = async (key: string) => {
      const bytes = await blobs.get(key);
      return bytes && Buffer.from(bytes).toString('latin1');
    };

    describe('storing', () => {
      it('gives back every byte, and their number and SHA-256', async () => {
        const key = fresh();
        const bytes = Uint8Array.from({ length: 512 }, (_, at) => at % 256);
        const info = { key, bytes: 512, sha256: shaOf(bytes) };
        expect(await blobs.putIfAbsent(key, bytes, JPEG)).toEqual({ ...info, stored: true });
        expect(await blobs.head(key)).toEqual(info);
        expect(Buffer.from((await blobs.get(key)) ?? []).equals(bytes)).toBe(true);
      });

      it('knows nothing of a key that holds nothing', async () => {
        const key = fresh();
        expect(await blobs.get(key)).toBeUndefined();
        expect(await blobs.head(key)).toBeUndefined();
      });

      it('takes the same bytes again as a retry', async () => {
        const key = fresh();
        await blobs.putIfAbsent(key, text('frame'), JPEG);
        expect(await blobs.putIfAbsent(key, text('frame'), JPEG)).toMatchObject({ stored: false, key, bytes: 5 });
        expect(await bytesAt(key)).toBe('frame');
      });

      it('refuses other bytes under the same key and keeps the first', async () => {
        const key = fresh();
        await blobs.putIfAbsent(key, text('first'), JPEG);
        for (const other of ['other', 'a longer one', '']) {
          await expect(blobs.putIfAbsent(key, text(other), JPEG)).rejects.toBeInstanceOf(BlobConflictError);
        }
        expect(await bytesAt(key)).toBe('first');
      });

      it('keeps 5 MB and nothing at all', async () => {
        const [large, empty] = [fresh(), fresh()];
        const bytes = new Uint8Array(5_000_000).map((_, at) => (at * 31) % 251);
        await blobs.putIfAbsent(large, bytes, 'application/zip');
        await blobs.putIfAbsent(empty, new Uint8Array(), JPEG);
        expect(shaOf((await blobs.get(large)) ?? text(''))).toBe(shaOf(bytes));
        expect((await blobs.get(empty))?.length).toBe(0);
        expect(await blobs.head(empty)).toMatchObject({ bytes: 0 });
      });

      it('keeps what was stored when the caller goes on using its buffer', async () => {
        const key = fresh();
        const bytes = text('frame');
        await blobs.putIfAbsent(key, bytes, JPEG);
        bytes.fill(0);
        expect(await bytesAt(key)).toBe('frame');
      });

      it('gives back any bytes under any key', async () => {
        const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter(isSegment);
        const path = fc.array(segment, { minLength: 1, maxLength: 3 });
        await fc.assert(
          fc.asyncProperty(path, fc.uint8Array({ maxLength: 2000 }), async (segments, bytes) => {
            const key = `${fresh()}/${segments.join('/')}`;
            await blobs.putIfAbsent(key, bytes, JPEG);
            expect(Buffer.from((await blobs.get(key)) ?? []).equals(bytes)).toBe(true);
          }),
          { numRuns: 25 },
        );
      });
    });

    describe('keys', () => {
      it('keeps apart keys that differ little', async () => {
        const base = fresh();
        const alike = [base, `${base}/a`, `${base}/A`, `${base}/a/b`, `${base}/a b`, `${base}/a+b`, `${base}/a%20b`];
        const awkward = [`${base}/浙A8K3F2 龙腾路.jpg`, `${base}/?x=1#y`, `${base}/..a`, `${base}/~`, `${base}/a&b=c`];
        for (const key of [...alike, ...awkward]) await blobs.putIfAbsent(key, text(key), JPEG);
        for (const key of [...alike, ...awkward]) {
          expect(Buffer.from((await blobs.get(key)) ?? []).toString()).toBe(key);
        }
      });

      const refused = [
        '',
        '/etc/passwd',
        '../up',
        'a/../../up',
        'a/./b',
        'a//b',
        'a/',
        '..',
        'a\\..\\b',
        'a\0b',
        'a\nb',
      ];
      for (const key of [...refused, 'x'.repeat(1025), 'half \ud83d']) {
        it(`refuses the key ${JSON.stringify(key.slice(0, 20))}`, async () => {
          const code = { code: 'blob-key-invalid' };
          await expect(blobs.putIfAbsent(key, text('x'), JPEG)).rejects.toMatchObject(code);
          await expect(blobs.get(key)).rejects.toMatchObject(code);
          await expect(blobs.head(key)).rejects.toMatchObject(code);
          await expect(blobs.delete(key)).rejects.toMatchObject(code);
          await expect(blobs.setLegalHold(key, true)).rejects.toMatchObject(code);
          await expect(blobs.presignGet(key, { expiresAt: inAMinute() })).rejects.toMatchObject(code);
        });
      }
    });

    describe('races', () => {
      it('stores once what twenty callers send at the same time', async () => {
        const key = fresh();
        const results = await Promise.all(
          Array.from({ length: 20 }, () => blobs.putIfAbsent(key, text('the same frame'), JPEG)),
        );
        expect(results.filter(({ stored }) => stored)).toHaveLength(1);
        expect(await bytesAt(key)).toBe('the same frame');
      });

      it('lets one of twenty different contents win and refuses the others', async () => {
        const key = fresh();
        const contents = Array.from({ length: 20 }, (_, at) => `content ${at}`);
        const results = await Promise.allSettled(contents.map((one) => blobs.putIfAbsent(key, text(one), JPEG)));
        const won = contents.filter((_, at) => results[at]?.status === 'fulfilled');
        expect(won).toHaveLength(1);
        expect(await bytesAt(key)).toBe(won[0]);
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(BlobConflictError);
        }
      });
    });

    describe('deleting', () => {
      it('deletes, and again without an error', async () => {
        const key = fresh();
        await blobs.putIfAbsent(key, text('frame'), JPEG);
        await blobs.delete(key);
        await blobs.delete(key);
        expect(await blobs.get(key)).toBeUndefined();
        expect(await blobs.head(key)).toBeUndefined();
      });

      it('frees the key for other bytes', async () => {
        const key = fresh();
        await blobs.putIfAbsent(key, text('first'), JPEG);
        await blobs.delete(key);
        expect(await blobs.putIfAbsent(key, text('second'), JPEG)).toMatchObject({ stored: true });
        expect(await bytesAt(key)).toBe('second');
      });

      it('deletes nothing under a legal hold, and again once it is released', async () => {
        const key = fresh();
        await blobs.putIfAbsent(key, text('evidence'), JPEG);
        await blobs.setLegalHold(key, true);
        await blobs.setLegalHold(key, true);
        await expect(blobs.delete(key)).rejects.toBeInstanceOf(BlobHeldError);
        expect(await bytesAt(key)).toBe('evidence');
        await blobs.setLegalHold(key, false);
        await blobs.delete(key);
        expect(await blobs.get(key)).toBeUndefined();
      });

      it('refuses a legal hold on a key that holds nothing', async () => {
        await expect(blobs.setLegalHold(fresh(), true)).rejects.toThrow();
      });

      it('never loses a blob whose hold was granted while somebody deleted it', async () => {
        const soon = () => pause(Math.random() * 6);
        for (let round = 0; round < 40; round++) {
          const key = fresh();
          await blobs.putIfAbsent(key, text('evidence'), JPEG);
          const [hold, deletion] = await Promise.allSettled([
            soon().then(() => blobs.setLegalHold(key, true)),
            soon().then(() => blobs.delete(key)),
          ]);
          if (hold.status === 'fulfilled') expect(await bytesAt(key)).toBe('evidence');
          if (deletion.status === 'fulfilled') expect(await bytesAt(key)).toBeUndefined();
        }
      });
    });

    it('does what a list of keys, bytes and holds would, whatever is asked in whatever order', async () => {
      const step = fc.record({
        act: fc.constantFrom(...(['put', 'put', 'delete', 'hold', 'release'] as const)),
        key: fc.integer({ min: 0, max: 1 }),
        content: fc.constantFrom('', 'one', 'other'),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
          const base = fresh();
          const standing = new Map<string, { content: string; held: boolean }>();
          for (const { act, key: number, content } of steps) {
            const key = `${base}/${number}`;
            const before = standing.get(key);
            const told = await ask(blobs, act, key, content);
            if (act === 'put') {
              expect(told).toBe(before === undefined ? 'stored' : before.content === content ? 'kept' : 'conflict');
              if (before === undefined) standing.set(key, { content, held: false });
            } else if (act === 'delete') {
              expect(told).toBe(before?.held === true ? 'held' : 'done');
              if (before?.held !== true) standing.delete(key);
            } else {
              expect(told).toBe(before === undefined ? 'unknown' : 'done');
              if (before !== undefined) standing.set(key, { ...before, held: act === 'hold' });
            }
            expect(await bytesAt(key)).toBe(standing.get(key)?.content);
          }
          // Nothing stays held that later tests, or who cleans up, would stumble over.
          for (const [key, { held }] of standing) if (held) await blobs.setLegalHold(key, false);
        }),
        { numRuns: 15 },
      );
    });

    describe('links to read', () => {
      it('gives the bytes with their type, and the file name it was issued with', async () => {
        const key = `${fresh()}/证据 1+2.zip`;
        await blobs.putIfAbsent(key, text('package'), 'application/zip');
        const link = await blobs.presignGet(key, { expiresAt: inAMinute(), fileName: '证据包.zip' });
        expect(link).toMatchObject({ method: 'GET' });
        const response = await fetch(link.url, { headers: link.headers });
        expect(response.status).toBe(200);
        expect(await response.text()).toBe('package');
        expect(response.headers.get('content-type')).toBe('application/zip');
        expect(response.headers.get('content-disposition')).toContain(encodeURIComponent('证据包.zip'));
      });

      const tampered: { what: string; change: (url: URL) => void }[] = [
        { what: 'another key', change: (url) => changeKey(url) },
        { what: 'a later expiry', change: (url) => bumpExpiry(url) },
        { what: 'no signature', change: (url) => dropSignature(url) },
        { what: 'one character of its signature changed', change: (url) => flipSignature(url) },
      ];
      for (const { what, change } of tampered) {
        it(`refuses a link with ${what}`, async () => {
          const base = fresh();
          for (const owner of ['mine', 'secret']) await blobs.putIfAbsent(`${base}/${owner}`, text(owner), JPEG);
          const { url } = await blobs.presignGet(`${base}/mine`, { expiresAt: inAMinute() });
          const changed = new URL(url);
          change(changed);
          expect(changed.href).not.toBe(url);
          const response = await fetch(changed);
          expect(response.status).toBeGreaterThanOrEqual(400);
          expect(await response.text()).not.toMatch(/^(mine|secret)$/);
        });
      }

      it('refuses to write with a link to read', async () => {
        const key = fresh();
        const { url } = await blobs.presignGet(key, { expiresAt: inAMinute() });
        const response = await fetch(url, { method: 'PUT', body: 'intruder', headers: { 'content-type': JPEG } });
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(await blobs.head(key)).toBeUndefined();
      });

      it('refuses a link that expired', async () => {
        const key = fresh();
        await blobs.putIfAbsent(key, text('frame'), JPEG);
        const { url } = await blobs.presignGet(key, { expiresAt: Date.now() + 2_000 });
        await expect
          .poll(async () => (await fetch(url)).status, { timeout: 20_000, interval: 250 })
          .toBeGreaterThanOrEqual(400);
      });
    });

    describe('links to write', () => {
      const frame = text('an uploaded frame');
      const wanted = { bytes: frame.length, sha256: shaOf(frame), contentType: JPEG };
      const send = (link: { url: string; headers: Readonly<Record<string, string>> }, body: Uint8Array, type = JPEG) =>
        fetch(link.url, {
          method: 'PUT',
          body: new Uint8Array(body),
          headers: { ...link.headers, 'content-type': type },
        });

      it('stores the announced bytes', async () => {
        const key = fresh();
        const link = await blobs.presignPut(key, { expiresAt: inAMinute(), ...wanted });
        expect(link.method).toBe('PUT');
        expect((await send(link, frame)).ok).toBe(true);
        expect(await blobs.head(key)).toEqual({ key, bytes: wanted.bytes, sha256: wanted.sha256 });
        expect(await bytesAt(key)).toBe('an uploaded frame');
      });

      const wrong: { what: string; body: Uint8Array; type?: string }[] = [
        { what: 'other bytes of the same length', body: text('an uploaded fraud') },
        { what: 'fewer bytes', body: frame.subarray(1) },
        { what: 'more bytes', body: text('an uploaded frame and more') },
        { what: 'another content type', body: frame, type: 'text/html' },
      ];
      for (const { what, body, type } of wrong) {
        it(`refuses ${what}, and then still takes the right ones`, async () => {
          const key = fresh();
          const link = await blobs.presignPut(key, { expiresAt: inAMinute(), ...wanted });
          expect((await send(link, body, type)).status).toBeGreaterThanOrEqual(400);
          expect(await blobs.head(key)).toBeUndefined();
          expect((await send(link, frame)).ok).toBe(true);
        });
      }

      it('refuses a link whose key was changed', async () => {
        const key = fresh();
        const link = await blobs.presignPut(`${key}/mine`, { expiresAt: inAMinute(), ...wanted });
        expect((await send({ ...link, url: link.url.replace('mine', 'other') }, frame)).status).toBeGreaterThanOrEqual(
          400,
        );
        expect(await blobs.head(`${key}/other`)).toBeUndefined();
      });

      it('never replaces what was stored meanwhile', async () => {
        const key = fresh();
        const link = await blobs.presignPut(key, { expiresAt: inAMinute(), ...wanted });
        await blobs.putIfAbsent(key, text('came first'), JPEG);
        expect((await send(link, frame)).status).toBeGreaterThanOrEqual(400);
        expect(await bytesAt(key)).toBe('came first');
      });

      it('refuses to read with a link to write', async () => {
        const key = fresh();
        await blobs.putIfAbsent(key, frame, JPEG);
        const link = await blobs.presignPut(key, { expiresAt: inAMinute(), ...wanted });
        expect((await fetch(link.url)).status).toBeGreaterThanOrEqual(400);
      });
    });

    row('has every row that is named as one it cannot keep', () => {
      expect([...excused].sort()).toEqual(Object.keys(cannot).sort());
    });
  });
}

/** One step, and in a word what came of it. */
async function ask(
  blobs: Blobs,
  act: 'put' | 'delete' | 'hold' | 'release',
  key: string,
  content: string,
): Promise<'stored' | 'kept' | 'done' | 'conflict' | 'held' | 'unknown'> {
  try {
    if (act === 'put') return (await blobs.putIfAbsent(key, text(content), JPEG)).stored ? 'stored' : 'kept';
    if (act === 'delete') await blobs.delete(key);
    else await blobs.setLegalHold(key, act === 'hold');
    return 'done';
  } catch (error) {
    if (error instanceof BlobConflictError) return 'conflict';
    if (error instanceof BlobHeldError) return 'held';
    if (error instanceof Refusal && error.code === 'blob-unknown') return 'unknown';
    throw error;
  }
}

const isSegment = (segment: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may not contain them.
  !/[/\\\u0000-\u001f\u007f]/.test(segment) && segment !== '.' && segment !== '..';

const isSignature = (name: string) => name.toLowerCase().endsWith('signature');

function changeKey(url: URL): void {
  url.pathname = url.pathname.replace('mine', 'secret');
}

function bumpExpiry(url: URL): void {
  const name = [...url.searchParams.keys()].find((key) => key.toLowerCase().includes('expires'));
  if (name === undefined) throw new Error('a link has no expiry');
  url.searchParams.set(name, `${Number(url.searchParams.get(name)) + 1000}`);
}

function dropSignature(url: URL): void {
  for (const name of [...url.searchParams.keys()].filter(isSignature)) url.searchParams.delete(name);
}

function flipSignature(url: URL): void {
  for (const name of [...url.searchParams.keys()].filter(isSignature)) {
    const signature = url.searchParams.get(name) ?? '';
    const middle = signature.length >> 1;
    const flipped = signature[middle] === '0' ? '1' : '0';
    url.searchParams.set(name, signature.slice(0, middle) + flipped + signature.slice(middle + 1));
  }
}
