/** What the Blobs contract does not ask of S3: that deleting destroys, what a lock keeps, what a link is bound to. On a real gateway. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openS3Blobs } from '#platform/aws/s3-blobs.ts';
import { s3Client } from '#platform/aws/s3-client.ts';
import { BlobConflictError, BlobCorruptError, BlobHeldError, type Blobs } from '#platform/blobs.ts';
import { handClock } from '#platform/clock.ts';
import { environmentOf, hasS3Gateway, type S3Gateway, startS3Gateway } from '../aws/s3-gateway.ts';
import { shaOf } from './blobs.ts';
import { startChild } from './children/process.ts';

const JPEG = 'image/jpeg';
const text = (content: string) => new Uint8Array(Buffer.from(content));
const NOW = Date.parse('2026-05-12T01:30:00.250Z');
const MINUTE = 60_000;

const bytesOf = async (blobs: Blobs, key: string) => {
  const bytes = await blobs.get(key);
  return bytes && Buffer.from(bytes).toString();
};

describe.skipIf(!hasS3Gateway)('objects of S3', () => {
  let gateway: S3Gateway;
  let client: S3Client;
  beforeAll(async () => {
    gateway = await startS3Gateway();
    Object.assign(process.env, environmentOf(gateway));
    client = s3Client();
  });
  afterAll(() => gateway?.stop());

  let buckets = 0;
  async function newBucket({ versions }: { versions: boolean }): Promise<string> {
    const bucket = `bucket-${++buckets}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: versions }));
    return bucket;
  }
  const blobsIn = (bucket: string): Blobs => openS3Blobs({ client, buckets: { frames: bucket, evidence: bucket } });
  /** Past the adapter, as somebody with the rights does by hand. */
  const putByHand = (bucket: string, key: string, content: string, sha256?: string) =>
    client.send(
      new PutObjectCommand({
        ...{ Bucket: bucket, Key: key, Body: text(content) },
        Metadata: sha256 === undefined ? {} : { sha256 },
      }),
    );
  const deleteByHand = (bucket: string, key: string) =>
    client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  /** Keys of all versions and all markers. */
  async function leftIn(bucket: string): Promise<readonly string[]> {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    return [...Versions, ...DeleteMarkers].map(({ Key = '' }) => Key);
  }

  describe('deleting', () => {
    it('destroys: no version and no marker is left', async () => {
      const bucket = await newBucket({ versions: true });
      const blobs = blobsIn(bucket);
      await blobs.putIfAbsent('evidence/K1.zip', text('package'), 'application/zip');
      expect(await leftIn(bucket)).toEqual(['evidence/K1.zip']);
      await blobs.delete('evidence/K1.zip');
      expect(await leftIn(bucket)).toEqual([]);
    });

    it('destroys what somebody put over it by hand', async () => {
      const bucket = await newBucket({ versions: true });
      for (const content of ['first', 'second', 'third']) await putByHand(bucket, 'frames/a.jpg', content);
      await blobsIn(bucket).delete('frames/a.jpg');
      expect(await leftIn(bucket)).toEqual([]);
    });

    it('of evidence destroys what lies hidden under markers too, and no neighbour whose key begins the same', async () => {
      const bucket = await newBucket({ versions: true });
      const neighbours = ['evidence/a.zip.txt', 'evidence/a.zip/b', 'evidence/a.zi', 'evidence/a.zip '];
      for (const key of neighbours) await putByHand(bucket, key, 'neighbour');
      for (const content of ['first', 'second']) {
        await putByHand(bucket, 'evidence/a.zip', content);
        await deleteByHand(bucket, 'evidence/a.zip');
      }
      expect((await leftIn(bucket)).filter((key) => key === 'evidence/a.zip')).toHaveLength(4);
      await blobsIn(bucket).delete('evidence/a.zip');
      expect([...(await leftIn(bucket))].sort()).toEqual([...neighbours].sort());
    });

    it('of evidence under a hold leaves what lies under it, too', async () => {
      const bucket = await newBucket({ versions: true });
      for (const content of ['first', 'second']) await putByHand(bucket, 'evidence/a.zip', content);
      await blobsIn(bucket).setLegalHold('evidence/a.zip', true);
      await expect(blobsIn(bucket).delete('evidence/a.zip')).rejects.toBeInstanceOf(BlobHeldError);
      expect(await leftIn(bucket)).toHaveLength(2);
    });

    it('of evidence that died when a hold came lets it stand again, and goes on once it is released', async () => {
      const bucket = await newBucket({ versions: true });
      const blobs = blobsIn(bucket);
      await blobs.putIfAbsent('evidence/a.zip', text('package'), 'application/zip');
      await blobs.setLegalHold('evidence/a.zip', true);
      // As far as it came.
      await deleteByHand(bucket, 'evidence/a.zip');
      expect(await blobs.head('evidence/a.zip')).toBeUndefined();
      await expect(blobs.delete('evidence/a.zip')).rejects.toBeInstanceOf(BlobHeldError);
      expect(await bytesOf(blobs, 'evidence/a.zip')).toBe('package');
      await blobs.setLegalHold('evidence/a.zip', false);
      await blobs.delete('evidence/a.zip');
      expect(await leftIn(bucket)).toEqual([]);
    });

    it('of evidence destroys more versions than one page of their list holds', async () => {
      const bucket = await newBucket({ versions: true });
      for (let at = 0; at < 120; at++) await putByHand(bucket, 'evidence/a.zip', `${at}`);
      expect(await leftIn(bucket)).toHaveLength(120);
      await blobsIn(bucket).delete('evidence/a.zip');
      expect(await leftIn(bucket)).toEqual([]);
    });

    it('destroys nothing while a retention lasts that the bucket gives to whatever comes, and says that it is held', async () => {
      const bucket = await newBucket({ versions: true });
      await client.send(
        new PutObjectLockConfigurationCommand({
          Bucket: bucket,
          ObjectLockConfiguration: {
            ...{ ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } },
          },
        }),
      );
      const blobs = blobsIn(bucket);
      await blobs.putIfAbsent('evidence/K1.zip', text('package'), 'application/zip');
      await blobs.setLegalHold('evidence/K1.zip', true);
      await expect(blobs.delete('evidence/K1.zip')).rejects.toBeInstanceOf(BlobHeldError);
      await blobs.setLegalHold('evidence/K1.zip', false);
      await expect(blobs.delete('evidence/K1.zip')).rejects.toBeInstanceOf(BlobHeldError);
      expect(await bytesOf(blobs, 'evidence/K1.zip')).toBe('package');
      expect(await leftIn(bucket)).toEqual(['evidence/K1.zip']);
    });

    it('does not say that it is held where only a right is missing', async () => {
      const bucket = await newBucket({ versions: true });
      const Statement = {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:DeleteObjectVersion',
        Resource: `arn:aws:s3:::${bucket}/*`,
      };
      const policy = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policy }));
      const blobs = blobsIn(bucket);
      await blobs.putIfAbsent('evidence/K1.zip', text('package'), 'application/zip');
      await expect(blobs.delete('evidence/K1.zip')).rejects.toMatchObject({ name: 'AccessDenied' });
    });
  });

  describe('reading', () => {
    it('refuses bytes that are not those of the SHA-256 beside them', async () => {
      const bucket = await newBucket({ versions: false });
      await putByHand(bucket, 'frames/a.jpg', 'forged', shaOf(text('genuine')));
      await expect(blobsIn(bucket).get('frames/a.jpg')).rejects.toBeInstanceOf(BlobCorruptError);
    });

    for (const sha256 of [undefined, 'none', shaOf(text('x')).toUpperCase()]) {
      it(`refuses an object whose SHA-256 is ${sha256}, on get, head and put`, async () => {
        const bucket = await newBucket({ versions: false });
        await putByHand(bucket, 'frames/a.jpg', 'x', sha256);
        const blobs = blobsIn(bucket);
        await expect(blobs.get('frames/a.jpg')).rejects.toBeInstanceOf(BlobCorruptError);
        await expect(blobs.head('frames/a.jpg')).rejects.toBeInstanceOf(BlobCorruptError);
        await expect(blobs.putIfAbsent('frames/a.jpg', text('x'), JPEG)).rejects.toBeInstanceOf(BlobCorruptError);
      });
    }

    it('does not take a bucket that is missing for one that holds nothing', async () => {
      const blobs = blobsIn('no-such-bucket');
      await expect(blobs.get('frames/a.jpg')).rejects.toMatchObject({ name: 'NoSuchBucket' });
      await expect(blobs.putIfAbsent('frames/a.jpg', text('x'), JPEG)).rejects.toMatchObject({ name: 'NoSuchBucket' });
    });
  });

  describe('storing', () => {
    it('keeps evidence in the one bucket and the rest in the other', async () => {
      const [frames, evidence] = [await newBucket({ versions: false }), await newBucket({ versions: true })];
      const blobs = openS3Blobs({ client, buckets: { frames, evidence } });
      for (const key of ['frames/a.jpg', 'evidence/K1.zip', 'scenes/a', 'audit-roots/2026-05-12.json']) {
        await blobs.putIfAbsent(key, text(key), JPEG);
        expect(await bytesOf(blobs, key)).toBe(key);
      }
      expect([...(await leftIn(frames))].sort()).toEqual(['frames/a.jpg', 'scenes/a']);
      expect([...(await leftIn(evidence))].sort()).toEqual(['audit-roots/2026-05-12.json', 'evidence/K1.zip']);
    });

    it('stores over a marker: what lies under it is deleted', async () => {
      const bucket = await newBucket({ versions: true });
      await putByHand(bucket, 'uploads/a.jpg', 'first', shaOf(text('first')));
      await deleteByHand(bucket, 'uploads/a.jpg');
      const blobs = blobsIn(bucket);
      expect(await blobs.putIfAbsent('uploads/a.jpg', text('second'), JPEG)).toMatchObject({ stored: true });
      expect(await bytesOf(blobs, 'uploads/a.jpg')).toBe('second');
    });

    it('stores each key once when three processes race', async () => {
      const bucket = await newBucket({ versions: false });
      const names = ['one', 'two', 'three'];
      const racers = names.map((name) => ({ name, child: startChild('race-s3-blobs.ts', [bucket, name]) }));
      await Promise.all(racers.map(({ child }) => child.ended()));
      const won = racers.flatMap(({ child }) => child.lines).map(Number);
      expect(won.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, key) => key));
      for (const { name, child } of racers) {
        for (const key of child.lines) expect(await bytesOf(blobsIn(bucket), `race/${key}`)).toBe(name);
      }
    });
  });

  describe('links', () => {
    const link = (options: Partial<{ expiresAt: number; clock: number }> = {}) => {
      const { expiresAt = NOW + MINUTE, clock = NOW } = options;
      const blobs = openS3Blobs({ client, buckets: { frames: 'a', evidence: 'b' }, clock: handClock(clock) });
      const wanted = { expiresAt, bytes: 3, sha256: shaOf(text('abc')), contentType: JPEG };
      return {
        get: () => blobs.presignGet('frames/a.jpg', { expiresAt }),
        put: () => blobs.presignPut('uploads/a.jpg', wanted),
      };
    };

    it('end at the second that was asked for, by the clock of who signed them', async () => {
      for (const signed of [await link().get(), await link().put()]) {
        const query = new URL(signed.url).searchParams;
        expect([query.get('X-Amz-Date'), query.get('X-Amz-Expires')]).toEqual(['20260512T013000Z', '60']);
        expect(signed.expiresAt).toBe(Date.parse('2026-05-12T01:31:00Z'));
      }
    });

    it('are refused by the store once they end', async () => {
      const response = await fetch((await link().get()).url);
      expect(response.status).toBe(403);
    });

    for (const expiresAt of [NOW - 1, NOW, NOW + 8 * 24 * 60 * MINUTE]) {
      it(`are not signed for ${expiresAt - NOW} ms, which S3 would not take`, async () => {
        for (const sign of [link({ expiresAt }).get, link({ expiresAt }).put]) {
          await expect(sign()).rejects.toMatchObject({ code: 'link-expiry-invalid' });
        }
      });
    }

    it('to write are bound to length, type, SHA-256 and a free key by headers, none of which stands in the address', async () => {
      const { url, headers } = await link().put();
      const query = new URL(url).searchParams;
      const bound = [
        'content-length',
        'content-type',
        'host',
        'if-none-match',
        'x-amz-checksum-sha256',
        'x-amz-meta-sha256',
      ];
      expect(query.get('X-Amz-SignedHeaders')?.split(';')).toEqual(bound);
      expect(headers).toEqual({
        'content-type': JPEG,
        'if-none-match': '*',
        'x-amz-checksum-sha256': Buffer.from(shaOf(text('abc')), 'hex').toString('base64'),
        'x-amz-meta-sha256': shaOf(text('abc')),
      });
      const inAddress = [...query.keys()].map((name) => name.toLowerCase());
      expect(inAddress.filter((name) => bound.includes(name) || /checksum|crc|meta/.test(name))).toEqual([]);
    });

    for (const left of ['content-type', 'if-none-match', 'x-amz-checksum-sha256', 'x-amz-meta-sha256']) {
      it(`to write are refused without ${left}, or with another`, async () => {
        const bucket = await newBucket({ versions: false });
        const blobs = blobsIn(bucket);
        const wanted = { expiresAt: Date.now() + MINUTE, bytes: 3, sha256: shaOf(text('abc')), contentType: JPEG };
        const { url, headers } = await blobs.presignPut('uploads/a.jpg', wanted);
        const others = Object.entries(headers).filter(([name]) => name !== left);
        for (const changed of [others, [...others, [left, `x${headers[left]}`]]]) {
          const response = await fetch(url, { method: 'PUT', body: text('abc'), headers: Object.fromEntries(changed) });
          expect(response.status).toBe(403);
        }
        expect(await leftIn(bucket)).toEqual([]);
      });
    }

    it('to read give the file name they were issued with, and no other', async () => {
      const blobs = blobsIn(await newBucket({ versions: false }));
      await blobs.putIfAbsent('frames/a.jpg', text('frame'), JPEG);
      const { url } = await blobs.presignGet('frames/a.jpg', {
        expiresAt: Date.now() + MINUTE,
        fileName: "证'据 (1).jpg",
      });
      const disposition = (await fetch(url)).headers.get('content-disposition');
      const extended = '%E8%AF%81%27%E6%8D%AE%20%281%29.jpg';
      expect(disposition).toBe(`attachment; filename="_____1_.jpg"; filename*=UTF-8''${extended}`);
      const renamed = new URL(url);
      renamed.searchParams.set('response-content-disposition', 'inline');
      expect((await fetch(renamed)).status).toBe(403);
    });
  });
});

