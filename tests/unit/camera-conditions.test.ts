/** Readings as they are stored, what is found among them, and what the clock's round makes of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Impairment, type ImpairmentKind, isImpaired } from '#core/camera-impairment.ts';
import { placeId, sha256Of } from '#core/ids.ts';
import { encodeScene } from '#core/scene-bytes.ts';
import { dayOf, type Instant } from '#core/time.ts';
import type { ViewVerdict } from '#core/view/compare.ts';
import type { ViewQuality } from '#core/view/quality.ts';
import { viewJudge } from '#platform/camera-view.ts';
import { commit } from '#platform/commit.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { streamEntries, verifyAll } from '#platform/records/audit.ts';
import { camerasWithNews, newsWrite } from '#platform/records/camera-conditions.ts';
import { clockReadingPut, readingPut, referenceSceneKey } from '#platform/records/camera-readings.ts';
import { cameraWrites, zonePut } from '#platform/records/cameras.ts';
import { frameIdOf } from '#platform/records/frames.ts';
import { impairmentsOf } from '#platform/records/impairments.ts';
import type { CorrelateMessage } from '#platform/records/messages.ts';
import { correlatedDays, ledgerPut, sceneKey } from '#platform/records/observations.ts';
import { ConflictError } from '#platform/table.ts';
import { readView } from '../../functions/inspect/view-reading.ts';
import { changesOf, tendConditions } from '../../functions/tend/conditions.ts';
import { CAMERA } from '../e2e/front-office.ts';
import { zone } from './stays/builders.ts';

const { id } = CAMERA;
const PLACE = placeId('P1');
const T0 = Date.parse('2026-05-12T16:00:00+08:00');
const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
const GOOD: ViewQuality = { luma: 110, bright: 210, sharpness: 0.3, structure: 1 };
const DARK: ViewQuality = { ...GOOD, bright: 30 };

let directory: string;
let now: Instant;
let table: ReturnType<typeof openSqliteTable>;
let blobs: ReturnType<typeof openFileBlobs>;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'conditions-'));
  now = T0;
  const clock = { now: () => now };
  table = openSqliteTable(join(directory, 'table.db'), clock);
  blobs = openFileBlobs(join(directory, 'blobs'), { secret: 's', baseUrl: '', clock });
  await table.transact([...cameraWrites(CAMERA), zonePut({ ...zone(), cameraId: id, placeId: PLACE })]);
});
afterEach(() => {
  table.close();
  rmSync(directory, { recursive: true, force: true });
});

const frameOf = (at: Instant) => frameIdOf(id, at, sha256Of(at.toString(16).padStart(64, '0')));
const REFERENCE = frameOf(T0 - HOUR);
/** The reading of one frame, as inspection leaves it. */
async function read(at: Instant, verdict: ViewVerdict['kind'] | null, quality = GOOD) {
  const of: ViewVerdict | null =
    verdict === null ? null : verdict === 'moved' ? { kind: verdict, dx: 0.1, dy: 0 } : { kind: verdict };
  const compared = of === null ? null : { against: REFERENCE, verdict: of };
  const reading = { at, frameId: frameOf(at), quality, compared };
  await commit(table, async () => ({
    writes: [readingPut(id, reading, null), await newsWrite(table, id, at)],
    result: undefined,
  }));
}
const tell = (at: Instant, offsetMs: number) =>
  commit(table, async () => ({
    writes: [clockReadingPut(id, { at, offsetMs }), await newsWrite(table, id, at)],
    result: undefined,
  }));
const found = async (from: Instant, to = from + 1) =>
  (await impairmentsOf({ table, blobs }, id, { from, to })).map(({ kind, from: since, to: until }) => [
    kind,
    since,
    until,
  ]);

const sent: CorrelateMessage[] = [];
const round = async (at: Instant, correlate = async (message: CorrelateMessage) => void sent.push(message)) => {
  now = at;
  sent.length = 0;
  return tendConditions({ table, blobs, correlate }, at);
};
const acts = async (at = T0) =>
  (await streamEntries(table, `camera/${id}/${dayOf(at)}`)).map(({ act, facts }) => [
    act,
    facts.kind,
    facts.from,
    facts.to,
  ]);

