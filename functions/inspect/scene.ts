/** The small picture of a whole frame that is kept beside its sightings. */
import type { FrameId } from '#core/ids.ts';
import type { Scene } from '#core/sighting.ts';
import type { Raster } from './raster.ts';

/** Pixels of the longer side: a car 80 px wide in a 1080p frame is still 10 px wide. */
const LONGER_SIDE = 240;

/** Area-averaged luma (ITU-R BT.601), 240 x 135 for a 16:9 frame; a smaller frame keeps its size. */
export function makeScene({ width, height, data }: Raster, frameId: FrameId): Scene {
  const scale = Math.min(1, LONGER_SIDE / Math.max(width, height));
  const columns = Math.max(1, Math.round(width * scale));
  const rows = Math.max(1, Math.round(height * scale));
  const starts = Uint16Array.from({ length: columns + 1 }, (_, column) => Math.round((column * width) / columns));
  const luma = new Uint8Array(columns * rows);
  const sums = new Float64Array(columns);
  for (let row = 0, y = 0; row < rows; row++) {
    const end = Math.round(((row + 1) * height) / rows);
    const lines = end - y;
    sums.fill(0);
    for (; y < end; y++) {
      for (let column = 0, at = y * width * 3; column < columns; column++) {
        const until = (y * width + (starts[column + 1] ?? 0)) * 3;
        let [red, green, blue] = [0, 0, 0];
        for (; at < until; at += 3) {
          red += data[at]!;
          green += data[at + 1]!;
          blue += data[at + 2]!;
        }
        sums[column] = (sums[column] ?? 0) + 299 * red + 587 * green + 114 * blue;
      }
    }
    for (let column = 0; column < columns; column++) {
      const pixels = lines * ((starts[column + 1] ?? 0) - (starts[column] ?? 0));
      luma[row * columns + column] = Math.round((sums[column] ?? 0) / pixels / 1000);
    }
  }
  return { frameId, width: columns, height: rows, luma };
}
