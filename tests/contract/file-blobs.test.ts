import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '#core/refusal.ts';
import { BlobConflictError, BlobCorruptError, BlobHeldError } from '#platform/blobs.ts';
import { handClock } from '#platform/clock.ts';
import { type FileBlobs, openFileBlobs } from '#platform/local/file-blobs.ts';
import { serveBlobs } from '#platform/local/serve-blobs.ts';
import { blobsContract, shaOf } from './blobs.ts';
import { startChild } from './children/process.ts';

const JPEG = 'image/jpeg';
const text = (content: string) => new Uint8Array(Buffer.from(content));
const newDirectory = () => mkdtempSync(join(tmpdir(), 'kerbwatch-blobs-'));

blobsContract('files', async () => {
  const directory = newDirectory();
  let answer: (request: Request) => Promise<Response> = async () => new Response(null, { status: 503 });
  const server = createServer(
    getRequestListener(async (request) => {
      try {
        return await answer(request);
      } catch (error) {
        return new Response(String(error), { status: error instanceof Refusal ? error.status : 500 });
      }
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const blobs = openFileBlobs(directory, { secret: randomUUID(), baseUrl: `http://127.0.0.1:${port}/below/a/proxy` });
  answer = serveBlobs(blobs);
  return {
    blobs,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true });
    },
  };
});

