import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { inForce } from '#core/camera.ts';
import { cameraId, sha256Of } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { parseInstant } from '#core/time.ts';
import { frameIdOf, partsOfFrameId } from '#platform/records/frames.ts';
import { endWhereFollowed } from '#platform/records/versions.ts';
import { bodyReader, readBody } from '../../functions/accept/body.ts';
import { jpegStructure } from '../../functions/accept/jpeg.ts';
import { parseSnapshotName } from '../../functions/accept/snapshot-name.ts';

const tooMuch = (received: string) => refuse('much', 413, { expected: 'less', received, action: '-' });

describe('the structure of a JPEG', () => {
  const pictures: { name: string; bytes: Uint8Array }[] = [];
  beforeAll(async () => {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 50 };
    const plain = await sharp({ create: { width: 321, height: 123, channels: 3, background: '#000', noise } })
      .jpeg()
      .toBuffer();
    pictures.push({ name: 'baseline', bytes: plain });
    pictures.push({ name: 'progressive', bytes: await sharp(plain).jpeg({ progressive: true }).toBuffer() });
    pictures.push({ name: 'grey', bytes: await sharp(plain).grayscale().jpeg().toBuffer() });
    pictures.push({ name: 'with a thumbnail', bytes: withThumbnail(plain) });
  });

  it('says how large a picture is and that it is whole', () => {
    const found = pictures.map(({ bytes }) => jpegStructure(bytes));
    expect(found).toMatchObject(pictures.map(() => ({ kind: 'whole', width: 321, height: 123 })));
  });

  it('is whole at no cut, wherever it falls, thumbnail or not', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.nat(), (which, at) => {
        const bytes = pictures[which]?.bytes ?? new Uint8Array();
        return jpegStructure(bytes.subarray(0, at % bytes.length)).kind !== 'whole';
      }),
      { numRuns: 500 },
    );
  });

  it('ends for any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
        const bytes = Uint8Array.from([0xff, 0xd8, 0xff, ...tail]);
        return ['whole', 'truncated', 'malformed'].includes(jpegStructure(bytes).kind);
      }),
    );
  });

  it.each(['', 'GIF89a', '\u0089PNG', 'ÿØx'])('is none of %j', (text) => {
    expect(jpegStructure(Buffer.from(text, 'latin1'))).toEqual({ kind: 'not-jpeg' });
  });
});

describe('a frame id', () => {
  const anyCamera = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).map(cameraId);
  const anyInstant = fc.integer({ min: 0, max: Date.parse('2099-12-31T00:00:00Z') });

  it('gives its camera and instant back, and fits into an address and a file name', () => {
    fc.assert(
      fc.property(anyCamera, anyInstant, (camera, at) => {
        const id = frameIdOf(camera, at, sha256Of('0123456789abcdef'.repeat(4)));
        expect(partsOfFrameId(id)).toEqual({ cameraId: camera, capturedAt: at });
        expect(id).toMatch(/^[A-Za-z0-9_.~!'()*-]+$/);
      }),
    );
  });

  it('differs whenever camera, instant or bytes differ', () => {
    const hash = fc.constantFrom('a', 'b').map((digit) => sha256Of(digit.repeat(64)));
    const parts = fc.tuple(
      fc.constantFrom('A', 'A.', 'a', 'A~', 'A~7E', 'A%7E', '~').map(cameraId),
      fc.integer({ min: 0, max: 3 }),
      hash,
    );
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = one.every((part, at) => part === other[at]);
        return (frameIdOf(...one) === frameIdOf(...other)) === same;
      }),
    );
  });
});

