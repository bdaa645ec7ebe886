/** How cluttered a look is, cell by cell. */
import type { StorefrontFeatures } from '../sighting.ts';

/** Clutter 0..1 averaged over the visible cells of each 3 x 3 neighbourhood. */
export function smoothedClutter({ columns, rows, hidden, clutter }: StorefrontFeatures): Float32Array {
  const out = new Float32Array(columns * rows);
  if (clutter === undefined) return out;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      let count = 0;
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
          const cell = r * columns + c;
          if (hidden[cell] === 1) continue;
          sum += clutter[cell] ?? 0;
          count++;
        }
      }
      out[row * columns + column] = count === 0 ? 0 : sum / count / 255;
    }
  }
  return out;
}
