/** The light that a storefront is seen in. */
import type { Grid } from '#core/occupancy/grid.ts';
import type { Light } from '#core/sighting.ts';
import type { Raster } from './raster.ts';

/** Pixels looked at along each side of a cell. */
const TAPS = 3;

/** Statistics of the pixels of the cells that nothing hides; of all of them where everything is hidden. */
export function lightOf({ width, height, data }: Raster, { columns, rows, box }: Grid, hidden: Uint8Array): Light {
  const [x0, y0, x1, y1] = box;
  const all = hidden.every((covered) => covered === 1);
  const [stepX, stepY] = [(x1 - x0) / (columns * TAPS), (y1 - y0) / (rows * TAPS)];
  let [count, sum, squares, red, green, blue] = [0, 0, 0, 0, 0, 0];
  for (let tapY = 0; tapY < rows * TAPS; tapY++) {
    const y = Math.floor(y0 + (tapY + 0.5) * stepY);
    if (y < 0 || y >= height) continue;
    for (let tapX = 0; tapX < columns * TAPS; tapX++) {
      const x = Math.floor(x0 + (tapX + 0.5) * stepX);
      if (x < 0 || x >= width) continue;
      if (!all && hidden[Math.floor(tapY / TAPS) * columns + Math.floor(tapX / TAPS)] === 1) continue;
      const at = (y * width + x) * 3;
      const [r, g, b] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
      const luma = 0.299 * r + 0.587 * g + 0.114 * b;
      count++;
      sum += luma;
      squares += luma * luma;
      red += r;
      green += g;
      blue += b;
    }
  }
  const mean = sum / Math.max(1, count);
  const deviation = Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean));
  return {
    luma: rounded(mean),
    contrast: rounded(deviation / (mean + 1)),
    warmth: rounded((red - blue) / (red + green + blue + 1)),
  };
}

/** Kept as text: a thousandth is more than anybody can see. */
const rounded = (value: number) => Math.round(value * 1000) / 1000;
