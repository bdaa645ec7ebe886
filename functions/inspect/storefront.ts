/** What one frame shows of its storefront zones, before anyone decides whether they are occupied. */
import type { Box, Polygon, Rule, Zone } from '#core/camera.ts';
import { type FrameId, sightingId } from '#core/ids.ts';
import { cellsIn, eachCellUnder, type Grid } from '#core/occupancy/grid.ts';
import type { RuleVersion, StorefrontFeatures, StorefrontSighting } from '#core/sighting.ts';
import type { Detection, Detector, LookSize } from './detect.ts';
import type { Raster } from './raster.ts';
import { type DenseScores, denseScores, PASSING, strangeness, unitVectors } from './storefront-cells.ts';
import { cropFor, gridAround } from './storefront-crop.ts';

export interface StorefrontRequest {
  raster: Raster;
  frameId: FrameId;
  /** All zones of the camera in force; the storefronts among them are observed, sidewalks tell what bare ground is. */
  zones: readonly Zone[];
  /** Rules in force. */
  rules: readonly Rule[];
  /** What was found in the whole frame already: joins the mask of what passes. */
  detections: readonly Detection[];
  detector: Pick<Detector, 'look'>;
  size?: LookSize;
}

export interface StorefrontsObserved {
  sightings: StorefrontSighting[];
  /** One for each sighting, same order. */
  features: StorefrontFeatures[];
  /** Everything the runs over the crops found, in pixels of the frame. */
  detections: Detection[];
}

export const LOOK_SIZE: LookSize = { width: 640, height: 416 };

/** COCO labels that support that something was put out. */
const SUPPORTING: ReadonlySet<string> = new Set(
  `chair,couch,bench,dining table,umbrella,potted plant,vase,bottle,wine glass,cup,bowl,banana,apple,orange,broccoli,
carrot,hot dog,pizza,donut,cake,sandwich,suitcase,backpack,handbag,bed,refrigerator,oven,microwave,toaster,sink,tv,
laptop,book,clock,teddy bear,surfboard,kite`
    .split(',')
    .map((label) => label.trim()),
);
const SUPPORTING_SCORE = 0.2;
/** Who passes is masked at a low score: a missed passer-by is a false alarm, a masked patch of pavement costs little. */
const PASSING_SCORE = 0.25;
/** Shoes, bags and wheels stick out of boxes, and features see beyond their cell. Shares of the box. */
const ENLARGE_X = 0.12;
const ENLARGE_Y = 0.06;

export async function observeStorefronts(request: StorefrontRequest): Promise<StorefrontsObserved> {
  const observed: StorefrontsObserved = { sightings: [], features: [], detections: [] };
  for (const zone of request.zones) {
    if (zone.type !== 'storefront') continue;
    const { sighting, features, detections } = await observeOne(zone, request);
    observed.sightings.push(sighting);
    observed.features.push(features);
    observed.detections.push(...detections);
  }
  return observed;
}

async function observeOne(zone: Zone, request: StorefrontRequest) {
  const { raster, size = LOOK_SIZE } = request;
  const crop = cropFor(zone.polygon, [raster.width, raster.height], size);
  const look = await request.detector.look(raster, crop, size);
  const { vectors, channels, columns, rows } = unitVectors(look.feature);
  const map: Grid = { columns, rows, box: crop };
  const scores = denseScores(look.scores, look.strides, look.classes, map);

  const hidden = hiddenCells([...request.detections, ...look.detections], scores, map);
  const ground = groundCells(
    zone.polygon,
    request.zones,
    map,
    (cell) => hidden[cell] === 0 && (scores.thing[cell] ?? 1) < BARE_SCORE,
  );

  const { grid, column, row } = gridAround(zone.polygon, crop, map);
  const cells = Array.from({ length: grid.columns * grid.rows }, (_, i) => {
    return (row + Math.floor(i / grid.columns)) * columns + column + (i % grid.columns);
  });
  const strange = strangeness(vectors, channels, ground, cells);
  const id = sightingId(`${request.frameId}:${zone.id}:${zone.version}`);
  const features: StorefrontFeatures = {
    sightingId: id,
    columns: grid.columns,
    rows: grid.rows,
    channels,
    values: quantised(vectors, channels, cells),
    inZone: cellsIn(zone.polygon, grid),
    hidden: Uint8Array.from(cells, (cell) => hidden[cell] ?? 0),
    clutter: Uint8Array.from(cells, (cell, i) => Math.round(255 * clutterOf(scores.thing[cell] ?? 0, strange[i] ?? 0))),
    box: grid.box,
  };
  const { visible, clutter } = summary(features);
  const sighting: StorefrontSighting = {
    id,
    zone: { zoneId: zone.id, version: zone.version },
    rule: tradingRule(zone, request.rules),
    shop: zone.shop,
    visible,
    supporting: look.detections.filter(
      ({ label, score, box }) =>
        score >= SUPPORTING_SCORE && SUPPORTING.has(label.replaceAll('_', ' ')) && standsIn(box, features),
    ),
    clutter,
  };
  return { sighting, features, detections: look.detections };
}

