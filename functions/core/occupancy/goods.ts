/** Where in each frame of a day something is put out that the bare zone does not have. */
import type { StorefrontFeatures, StorefrontSighting } from '../sighting.ts';
import { blindFrames, withoutBlind } from './blind.ts';
import { smoothedClutter } from './clutter.ts';
import { eachCellUnder, regionsOf } from './grid.ts';
import { applicable } from './references.ts';
import { type CellStates, type Looked, statesOf } from './states.ts';

/** Regions smaller than this, in cells and in share of the zone, are left out: feet, bags, a pigeon. */
const LEAST_CELLS = 8;
const LEAST_SHARE = 0.015;
/** A changed region must be this cluttered, and so much more than the reference is there. */
const CLUTTERED = 0.3;
const LIFT = 0.25;
/** So cluttered where no frame of the day shows the bare look: then all that speaks is the picture of another day. */
const CLUTTERED_UNWITNESSED = 0.4;
/** Goods are added to and sold, yet this share of a region looks as it did one frame before or will one frame later. */
const LASTING = 0.25;
/**
 * With no change to go by, cells must look cluttered in half of the frames that see them, hang together in a region of
 * this share of the zone, and the detector must name furniture or wares there, also in half of the frames.
 */
const CLUTTERED_ALL_DAY = 0.6;
const LEAST_SHARE_ALL_DAY = 0.05;
const NAMED_SHARE = 0.2;

export interface Goods {
  /** Cells of the zone that nothing hides. */
  visible: number;
  /** Regions that differ from the zone's bare look, each a list of cells. */
  changed: number[][];
  /** Those of them that look the same in the frame before or after that shows them: what only passes does not. */
  lasting: number[][];
  /** Regions that look the same all day and are no pavement. */
  standing: number[][];
}

export interface Look {
  readonly sighting: StorefrontSighting;
  readonly features: StorefrontFeatures;
}

/** A day of looks, and what was made of them. */
export interface DayOfGoods {
  readonly goods: readonly Goods[];
  readonly states: CellStates;
  /** Per frame and cell, smoothed, 0..1. */
  readonly clutter: readonly Float32Array[];
  /** The references that were held against the day; none where the camera looks elsewhere now. */
  readonly references: readonly StorefrontFeatures[];
}

/**
 * @param day of one zone version, in the order of capture, at least one look
 * @param offered pictures known to be bare where nothing hides them; what stands in one does not count
 */
export function goodsIn(day: readonly Look[], offered: readonly StorefrontFeatures[]): DayOfGoods {
  const features = day.map((look) => look.features);
  const clutter = features.map(smoothedClutter);
  const { states, references } = statesOfSeeing({ frames: features, clutter }, offered);
  return { goods: goodsAmong(day, states, clutter), states, clutter, references };
}

function goodsAmong(day: readonly Look[], states: CellStates, clutter: readonly Float32Array[]): Goods[] {
  const first = day[0]?.features;
  if (first === undefined) return [];
  const zone = first.inZone.reduce((sum, inside) => sum + inside, 0);
  const least = Math.max(LEAST_CELLS, LEAST_SHARE * zone);
  const stateOf = (index: number, cell: number) => states.of[index * first.inZone.length + cell] ?? -1;
  const standing = standingAllDay(day, states, stateOf, zone);

  return day.map((_, index) => {
    const look = clutter[index] ?? new Float32Array();
    const differs = new Uint8Array(first.inZone.length);
    let visible = 0;
    for (let cell = 0; cell < differs.length; cell++) {
      const state = stateOf(index, cell);
      if (state < 0) continue;
      if (first.inZone[cell] === 1) visible++;
      if (state !== states.bare[cell]) differs[cell] = 1;
    }
    const within = differs.map((marked, cell) => marked * (first.inZone[cell] ?? 0));
    const changed = regionsOf(within, first.columns).filter((region) => {
      const now = mean(region, look);
      return (
        region.length >= least &&
        now >= (mean(region, states.witnessed) < 0.5 ? CLUTTERED_UNWITNESSED : CLUTTERED) &&
        now - mean(region, states.bareClutter) >= LIFT &&
        !standsBefore(region, differs, first)
      );
    });
    const seen = standing.map((region) => region.filter((cell) => stateOf(index, cell) === states.bare[cell]));
    const lasting = changed.filter((region) => lasts(region, index, day.length, stateOf));
    return { visible, changed, lasting, standing: seen.filter((region) => region.length >= least) };
  });
}

