/** The picture of one plate that a second reader is shown: upright, a little of what is around it, and nothing that lives. */
import sharp from 'sharp';
import type { SightingId } from '#core/ids.ts';
import type { PlateRead } from '#core/plates/plate.ts';
import type { VehicleSighting } from '#core/sighting.ts';
import { quadSize } from './plate-shape.ts';
import { straighten, subQuad } from './plate-warp.ts';
import type { Raster } from './raster.ts';

/** Plain data: it crosses a thread border. */
export interface PlateCrop {
  readonly sightingId: SightingId;
  readonly jpeg: Uint8Array;
}

type Plated = VehicleSighting & { readonly plate: PlateRead };

/** Shares of the plate's width and height around it: outlines are drawn tightly, and an edge is read as a stroke. */
const AROUND = [0.06, 0.15] as const;
/**
 * Pixels. Rekognition takes pictures of 80 x 80 and more (developer guide, "Guidelines and quotas"), and small text is read better
 * enlarged; what the frame does not show no enlargement brings.
 */
const WIDTH = 480;
const LEAST_HEIGHT = 120;
const MOST_HEIGHT = 400;
/** So many at most of one frame: the waiting, and the price, of a full street end somewhere. */
const MOST_CROPS = 8;

/** Those of `vehicles`, by their order. */
export function plateCrops(raster: Raster, vehicles: readonly VehicleSighting[]): Promise<PlateCrop[]> {
  const plated = vehicles.filter((vehicle): vehicle is Plated => vehicle.plate !== null).slice(0, MOST_CROPS);
  return Promise.all(plated.map(async ({ id, plate }) => ({ sightingId: id, jpeg: await cropOf(raster, plate) })));
}

function cropOf(raster: Raster, { corners }: PlateRead): Promise<Uint8Array> {
  const [x, y] = AROUND;
  const quad = subQuad(corners, [-x, -y, 1 + x, 1 + y]);
  const [width, height] = quadSize(quad);
  const tall = Math.round(Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, (WIDTH * height) / Math.max(1, width))));
  const { data } = straighten(raster, quad, WIDTH, tall);
  return sharp(data, { raw: { width: WIDTH, height: tall, channels: 3 } })
    .jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
    .toBuffer();
}
