/**
 * Describes a vehicle's upper body by colour and coarse structure. The lower part of the box is left out: shadows,
 * ground and passers-by are there. Light changes through the day, so colour is measured as hue where there is any, and
 * as brightness relative to the whole frame where there is none.
 */
import type { Box } from '#core/camera.ts';
import { cropToPlanes, type Normalization, type Raster } from './raster.ts';

const WIDTH = 48;
const HEIGHT = 32;
/** The part of the box that is described, in shares of its sides: left, top, right, bottom. */
const UPPER_BODY = [0.1, 0.04, 0.9, 0.78] as const;
const PLAIN: Normalization = { order: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] };

/** Brightness of colourless pixels: centres in stops relative to the frame. */
const STOPS = [-2.5, -1.5, -0.5, 0.5, 1.5] as const;
const HUES = 8;
const COLOURS = STOPS.length + HUES;
/** Colours are counted apart in the upper half (glass, roof) and the lower (bonnet, doors). */
const BANDS = 2;
const COLUMNS = 4;
const ROWS = 3;
const DIRECTIONS = 6;

/**
 * {@link BANDS} * {@link COLOURS} + {@link COLUMNS} * {@link ROWS} * {@link DIRECTIONS} = 98 numbers of unit length.
 * @param brightness mean luma of the frame, 0..255
 */
export function describeVehicle(raster: Raster, [x0, y0, x1, y1]: Box, brightness: number): number[] {
  const [left, top, right, bottom] = UPPER_BODY;
  const [width, height] = [x1 - x0, y1 - y0];
  const body: Box = [x0 + left * width, y0 + top * height, x0 + right * width, y0 + bottom * height];
  const planes = cropToPlanes(raster, body, WIDTH, HEIGHT, PLAIN);
  // Both parts have unit length, so each decides half.
  return [...colours(planes, brightness), ...structure(planes)].map((value) =>
    Number((value * Math.SQRT1_2).toFixed(4)),
  );
}

const pixels = WIDTH * HEIGHT;
const lumaAt = (planes: Float32Array, i: number) =>
  0.299 * (planes[i] ?? 0) + 0.587 * (planes[pixels + i] ?? 0) + 0.114 * (planes[2 * pixels + i] ?? 0);

/** Histogram of brightness and hue, each pixel shared between the two nearest bins; roots, so the dot product is Bhattacharyya's. */
function colours(planes: Float32Array, brightness: number): number[] {
  const histogram = new Array<number>(BANDS * COLOURS).fill(0);
  const add = (bin: number, weight: number) => {
    histogram[bin] = (histogram[bin] ?? 0) + weight;
  };
  for (let i = 0; i < pixels; i++) {
    const band = Math.floor((i * BANDS) / pixels) * COLOURS;
    const [red, green, blue] = [planes[i] ?? 0, planes[pixels + i] ?? 0, planes[2 * pixels + i] ?? 0];
    const most = Math.max(red, green, blue);
    const range = most - Math.min(red, green, blue);
    // Dark pixels have no hue worth the name: noise decides it.
    const vivid = Math.min(1, Math.max(0, (range / (most + 24) - 0.15) / 0.2));
    const stops = Math.log2((lumaAt(planes, i) + 2) / (brightness + 2));
    const at = Math.min(STOPS.length - 1, Math.max(0, stops - STOPS[0]));
    const low = Math.min(STOPS.length - 2, Math.floor(at));
    add(band + low, (1 - vivid) * (1 - (at - low)));
    add(band + low + 1, (1 - vivid) * (at - low));
    if (vivid > 0) {
      const turn = (hueOf(red, green, blue, most, range) / 6) * HUES;
      const first = Math.floor(turn);
      add(band + STOPS.length + (first % HUES), vivid * (1 - (turn - first)));
      add(band + STOPS.length + ((first + 1) % HUES), vivid * (turn - first));
    }
  }
  return unit(histogram.map(Math.sqrt));
}

/** 0..6, red at 0, green at 2, blue at 4. */
function hueOf(red: number, green: number, blue: number, most: number, range: number): number {
  if (most === red) return ((green - blue) / range + 6) % 6;
  return most === green ? (blue - red) / range + 2 : (red - green) / range + 4;
}

/** Gradient directions per cell (Dalal & Triggs 2005), less their mean: what all cars have in common says nothing. */
function structure(planes: Float32Array): number[] {
  const cells = new Array<number>(COLUMNS * ROWS * DIRECTIONS).fill(0);
  for (let y = 1; y < HEIGHT - 1; y++) {
    for (let x = 1; x < WIDTH - 1; x++) {
      const i = y * WIDTH + x;
      const dx = lumaAt(planes, i + 1) - lumaAt(planes, i - 1);
      const dy = lumaAt(planes, i + WIDTH) - lumaAt(planes, i - WIDTH);
      const turn = ((Math.atan2(dy, dx) / Math.PI + 1) % 1) * DIRECTIONS;
      const first = Math.floor(turn);
      const cell = (Math.floor((y * ROWS) / HEIGHT) * COLUMNS + Math.floor((x * COLUMNS) / WIDTH)) * DIRECTIONS;
      const strength = Math.hypot(dx, dy);
      const [near, far] = [cell + (first % DIRECTIONS), cell + ((first + 1) % DIRECTIONS)];
      cells[near] = (cells[near] ?? 0) + strength * (1 - (turn - first));
      cells[far] = (cells[far] ?? 0) + strength * (turn - first);
    }
  }
  const roots = unit(cells.map(Math.sqrt));
  const mean = roots.reduce((sum, value) => sum + value, 0) / roots.length;
  return unit(roots.map((value) => value - mean));
}

function unit(values: readonly number[]): number[] {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? values.map((value) => value / length) : [...values];
}
