/**
 * Whether goods, stalls or tables occupy a storefront (出店经营), judged for all frames of a day together.
 *
 * Nobody says which frame is clear, and frames arrive in any order; so the verdicts are a pure function of the set of
 * frames. Each cell's barest look in the whole set is the reference. A frame is occupied where it looks unlike that
 * reference in a connected region that also looks more cluttered than the reference does there: a shadow or wet ground
 * changes cells without making them cluttered, and where goods are taken away it is the earlier frame that is cluttered.
 */
import type { Polygon } from '../camera.ts';
import type { SightingId } from '../ids.ts';
import type { StorefrontFeatures } from '../sighting.ts';
import { comparable, inOrder, type OccupancyFrame } from './frames.ts';
import { type DayOfGoods, type Goods, goodsIn } from './goods.ts';
import { outlineOf } from './grid.ts';

export interface Occupancy {
  /** `hidden`: too little was seen to say, or what was occupied before or after is covered now. */
  verdict: 'occupied' | 'clear' | 'hidden';
  /** Share of the visible zone that is occupied, 0..1. */
  share: number;
  /** 0..1. At most .6 when no frame shows the zone without what stands there. */
  confidence: number;
  /** Whether it stands there in the frame before or after too; a passer-by whom nobody recognised does not. */
  lasting: boolean;
  /** What was put out, in pixels of the frame. */
  outline: Polygon[];
  /** The frame that shows best what the zone looks like when clear; null when none does. */
  referenceId: SightingId | null;
}

/** A frame in which less of the zone is visible, and nothing is found in that, says nothing. */
const ENOUGH_VISIBLE = 0.35;
/** Share of the visible zone from which it counts as occupied; a chair at a small shop front covers more. */
const OCCUPIED_SHARE = 0.05;
/** Half of that is enough where a frame before or after shows goods at the same cells. */
const STILL_OCCUPIED_SHARE = OCCUPIED_SHARE / 2;
/** Goods of which more than this share is behind something now may still be there. */
const MOSTLY = 0.5;

/**
 * @param frames of one camera and one zone, within one day; any order, any repetition. Frames whose grids differ, as
 *   those of two versions of the zone do, are judged apart
 * @param references pictures of the same zone known to be clear where nothing hides it
 * @returns a verdict for each sighting
 */
export function judgeOccupancy(
  frames: readonly OccupancyFrame[],
  references: readonly StorefrontFeatures[] = [],
): Map<SightingId, Occupancy> {
  const verdicts = new Map<SightingId, Occupancy>();
  for (const day of inOrder(frames)) {
    const known = references.filter((reference) => day[0] !== undefined && comparable(reference, day[0].features));
    for (const [id, occupancy] of judgeDay(day, goodsIn(day, known))) verdicts.set(id, occupancy);
  }
  return verdicts;
}

/** @param day comparable frames in the order of capture, and what was found in them */
export function judgeDay(
  day: readonly OccupancyFrame[],
  { goods, references }: DayOfGoods,
): Map<SightingId, Occupancy> {
  const verdicts = new Map<SightingId, Occupancy>();
  const first = day[0]?.features;
  if (first === undefined) return verdicts;
  const zone = Math.max(
    1,
    first.inZone.reduce((sum, inside) => sum + inside, 0),
  );
  const found = goods.map((one) => summaryOf(one, zone));
  const surely = found.map(({ share }) => share >= OCCUPIED_SHARE);
  const occupied = found.map(({ share, cells }, index) => {
    if (surely[index] || share < STILL_OCCUPIED_SHARE) return surely[index] === true;
    return [-1, 1].some((step) => {
      const near = found[nearest(index, step, surely)]?.cells;
      return near !== undefined && cells.filter((cell) => near.includes(cell)).length > MOSTLY * cells.length;
    });
  });
  const referenceId = references[0]?.sightingId ?? clearest(day, found, occupied);

  day.forEach(({ sighting, features }, index) => {
    const { share, changedShare, lastingShare, seen, regions } = found[index] ?? NOTHING;
    const box = features.box;
    const certainty = Math.min(1, share / (3 * OCCUPIED_SHARE));
    if (occupied[index]) {
      const witnessed = changedShare >= STILL_OCCUPIED_SHARE;
      verdicts.set(sighting.id, {
        verdict: 'occupied',
        share,
        confidence: witnessed ? 0.6 + 0.4 * certainty : 0.3 + 0.3 * certainty,
        lasting: lastingShare >= STILL_OCCUPIED_SHARE,
        outline: box === undefined ? [] : regions.map((region) => outlineOf(region, { ...features, box })),
        referenceId,
      });
    } else {
      const covered = [-1, 1].some((step) => isCovered(index, step, features, occupied, found));
      verdicts.set(sighting.id, {
        verdict: seen < ENOUGH_VISIBLE || covered ? 'hidden' : 'clear',
        share,
        confidence: seen * (1 - share / OCCUPIED_SHARE),
        lasting: false,
        outline: [],
        referenceId,
      });
    }
  });
  return verdicts;
}

interface Found {
  share: number;
  /** The part of `share` that some other frame shows bare. */
  changedShare: number;
  /** The part of `share` that is there in the frame before or after as well. */
  lastingShare: number;
  /** Share of the zone that nothing hides. */
  seen: number;
  regions: readonly (readonly number[])[];
  cells: readonly number[];
}

const NOTHING: Found = { share: 0, changedShare: 0, lastingShare: 0, seen: 0, regions: [], cells: [] };

function summaryOf({ visible, changed, lasting, standing }: Goods, zone: number): Found {
  const regions = [...changed, ...standing];
  const cells = regions.flat();
  return {
    share: cells.length / Math.max(1, visible),
    changedShare: changed.flat().length / Math.max(1, visible),
    lastingShare: [...lasting, ...standing].flat().length / Math.max(1, visible),
    seen: visible / zone,
    regions,
    cells,
  };
}

/** Index of the next frame in a direction that `holds`; -1 when there is none. */
function nearest(index: number, step: number, holds: readonly boolean[]): number {
  for (let at = index + step; at >= 0 && at < holds.length; at += step) if (holds[at]) return at;
  return -1;
}

/** What the nearest occupied frames in a direction show, up to their first interruption, is mostly hidden here. */
function isCovered(
  index: number,
  step: number,
  { hidden }: StorefrontFeatures,
  occupied: readonly boolean[],
  found: readonly Found[],
): boolean {
  const goods = new Set<number>();
  for (let at = nearest(index, step, occupied); occupied[at]; at += step) {
    for (const cell of found[at]?.cells ?? []) goods.add(cell);
  }
  const covered = [...goods].filter((cell) => hidden[cell] === 1).length;
  return covered > MOSTLY * goods.size;
}

/** Of the frames without goods, the one that shows most of the zone with least clutter. */
function clearest(
  day: readonly OccupancyFrame[],
  found: readonly Found[],
  occupied: readonly boolean[],
): SightingId | null {
  let best: SightingId | null = null;
  let most = Number.NEGATIVE_INFINITY;
  day.forEach(({ sighting }, index) => {
    const { seen, share } = found[index] ?? NOTHING;
    const worth = seen - share - sighting.clutter;
    if (occupied[index] || seen < ENOUGH_VISIBLE || worth <= most) return;
    best = sighting.id;
    most = worth;
  });
  return best;
}