/** Stand-ins for what the gateway does not do when it is asked to. */
async function standIn(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const environment = { accessKeyId: 'a', secretAccessKey: 'b', region: 'us-east-1', stop: async () => {} };
  Object.assign(process.env, environmentOf({ ...environment, endpoint: `http://127.0.0.1:${port}` }));
  const client = s3Client();
  return {
    blobs: openS3Blobs({ client, buckets: { frames: 'frames', evidence: 'evidence' } }),
    close() {
      client.destroy();
      server.close();
    },
  };
}

describe('a put that S3 wants to have again, since another one or a delete crossed it', () => {
  async function storeThatIsBusy(times: number) {
    let puts = 0;
    const store = await standIn((request, response) => {
      request.resume().on('end', () => {
        puts += 1;
        const isBusy = puts <= times;
        response.writeHead(isBusy ? 409 : 200, { 'content-type': 'application/xml' });
        response.end(isBusy ? '<Error><Code>ConditionalRequestConflict</Code><Message>again</Message></Error>' : '');
      });
    });
    return { ...store, puts: () => puts };
  }

  it('is sent again until it is taken', async () => {
    const store = await storeThatIsBusy(2);
    expect(await store.blobs.putIfAbsent('frames/a.jpg', text('frame'), JPEG)).toMatchObject({ stored: true });
    expect(store.puts()).toBe(3);
    store.close();
  });

  it('ends as an error, which is no conflict, when it never is', async () => {
    const store = await storeThatIsBusy(1000);
    const outcome = await store.blobs.putIfAbsent('frames/a.jpg', text('frame'), JPEG).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(Error);
    expect(outcome).not.toBeInstanceOf(BlobConflictError);
    expect(store.puts()).toBeLessThan(20);
    store.close();
  });
});

describe('bytes that break off half way', () => {
  async function storeThatBreaksOff(times: number) {
    let reads = 0;
    const store = await standIn((_, response) => {
      reads += 1;
      response.writeHead(200, { 'content-length': 5, 'x-amz-meta-sha256': shaOf(text('frame')) });
      if (reads > times) response.end('frame');
      else response.write('fra', () => setTimeout(() => response.destroy(), 20));
    });
    return { ...store, reads: () => reads };
  }

  it('are asked for again', async () => {
    const store = await storeThatBreaksOff(2);
    expect(await bytesOf(store.blobs, 'frames/a.jpg')).toBe('frame');
    expect(store.reads()).toBe(3);
    store.close();
  });

  it('are an error when they always do, and not taken for changed ones', async () => {
    const store = await storeThatBreaksOff(1000);
    const outcome = await store.blobs.get('frames/a.jpg').catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(Error);
    expect(outcome).not.toBeInstanceOf(BlobCorruptError);
    store.close();
  });
});
