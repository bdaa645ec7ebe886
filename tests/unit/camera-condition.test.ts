import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClockReading,
  impairmentsFrom,
  NEVER_RIGHT,
  type Readings,
  type ViewReading,
} from '#core/camera-condition.ts';
import { isImpaired } from '#core/camera-impairment.ts';
import { cameraId, frameId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { ViewVerdict } from '#core/view/compare.ts';
import { poorness, type ViewQuality } from '#core/view/quality.ts';

const CAMERA = cameraId('CAM-1');
const GOOD: ViewQuality = { luma: 110, bright: 210, sharpness: 0.3, structure: 1 };
const QUALITIES = {
  good: GOOD,
  dark: { ...GOOD, luma: 9, bright: 40 },
  blocked: { ...GOOD, structure: 0.1 },
  blurred: { ...GOOD, sharpness: 0.13 },
} as const satisfies Record<string, ViewQuality>;
const MOVED: ViewVerdict = { kind: 'moved', dx: 0.05, dy: 0 };
const VERDICTS = {
  still: { kind: 'still' },
  moved: MOVED,
  replaced: { kind: 'replaced' },
  unknown: { kind: 'unknown' },
} as const satisfies Record<string, ViewVerdict>;

const REFERENCE = frameId('f0');
type Shown = keyof typeof QUALITIES | keyof typeof VERDICTS;
const isQuality = (shown: Shown): shown is keyof typeof QUALITIES => shown in QUALITIES;
/** A reading each minute: `still moved dark`. */
const view = (shown: Shown, at: Instant): ViewReading => ({
  at,
  frameId: frameId(`f${at}`),
  quality: isQuality(shown) ? QUALITIES[shown] : GOOD,
  view: isQuality(shown) ? VERDICTS.still : VERDICTS[shown],
  against: REFERENCE,
});
const views = (...shown: Shown[]) => shown.map((one, i) => view(one, (i + 1) * 10));
const clock = (at: Instant, offsetMs: number): ClockReading => ({ at, offsetMs });
const found = (readings: Partial<Readings>) =>
  impairmentsFrom(CAMERA, { views: [], clocks: [], ...readings }, 1000).map(({ kind, from, to }) => [kind, from, to]);

describe('a condition', () => {
  it.each<[string, Shown[], (string | number | null)[][]]>([
    ['is none where all is right', ['still', 'still', 'good'], []],
    ['is not one odd frame: a bus, a lightning', ['still', 'moved', 'still', 'dark', 'still', 'blocked', 'still'], []],
    [
      'of two frames in a row reaches back to the last that was right, and ends with the next that is',
      ['still', 'still', 'moved', 'replaced', 'still', 'still'],
      [['view-moved', 21, 50]],
    ],
    ['lasts while nothing is right again', ['still', 'moved', 'moved', 'moved'], [['view-moved', 11, null]]],
    [
      'is not ended by what tells nothing: a night, a bus before the lens',
      ['still', 'moved', 'unknown', 'dark', 'dark', 'moved', 'unknown', 'still'],
      [
        ['view-moved', 11, 80],
        ['dark', 31, 60],
      ],
    ],
    ['is not begun by it either', ['still', 'unknown', 'unknown', 'unknown'], []],
    [
      'is in doubt from the beginning when nothing was right before',
      ['dark', 'dark', 'good'],
      [['dark', NEVER_RIGHT, 30]],
    ],
    [
      'is one though it looks now dark, now blurred, named for what it mostly was',
      ['good', 'blurred', 'dark', 'blurred', 'good'],
      [['blurred', 11, 50]],
    ],
    ['of two kinds in turn is no odd frame', ['good', 'dark', 'blocked', 'good'], [['dark', 11, 40]]],
    [
      'may come again',
      ['still', 'moved', 'moved', 'still', 'moved', 'moved', 'still'],
      [
        ['view-moved', 11, 40],
        ['view-moved', 41, 70],
      ],
    ],
  ])('%s', (_name, shown, expected) => {
    expect(found({ views: views(...shown) })).toEqual(expected);
  });

  it('is one frame, too, when what comes after it is right only by another reference', () => {
    const [before, moved, after] = [view('still', 10), view('moved', 20), view('still', 30)];
    expect(found({ views: [before, moved, after] })).toEqual([]);
    expect(found({ views: [before, moved, { ...after, against: after.frameId }] })).toEqual([['view-moved', 11, 30]]);
  });

  it('of the clock is one reading that is off by more than is allowed, back to the last that was not', () => {
    const clocks = [clock(10, 0), clock(20, 1000), clock(30, -1001), clock(40, 1200), clock(50, -1000)];
    expect(found({ clocks })).toEqual([['clock-off', 21, 50]]);
    const [off] = impairmentsFrom(CAMERA, { views: [], clocks }, 1000);
    expect(off?.facts.en).toBe('The clock was 1.2 s off, 1 s allowed.');
    expect(off?.facts.zh).toBe('时钟偏差 1.2 秒，限值 1 秒。');
  });

  it('of the clock is measured by what the bureau allows', () => {
    const clocks = [clock(10, 0), clock(20, 600)];
    expect(impairmentsFrom(CAMERA, { views: [], clocks }, 500)).toHaveLength(1);
    expect(impairmentsFrom(CAMERA, { views: [], clocks }, 600)).toEqual([]);
  });
});

const shownOf = fc.constantFrom<Shown>('good', 'dark', 'blocked', 'blurred', 'still', 'moved', 'replaced', 'unknown');
/** As a camera delivers them: one frame an instant. */
const anyReadings = fc.record({
  views: fc
    .uniqueArray(fc.nat(60), { maxLength: 25 })
    .chain((times) => fc.tuple(...times.map((at) => shownOf.map((shown) => view(shown, at + 1))))),
  clocks: fc
    .uniqueArray(fc.nat(60), { maxLength: 12 })
    .chain((times) =>
      fc.tuple(...times.map((at) => fc.integer({ min: -1500, max: 1500 }).map((ms) => clock(at + 1, ms)))),
    ),
});

describe('for any readings', () => {
  it('neither their order nor their repetition nor their lateness changes what ailed the camera', () => {
    fc.assert(
      fc.property(
        anyReadings.chain((readings) =>
          fc.record({
            readings: fc.constant(readings),
            views: shuffled(readings.views),
            clocks: shuffled(readings.clocks),
          }),
        ),
        ({ readings, ...arrived }) => {
          expect(impairmentsFrom(CAMERA, arrived, 1000)).toEqual(impairmentsFrom(CAMERA, readings, 1000));
        },
      ),
    );
  });

  it('a frame that was wrong twice in a row is always affected, one that was right between right ones never', () => {
    fc.assert(
      fc.property(anyReadings, (readings) => {
        const impairments = impairmentsFrom(CAMERA, { ...readings, clocks: [] }, 1000);
        const inOrder = readings.views.toSorted((a, b) => a.at - b.at);
        const isPoor = ({ quality }: ViewReading) => poorness(quality) !== null;
        const isFine = (reading: ViewReading) => !isPoor(reading) && reading.view?.kind === 'still';
        for (const [i, reading] of inOrder.entries()) {
          const next = inOrder[i + 1];
          if (next !== undefined && isPoor(reading) && isPoor(next)) {
            expect(isImpaired(impairments, reading.at) && isImpaired(impairments, next.at)).toBe(true);
          }
          if (isFine(reading)) expect(isImpaired(impairments, reading.at)).toBe(false);
        }
      }),
    );
  });

  it('intervals of one kind never touch, and none is empty', () => {
    fc.assert(
      fc.property(anyReadings, (readings) => {
        const impairments = impairmentsFrom(CAMERA, readings, 1000);
        for (const { from, to } of impairments) expect(to === null || from < to).toBe(true);
        for (const kind of ['clock-off', 'view-moved'] as const) {
          const own = impairments.filter((impairment) => impairment.kind === kind);
          for (const [i, { to }] of own.entries()) {
            const next = own[i + 1];
            if (next !== undefined) expect(to !== null && to < next.from).toBe(true);
          }
        }
      }),
    );
  });

  it('a wrong clock is always affected, at its own instant', () => {
    fc.assert(
      fc.property(anyReadings, ({ clocks }) => {
        const impairments = impairmentsFrom(CAMERA, { views: [], clocks }, 1000);
        for (const { at, offsetMs } of clocks) expect(isImpaired(impairments, at)).toBe(Math.abs(offsetMs) > 1000);
      }),
    );
  });
});

/** Some of them twice, in any order. */
function shuffled<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc
    .subarray([...items])
    .chain((again) => fc.shuffledSubarray([...items, ...again], { minLength: items.length + again.length }));
}

describe('a frame is too poor', () => {
  it.each<[string, Partial<ViewQuality>, ReturnType<typeof poorness>]>([
    ['not by day', {}, null],
    ['not at night while lamps show something', { luma: 12, bright: 61 }, null],
    ['when nothing is lit', { bright: 59 }, 'dark'],
    ['when a hand, a leaf or fog is before the lens', { structure: 0.24 }, 'blocked'],
    ['not when a quarter of it can be told', { structure: 0.25 }, null],
    ['when edges are smeared over eight pixels', { sharpness: 0.14 }, 'blurred'],
    ['not when they are merely soft', { sharpness: 0.15 }, null],
    ['for being dark before anything else', { bright: 10, structure: 0, sharpness: 0 }, 'dark'],
  ])('%s', (_name, quality, expected) => {
    expect(poorness({ ...GOOD, ...quality })).toBe(expected);
  });
});
