/** Straightens a four-cornered piece of a frame: perspective warp with bicubic sampling from full resolution. */
import type { Box, Point } from '#core/camera.ts';
import type { Quad } from './plate-shape.ts';
import { quadSize } from './plate-shape.ts';
import type { Raster } from './raster.ts';
import { timed } from './work.ts';

/** The eight numbers of the homography that maps the unit square onto `quad` (Heckbert 1989, 2.2.3). */
function unitSquareTo([tl, tr, br, bl]: Quad) {
  const dx1 = tr[0] - br[0];
  const dy1 = tr[1] - br[1];
  const dx2 = bl[0] - br[0];
  const dy2 = bl[1] - br[1];
  const sx = tl[0] - tr[0] + br[0] - bl[0];
  const sy = tl[1] - tr[1] + br[1] - bl[1];
  const det = dx1 * dy2 - dx2 * dy1;
  const g = det === 0 ? 0 : (sx * dy2 - dx2 * sy) / det;
  const h = det === 0 ? 0 : (dx1 * sy - sx * dy1) / det;
  return {
    a: tr[0] - tl[0] + g * tr[0],
    b: bl[0] - tl[0] + h * bl[0],
    c: tl[0],
    d: tr[1] - tl[1] + g * tr[1],
    e: bl[1] - tl[1] + h * bl[1],
    f: tl[1],
    g,
    h,
  };
}

/** The piece of a quadrangle between shares [left, top, right, bottom] of its width and height, seen in its perspective. */
export function subQuad(quad: Quad, [left, top, right, bottom]: Box): Quad {
  const { a, b, c, d, e, f, g, h } = unitSquareTo(quad);
  const corner = (u: number, v: number): Point => {
    const w = 1 / (g * u + h * v + 1);
    return [(a * u + b * v + c) * w, (d * u + e * v + f) * w];
  };
  return [corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)];
}

/** Two pictures of the same height, side by side. */
export function sideBySide(left: Raster, right: Raster): Raster {
  const width = left.width + right.width;
  const data = new Uint8Array(width * left.height * 3);
  for (let row = 0; row < left.height; row++) {
    data.set(left.data.subarray(row * left.width * 3, (row + 1) * left.width * 3), row * width * 3);
    data.set(right.data.subarray(row * right.width * 3, (row + 1) * right.width * 3), (row * width + left.width) * 3);
  }
  return { width, height: left.height, data };
}

/**
 * The piece of `raster` inside `quad`, `width` x `height` pixels, by Catmull-Rom interpolation. Several samples are
 * averaged per pixel where the source is larger than the result; what lies outside the frame repeats its edge.
 */
export function straighten(raster: Raster, quad: Quad, width: number, height: number): Raster {
  return timed('crops', () => warped(raster, quad, width, height));
}

function warped(raster: Raster, quad: Quad, width: number, height: number): Raster {
  const { a, b, c, d, e, f, g, h } = unitSquareTo(quad);
  const [sourceWidth, sourceHeight] = quadSize(quad);
  const taps = (ratio: number) => Math.max(1, Math.min(4, Math.round(ratio)));
  const tapsX = taps(sourceWidth / width);
  const tapsY = taps(sourceHeight / height);
  const share = 1 / (tapsX * tapsY);
  const data = new Uint8ClampedArray(width * height * 3);
  const maxX = raster.width - 1;
  const maxY = raster.height - 1;
  const stride = raster.width * 3;
  const pixels = raster.data;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = 0; tap < tapsX * tapsY; tap++) {
        const u = (column + ((tap % tapsX) + 0.5) / tapsX) / width;
        const v = (row + (Math.floor(tap / tapsX) + 0.5) / tapsY) / height;
        const w = 1 / (g * u + h * v + 1);
        const x = (a * u + b * v + c) * w - 0.5;
        const y = (d * u + e * v + f) * w - 0.5;
        const left = Math.floor(x);
        const top = Math.floor(y);
        const t = x - left;
        const s = y - top;
        const w0 = ((2 - t) * t - 1) * t * 0.5;
        const w1 = ((3 * t - 5) * t * t + 2) * 0.5;
        const w2 = ((4 - 3 * t) * t + 1) * t * 0.5;
        const w3 = 1 - w0 - w1 - w2;
        const x0 = clamp(left - 1, maxX) * 3;
        const x1 = clamp(left, maxX) * 3;
        const x2 = clamp(left + 1, maxX) * 3;
        const x3 = clamp(left + 2, maxX) * 3;
        for (let j = 0; j < 4; j++) {
          const weight =
            j === 0
              ? ((2 - s) * s - 1) * s * 0.5
              : j === 1
                ? ((3 * s - 5) * s * s + 2) * 0.5
                : j === 2
                  ? ((4 - 3 * s) * s + 1) * s * 0.5
                  : (s - 1) * s * s * 0.5;
          const line = clamp(top - 1 + j, maxY) * stride;
          const [p0, p1, p2, p3] = [line + x0, line + x1, line + x2, line + x3];
          red +=
            weight *
            (w0 * (pixels[p0] ?? 0) + w1 * (pixels[p1] ?? 0) + w2 * (pixels[p2] ?? 0) + w3 * (pixels[p3] ?? 0));
          green +=
            weight *
            (w0 * (pixels[p0 + 1] ?? 0) +
              w1 * (pixels[p1 + 1] ?? 0) +
              w2 * (pixels[p2 + 1] ?? 0) +
              w3 * (pixels[p3 + 1] ?? 0));
          blue +=
            weight *
            (w0 * (pixels[p0 + 2] ?? 0) +
              w1 * (pixels[p1 + 2] ?? 0) +
              w2 * (pixels[p2 + 2] ?? 0) +
              w3 * (pixels[p3 + 2] ?? 0));
        }
      }
      const at = (row * width + column) * 3;
      data[at] = red * share;
      data[at + 1] = green * share;
      data[at + 2] = blue * share;
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

const clamp = (value: number, most: number) => (value < 0 ? 0 : Math.min(value, most));