/** Below this score of any thing a cell may serve as an example of bare ground. */
const BARE_SCORE = 0.08;

/** How likely something stands at a cell, from the detector's hint and the cell's strangeness. */
function clutterOf(thing: number, strange: number): number {
  return 0.5 * Math.min(1, 2.5 * thing) + 0.5 * Math.min(1, Math.max(0, (strange - 0.2) / 0.3));
}

function hiddenCells(detections: readonly Detection[], { passing, thing }: DenseScores, map: Grid): Uint8Array {
  const hidden = new Uint8Array(map.columns * map.rows);
  for (const { label, score, box } of detections) {
    if (score < PASSING_SCORE || !PASSING.has(label.replaceAll('_', ' '))) continue;
    const [x0, y0, x1, y1] = box;
    const dx = (x1 - x0) * ENLARGE_X;
    const dy = (y1 - y0) * ENLARGE_Y;
    eachCellUnder([x0 - dx, y0 - dy, x1 + dx, y1 + dy], map, (cell) => {
      hidden[cell] = 1;
    });
  }
  for (let cell = 0; cell < hidden.length; cell++) {
    const score = passing[cell] ?? 0;
    if (score >= PASSING_SCORE / 2 && score > (thing[cell] ?? 0)) hidden[cell] = 1;
  }
  return hidden;
}

/** Cells of known sidewalk outside every storefront; without any, a ring around the zone. */
function groundCells(zone: Polygon, zones: readonly Zone[], map: Grid, bare: (cell: number) => boolean): number[] {
  const sidewalk = new Uint8Array(map.columns * map.rows);
  for (const { type, polygon } of zones) {
    if (type === 'sidewalk')
      cellsIn(polygon, map).forEach((inside, cell) => {
        if (inside) sidewalk[cell] = 1;
      });
  }
  for (const { type, polygon } of zones) {
    if (type === 'storefront')
      cellsIn(polygon, map).forEach((inside, cell) => {
        if (inside) sidewalk[cell] = 0;
      });
  }
  const known = [...sidewalk.keys()].filter((cell) => sidewalk[cell] === 1 && bare(cell));
  if (known.length >= 48) return known;
  const own = cellsIn(zone, map);
  const near = dilated(own, map, 1);
  const far = dilated(own, map, 4);
  return [...far.keys()].filter((cell) => far[cell] === 1 && near[cell] === 0 && bare(cell));
}

function dilated(cells: Uint8Array, { columns, rows }: Grid, by: number): Uint8Array {
  const out = new Uint8Array(cells.length);
  cells.forEach((marked, cell) => {
    if (!marked) return;
    const column = cell % columns;
    const row = (cell - column) / columns;
    for (let r = Math.max(0, row - by); r <= Math.min(rows - 1, row + by); r++) {
      for (let c = Math.max(0, column - by); c <= Math.min(columns - 1, column + by); c++) out[r * columns + c] = 1;
    }
  });
  return out;
}

function quantised(vectors: Float32Array, channels: number, cells: readonly number[]): Int8Array {
  const values = new Int8Array(cells.length * channels);
  cells.forEach((cell, i) => {
    for (let c = 0; c < channels; c++) values[i * channels + c] = Math.round(127 * (vectors[cell * channels + c] ?? 0));
  });
  return values;
}

function summary({ inZone, hidden, clutter }: StorefrontFeatures): { visible: number; clutter: number } {
  let zone = 0;
  let seen = 0;
  let sum = 0;
  inZone.forEach((inside, cell) => {
    if (!inside) return;
    zone++;
    if (hidden[cell]) return;
    seen++;
    sum += (clutter?.[cell] ?? 0) / 255;
  });
  return { visible: zone === 0 ? 0 : seen / zone, clutter: seen === 0 ? 0 : sum / seen };
}

/** Whether the foot of a box, its lower third, touches the zone. */
function standsIn([x0, y0, x1, y1]: Box, { columns, rows, box, inZone }: StorefrontFeatures): boolean {
  if (box === undefined) return false;
  let touches = false;
  eachCellUnder([x0, y1 - (y1 - y0) / 3, x1, y1], { columns, rows, box }, (cell) => {
    if (inZone[cell]) touches = true;
  });
  return touches;
}

function tradingRule(zone: Zone, rules: readonly Rule[]): RuleVersion | null {
  const rule = rules.find(({ id, violation }) => violation === 'street-trading' && zone.ruleIds.includes(id));
  return rule === undefined ? null : { ruleId: rule.id, version: rule.version };
}
