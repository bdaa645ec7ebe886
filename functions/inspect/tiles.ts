/**
 * Which parts of a frame the detector looks at, and how large. It looks where the law looks: at the zones, never at a
 * whole high-resolution frame squeezed into one small picture.
 *
 * An overview covers every zone at a scale that shows near vehicles whole; a second one is smaller, because the detector is
 * blind to some vehicles, large ones in plain view among them, at some scales; and the far end of the zones, where
 * vehicles are small, is enlarged. They are the fewest that do: cost grows with the area looked at, about 0.2 ms of one
 * thread for 1000 pixels.
 *
 * Measured: of 586 vehicles pasted along the sidewalks of the samples, one overview of 400,000 pixels finds 580, the two
 * 584; of 86 people in the samples 78 and 83.
 */
import type { Box, Polygon, Zone } from '#core/camera.ts';
import { boundsOf, clipToConvex } from '#core/geometry.ts';
import type { LookSize } from './detect.ts';

export interface Tile {
  /** Whole pixels of the frame. */
  crop: Box;
  size: LookSize;
}

/** Pixels of the detector's input. */
const OVERVIEW_PIXELS = 300_000;
const SECOND_OVERVIEW_PIXELS = 150_000;
const DETAIL_PIXELS = 200_000;
/** The upper part of the zones' height that is looked at again. */
const FAR_SHARE = 0.4;
/** A second look pays when it enlarges by at least this. */
const WORTHWHILE = 1.45;
/** Vehicles stand up from the ground: added above and around, in shares of the zones' height and width. */
const ABOVE = 0.12;
const AROUND = 0.04;
/**
 * Least height of the overview over its width. Zones that make a flat strip are seen from low down or from across the
 * street, and what stands on them rises far above them: a car seen from the side is a third as tall as long.
 */
const LEAST_ASPECT = 0.4;
const STEP = 32;

/**
 * Without a zone to watch, the whole frame is looked at, as often and as large.
 * @param imageSize [width, height] of the frame
 */
export function planTiles(zones: readonly Zone[], imageSize: readonly [number, number]): Tile[] {
  const [width, height] = imageSize;
  const watched = zones.filter(({ type }) => type !== 'road').map(({ polygon }) => polygon);
  const all = zones.map(({ polygon }) => polygon);
  const everything: Box = watched.length === 0 ? [0, 0, width, height] : tall(around(boundsOf(all.flat()), imageSize));
  const overview = tileFor(everything, OVERVIEW_PIXELS);
  const overviews = [overview, tileFor(everything, SECOND_OVERVIEW_PIXELS)];
  if (watched.length === 0) return overviews;

  const [x0, y0, x1, y1] = boundsOf(watched.flat());
  const far: Polygon = [
    [x0, y0],
    [x1, y0],
    [x1, y0 + (y1 - y0) * FAR_SHARE],
    [x0, y0 + (y1 - y0) * FAR_SHARE],
  ];
  const corners = watched.flatMap((polygon) => clipToConvex(polygon, far));
  const detail = tileFor(around(boundsOf(corners), imageSize), DETAIL_PIXELS);
  return scaleOf(detail) >= scaleOf(overview) * WORTHWHILE ? [...overviews, detail] : overviews;
}

const tall = ([x0, y0, x1, y1]: Box): Box => [x0, Math.max(0, Math.min(y0, y1 - LEAST_ASPECT * (x1 - x0))), x1, y1];

const scaleOf = ({ crop, size }: Tile) => size.width / (crop[2] - crop[0]);

function around([x0, y0, x1, y1]: Box, [width, height]: readonly [number, number]): Box {
  const up = Math.max((y1 - y0) * ABOVE, height / 16);
  const side = Math.max((x1 - x0) * AROUND, width / 48);
  return [
    Math.max(0, x0 - side),
    Math.max(0, y0 - up),
    Math.min(width, x1 + side),
    Math.min(height, y1 + (y1 - y0) * AROUND),
  ];
}

/**
 * A tile that shows `region` at the largest scale, at most 1, that `pixels` allow. Its sides are whole steps of the
 * detector's grid, so the picture is stretched by a few per cent at most.
 */
function tileFor(region: Box, pixels: number): Tile {
  const crop: Box = [Math.floor(region[0]), Math.floor(region[1]), Math.ceil(region[2]), Math.ceil(region[3])];
  const [width, height] = [crop[2] - crop[0], crop[3] - crop[1]];
  const scale = Math.min(1, Math.sqrt(pixels / (width * height)));
  const steps = (length: number) => Math.max(STEP, Math.round((length * scale) / STEP) * STEP);
  return { crop, size: { width: steps(width), height: steps(height) } };
}
