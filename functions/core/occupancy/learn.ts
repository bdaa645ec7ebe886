/**
 * What a day teaches about a storefront zone. Ground is learned, never things: a cell is learned from frames judged clear
 * and only where the look itself is plain, apart from anything cluttered, seen twice some time apart, unlike all goods ever
 * found there, and near to the first look that was learned or that somebody confirmed. So a stall is not learned however
 * long it stays, nor piece by piece (docs/decisions/0021-references-from-days-gone-by.md).
 */
import type { StorefrontFeatures } from '../sighting.ts';
import { comparable, inOrder, type OccupancyFrame } from './frames.ts';
import { type DayOfGoods, goodsIn } from './goods.ts';
import { judgeDay } from './judge.ts';
import { lightDistance, ONE_LIGHT } from './light.ts';
import { picturesFor } from './references.ts';
import { DRIFT, distance, SAME } from './states.ts';

/** Everything remembered of a zone: a function of the days gone by. */
export interface Knowledge {
  /** Bare looks, one a light, the oldest first; `hidden` where nothing was learned. */
  readonly bare: readonly StorefrontFeatures[];
  /** Looks of goods, in layers: each cell has as many as there are layers that do not hide it. */
  readonly goods: readonly StorefrontFeatures[];
}

export const NOTHING_KNOWN: Knowledge = { bare: [], goods: [] };

const MOST_LIGHTS = 6;
/** A cell at which so many kinds of goods were seen learns no more. */
const LAYERS = 3;
/** A frame teaches when it is this surely clear. */
const SURELY_CLEAR = 0.5;
/** A cell is plain below this clutter; it must not lie within {@link APART} cells of one above the second. */
const PLAIN = 0.2;
const CLUTTERED = 0.3;
const APART = 2;
/** Two frames at least this far apart must show it: who waits for a friend is gone by then. */
const APART_MS = 5 * 60_000;
/** A light of which less of the zone is known is not kept. */
const LEAST_KNOWN = 0.15;

/**
 * @param known after the days before
 * @param frames of one camera, zone version and day; any order, any repetition
 * @returns `known` itself when the day teaches nothing
 */
export function learn(
  known: Knowledge,
  confirmed: readonly StorefrontFeatures[],
  frames: readonly OccupancyFrame[],
): Knowledge {
  // What another model or another picture size saw before is not comparable: it begins anew.
  const day = inOrder(frames).at(-1);
  const [first] = day ?? [];
  if (day === undefined || first === undefined) return known;
  const before = [...known.bare, ...known.goods].every((one) => comparable(one, first.features))
    ? known
    : NOTHING_KNOWN;
  const anchors = confirmed.filter((picture) => comparable(picture, first.features));
  const found = goodsIn(day, picturesFor({ confirmed: anchors, learned: before.bare }, first.features));
  const goods = withGoods(before.goods, day, found);
  const bare = withGround({ bare: before.bare, goods }, anchors, day, found);
  return bare === before.bare && goods === before.goods ? before : { bare, goods };
}

/** Adds looks of what occupied the zone that are not remembered yet. */
function withGoods(
  layers: readonly StorefrontFeatures[],
  day: readonly OccupancyFrame[],
  found: DayOfGoods,
): readonly StorefrontFeatures[] {
  const verdicts = judgeDay(day, found);
  const next = layers.map(editable);
  let changed = false;
  day.forEach(({ sighting, features }, index) => {
    const occupancy = verdicts.get(sighting.id);
    if (occupancy?.verdict !== 'occupied' || !occupancy.lasting) return;
    for (const cell of found.goods[index]?.lasting.flat() ?? []) {
      if (next.some((layer) => layer.hidden[cell] !== 1 && distance(layer, features, cell) <= SAME)) continue;
      let layer = next.find(({ hidden }) => hidden[cell] === 1);
      if (layer === undefined) {
        if (next.length === LAYERS) continue;
        layer = blank(features);
        next.push(layer);
      }
      copyCell(layer, features, cell, found.clutter[index]);
      changed = true;
    }
  });
  return changed ? next : layers;
}

interface Lesson {
  readonly index: number;
  readonly frame: OccupancyFrame;
  /** 1 for each cell that may be learned from this frame. */
  readonly plain: Uint8Array;
}

function withGround(
  { bare, goods }: Knowledge,
  anchors: readonly StorefrontFeatures[],
  day: readonly OccupancyFrame[],
  found: DayOfGoods,
): readonly StorefrontFeatures[] {
  const lessons = lessonsOf(day, found);
  const lights = bare.map((picture) => ({ picture, lessons: [] as Lesson[], isNew: false }));
  for (const lesson of lessons) {
    const { light } = lesson.frame.features;
    if (light === undefined) continue;
    const near = lights
      .map((one) => ({ one, apart: lightDistance(one.picture.light ?? light, light) }))
      .sort((a, b) => a.apart - b.apart)[0];
    if (near !== undefined && near.apart <= ONE_LIGHT) near.one.lessons.push(lesson);
    else if (lights.length < MOST_LIGHTS)
      lights.push({ picture: blank(lesson.frame.features), lessons: [lesson], isNew: true });
  }
  let changed = false;
  const next = lights.flatMap(({ picture, lessons: own, isNew }) => {
    const taught = taughtBy(own, picture, { bare, goods }, anchors, found);
    if (isNew ? !isEnough(taught ?? picture) : taught === undefined) return isNew ? [] : [picture];
    changed = true;
    return [taught ?? picture];
  });
  return changed ? next : bare;
}