describe('versions', () => {
  const Version = fc.record({
    version: fc.integer({ min: 1, max: 6 }),
    effectiveFrom: fc.integer({ min: 0, max: 20 }),
    effectiveTo: fc.option(fc.integer({ min: 0, max: 20 })),
  });
  const versions = fc.uniqueArray(Version, { selector: ({ version }) => version, maxLength: 6 });

  it('judge every instant by the latest version that had begun, as long as that one lasts', () => {
    fc.assert(
      fc.property(versions, fc.integer({ min: 0, max: 20 }), (written, at) => {
        const begun = written.filter(({ effectiveFrom }) => effectiveFrom <= at);
        const latest = begun.sort((a, b) => b.version - a.version)[0];
        const lasts = latest !== undefined && (latest.effectiveTo === null || at < latest.effectiveTo);
        const derived = endWhereFollowed(written, () => 'one');
        expect(inForce(derived, at)?.version).toBe(lasts ? latest.version : undefined);
      }),
    );
  });

  it('do not depend on the order they are read in', () => {
    fc.assert(
      fc.property(versions, (written) => {
        const byVersion = [...written].sort((a, b) => a.version - b.version);
        expect(endWhereFollowed([...written].reverse(), () => 'one')).toEqual(endWhereFollowed(byVersion, () => 'one'));
      }),
    );
  });
});

describe('the name of a GB/T 28181 snapshot', () => {
  it('says device and instant, in Beijing time', () => {
    expect(parseSnapshotName('33010600001320000001012026051209300012301.JPG')).toEqual({
      gbDeviceId: '33010600001320000001',
      capturedAt: Date.parse('2026-05-12T09:30:00.123+08:00'),
    });
  });

  it.each([
    '',
    '3301060000132000000101202605120930001230', // 40 digits
    '330106000013200000010120260512093000123011', // 42 digits
    '33010600001320000001012026051209300012301.png',
    '../33010600001320000001012026051209300012301',
  ])('is refused: %j', (name) => {
    expect(() => parseSnapshotName(name)).toThrow(/41 digits/);
  });

  it.each(['20261312093000123', '20260230093000123', '20260512256000123'])('is refused with the time %s', (time) => {
    expect(() => parseSnapshotName(`3301060000132000000101${time}01`)).toThrow(/ISO 8601/);
  });
});

describe('a capture time', () => {
  it.each(['2026-02-30T00:00:00Z', '2026-04-31T00:00:00+08:00', '2025-02-29T12:00:00Z'])(
    'never moves by itself: %s',
    (text) => {
      expect(() => parseInstant(text)).toThrow(/ISO 8601/);
    },
  );
});

describe('a body', () => {
  const request = (
    body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ) => {
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, headers, duplex: 'half' };
    return new Request('http://localhost/', init);
  };

  it('that ends before its announced length is refused', async () => {
    const short = request(new Uint8Array(10), { 'Content-Length': '11' });
    await expect(readBody(short, 100, tooMuch)).rejects.toMatchObject({ code: 'body-incomplete' });
  });

  it('whose sender breaks off is refused', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error('reset'));
      },
    });
    await expect(readBody(request(broken), 100, tooMuch)).rejects.toMatchObject({ code: 'body-incomplete' });
  });

  it('waits outside while those inside fill the room, and comes in afterwards', async () => {
    const withBody = bodyReader(100);
    const limit = { most: 80, refusal: tooMuch };
    const sized = (bytes: number) => request(new Uint8Array(bytes), { 'Content-Length': String(bytes) });
    let release = () => {};
    const held = withBody(
      sized(60),
      limit,
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    await expect(withBody(sized(41), limit, async () => 'in')).rejects.toMatchObject({
      code: 'overloaded',
      status: 503,
    });
    expect(await withBody(sized(40), limit, async (body) => body.length)).toBe(40);
    release();
    await held;
    expect(await withBody(sized(41), limit, async () => 'in')).toBe('in');
  });
});

/** A whole small JPEG inside an Exif segment, as cameras put it there. */
function withThumbnail(jpeg: Buffer): Buffer {
  const thumbnail = Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 9, 0, 9, 1, 1, 0x11, 0, 0xff, 0xd9]);
  const segment = Buffer.concat([
    Buffer.from([0xff, 0xe1, 0, thumbnail.length + 8]),
    Buffer.from('Exif\0\0'),
    thumbnail,
  ]);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}
