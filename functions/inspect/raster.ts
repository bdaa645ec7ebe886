/** Pixels in memory, and the two ways the models want them: cropped and scaled, as planes of floats. */
import sharp from 'sharp';
import type { Box } from '#core/camera.ts';

/** Interleaved RGB, 8 bits, row-major, `width * height * 3` bytes. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Decodes a whole frame once. Orientation metadata is ignored: zones are drawn on the pixels as stored. */
export async function decodeFrame(jpeg: Uint8Array): Promise<Raster> {
  const { data, info } = await sharp(jpeg, { failOn: 'error', limitInputPixels: 64_000_000 })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** How a plane of the tensor is made from a channel: `(value - mean) / std`. */
export interface Normalization {
  readonly order: 'rgb' | 'bgr';
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * Crops `box` (clipped to the frame) and scales it bilinearly to `width` x `height` floats, CHW.
 * Shrinking by more than two averages source pixels first, so that thin strokes survive.
 * What lies outside the frame takes `fill` (0..255, before normalization).
 */
export function cropToPlanes(
  raster: Raster,
  box: Box,
  width: number,
  height: number,
  { order, mean, std }: Normalization,
): Float32Array {
  const [x0, y0, x1, y1] = box;
  const out = new Float32Array(3 * width * height);
  const plane = width * height;
  const stepX = (x1 - x0) / width;
  const stepY = (y1 - y0) / height;
  const taps = Math.max(1, Math.min(4, Math.round(Math.max(stepX, stepY))));
  const weight = 1 / (taps * taps);
  const channels = order === 'rgb' ? [0, 1, 2] : [2, 1, 0];
  const [c0 = 0, c1 = 1, c2 = 2] = channels;
  const { data } = raster;
  const stride = raster.width * 3;
  const maxX = raster.width - 1;
  const maxY = raster.height - 1;
  // One entry a tap: the left source column (already times 3) and the share of its right neighbour.
  const columns = new Int32Array(width * taps);
  const shares = new Float32Array(width * taps);
  for (let i = 0; i < width * taps; i++) {
    const x = Math.min(maxX, Math.max(0, x0 + ((i + 0.5) / taps) * stepX - 0.5));
    const left = Math.min(maxX - 1, Math.floor(x));
    columns[i] = left * 3;
    shares[i] = x - left;
  }
  for (let row = 0; row < height; row++) {
    for (let tapY = 0; tapY < taps; tapY++) {
      const y = Math.min(maxY, Math.max(0, y0 + (row + (tapY + 0.5) / taps) * stepY - 0.5));
      const top = Math.min(maxY - 1, Math.floor(y));
      const fy = y - top;
      const above = top * stride;
      for (let i = 0; i < width * taps; i++) {
        const at = above + (columns[i] ?? 0);
        const below = at + stride;
        const fx = shares[i] ?? 0;
        const w11 = fx * fy * weight;
        const w01 = fx * weight - w11;
        const w10 = fy * weight - w11;
        const w00 = weight - w01 - w10 - w11;
        const target = row * width + Math.floor(i / taps);
        for (let c = 0; c < 3; c++) {
          const channel = c === 0 ? c0 : c === 1 ? c1 : c2;
          const value =
            (data[at + channel] ?? 0) * w00 +
            (data[at + 3 + channel] ?? 0) * w01 +
            (data[below + channel] ?? 0) * w10 +
            (data[below + 3 + channel] ?? 0) * w11;
          out[c * plane + target] = (out[c * plane + target] ?? 0) + value;
        }
      }
    }
  }
  for (let c = 0; c < 3; c++) {
    const scale = 1 / (std[c] ?? 1);
    const shift = (mean[c] ?? 0) * scale;
    for (let i = c * plane; i < (c + 1) * plane; i++) out[i] = (out[i] ?? 0) * scale - shift;
  }
  return out;
}
