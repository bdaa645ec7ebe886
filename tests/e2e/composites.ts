/**
 * Composite street pictures for tests: parts of the rendered samples (tests/samples) cut out and put together anew, so
 * that a scene which nobody rendered can be shown to the pipeline. They are composites, not photographs and not renders:
 * shadows and light are only as right as the parts are. Everything is a function of its arguments, to the byte.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { z } from 'zod';
import type { Box, Point } from '#core/camera.ts';
import { decodeFrame, type Raster } from '../../functions/inspect/raster.ts';

/** Top-left, top-right, bottom-right, bottom-left. */
export type Quad = readonly [Point, Point, Point, Point];

const PointOf = z.tuple([z.number(), z.number()]);
const Truth = z.object({
  objects: z.array(
    z.object({
      id: z.string(),
      box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      plates: z.array(z.object({ text: z.string(), corners: z.tuple([PointOf, PointOf, PointOf, PointOf]) })),
    }),
  ),
});

export const samples = fileURLToPath(new URL('../samples', import.meta.url));

export interface SampleFrame {
  /** As it was shipped. */
  jpeg: Uint8Array;
  picture: Raster;
  boxOf(objectId: string): Box;
  /** Corners of the plate an object shows. */
  plateOf(objectId: string): Quad;
}

/** @param stamp name of the frame, `20260512T093000` */
export async function sampleFrame(sequence: string, stamp: string): Promise<SampleFrame> {
  const truth = Truth.parse(JSON.parse(await readFile(join(samples, sequence, 'truth', `${stamp}.json`), 'utf8')));
  const object = (id: string) => {
    const found = truth.objects.find((one) => one.id === id);
    if (found === undefined) throw new RangeError(`Expected ${id} in ${sequence}/${stamp}`);
    return found;
  };
  const jpeg = await readFile(join(samples, sequence, `${stamp}.jpg`));
  return {
    jpeg,
    picture: await decodeFrame(jpeg),
    boxOf: (id) => object(id).box,
    plateOf(id) {
      const [plate] = object(id).plates;
      if (plate === undefined) throw new RangeError(`Expected a plate on ${id} in ${sequence}/${stamp}`);
      return plate.corners;
    },
  };
}

export const jpegOf = ({ width, height, data }: Raster, quality = 90): Promise<Buffer> =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();

/** Something lifted out of a picture: its pixels and how much of each belongs to it. */
export interface Cutout {
  left: number;
  top: number;
  width: number;
  height: number;
  /** RGB and alpha, interleaved. */
  data: Uint8Array;
}

/** Channel differences from which a pixel begins to count as changed, and counts wholly. */
const UNCHANGED = 12;
const CHANGED = 28;

/**
 * What stands in `box` of one picture and not in the other of the same camera, with its shadow. A camera's samples share
 * one background, so the difference shows it; what changed pixels enclose belongs to it, whatever its colour.
 * @param margin pixels around the box, for the shadow
 */
export function cutOut(picture: Raster, free: Raster, box: Box, margin = 16): Cutout {
  const left = Math.max(0, Math.floor(box[0]) - margin);
  const top = Math.max(0, Math.floor(box[1]) - margin);
  const width = Math.min(picture.width, Math.ceil(box[2]) + margin) - left;
  const height = Math.min(picture.height, Math.ceil(box[3]) + margin) - top;
  const change = new Float32Array(width * height);
  const gain = gainBetween(picture, free);
  for (let i = 0; i < change.length; i++) {
    const at = ((top + Math.floor(i / width)) * picture.width + left + (i % width)) * 3;
    for (let c = 0; c < 3; c++) {
      change[i] = Math.max(change[i]!, Math.abs(picture.data[at + c]! - gain * free.data[at + c]!));
    }
  }
  const even = blurred(change, width, height, 2);
  const inside = enclosed(even, width, height);
  const alpha = blurred(
    even.map((value, i) => (inside[i] === 1 ? 1 : Math.max(0, (value - UNCHANGED) / (CHANGED - UNCHANGED)))),
    width,
    height,
    1,
  );
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < alpha.length; i++) {
    const at = ((top + Math.floor(i / width)) * picture.width + left + (i % width)) * 3;
    data.set(picture.data.subarray(at, at + 3), i * 4);
    data[i * 4 + 3] = Math.round(255 * Math.min(1, alpha[i]!));
  }
  return { left, top, width, height, data };
}

