/** What a frame's pixels say of the lens and the light (core/view/quality.ts), measured while they are in memory. */
import type { Scene } from '#core/sighting.ts';
import type { ViewQuality } from '#core/view/quality.ts';
import type { Raster } from './raster.ts';

/** Every so many lines of the frame are enough. */
const LINES = 60;
/** Pixels between which sharp and smeared edges alike differ. */
const FAR = 8;
const TILES = [8, 5] as const;
/** Standard deviation of luma from which a tile shows something. */
const SHOWS = 6;

export function measureQuality({ width, height, data }: Raster, { luma, ...size }: Scene): ViewQuality {
  let near = 0;
  let far = 0;
  const step = Math.max(1, Math.floor(height / LINES));
  for (let row = step >> 1; row < height; row += step) {
    const start = row * width * 3 + 1;
    for (let column = 0; column + FAR < width; column++) {
      const at = start + column * 3;
      const green = data[at]!;
      near += Math.abs(data[at + 3]! - green);
      far += Math.abs(data[at + 3 * FAR]! - green);
    }
  }
  const sorted = Float64Array.from(luma).sort();
  return {
    luma: round(sorted.reduce((sum, value) => sum + value, 0) / sorted.length),
    bright: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    sharpness: far === 0 ? 0 : round(Math.min(1, near / far)),
    structure: round(structureOf(luma, size)),
  };
}

const round = (value: number) => Math.round(value * 1000) / 1000;

function structureOf(luma: Uint8Array, { width, height }: Pick<Scene, 'width' | 'height'>): number {
  const [columns, rows] = TILES;
  let showing = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let [sum, squares, count] = [0, 0, 0];
      for (let y = Math.floor((row * height) / rows); y < Math.floor(((row + 1) * height) / rows); y++) {
        for (let x = Math.floor((column * width) / columns); x < Math.floor(((column + 1) * width) / columns); x++) {
          const value = luma[y * width + x] ?? 0;
          sum += value;
          squares += value * value;
          count += 1;
        }
      }
      if (count > 0 && Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)) >= SHOWS) showing += 1;
    }
  }
  return showing / (columns * rows);
}