describe('what ailed a camera', () => {
  beforeEach(() => read(T0 - HOUR, null));

  it('holds through a night that tells nothing, asked of any hour of it', async () => {
    await read(T0, 'still');
    await read(T0 + MINUTE, 'moved');
    await read(T0 + 2 * MINUTE, 'moved');
    for (let i = 0; i < 300; i++) await read(T0 + HOUR + i * MINUTE, null, DARK);
    await read(T0 + 10 * HOUR, 'moved');
    const moved = ['view-moved', T0 + 1, null];
    expect(await found(T0 + 3 * HOUR)).toContainEqual(moved);
    expect(await found(T0 + 10 * HOUR)).toContainEqual(moved);
    expect(await found(T0)).toEqual([]);
  });

  it('of what shows nothing is said once, not also of where it looks', async () => {
    for (let i = 0; i < 5; i++) await read(T0 + i * MINUTE, 'replaced', DARK);
    await read(T0 + HOUR, 'still');
    expect(await found(T0, T0 + 2 * HOUR)).toEqual([['dark', T0 - HOUR + 1, T0 + HOUR]]);
  });

  it('began when it is on record to have begun, however much was read since', async () => {
    await read(T0, 'still');
    await read(T0 + MINUTE, 'moved');
    await read(T0 + 2 * MINUTE, 'moved');
    await round(T0 + 3 * MINUTE);
    for (let i = 3; i < 60; i++) await read(T0 + i * MINUTE, 'moved');
    expect(await found(T0 + 59 * MINUTE)).toEqual([['view-moved', T0 + 1, null]]);
    expect((await round(T0 + HOUR)).changed).toEqual([]);
  });

  it('is what it was when a frame that came late is right', async () => {
    await read(T0, 'still');
    for (const minutes of [1, 2, 5, 6]) await read(T0 + minutes * MINUTE, 'moved');
    expect(await found(T0, T0 + HOUR)).toEqual([['view-moved', T0 + 1, null]]);
    await read(T0 + 3 * MINUTE, 'still');
    expect(await found(T0, T0 + HOUR)).toEqual([
      ['view-moved', T0 + 1, T0 + 3 * MINUTE],
      ['view-moved', T0 + 3 * MINUTE + 1, null],
    ]);
  });
});

describe('the clock’s round', () => {
  it('puts on record that a camera is unfit since it was last right, and fit again; once', async () => {
    await tell(T0, 200);
    await tell(T0 + MINUTE, 1_200);
    expect(await round(T0 + 2 * MINUTE)).toEqual({ changed: [id], impaired: 1 });
    expect(await round(T0 + 3 * MINUTE)).toEqual({ changed: [], impaired: 1 });
    await tell(T0 + 4 * MINUTE, -300);
    expect(await round(T0 + 5 * MINUTE)).toEqual({ changed: [id], impaired: 0 });
    expect(await round(T0 + 6 * MINUTE)).toEqual({ changed: [], impaired: 0 });
    expect(await acts()).toEqual([
      ['camera.impaired', 'clock-off', T0 + 1, null],
      ['camera.restored', 'clock-off', T0 + 1, T0 + 4 * MINUTE],
    ]);
    expect((await verifyAll(table)).failures).toEqual([]);
  });

  it('looks at nothing where nothing is new', async () => {
    await tell(T0, 0);
    expect(await camerasWithNews(table)).toEqual([id]);
    await round(T0 + MINUTE);
    expect(await camerasWithNews(table)).toEqual([]);
    await tell(T0 + 2 * MINUTE, 0);
    expect(await camerasWithNews(table)).toEqual([id]);
  });

  it('finds what came late, and says what it changes', async () => {
    await tell(T0, 0);
    await tell(T0 + HOUR, 5_000);
    await round(T0 + HOUR);
    await tell(T0 + 50 * MINUTE, 0);
    await round(T0 + HOUR + MINUTE);
    await tell(T0 + HOUR, 5_000);
    expect(await acts()).toEqual([
      ['camera.impaired', 'clock-off', T0 + 1, null],
      ['camera.impairment-changed', 'clock-off', T0 + 50 * MINUTE + 1, null],
    ]);
  });

  it('has every day judged anew that an impairment touches, and no older one than a case may be', async () => {
    for (const days of [200, 60, 2, 0]) {
      await table.write(
        ledgerPut(PLACE, `${dayOf(T0 - days * DAY)}T00:00`, undefined, { frames: 1, correlatedAt: T0 }),
      );
    }
    await tell(T0, 9_000);
    await round(T0 + MINUTE);
    expect(sent.map(({ placeId: place, day }) => [place, day])).toEqual(
      [60, 2, 0].map((days) => [PLACE, dayOf(T0 - days * DAY)]),
    );
    expect(await acts()).toEqual([['camera.impaired', 'clock-off', null, null]]);
  });

  it('that dies before it has everything judged anew is held again', async () => {
    await table.write(ledgerPut(PLACE, `${dayOf(T0)}T00:00`, undefined, { frames: 1, correlatedAt: T0 }));
    await tell(T0, 9_000);
    await expect(round(T0 + MINUTE, () => Promise.reject(new Error('out of reach')))).rejects.toThrow('out of reach');
    expect(await acts()).toEqual([]);
    expect((await round(T0 + 2 * MINUTE)).changed).toEqual([id]);
    expect(sent).toHaveLength(1);
  });

  it('does not take the news of a reading that comes while it looks', async () => {
    await tell(T0, 0);
    const late = newsWrite(table, id, T0 + MINUTE);
    await round(T0 + MINUTE);
    await expect(late.then((write) => table.transact([write]))).rejects.toThrow(ConflictError);
  });
});

