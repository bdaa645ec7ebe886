/**
 * Which parts of a frame the detector looks at, and how large. It looks where the law looks: at the zones, never at a
 * whole high-resolution frame squeezed into one small picture.
 *
 * An overview covers every zone at a scale that shows near vehicles whole; a second look enlarges the far end of the
 * zones, where vehicles are small. Both are the fewest that do: cost grows with the area looked at, about 0.2 ms of one
 * thread for 1000 pixels.
 */
import type { Box, Polygon, Zone } from '#core/camera.ts';
import { boundsOf, clipToConvex } from '#core/geometry.ts';
import type { LookSize } from './detect.ts';

export interface Tile {
  /** Pixels of the frame. May reach beyond it by less than one step of the detector's grid. */
  crop: Box;
  size: LookSize;
}

/** Pixels of the detector's input. */
const OVERVIEW_PIXELS = 350_000;
const DETAIL_PIXELS = 200_000;
/** The upper part of the zones' height that is looked at again. */
const FAR_SHARE = 0.4;
/** A second look pays when it enlarges by at least this. */
const WORTHWHILE = 1.25;
/** Vehicles stand up from the ground: added above and around, in shares of the zones' height and width. */
const ABOVE = 0.12;
const AROUND = 0.04;
const STEP = 32;

/** @param imageSize [width, height] of the frame */
export function planTiles(zones: readonly Zone[], imageSize: readonly [number, number]): Tile[] {
  const [width, height] = imageSize;
  const watched = zones.filter(({ type }) => type !== 'road').map(({ polygon }) => polygon);
  const all = zones.map(({ polygon }) => polygon);
  if (watched.length === 0) return [tileFor([0, 0, width, height], OVERVIEW_PIXELS, imageSize)];
  const overview = tileFor(around(boundsOf(all.flat()), imageSize), OVERVIEW_PIXELS, imageSize);

  const [x0, y0, x1, y1] = boundsOf(watched.flat());
  const far: Polygon = [
    [x0, y0],
    [x1, y0],
    [x1, y0 + (y1 - y0) * FAR_SHARE],
    [x0, y0 + (y1 - y0) * FAR_SHARE],
  ];
  const corners = watched.flatMap((polygon) => clipToConvex(polygon, far));
  const detail = tileFor(around(boundsOf(corners), imageSize), DETAIL_PIXELS, imageSize);
  return scaleOf(detail) >= scaleOf(overview) * WORTHWHILE ? [overview, detail] : [overview];
}

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

/** A tile that holds `region` at the largest scale, at most 1, that `pixels` allow. */
function tileFor(region: Box, pixels: number, [width, height]: readonly [number, number]): Tile {
  const [x0, y0, x1, y1] = region;
  const scale = Math.min(1, Math.sqrt(pixels / ((x1 - x0) * (y1 - y0))));
  const size = {
    width: Math.max(STEP, Math.round(((x1 - x0) * scale) / STEP) * STEP),
    height: Math.max(STEP, Math.round(((y1 - y0) * scale) / STEP) * STEP),
  };
  // Rounding to whole steps lost aspect: the side that has too few pixels sets the scale, the other looks further.
  const step = Math.max((x1 - x0) / size.width, (y1 - y0) / size.height);
  const [left, right] = widen(x0, x1, step * size.width, width);
  const [top, bottom] = widen(y0, y1, step * size.height, height);
  return { crop: [left, top, right, bottom], size };
}

/** An interval of `length` around [from, to], moved inside 0..limit where it fits. */
function widen(from: number, to: number, length: number, limit: number): [number, number] {
  const start = (from + to - length) / 2;
  const moved = length >= limit ? start : Math.min(limit - length, Math.max(0, start));
  return [moved, moved + length];
}