/** How much brighter one frame of a camera is than another: its exposure wavers by a few per cent. */
function gainBetween(picture: Raster, free: Raster): number {
  const ratios: number[] = [];
  for (let i = 0; i < picture.data.length; i += 1001) {
    if (free.data[i]! > 40) ratios.push(picture.data[i]! / free.data[i]!);
  }
  return ratios.sort((a, b) => a - b)[ratios.length >> 1] ?? 1;
}

/** 1 for each pixel that has plain change on both sides of it and above and below: a white bonnet over white stone. */
function enclosed(change: Float32Array, width: number, height: number): Uint8Array {
  const between = (line: number, length: number, step: number, stride: number) => {
    const plain = Array.from({ length }, (_, i) => change[line * stride + i * step]! >= CHANGED);
    return [plain.indexOf(true), plain.lastIndexOf(true)] as const;
  };
  const rows = Array.from({ length: height }, (_, y) => between(y, width, 1, width));
  const columns = Array.from({ length: width }, (_, x) => between(x, height, width, 1));
  return Uint8Array.from(change, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const [left, right] = rows[y]!;
    const [top, bottom] = columns[x]!;
    return Number(left >= 0 && top >= 0 && left <= x && x <= right && top <= y && y <= bottom);
  });
}

/** Mean over squares of 2 * radius + 1 pixels. */
function blurred(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const along = (from: Float32Array, length: number, step: number, lines: number, stride: number) => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let d = -radius; d <= radius; d++) {
          sum += from[line * stride + Math.min(length - 1, Math.max(0, i + d)) * step]!;
        }
        to[line * stride + i * step] = sum / (2 * radius + 1);
      }
    }
    return to;
  };
  return along(along(values, width, 1, height, width), height, width, width, 1);
}

/** Where a cutout goes: moved by whole pixels after it was scaled about its own lower left corner. */
interface Placing {
  dx?: number;
  dy?: number;
  scale?: number;
}

/** Lays a cutout over a picture; what reaches beyond the border is lost. */
export async function paste(
  onto: Raster,
  cutout: Cutout,
  { dx = 0, dy = 0, scale = 1 }: Placing = {},
): Promise<Raster> {
  const { width, height, data } = await scaled(cutout, scale);
  const left = cutout.left + dx;
  const top = cutout.top + cutout.height - height + dy;
  const pixels = Uint8Array.from(onto.data);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [left + (i % width), top + Math.floor(i / width)];
    if (x < 0 || y < 0 || x >= onto.width || y >= onto.height) continue;
    const alpha = data[i * 4 + 3]! / 255;
    const at = (y * onto.width + x) * 3;
    for (let c = 0; c < 3; c++) pixels[at + c] = Math.round(pixels[at + c]! * (1 - alpha) + data[i * 4 + c]! * alpha);
  }
  return { width: onto.width, height: onto.height, data: pixels };
}

