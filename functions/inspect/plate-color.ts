/** The colour of a straightened plate from its pixels. Characters and background are judged together: they come in pairs. */
import type { PlateColor } from '#core/plates/plate.ts';
import type { Raster } from './raster.ts';

/** Shares of the pixels of a plate in each of the colours plates are painted in; grey counts by brightness. */
export interface ColorShares {
  readonly blue: number;
  readonly yellow: number;
  readonly green: number;
  readonly grey: number;
  /** Mean brightness of the grey pixels, 0..255, relative to the darkest and brightest of the plate: 0..1. */
  readonly greyLevel: number;
}

export function colorShares({ data, width, height }: Raster): ColorShares {
  let blue = 0;
  let yellow = 0;
  let green = 0;
  let grey = 0;
  let greySum = 0;
  let darkest = 255;
  let brightest = 0;
  let count = 0;
  const marginX = Math.round(width * 0.06);
  const marginY = Math.round(height * 0.15);
  for (let y = marginY; y < height - marginY; y++) {
    for (let x = marginX; x < width - marginX; x++) {
      const at = (y * width + x) * 3;
      const r = data[at] ?? 0;
      const g = data[at + 1] ?? 0;
      const b = data[at + 2] ?? 0;
      const most = Math.max(r, g, b);
      const least = Math.min(r, g, b);
      count += 1;
      darkest = Math.min(darkest, most);
      brightest = Math.max(brightest, most);
      const chroma = most - least;
      if (chroma < 0.22 * most || chroma < 10) {
        grey += 1;
        greySum += most;
        continue;
      }
      const hue = most === r ? ((g - b) / chroma + 6) % 6 : most === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4;
      if (hue >= 3.2 && hue < 4.6) blue += 1;
      else if (hue >= 0.35 && hue < 1.25) yellow += 1;
      else if (hue >= 1.5 && hue < 3) green += 1;
    }
  }
  return {
    blue: blue / count,
    yellow: yellow / count,
    green: green / count,
    grey: grey / count,
    greyLevel: grey === 0 || brightest === darkest ? 0.5 : (greySum / grey - darkest) / (brightest - darkest),
  };
}

/** Null when the pixels do not say: too grey for a colour and neither white nor black. */
export function plateColor(shares: ColorShares): PlateColor | null {
  const { blue, yellow, green, grey, greyLevel } = shares;
  const most = Math.max(blue, yellow, green);
  if (most >= 0.25) {
    if (blue === most) return 'blue';
    if (green === most) return yellow > 0.2 ? 'yellow-green' : 'green';
    return green > 0.2 ? 'yellow-green' : 'yellow';
  }
  if (grey > 0.7) return greyLevel > 0.6 ? 'white' : greyLevel < 0.4 ? 'black' : null;
  return null;
}