describe('file blobs', () => {
  let directory: string;
  const options = { secret: 'test', baseUrl: 'http://localhost' };
  beforeAll(() => {
    directory = newDirectory();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const filesOf = (root: string) =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  /** The file of a blob that is alone in a store of its own. */
  async function alone(content: Uint8Array): Promise<{
    store: FileBlobs;
    file: string;
    root: string;
    tamper(content: Uint8Array): void;
  }> {
    const root = join(directory, randomUUID());
    const store = openFileBlobs(root, options);
    await store.putIfAbsent('frames/C1/1.jpg', content, JPEG);
    const [file = ''] = filesOf(join(root, 'objects'));
    /** As somebody does who has the rights to. */
    const tamper = (content: Uint8Array) => {
      chmodSync(file, 0o640);
      writeFileSync(file, content);
    };
    return { store, file, root, tamper };
  }

  it('begins the file with the untouched bytes, so that any viewer opens it', async () => {
    const { file } = await alone(text('\u00ff\u00d8 picture'));
    expect(readFileSync(file).subarray(0, 12)).toEqual(Buffer.from('\u00ff\u00d8 picture').subarray(0, 12));
  });

  it('keeps its file from being written to by mistake, held or not', async () => {
    const { store, file } = await alone(text('evidence'));
    expect(statSync(file).mode & 0o777).toBe(0o440);
    await store.setLegalHold('frames/C1/1.jpg', true);
    expect(statSync(file).mode & 0o222).toBe(0);
    await expect(store.putIfAbsent('frames/C1/1.jpg', text('other'), JPEG)).rejects.toBeInstanceOf(BlobConflictError);
    await expect(store.delete('frames/C1/1.jpg')).rejects.toBeInstanceOf(BlobHeldError);
    expect(Buffer.from((await store.get('frames/C1/1.jpg')) ?? '').toString()).toBe('evidence');
  });

  it('detects a change of any single byte of the file', async () => {
    const { store, file, tamper } = await alone(text('evidence'));
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      tamper(changed);
      const outcome = await store.read('frames/C1/1.jpg').catch((error: unknown) => error);
      // The content type is what the bytes are shown as, not what they are: only that may differ.
      if (!(outcome instanceof BlobCorruptError)) {
        expect(outcome).toMatchObject({ bytes: 8, sha256: shaOf(text('evidence')) });
        expect(whole.toString('latin1').slice(0, at)).toContain('"contentType":"');
      }
    }
  });

  const damages: { what: string; damage: (whole: Buffer) => Uint8Array }[] = [
    { what: 'cut short', damage: (whole) => whole.subarray(0, -1) },
    { what: 'cut to half', damage: (whole) => whole.subarray(0, whole.length >> 1) },
    { what: 'emptied', damage: () => new Uint8Array() },
    { what: 'longer', damage: (whole) => Buffer.concat([whole, Buffer.from('x')]) },
    { what: 'without its first byte', damage: (whole) => whole.subarray(1) },
  ];
  for (const { what, damage } of damages) {
    it(`detects a file that is ${what}, on head, get and put`, async () => {
      const { store, file, tamper } = await alone(text('evidence'));
      tamper(damage(readFileSync(file)));
      await expect(store.head('frames/C1/1.jpg')).rejects.toBeInstanceOf(BlobCorruptError);
      await expect(store.get('frames/C1/1.jpg')).rejects.toBeInstanceOf(BlobCorruptError);
      await expect(store.putIfAbsent('frames/C1/1.jpg', text('x'), JPEG)).rejects.toBeInstanceOf(BlobCorruptError);
    });
  }

  it('detects the file of one key put in the place of another', async () => {
    const { store, file } = await alone(text('evidence'));
    await store.putIfAbsent('frames/C1/2.jpg', text('something else'), JPEG);
    const [other = ''] = filesOf(join(file, '..', '..')).filter((path) => path !== file);
    renameSync(other, file);
    await expect(store.get('frames/C1/1.jpg')).rejects.toBeInstanceOf(BlobCorruptError);
  });

  it('has blobs and holds when it is opened again', async () => {
    const { store, root } = await alone(text('evidence'));
    await store.setLegalHold('frames/C1/1.jpg', true);
    const again = openFileBlobs(root, options);
    await expect(again.delete('frames/C1/1.jpg')).rejects.toBeInstanceOf(BlobHeldError);
    expect(await again.head('frames/C1/1.jpg')).toMatchObject({ bytes: 8 });
  });

  it('leaves nothing behind on the way in and on the way out', async () => {
    const { store, root } = await alone(text('frame'));
    await store.putIfAbsent('frames/C1/1.jpg', text('frame'), JPEG);
    await store.putIfAbsent('frames/C1/1.jpg', text('other'), JPEG).catch(() => {});
    await store.delete('frames/C1/1.jpg');
    expect(filesOf(root)).toEqual([]);
  });

  it('sweeps what a killed writer left and leaves alone what a living one writes', async () => {
    const { root } = await alone(text('frame'));
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const living = `${process.ppid}.${randomUUID()}.${hostname()}`;
    const elsewhere = `${dead}.${randomUUID()}.another-machine`;
    for (const name of [`${dead}.${randomUUID()}.${hostname()}`, living, elsewhere]) {
      writeFileSync(join(root, 'staging', name), 'half a fra');
    }
    openFileBlobs(root, options);
    expect(readdirSync(join(root, 'staging')).sort()).toEqual([living, elsewhere].sort());
  });

  it('finishes an interrupted deletion, unless a hold came in between', async () => {
    const { store, root, file } = await alone(text('evidence'));
    const name = file.split('/').at(-1) ?? '';
    const interrupt = () => renameSync(file, join(root, 'trash', `${name}.${randomUUID()}`));
    await store.setLegalHold('frames/C1/1.jpg', true);
    interrupt();
    const again = openFileBlobs(root, options);
    expect(await again.head('frames/C1/1.jpg')).toMatchObject({ bytes: 8 });
    await again.setLegalHold('frames/C1/1.jpg', false);
    interrupt();
    expect(await openFileBlobs(root, options).head('frames/C1/1.jpg')).toBeUndefined();
    expect(filesOf(root)).toEqual([]);
  });

  it('stores each key once when three processes race', async () => {
    const root = join(directory, randomUUID());
    mkdirSync(root);
    const racers = ['one', 'two', 'three'].map((name) => ({ name, child: startChild('race-blobs.ts', [root, name]) }));
    await Promise.all(racers.map(({ child }) => child.ended()));
    const won = racers.flatMap(({ child }) => child.lines).map(Number);
    expect(won.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, key) => key));
    const store = openFileBlobs(root, options);
    for (const { name, child } of racers) {
      for (const key of child.lines) expect(Buffer.from((await store.get(`race/${key}`)) ?? []).toString()).toBe(name);
    }
  });

  it('has every blob whose put resolved before kill -9, whole, and no half of any', async () => {
    const root = join(directory, randomUUID());
    for (const [round, after] of [1, 10, 25, 40].entries()) {
      const first = round * 1000;
      const child = startChild('put-blobs.ts', [root, `${first}`]);
      await child.printed(after);
      await child.kill();
      const store = openFileBlobs(root, options);
      expect(readdirSync(join(root, 'staging'))).toEqual([]);
      const resolved = child.lines.map(Number);
      // Those under way when it died are there whole or not at all.
      for (let at = first; at < Math.max(...resolved) + 4; at++) {
        const bytes = await store.get(`killed/${at}`);
        if (bytes === undefined) expect(resolved).not.toContain(at);
        else expect(shaOf(bytes)).toBe(shaOf(new Uint8Array(400_000).fill(at % 251)));
      }
    }
  });

  describe('links', () => {
    const clock = handClock(1_000_000);
    const signed = () => openFileBlobs(directory, { ...options, clock });

    it('allow just what they were issued for', async () => {
      const key = '证据/1 2+3.zip';
      const get = await signed().presignGet(key, { expiresAt: 2_000_000, fileName: '证据.zip' });
      expect(signed().verify(get)).toEqual({ method: 'GET', key, expiresAt: 2_000_000, fileName: '证据.zip' });
      const upload = { bytes: 3, sha256: shaOf(text('abc')), contentType: 'image/jpeg; q="1&2"' };
      const put = await signed().presignPut(key, { expiresAt: 2_000_000, ...upload });
      expect(signed().verify(put)).toEqual({ method: 'PUT', key, expiresAt: 2_000_000, ...upload });
    });

    it('allow HEAD where they allow GET', async () => {
      const { url } = await signed().presignGet('a', { expiresAt: 2_000_000 });
      expect(signed().verify({ method: 'HEAD', url })).toMatchObject({ method: 'GET', key: 'a' });
    });

    it('end at the instant they expire', async () => {
      const link = await signed().presignGet('a', { expiresAt: 2_000_000 });
      clock.set(1_999_999);
      expect(signed().verify(link)).toMatchObject({ key: 'a' });
      clock.set(2_000_000);
      expect(() => signed().verify(link)).toThrow(expect.objectContaining({ code: 'link-expired', status: 403 }));
      clock.set(1_000_000);
    });

    it('mean nothing to another secret', async () => {
      const link = await openFileBlobs(directory, { ...options, secret: 'another' }).presignGet('a', {
        expiresAt: 2e6,
      });
      expect(() => signed().verify(link)).toThrow(expect.objectContaining({ code: 'link-invalid', status: 403 }));
    });

    const upload = { expiresAt: 2_000_000, bytes: 3, sha256: shaOf(text('abc')), contentType: JPEG };
    const changes: [what: string, parameter: string, value: string][] = [
      ['the expiry', 'expires', '2000001'],
      ['the length', 'bytes', '4'],
      ['the SHA-256', 'sha256', shaOf(text('abd'))],
      ['the content type', 'type', 'text/html'],
      ['the signature', 'signature', 'AAAA'],
      ['the signature to none', 'signature', ''],
    ];
    for (const [what, parameter, value] of changes) {
      it(`are refused when somebody changes ${what}`, async () => {
        const { url, method } = await signed().presignPut('a', upload);
        const changed = new URL(url);
        changed.searchParams.set(parameter, value);
        expect(() => signed().verify({ method, url: changed.href })).toThrow(
          expect.objectContaining({ code: 'link-invalid' }),
        );
      });
    }

    it('are refused when somebody changes the file name or adds one', async () => {
      for (const fileName of [{}, { fileName: 'a.zip' }]) {
        const { url, method } = await signed().presignGet('a', { expiresAt: 2_000_000, ...fileName });
        const changed = new URL(url);
        changed.searchParams.set('name', 'b.html');
        expect(() => signed().verify({ method, url: changed.href })).toThrow(
          expect.objectContaining({ code: 'link-invalid' }),
        );
      }
    });

    for (const url of [
      '/blobs/a',
      '/blobs/%',
      '/elsewhere',
      '/blobs/a?expires=x&signature=y',
      '/blobs/../a?expires=1',
    ]) {
      it(`are refused when they are ${url}`, () => {
        expect(() => signed().verify({ method: 'GET', url })).toThrow(
          expect.objectContaining({ code: 'link-invalid' }),
        );
      });
    }
  });

  it('tells of an upload before the uploader gets the answer, and again when it is repeated', async () => {
    const { store } = await alone(text('frame'));
    const told: string[] = [];
    const answer = serveBlobs(store, async ({ key }) => void told.push(key));
    const body = text('abc');
    const wanted = { expiresAt: Date.now() + 60_000, bytes: 3, sha256: shaOf(body), contentType: JPEG };
    const { url, headers } = await store.presignPut('frames/C1/2.jpg', wanted);
    const statuses = [];
    for (let time = 0; time < 2; time++) {
      statuses.push((await answer(new Request(url, { method: 'PUT', body, headers }))).status);
    }
    expect(statuses).toEqual([201, 200]);
    expect(told).toEqual(['frames/C1/2.jpg', 'frames/C1/2.jpg']);
  });
});