/** Frames that show the zone clear, and where they show plain ground. */
function lessonsOf(day: readonly OccupancyFrame[], found: DayOfGoods): Lesson[] {
  const verdicts = judgeDay(day, found);
  return day.flatMap((frame, index) => {
    const occupancy = verdicts.get(frame.sighting.id);
    if (occupancy?.verdict !== 'clear' || occupancy.confidence < SURELY_CLEAR) return [];
    return [{ index, frame, plain: plainCells(frame.features, index, found) }];
  });
}

function plainCells(
  { columns, rows, inZone, hidden }: StorefrontFeatures,
  index: number,
  found: DayOfGoods,
): Uint8Array {
  const clutter = found.clutter[index] ?? new Float32Array();
  const { changed = [], standing = [] } = found.goods[index] ?? {};
  const avoid = Uint8Array.from(clutter, (value, cell) => Number(value >= CLUTTERED && hidden[cell] !== 1));
  for (const cell of [...changed, ...standing].flat()) avoid[cell] = 1;
  return inZone.map((inside, cell) => {
    if (inside !== 1 || (clutter[cell] ?? 1) >= PLAIN) return 0;
    const column = cell % columns;
    const row = (cell - column) / columns;
    for (let r = Math.max(0, row - APART); r <= Math.min(rows - 1, row + APART); r++) {
      for (let c = Math.max(0, column - APART); c <= Math.min(columns - 1, column + APART); c++) {
        const near = r * columns + c;
        if (avoid[near] === 1) return 0;
        // Feet and wheels stick out of what is hidden.
        if (hidden[near] === 1 && Math.max(Math.abs(r - row), Math.abs(c - column)) <= 1) return 0;
      }
    }
    return 1;
  });
}

/** The picture with what the lessons add; undefined when they add nothing. */
function taughtBy(
  lessons: readonly Lesson[],
  picture: StorefrontFeatures,
  { bare, goods }: Knowledge,
  anchors: readonly StorefrontFeatures[],
  { states, clutter }: DayOfGoods,
): StorefrontFeatures | undefined {
  const next = editable(picture);
  const cells = picture.inZone.length;
  let changed = false;
  for (let cell = 0; cell < cells; cell++) {
    if (picture.hidden[cell] !== 1) continue;
    const showing = lessons.filter(
      ({ plain, index }) => plain[cell] === 1 && (states.of[index * cells + cell] ?? -1) >= 0,
    );
    const stateOf = ({ index }: Lesson) => states.of[index * cells + cell] ?? -1;
    const teacher = showing.find((lesson) => {
      const later = showing.filter((other) => stateOf(other) === stateOf(lesson));
      return later.some(({ frame }) => frame.capturedAt - lesson.frame.capturedAt >= APART_MS);
    });
    if (teacher === undefined) continue;
    const { features } = teacher.frame;
    if (goods.length === LAYERS && goods.every(({ hidden }) => hidden[cell] !== 1)) continue;
    if (goods.some((layer) => layer.hidden[cell] !== 1 && distance(layer, features, cell) <= DRIFT)) continue;
    const anchor = anchorOf(cell, anchors, bare);
    // The first look ever learned must be the barest there was; a look in another light, near to the first.
    if (anchor === undefined ? stateOf(teacher) !== states.bare[cell] : distance(anchor, features, cell) > DRIFT)
      continue;
    copyCell(next, features, cell, clutter[teacher.index]);
    changed = true;
  }
  return changed ? next : undefined;
}

/** What everything learned of a cell must stay near to: as confirmed, or as first learned. */
const anchorOf = (
  cell: number,
  confirmed: readonly StorefrontFeatures[],
  bare: readonly StorefrontFeatures[],
): StorefrontFeatures | undefined => [...confirmed, ...bare].find(({ hidden }) => hidden[cell] !== 1);

function isEnough({ inZone, hidden }: StorefrontFeatures): boolean {
  const zone = inZone.reduce((sum, inside) => sum + inside, 0);
  const shown = inZone.reduce((sum, inside, cell) => sum + (inside === 1 && hidden[cell] !== 1 ? 1 : 0), 0);
  return shown >= LEAST_KNOWN * zone;
}

/** A picture like another of which nothing is known yet. */
function blank(like: StorefrontFeatures): StorefrontFeatures {
  const cells = like.inZone.length;
  return {
    ...like,
    values: new Int8Array(cells * like.channels),
    hidden: new Uint8Array(cells).fill(1),
    clutter: new Uint8Array(cells),
  };
}

const editable = (picture: StorefrontFeatures): StorefrontFeatures => ({
  ...picture,
  values: picture.values.slice(),
  hidden: picture.hidden.slice(),
  clutter: (picture.clutter ?? new Uint8Array(picture.inZone.length)).slice(),
});

function copyCell(
  to: StorefrontFeatures,
  from: StorefrontFeatures,
  cell: number,
  clutter: Float32Array | undefined,
): void {
  const at = cell * to.channels;
  to.values.set(from.values.subarray(at, at + to.channels), at);
  to.hidden[cell] = 0;
  if (to.clutter !== undefined) to.clutter[cell] = Math.round(255 * (clutter?.[cell] ?? 0));
}
