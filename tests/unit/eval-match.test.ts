import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import { summarizeDetection } from '../../infra/local/eval-detection-report.ts';
import { averagePrecision, matchPicture } from '../../infra/local/eval-match.ts';

const at = (x: number, ignored = false) => ({ box: [x, 0, x + 100, 100] as Box, ignored });
const seen = (x: number, score: number) => ({ box: [x, 0, x + 100, 100] as Box, score });

describe('detections held against the labels of a picture', () => {
  it('find each label once: the surest takes it, the next one is false', () => {
    const { judged, missed } = matchPicture([at(0)], [seen(5, 0.4), seen(0, 0.9)]);
    expect(judged.map(({ detection, found }) => [detection.score, found !== null])).toEqual([
      [0.9, true],
      [0.4, false],
    ]);
    expect(missed).toEqual([]);
  });
  it('must overlap by half', () => {
    expect(matchPicture([at(0)], [seen(40, 0.9)]).missed).toHaveLength(1);
    expect(matchPicture([at(0)], [seen(30, 0.9)]).missed).toHaveLength(0);
  });
  it('are neither right nor wrong on what need not be found', () => {
    expect(matchPicture([at(0, true)], [seen(0, 0.9)])).toEqual({ judged: [], missed: [] });
  });
  it('take what counts before what does not', () => {
    const counted = at(10);
    expect(matchPicture([at(0, true), counted], [seen(0, 0.9)]).judged[0]?.found).toBe(counted);
  });
});

describe('average precision', () => {
  const judged = (rights: readonly boolean[]) => rights.map((right, i) => ({ right, score: 1 - i / 100 }));
  it('is 1 when all that is wanted comes first', () => {
    expect(averagePrecision(judged([true, true, false]), 2)).toBe(1);
  });
  it('is 0 when nothing is right, and null when nothing was wanted', () => {
    expect(averagePrecision(judged([false]), 3)).toBe(0);
    expect(averagePrecision(judged([false]), 0)).toBeNull();
  });
  it('takes the best precision that reaches each of 101 recalls', () => {
    // Recall .5 at precision 1, recall 1 at precision 2/3: 51 points of 1, 50 of 2/3.
    expect(averagePrecision(judged([true, false, true]), 2)).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 9);
  });
  it('never falls when a right answer comes earlier', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 12 }), fc.nat(10), (rights, at) => {
        const i = at % (rights.length - 1);
        fc.pre(rights[i] === false && rights[i + 1] === true);
        const swapped = rights.with(i, true).with(i + 1, false);
        expect(averagePrecision(judged(swapped), 12)).toBeGreaterThanOrEqual(averagePrecision(judged(rights), 12) ?? 0);
      }),
    );
  });
});

describe('the report of detection', () => {
  const object = (classes: readonly string[], x: number, ignored = false) => ({
    ...at(x, ignored),
    classes,
    truth: null,
  });
  const report = (objects: ReturnType<typeof object>[], found: readonly [label: string, x: number, score: number][]) =>
    summarizeDetection(
      [
        {
          ...{ file: 'a.jpg', path: '/a.jpg', objects, placements: [] },
          detections: found.map(([label, x, score]) => ({ label, ...seen(x, score) })),
        },
      ],
      { threshold: 0.25, msPerFrame: 1 },
    );

  it('counts a truck called a car against both classes, and for vehicles as found', () => {
    const { classes } = report([object(['truck'], 0)], [['car', 0, 0.5]]);
    expect(classes.truck).toMatchObject({ n: 1, recall: 0, precision: null });
    expect(classes.vehicle).toMatchObject({ n: 1, recall: 1, precision: 1 });
  });
  it('leaves scores under the threshold to the average precision', () => {
    const { classes } = report([object(['car'], 0)], [['car', 0, 0.21]]);
    expect(classes.car).toMatchObject({ ap50: 1, recall: 0, reported: 0 });
  });
  it('accepts either name of what has two', () => {
    const { classes } = report([object(['car', 'truck'], 0)], [['truck', 0, 0.5]]);
    expect(classes.vehicle).toMatchObject({ n: 1, found: 1, reported: 1 });
  });
  it('blames nobody for a train called a train', () => {
    const { classes } = report([object(['train'], 0), object(['car'], 300)], [['train', 0, 0.8]]);
    expect(classes.vehicle).toMatchObject({ n: 1, found: 0, reported: 0 });
  });
  it('lists a missed vehicle and a false one, with where they are', () => {
    const { errors } = report([object(['car'], 0)], [['bus', 500, 0.9]]);
    expect(errors.map(({ kind, class: name, box }) => [kind, name, box[0]])).toEqual([
      ['false', 'bus', 500],
      ['missed', 'car', 0],
    ]);
  });
  it('says where vehicles were put, of all that should be found', () => {
    const vehicle = { ...object(['car'], 0), truth: { class: 'van', surface: 'sidewalk' } };
    const placements = [
      { object: vehicle, surface: 'sidewalk' },
      { object: vehicle, surface: 'road' },
      { object: vehicle, surface: null },
    ];
    const picture = { file: 'a.jpg', path: '/a.jpg', objects: [], detections: [], placements };
    const { surfaces, errors } = summarizeDetection([picture], { threshold: 0.25, msPerFrame: 1 });
    expect(surfaces?.van).toMatchObject({ n: 3, found: 2, placed: 1 });
    expect(errors.map(({ kind, said }) => [kind, said])).toEqual([['misplaced', 'road']]);
  });
});