const KINDS = ['clock-off', 'view-moved', 'dark', 'declared'] as const satisfies readonly ImpairmentKind[];
const impairment = (kind: ImpairmentKind, from: Instant, to: Instant | null): Impairment => ({
  ...{ cameraId: id, kind, from, to, facts: { zh: '', en: '' } },
});
describe('changes of a condition', () => {
  const told = (known: Impairment[], current: Impairment[], from = 0) =>
    changesOf(known, current, from).map(({ act, impairment: { kind, from: since, to } }) => [act, kind, since, to]);

  it.each<[string, Impairment[], Impairment[], number, unknown[]]>([
    ['something new', [], [impairment('dark', 10, null)], 0, [['camera.impaired', 'dark', 10, null]]],
    ['nothing new', [impairment('dark', 10, null)], [impairment('dark', 10, null)], 0, []],
    ['its end', [impairment('dark', 10, null)], [impairment('dark', 10, 50)], 0, [['camera.restored', 'dark', 10, 50]]],
    [
      'another begin',
      [impairment('dark', 10, null)],
      [impairment('dark', 7, null)],
      0,
      [['camera.impairment-changed', 'dark', 7, null]],
    ],
    ['that it never was', [impairment('dark', 10, null)], [], 0, [['camera.impairment-lifted', 'dark', 10, null]]],
    ['nothing of what ended before', [impairment('dark', 10, 50)], [], 60, []],
    [
      'another kind beside it',
      [impairment('dark', 10, null)],
      [impairment('dark', 10, null), impairment('clock-off', 20, null)],
      0,
      [['camera.impaired', 'clock-off', 20, null]],
    ],
    [
      'two of which it was one',
      [impairment('dark', 10, 90)],
      [impairment('dark', 10, 40), impairment('dark', 60, 90)],
      0,
      [
        ['camera.impairment-changed', 'dark', 10, 40],
        ['camera.impaired', 'dark', 60, 90],
      ],
    ],
    [
      'the end of one that was declared, long ago',
      [impairment('declared', 10, null)],
      [impairment('declared', 10, 20)],
      60,
      [['camera.restored', 'declared', 10, 20]],
    ],
  ])('are %s', (_name, known, current, from, expected) => {
    expect(told(known, current, from)).toEqual(expected);
  });

  it('are told once: of what is on record already nothing is', () => {
    const any = fc.array(
      fc.record({
        kind: fc.constantFrom(...KINDS),
        from: fc.nat(100),
        length: fc.option(fc.integer({ min: 1, max: 50 })),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(any, fc.nat(100), (intervals, from) => {
        const current = intervals.map(({ kind, from: since, length }) =>
          impairment(kind, since, length === null ? null : since + length),
        );
        const disjoint = current.filter(
          (one, i) => !current.some((other, j) => j < i && other.kind === one.kind && meets(one, other)),
        );
        expect(
          changesOf(
            disjoint,
            disjoint.filter(({ to, kind }) => kind === 'declared' || to === null || to > from),
            from,
          ),
        ).toEqual([]);
      }),
    );
  });
});
const meets = (a: Impairment, b: Impairment) => (a.to === null || b.from < a.to) && (b.to === null || a.from < b.to);

it('days that were correlated are found by calendar day, whenever the rule’s day starts', async () => {
  for (const day of [
    '2026-05-10T00:00',
    '2026-05-11T00:00',
    '2026-05-11T06:00',
    '2026-05-12T06:00',
    '2026-05-13T00:00',
  ]) {
    await table.write(ledgerPut(PLACE, day, undefined, { frames: 1, correlatedAt: T0 }));
  }
  const days = await correlatedDays(table, PLACE, { from: '2026-05-11', to: '2026-05-12' });
  expect(days.map(({ day, dayStartsAt }) => `${day} ${dayStartsAt}`)).toEqual([
    '2026-05-11 00:00',
    '2026-05-11 06:00',
    '2026-05-12 06:00',
  ]);
});

describe('the view that others are held against', () => {
  /** Streaks at `x`: a scene of its own for each place to look. */
  const scene = (shift: number) => {
    const [width, height] = [240, 135];
    const luma = Uint8Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [(i % width) + shift, Math.floor(i / width)];
      return (Math.sin(x * 0.31 + Math.sin(y * 0.07) * 3) + Math.sin(y * 0.23 + Math.sin(x * 0.05) * 4)) * 60 + 128;
    });
    return { frameId: frameOf(0), width, height, luma };
  };
  /** Inspected, as far as its view goes. */
  async function inspect(at: Instant, shift = 0, quality = GOOD) {
    const seen = { frameId: frameOf(at), capturedAt: at, quality, scene: scene(shift) };
    await blobs.putIfAbsent(sceneKey(seen.frameId), encodeScene(seen.scene), 'application/octet-stream');
    await table.transact(await readView({ table, blobs }, id, seen));
  }
  const referenceAt = async (at: Instant) => (await viewJudge({ table, blobs }, id)).referenceAt(at);
  /** As retention does after 30 days. */
  const forget = (at: Instant) => blobs.delete(sceneKey(frameOf(at)));

  it('is the first good frame since the zones were drawn', async () => {
    await inspect(T0, 0, DARK);
    await inspect(T0 + MINUTE);
    await inspect(T0 + 2 * MINUTE);
    expect(await referenceAt(T0 + HOUR)).toBe(frameOf(T0 + MINUTE));
  });

  it('is found behind a whole night of darkness', async () => {
    for (let i = 0; i < 60; i++) await inspect(T0 + i * SECOND, 0, DARK);
    await inspect(T0 + HOUR);
    expect(await referenceAt(T0 + 2 * HOUR)).toBe(frameOf(T0 + HOUR));
    expect(await blobs.get(referenceSceneKey(frameOf(T0)))).toBeUndefined();
  });

  it('is the earlier one when that comes later, and everything is held against it', async () => {
    for (const minutes of [1, 2, 3]) await inspect(T0 + minutes * MINUTE, 8);
    expect(await found(T0, T0 + HOUR)).toEqual([]);
    await inspect(T0, 0);
    expect(await referenceAt(T0 + HOUR)).toBe(frameOf(T0));
    expect(await found(T0, T0 + HOUR)).toEqual([['view-moved', T0 + 1, null]]);
  });

  it('outlives the frame it was made of, and the readings of its time', async () => {
    await inspect(T0);
    await inspect(T0 + MINUTE);
    for (const minutes of [0, 1]) await forget(T0 + minutes * MINUTE);
    now = T0 + 800 * DAY;
    await inspect(now, 8);
    await inspect(now + MINUTE, 8);
    expect(await referenceAt(now)).toBe(frameOf(T0));
    expect(await found(now)).toEqual([['view-moved', T0 + 1, null]]);
  });

  it('outlives it too when it became the reference by what happened to the zones', async () => {
    await inspect(T0);
    await inspect(T0 + HOUR);
    const drawn = { ...zone(), cameraId: id, placeId: PLACE, version: 2, effectiveFrom: T0 + HOUR };
    await table.write(
      zonePut({
        ...drawn,
        polygon: [
          [0, 0],
          [9, 0],
          [9, 9],
        ],
      }),
    );
    expect(await referenceAt(T0 + 2 * HOUR)).toBe(frameOf(T0 + HOUR));
    await inspect(T0 + 2 * HOUR);
    await forget(T0 + HOUR);
    await inspect(T0 + 3 * HOUR, 8);
    await inspect(T0 + 4 * HOUR, 8);
    expect(await found(T0 + 4 * HOUR)).toEqual([['view-moved', T0 + 2 * HOUR + 1, null]]);
  });

  it('accuses nobody when nothing was kept to hold against it', async () => {
    await inspect(T0);
    await inspect(T0 + MINUTE);
    await inspect(T0 + 2 * MINUTE);
    for (const minutes of [0, 1, 2]) await forget(T0 + minutes * MINUTE);
    await inspect(T0 - HOUR, 8);
    expect(await referenceAt(T0 + HOUR)).toBe(frameOf(T0 - HOUR));
    const isUnfit = async (at: Instant) =>
      isImpaired(await impairmentsOf({ table, blobs }, id, { from: at, to: at + 1 }), at);
    expect(await isUnfit(T0 + MINUTE)).toBe(false);
    // Of the frame that was the reference until then the scene is there: one odd frame.
    await inspect(T0 + HOUR);
    expect(await isUnfit(T0 + MINUTE)).toBe(true);
  });
});
