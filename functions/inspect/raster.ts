/** Pixels in memory, and the two ways the models want them: cropped and scaled, as planes of floats. */
import sharp from 'sharp';
import type { Box } from '#core/camera.ts';
import { refuse } from '#core/refusal.ts';
import { timed, timedAsync } from './work.ts';

// The workers are the parallelism: one thread each is what a frame is said to cost.
sharp.concurrency(1);

/** Interleaved RGB, 8 bits, row-major, `width * height * 3` bytes. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Decodes a whole frame once. Orientation metadata is ignored: zones are drawn on the pixels as stored.
 * @throws {Refusal} `frame-unreadable`
 */
export async function decodeFrame(jpeg: Uint8Array): Promise<Raster> {
  try {
    const { data, info } = await timedAsync('decode', () =>
      sharp(jpeg, { failOn: 'error', limitInputPixels: 64_000_000 })
        .toColourspace('srgb')
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true }),
    );
    return { width: info.width, height: info.height, data };
  } catch (cause) {
    throw refuse(
      'frame-unreadable',
      422,
      {
        expected: 'a whole picture of at most 64 megapixels',
        received: `${jpeg.length} bytes that do not decode`,
        action: 'Send the original again.',
      },
      cause,
    );
  }
}

/** How a plane of the tensor is made from a channel: `(value - mean) / std`. */
export interface Normalization {
  readonly order: 'rgb' | 'bgr';
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * As {@link cropToPlanes}, by libvips' vector instructions: a sixth of the time for a crop of many pixels, and a
 * millisecond lost on a small one. `box` is taken to whole pixels.
 */
export function largeCropToPlanes(
  raster: Raster,
  box: Box,
  width: number,
  height: number,
  normalization: Normalization,
): Promise<Float32Array> {
  return timedAsync('crops', async () => {
    const [left, top] = [Math.round(box[0]), Math.round(box[1])];
    const [right, bottom] = [Math.round(box[2]), Math.round(box[3])];
    if (left < 0 || top < 0 || right > raster.width || bottom > raster.height) {
      return resampled(raster, box, width, height, normalization);
    }
    const pixels = await sharp(raster.data, { raw: { width: raster.width, height: raster.height, channels: 3 } })
      .extract({ left, top, width: right - left, height: bottom - top })
      .resize(width, height, { fit: 'fill', kernel: 'linear' })
      .raw()
      .toBuffer();
    return planesOf(pixels, normalization);
  });
}

/** Interleaved bytes to planes of floats, by a table of the 256 values a byte can become. */
function planesOf(pixels: Uint8Array, { order, mean, std }: Normalization): Float32Array {
  const plane = pixels.length / 3;
  const out = new Float32Array(3 * plane);
  for (let c = 0; c < 3; c++) {
    const scale = 1 / (std[c] ?? 1);
    const shift = (mean[c] ?? 0) * scale;
    const values = Float32Array.from({ length: 256 }, (_, value) => value * scale - shift);
    const target = out.subarray(c * plane, (c + 1) * plane);
    for (let i = 0, at = order === 'rgb' ? c : 2 - c; i < plane; i++, at += 3) target[i] = values[pixels[at]!]!;
  }
  return out;
}

/**
 * Crops `box` and scales it to `width` x `height` floats, CHW. Enlarging is bilinear; shrinking takes the mean of the
 * source area under each pixel, so that thin strokes survive. What lies outside the frame repeats its border.
 */
export function cropToPlanes(
  raster: Raster,
  box: Box,
  width: number,
  height: number,
  normalization: Normalization,
): Float32Array {
  return timed('crops', () => resampled(raster, box, width, height, normalization));
}

function resampled(
  raster: Raster,
  box: Box,
  width: number,
  height: number,
  { order, mean, std }: Normalization,
): Float32Array {
  const [x0, y0, x1, y1] = box;
  const across = tapsOf(x0, x1, width, raster.width);
  const down = tapsOf(y0, y1, height, raster.height);
  const out = new Float32Array(3 * width * height);
  const plane = width * height;
  const [first, last] = order === 'rgb' ? [0, 2] : [2, 0];
  const [scale0, scale1, scale2] = [1 / std[0], 1 / std[1], 1 / std[2]];
  const [shift0, shift1, shift2] = [mean[0] * scale0, mean[1] * scale1, mean[2] * scale2];
  const { starts, sources, weights } = across;
  // Rows first: that pass is the long one, and runs over neighbouring bytes.
  const left = (sources[0] ?? 0) * 3;
  const line = new Float32Array(((sources[(starts[width] ?? 1) - 1] ?? 0) + 1) * 3 - left);
  for (let row = 0, target = 0; row < height; row++) {
    sumRows(raster, down, row, left, line);
    for (let i = 0; i < width; i++, target++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      const end = starts[i + 1] ?? 0;
      for (let tap = starts[i] ?? 0; tap < end; tap++) {
        const weight = weights[tap] ?? 0;
        const at = (sources[tap] ?? 0) * 3 - left;
        red += (line[at + first] ?? 0) * weight;
        green += (line[at + 1] ?? 0) * weight;
        blue += (line[at + last] ?? 0) * weight;
      }
      out[target] = red * scale0 - shift0;
      out[plane + target] = green * scale1 - shift1;
      out[2 * plane + target] = blue * scale2 - shift2;
    }
  }
  return out;
}

/** The weighted sum of the source rows under one row of the output, from byte `left` of each, into `line`. */
function sumRows(
  { data, width }: Raster,
  { starts, sources, weights }: Taps,
  row: number,
  left: number,
  line: Float32Array,
): void {
  const from = starts[row] ?? 0;
  const end = starts[row + 1] ?? 0;
  const length = line.length;
  for (let tap = from; tap < end; tap++) {
    const weight = weights[tap] ?? 0;
    const base = (sources[tap] ?? 0) * width * 3 + left;
    if (tap === from) for (let i = 0; i < length; i++) line[i] = (data[base + i] ?? 0) * weight;
    else for (let i = 0; i < length; i++) line[i] = (line[i] ?? 0) + (data[base + i] ?? 0) * weight;
  }
}

/** For pixel `i` of the output: `sources[starts[i] .. starts[i + 1]]` with their weights, which add up to 1. */
interface Taps {
  readonly starts: Int32Array;
  readonly sources: Int32Array;
  readonly weights: Float32Array;
}

function tapsOf(from: number, to: number, count: number, limit: number): Taps {
  const step = (to - from) / count;
  const most = Math.max(2, Math.ceil(step) + 1);
  const starts = new Int32Array(count + 1);
  const sources = new Int32Array(count * most);
  const weights = new Float32Array(count * most);
  let used = 0;
  const add = (source: number, weight: number) => {
    if (weight <= 0) return;
    sources[used] = Math.min(limit - 1, Math.max(0, source));
    weights[used++] = weight;
  };
  for (let i = 0; i < count; i++) {
    const begin = from + i * step;
    if (step <= 1) {
      const centre = begin + step / 2 - 0.5;
      const left = Math.floor(centre);
      add(left, 1 - (centre - left));
      add(left + 1, centre - left);
    } else {
      const end = begin + step;
      for (let source = Math.floor(begin); source < end; source++) {
        add(source, (Math.min(end, source + 1) - Math.max(begin, source)) / step);
      }
    }
    starts[i + 1] = used;
  }
  return { starts, sources, weights };
}