async function scaled(cutout: Cutout, scale: number) {
  if (scale === 1) return cutout;
  const { data, info } = await sharp(cutout.data, { raw: { ...sizeOf(cutout), channels: 4 } })
    .resize(Math.round(cutout.width * scale), Math.round(cutout.height * scale), { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

const sizeOf = ({ width, height }: { width: number; height: number }) => ({ width, height });

/** Another plate on a vehicle: what lies in `source` of one picture, warped into `target` of the other. */
export function warpInto(onto: Raster, target: Quad, from: Raster, source: Quad): Raster {
  const data = Uint8Array.from(onto.data);
  const toUnit = inverse(unitSquareTo(target));
  const toSource = unitSquareTo(source);
  const [xs, ys] = [target.map(([x]) => x), target.map(([, y]) => y)];
  for (let y = Math.floor(Math.min(...ys)); y <= Math.ceil(Math.max(...ys)); y++) {
    for (let x = Math.floor(Math.min(...xs)); x <= Math.ceil(Math.max(...xs)); x++) {
      if (x < 0 || y < 0 || x >= onto.width || y >= onto.height) continue;
      const sum = [0, 0, 0];
      let inside = 0;
      for (let tap = 0; tap < TAPS * TAPS; tap++) {
        const point: Point = [x + ((tap % TAPS) + 0.5) / TAPS, y + (Math.floor(tap / TAPS) + 0.5) / TAPS];
        const [u, v] = apply(toUnit, point);
        if (u < 0 || u > 1 || v < 0 || v > 1) continue;
        inside++;
        const at = apply(toSource, [u, v]);
        for (let c = 0; c < 3; c++) sum[c] = sum[c]! + bilinear(from, at, c);
      }
      if (inside === 0) continue;
      const share = inside / (TAPS * TAPS);
      const i = (y * onto.width + x) * 3;
      for (let c = 0; c < 3; c++) data[i + c] = Math.round(data[i + c]! * (1 - share) + (sum[c]! / inside) * share);
    }
  }
  return { width: onto.width, height: onto.height, data };
}

const TAPS = 4;
/** GA 36: characters 45 mm wide, 12 mm apart, 34 mm around the dot, on a plate of 440 mm. */
const CHARACTER_LEFT = [15.5, 72.5, 151.5, 208.5, 265.5, 322.5, 379.5] as const;

/** The part of a plate that shows one character. @param position 0 the province to 6 */
export function characterOf(plate: Quad, position: number): Quad {
  const left = ((CHARACTER_LEFT[position] ?? 0) - 5) / 440;
  const right = ((CHARACTER_LEFT[position] ?? 0) + 50) / 440;
  const map = unitSquareTo(plate);
  return [apply(map, [left, 0.1]), apply(map, [right, 0.1]), apply(map, [right, 0.9]), apply(map, [left, 0.9])];
}

/** Heckbert 1989, 2.2.3: row-major 3 x 3, from the unit square to a quad. */
function unitSquareTo([tl, tr, br, bl]: Quad): readonly number[] {
  const [dx1, dy1, dx2, dy2] = [tr[0] - br[0], tr[1] - br[1], bl[0] - br[0], bl[1] - br[1]];
  const [sx, sy] = [tl[0] - tr[0] + br[0] - bl[0], tl[1] - tr[1] + br[1] - bl[1]];
  const det = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / det;
  const h = (dx1 * sy - sx * dy1) / det;
  return [
    ...[tr[0] - tl[0] + g * tr[0], bl[0] - tl[0] + h * bl[0], tl[0]],
    ...[tr[1] - tl[1] + g * tr[1], bl[1] - tl[1] + h * bl[1], tl[1]],
    ...[g, h, 1],
  ];
}

function inverse(m: readonly number[]): readonly number[] {
  const at = (row: number, column: number) => m[(row % 3) * 3 + (column % 3)]!;
  // The adjugate will do: homographies do not care about a factor.
  return Array.from({ length: 9 }, (_, i) => {
    const [row, column] = [i % 3, Math.floor(i / 3)];
    return at(row + 1, column + 1) * at(row + 2, column + 2) - at(row + 1, column + 2) * at(row + 2, column + 1);
  });
}

function apply(m: readonly number[], [x, y]: Point): Point {
  const w = m[6]! * x + m[7]! * y + m[8]!;
  return [(m[0]! * x + m[1]! * y + m[2]!) / w, (m[3]! * x + m[4]! * y + m[5]!) / w];
}

function bilinear({ width, height, data }: Raster, [x, y]: Point, channel: number): number {
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [t, s] = [x - 0.5 - left, y - 0.5 - top];
  const value = (column: number, row: number) => {
    const [cx, cy] = [Math.min(width - 1, Math.max(0, column)), Math.min(height - 1, Math.max(0, row))];
    return data[(cy * width + cx) * 3 + channel]!;
  };
  const upper = value(left, top) * (1 - t) + value(left + 1, top) * t;
  const lower = value(left, top + 1) * (1 - t) + value(left + 1, top + 1) * t;
  return upper * (1 - s) + lower * s;
}