/** Of the frames that show the place at all. */
function statesOfSeeing(looked: Looked, offered: readonly StorefrontFeatures[]) {
  const known = { frames: offered, clutter: offered.map(smoothedClutter) };
  const held = statesOf(looked, known);
  const references = offered.length === 0 || applicable(looked, held, offered) ? known : { frames: [], clutter: [] };
  const states = references === known ? held : statesOf(looked, references);
  const blind = blindFrames(looked.frames, states);
  return {
    references: references.frames,
    states: blind.includes(true)
      ? statesOf({ ...looked, frames: withoutBlind(looked.frames, blind) }, references)
      : states,
  };
}

/** Compares with the frames before and after, each up to the first that shows most of the region. */
function lasts(
  region: readonly number[],
  index: number,
  frames: number,
  stateOf: (index: number, cell: number) => number,
): boolean {
  return [-1, 1].some((step) => {
    for (let at = index + step; at >= 0 && at < frames; at += step) {
      const shown = region.filter((cell) => stateOf(at, cell) >= 0);
      if (shown.length < LASTING * region.length) continue;
      const same = shown.filter((cell) => stateOf(at, cell) === stateOf(index, cell)).length;
      if (same >= LASTING * shown.length) return true;
      if (shown.length * 2 >= region.length) return false;
    }
    return false;
  });
}

/**
 * Whether what differs goes on below the zone for more cells than in it: then it stands nearer to the camera, as the
 * neighbour's stall does whose top is seen against this zone.
 */
function standsBefore(
  region: readonly number[],
  differs: Uint8Array,
  { inZone, columns }: StorefrontFeatures,
): boolean {
  const lowest = new Map(region.map((cell) => [cell % columns, cell]));
  let before = 0;
  for (const foot of lowest.values()) {
    for (let cell = foot + columns; differs[cell] === 1 && inZone[cell] !== 1; cell += columns) before++;
  }
  return before > region.length;
}

/** Only where no reference says what belongs there. */
function standingAllDay(
  day: readonly Look[],
  { bare, bareClutter, known }: CellStates,
  stateOf: (index: number, cell: number) => number,
  zone: number,
): number[][] {
  const first = day[0]?.features;
  if (first === undefined) return [];
  const cluttered = Uint8Array.from(bareClutter, (value, cell) =>
    Number(first.inZone[cell] === 1 && known[cell] === 0 && (bare[cell] ?? -1) >= 0 && value >= CLUTTERED_ALL_DAY),
  );
  return regionsOf(cluttered, first.columns).filter((region) => {
    if (region.length < Math.max(LEAST_CELLS, LEAST_SHARE_ALL_DAY * zone)) return false;
    const seeing = day.filter((_, index) => {
      return region.filter((cell) => stateOf(index, cell) >= 0).length * 2 >= region.length;
    });
    const naming = seeing.filter(({ sighting, features }) => isNamed(region, sighting, features));
    return seeing.length > 0 && naming.length * 2 >= seeing.length;
  });
}

/** Whether boxes of furniture or wares lie over enough of a region; a box that is mostly about something else does not count. */
function isNamed(region: readonly number[], { supporting }: StorefrontSighting, features: StorefrontFeatures): boolean {
  const { box, inZone } = features;
  if (box === undefined) return false;
  const inRegion = new Uint8Array(inZone.length);
  for (const cell of region) inRegion[cell] = 1;
  const named = new Set<number>();
  for (const thing of supporting) {
    const own: number[] = [];
    let others = 0;
    eachCellUnder(thing.box, { ...features, box }, (cell) => {
      if (inRegion[cell] === 1) own.push(cell);
      else if (inZone[cell] === 1) others++;
    });
    if (own.length >= others) for (const cell of own) named.add(cell);
  }
  return named.size >= NAMED_SHARE * region.length;
}

function mean(cells: readonly number[], values: Float32Array | Uint8Array): number {
  return cells.reduce((sum, cell) => sum + (values[cell] ?? 0), 0) / Math.max(1, cells.length);
}
