/** What one frame shows of its storefront zones, before anyone decides whether they are occupied. */
import type { Box, Rule, Zone } from '#core/camera.ts';
import { type FrameId, sightingId } from '#core/ids.ts';
import { cellsIn, eachCellUnder, type Grid } from '#core/occupancy/grid.ts';
import type { RuleVersion, StorefrontFeatures, StorefrontSighting } from '#core/sighting.ts';
import type { Detection, Detector, LookSize } from './detect.ts';
import type { Raster } from './raster.ts';
import {
  clutterOf,
  denseScores,
  examplesAmong,
  restlessness,
  strangeness,
  unitVectors,
  worthOfHints,
} from './storefront-cells.ts';
import { cropFor, gridAround } from './storefront-crop.ts';
import { lightOf } from './storefront-light.ts';
import { cellsAround, groundCells, hiddenCells } from './storefront-mask.ts';

export interface StorefrontRequest {
  raster: Raster;
  frameId: FrameId;
  /** All zones of the camera in force: its storefronts are observed, its sidewalks tell what bare ground is. */
  zones: readonly Zone[];
  /** Rules in force. */
  rules: readonly Rule[];
  /** What was found elsewhere in the frame already: what passes or parks there joins the mask. */
  detections: readonly Detection[];
  detector: Pick<Detector, 'look' | 'model'>;
  size?: LookSize;
}

export interface StorefrontsObserved {
  sightings: StorefrontSighting[];
  /** One for each sighting, same order. */
  features: StorefrontFeatures[];
  /** Everything the looks at the storefronts found, in pixels of the frame. */
  detections: Detection[];
}

/** Detector input for one storefront. */
export const STOREFRONT_LOOK: LookSize = { width: 640, height: 416 };

/** One run of the detector for each storefront zone. */
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
  const { raster, size = STOREFRONT_LOOK } = request;
  const crop = cropFor(zone.polygon, [raster.width, raster.height], size);
  const look = await request.detector.look(raster, crop, size);
  const [, , rows = 0, columns = 0] = look.feature.dims;
  const map: Grid = { columns, rows, box: crop };
  const scores = denseScores(look.scores, look.strides, look.classes, map);
  const hidden = hiddenCells([...request.detections, ...look.detections], scores, map);
  const around = cellsAround(zone.polygon, request.zones, map, hidden);
  const worth = worthOfHints(around.map((cell) => scores.hint[cell] ?? 0));
  const ground = examplesAmong(groundCells(zone.polygon, request.zones, map, hidden, scores, worth));

  const { grid, cells } = gridAround(zone.polygon, map);
  const inZone = cellsIn(zone.polygon, grid);
  const { vectors, channels } = unitVectors(look.feature, cells);
  const bare = unitVectors(look.feature, ground).vectors;
  const restless = restlessness(bare, channels);
  const id = sightingId(`${request.frameId}:${zone.id}:${zone.version}`);
  const covered = Uint8Array.from(cells, (cell) => hidden[cell] ?? 0);
  const { name, version, sha256 } = request.detector.model.version;
  const features: StorefrontFeatures = {
    sightingId: id,
    columns: grid.columns,
    rows: grid.rows,
    channels,
    values: quantised(vectors),
    inZone,
    hidden: covered,
    clutter: Uint8Array.from(cells, (cell, i) => {
      // Outside the zone clutter only says which of two looks is the barer: the hint is enough for that.
      const strange = inZone[i] === 1 ? strangeness(vectors, i * channels, bare, channels) : undefined;
      return 255 * clutterOf(worth * (scores.hint[cell] ?? 0), strange === undefined ? undefined : strange - restless);
    }),
    box: grid.box,
    model: `${name} ${version} ${sha256}`,
    light: lightOf(raster, grid, covered),
  };
  const sighting: StorefrontSighting = {
    id,
    zone: { zoneId: zone.id, version: zone.version },
    rule: tradingRule(zone, request.rules),
    shop: zone.shop,
    ...summary(features),
    supporting: look.detections.filter(({ label, box }) => SUPPORTING.has(label) && standsIn(box, grid, inZone)),
  };
  return { sighting, features, detections: look.detections };
}

/** A plain loop: `Int8Array.from` goes through an iterator and takes 20 ms. */
function quantised(vectors: Float32Array): Int8Array {
  const values = new Int8Array(vectors.length);
  for (let i = 0; i < values.length; i++) values[i] = Math.round(127 * (vectors[i] ?? 0));
  return values;
}

/** How much of the zone is seen, and how cluttered that is. */
function summary({ inZone, hidden, clutter }: StorefrontFeatures): { visible: number; clutter: number } {
  let zone = 0;
  let seen = 0;
  let sum = 0;
  inZone.forEach((inside, cell) => {
    if (inside === 0) return;
    zone++;
    if (hidden[cell] === 1) return;
    seen++;
    sum += (clutter?.[cell] ?? 0) / 255;
  });
  return { visible: zone === 0 ? 0 : seen / zone, clutter: seen === 0 ? 0 : sum / seen };
}

/** COCO labels that support that something was put out: furniture, parasols, wares, and what stalls are taken for. */
const SUPPORTING: ReadonlySet<string> = new Set(
  (
    'chair couch bench dining_table umbrella potted_plant vase bottle wine_glass cup bowl banana apple orange broccoli ' +
    'carrot sandwich hot_dog pizza donut cake suitcase backpack handbag bed refrigerator oven microwave toaster sink ' +
    'tv laptop book clock teddy_bear'
  ).split(' '),
);

/** Whether the foot of a box, its lower third, touches the zone. */
function standsIn([x0, y0, x1, y1]: Box, grid: Grid, inZone: Uint8Array): boolean {
  let touches = false;
  eachCellUnder([x0, y1 - (y1 - y0) / 3, x1, y1], grid, (cell) => {
    if (inZone[cell] === 1) touches = true;
  });
  return touches;
}

function tradingRule(zone: Zone, rules: readonly Rule[]): RuleVersion | null {
  const rule = rules.find(({ id, violation }) => violation === 'street-trading' && zone.ruleIds.includes(id));
  return rule === undefined ? null : { ruleId: rule.id, version: rule.version };
}
