/** Pixels in memory, and the two ways the models want them: cropped and scaled, as planes of floats. */
import sharp from 'sharp';
import type { Box } from '#core/camera.ts';
import { refuse } from '#core/refusal.ts';

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
    const { data, info } = await sharp(jpeg, { failOn: 'error', limitInputPixels: 64_000_000 })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
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
 * Crops `box` and scales it to `width` x `height` floats, CHW. Enlarging is bilinear; shrinking takes the mean of the
 * source area under each pixel, so that thin strokes survive. What lies outside the frame repeats its border.
 */
export function cropToPlanes(
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
  const scale = std.map((value) => 1 / value);
  const line = new Float32Array(3 * width);
  const [weight0, weight1, weight2] = [scale[0] ?? 1, scale[1] ?? 1, scale[2] ?? 1];
  let scaled = -1;
  for (let row = 0; row < height; row++) {
    const target = row * width;
    const end = down.starts[row + 1] ?? 0;
    for (let tap = down.starts[row] ?? 0; tap < end; tap++) {
      const source = down.sources[tap] ?? 0;
      // Enlarging, and where two output rows share a source row, the line is at hand already.
      if (source !== scaled) scaleRow(raster, source, across, line);
      scaled = source;
      const weight = down.weights[tap] ?? 0;
      const [w0, w1, w2] = [weight * weight0, weight * weight1, weight * weight2];
      for (let i = 0, at = 0; i < width; i++, at += 3) {
        const index = target + i;
        out[index] = (out[index] ?? 0) + (line[at + first] ?? 0) * w0;
        out[plane + index] = (out[plane + index] ?? 0) + (line[at + 1] ?? 0) * w1;
        out[2 * plane + index] = (out[2 * plane + index] ?? 0) + (line[at + last] ?? 0) * w2;
      }
    }
  }
  for (let c = 0; c < 3; c++) {
    const shift = (mean[c] ?? 0) * (scale[c] ?? 1);
    for (let i = c * plane; i < (c + 1) * plane; i++) out[i] = (out[i] ?? 0) - shift;
  }
  return out;
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

/** One row of the raster scaled across into `line`, interleaved RGB. */
function scaleRow(
  { data, width: stride }: Raster,
  row: number,
  { starts, sources, weights }: Taps,
  line: Float32Array,
) {
  const base = row * stride;
  const count = starts.length - 1;
  for (let i = 0; i < count; i++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    const end = starts[i + 1] ?? 0;
    for (let tap = starts[i] ?? 0; tap < end; tap++) {
      const weight = weights[tap] ?? 0;
      const at = (base + (sources[tap] ?? 0)) * 3;
      red += (data[at] ?? 0) * weight;
      green += (data[at + 1] ?? 0) * weight;
      blue += (data[at + 2] ?? 0) * weight;
    }
    line[i * 3] = red;
    line[i * 3 + 1] = green;
    line[i * 3 + 2] = blue;
  }
}
