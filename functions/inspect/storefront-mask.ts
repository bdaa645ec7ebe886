/** Which cells of a storefront's grid are hidden by what passes or parks, and which show bare ground near by. */
import type { Box, Polygon, Zone } from '#core/camera.ts';
import { iou } from '#core/geometry.ts';
import { cellsIn, eachCellUnder, type Grid } from '#core/occupancy/grid.ts';
import type { Detection } from './detect.ts';
import { type DenseScores, isPassing } from './storefront-cells.ts';

/** Who passes is masked at a low score: a missed passer-by is a false alarm, a masked patch of pavement costs little. */
const PASSING_SCORE = 0.25;
/** The same for a single cell of the score maps that became no box. */
const PASSING_CELL = 0.17;
/** Below this score a box is left out of the mask when another label says more surely what stands there, */
const SURELY_PASSING = 0.5;
/** the two boxes having this much in common (intersection over union). No street has trains: wet paving looks like them. */
const SAME_BODY = 0.4;
/** Shoes, bags and wheels stick out of boxes, and features see beyond their cell. Shares of the box. */
const ENLARGE_X = 0.12;
const ENLARGE_Y = 0.06;

/**
 * A vehicle with wares spread over it is a hawker's cart, or a stall taken for one. So many of them are asked for: of
 * 700 boxes of plain vehicles in real and rendered streets none held more than two.
 */
const LADEN = 3;
const SURELY_PLAIN = 0.6;
const WARES: ReadonlySet<string> = new Set(
  (
    'banana apple orange broccoli carrot hot_dog sandwich pizza donut cake bowl cup bottle wine_glass vase ' +
    'potted_plant book umbrella chair'
  ).split(' '),
);

/** 1 for each cell that a person, vehicle or two-wheeler hides. */
export function hiddenCells(detections: readonly Detection[], { passing, thing }: DenseScores, map: Grid): Uint8Array {
  const hidden = new Uint8Array(map.columns * map.rows);
  const things = detections.filter(({ label }) => !isPassing(label));
  for (const { label, score, box } of detections) {
    if (!isPassing(label) || score < (label === 'train' ? SURELY_PASSING : PASSING_SCORE)) continue;
    const rather = things.some((other) => other.score > score && iou(other.box, box) > SAME_BODY);
    if (rather && score < SURELY_PASSING) continue;
    if (label !== 'person' && score < SURELY_PLAIN && isLaden(box, things)) continue;
    const [x0, y0, x1, y1] = box;
    const dx = (x1 - x0) * ENLARGE_X;
    const dy = (y1 - y0) * ENLARGE_Y;
    eachCellUnder([x0 - dx, y0 - dy, x1 + dx, y1 + dy], map, (cell) => {
      hidden[cell] = 1;
    });
  }
  for (let cell = 0; cell < hidden.length; cell++) {
    const score = passing[cell] ?? 0;
    if (score >= PASSING_CELL && score > (thing[cell] ?? 0)) hidden[cell] = 1;
  }
  return hidden;
}

function isLaden([x0, y0, x1, y1]: Box, things: readonly Detection[]): boolean {
  const wares = things.filter(({ label, box }) => {
    const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    return WARES.has(label) && x > x0 && x < x1 && y > y0 && y < y1;
  });
  return wares.length >= LADEN;
}

/** A cell serves as an example of bare ground when no thing is suspected there by more than this score. */
const BARE_SCORE = 0.08;
/** So many cells make a fair picture of the ground. */
const ENOUGH_GROUND = 48;
/** Cells from the zone to the near and far side of the ring that stands in for an unknown sidewalk. */
const RING = { near: 1, far: 4 } as const;

/** Cells beside and before the zone that nothing hides and no storefront claims: what the light does to the ground. */
export function cellsAround(zone: Polygon, zones: readonly Zone[], map: Grid, hidden: Uint8Array): number[] {
  const storefronts = union(zones, 'storefront', map);
  const top = cellsIn(zone, map).indexOf(1);
  const first = top - (top % map.columns);
  return [...hidden.keys()].filter((cell) => cell >= first && hidden[cell] === 0 && storefronts[cell] === 0);
}

/** Cells of known sidewalk outside every storefront; without enough of it, a ring around the zone. */
export function groundCells(
  zone: Polygon,
  zones: readonly Zone[],
  map: Grid,
  hidden: Uint8Array,
  { thing }: DenseScores,
  worth = 1,
): number[] {
  const bare = (cell: number) => hidden[cell] === 0 && (thing[cell] ?? 1) * worth < BARE_SCORE;
  const sidewalk = union(zones, 'sidewalk', map);
  const storefronts = union(zones, 'storefront', map);
  const known = [...sidewalk.keys()].filter((cell) => sidewalk[cell] === 1 && storefronts[cell] === 0 && bare(cell));
  if (known.length >= ENOUGH_GROUND) return known;
  const own = cellsIn(zone, map);
  const near = dilated(own, map, RING.near);
  const far = dilated(own, map, RING.far);
  return [...far.keys()].filter((cell) => far[cell] === 1 && near[cell] === 0 && bare(cell));
}

function union(zones: readonly Zone[], type: Zone['type'], map: Grid): Uint8Array {
  const cells = new Uint8Array(map.columns * map.rows);
  for (const zone of zones) {
    if (zone.type !== type) continue;
    cellsIn(zone.polygon, map).forEach((inside, cell) => {
      if (inside === 1) cells[cell] = 1;
    });
  }
  return cells;
}

function dilated(cells: Uint8Array, { columns, rows }: Grid, by: number): Uint8Array {
  const out = new Uint8Array(cells.length);
  cells.forEach((marked, cell) => {
    if (marked === 0) return;
    const column = cell % columns;
    const row = (cell - column) / columns;
    for (let r = Math.max(0, row - by); r <= Math.min(rows - 1, row + by); r++) {
      for (let c = Math.max(0, column - by); c <= Math.min(columns - 1, column + by); c++) out[r * columns + c] = 1;
    }
  });
  return out;
}
