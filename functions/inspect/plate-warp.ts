/** Straightens a four-cornered piece of a frame: perspective warp with bicubic sampling from full resolution. */
import type { Quad } from './plate-shape.ts';
import { quadSize } from './plate-shape.ts';
import type { Raster } from './raster.ts';

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

/** Catmull-Rom weights of the four neighbours for a fraction `t`, into `out`. */
function cubicWeights(t: number, out: Float64Array): void {
  const t2 = t * t;
  const t3 = t2 * t;
  out[0] = -0.5 * t3 + t2 - 0.5 * t;
  out[1] = 1.5 * t3 - 2.5 * t2 + 1;
  out[2] = -1.5 * t3 + 2 * t2 + 0.5 * t;
  out[3] = 0.5 * t3 - 0.5 * t2;
}

/**
 * The piece of `raster` inside `quad`, `width` x `height` pixels. Several samples are averaged per pixel where the source
 * is larger than the result; what lies outside the frame repeats its edge.
 */
export function straighten(raster: Raster, quad: Quad, width: number, height: number): Raster {
  const { a, b, c, d, e, f, g, h } = unitSquareTo(quad);
  const [sourceWidth, sourceHeight] = quadSize(quad);
  const taps = (ratio: number) => Math.max(1, Math.min(4, Math.round(ratio)));
  const tapsX = taps(sourceWidth / width);
  const tapsY = taps(sourceHeight / height);
  const share = 1 / (tapsX * tapsY);
  const data = new Uint8Array(width * height * 3);
  const wx = new Float64Array(4);
  const wy = new Float64Array(4);
  const maxX = raster.width - 1;
  const maxY = raster.height - 1;
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
        cubicWeights(x - left, wx);
        cubicWeights(y - top, wy);
        for (let j = 0; j < 4; j++) {
          const line = Math.min(maxY, Math.max(0, top - 1 + j)) * raster.width;
          const weightY = wy[j] ?? 0;
          for (let i = 0; i < 4; i++) {
            const at = (line + Math.min(maxX, Math.max(0, left - 1 + i))) * 3;
            const weight = weightY * (wx[i] ?? 0);
            red += weight * (pixels[at] ?? 0);
            green += weight * (pixels[at + 1] ?? 0);
            blue += weight * (pixels[at + 2] ?? 0);
          }
        }
      }
      const at = (row * width + column) * 3;
      data[at] = clampByte(red * share);
      data[at + 1] = clampByte(green * share);
      data[at + 2] = clampByte(blue * share);
    }
  }
  return { width, height, data };
}

const clampByte = (value: number) => Math.max(0, Math.min(255, Math.round(value)));

/** The two rows of a double-row plate beside each other, as one row of the same height (GA 36-2018, figure 3: 2 + 5). */
export function joinRows(plate: Raster, split: number, height: number, topWidth: number, bottomWidth: number): Raster {
  const cut = plate.height * split;
  const rows = (y0: number, y1: number, width: number) =>
    straighten(
      plate,
      [
        [0, y0],
        [plate.width, y0],
        [plate.width, y1],
        [0, y1],
      ],
      width,
      height,
    );
  const top = rows(0, cut, topWidth);
  const bottom = rows(cut, plate.height, bottomWidth);
  const width = topWidth + bottomWidth;
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    data.set(top.data.subarray(row * topWidth * 3, (row + 1) * topWidth * 3), row * width * 3);
    data.set(bottom.data.subarray(row * bottomWidth * 3, (row + 1) * bottomWidth * 3), row * width * 3 + topWidth * 3);
  }
  return { width, height, data };
}
