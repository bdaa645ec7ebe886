/** A sheet of the worst errors: one picture to look at, so that a figure can be understood and not only believed. */
import sharp from 'sharp';
import type { Box } from '#core/camera.ts';
import { textSvg, textWidth } from '../../functions/seal/lettering.ts';

export interface SheetTile {
  /** Path of the picture. */
  path: string;
  /** What to show of it, pixels; the whole picture when null. */
  around: Box | null;
  marks: readonly { box: Box; colour: string }[];
  caption: string;
}

/** Colours of marks: what is truly there, and what was made of it. */
export const TRUE_COLOUR = '#00e676';
export const FOUND_COLOUR = '#ff5252';
export const MOST_TILES = 24;

const COLUMNS = 4;
const TILE = { width: 420, height: 300 } as const;
const CAPTION = 26;
const MARGIN = 4;
/** Surroundings shown with what `around` names, in shares of its longer side. */
const SURROUNDINGS = 0.6;

/** Writes a PNG of the first {@link MOST_TILES} tiles; without any, of the title alone. */
export async function writeSheet(file: string, title: string, tiles: readonly SheetTile[]): Promise<void> {
  const shown = tiles.slice(0, MOST_TILES);
  const width = COLUMNS * (TILE.width + MARGIN) + MARGIN;
  const rowHeight = TILE.height + CAPTION + MARGIN;
  const height = 40 + Math.ceil(shown.length / COLUMNS) * rowHeight;
  const parts = [{ input: lettered(title, width, 40, 22), left: 0, top: 0 }];
  for (const [i, tile] of shown.entries()) {
    const left = MARGIN + (i % COLUMNS) * (TILE.width + MARGIN);
    const top = 40 + Math.floor(i / COLUMNS) * rowHeight;
    parts.push({ input: await pictureOf(tile), left, top });
    parts.push({ input: lettered(tile.caption, TILE.width, CAPTION, 15), left, top: top + TILE.height });
  }
  await sharp({ create: { width, height, channels: 3, background: '#202124' } })
    .composite(parts)
    .png()
    .toFile(file);
}

async function pictureOf({ path, around, marks }: SheetTile): Promise<Buffer> {
  const { width = 1, height = 1 } = await sharp(path).metadata();
  const [x0, y0, x1, y1] = windowOf(around ?? [0, 0, width, height], around === null ? 0 : SURROUNDINGS, width, height);
  const scale = Math.min(TILE.width / (x1 - x0), TILE.height / (y1 - y0));
  const size = {
    width: Math.max(1, Math.round((x1 - x0) * scale)),
    height: Math.max(1, Math.round((y1 - y0) * scale)),
  };
  const rectangles = marks.map(
    ({ box: [a, b, c, d], colour }) =>
      `<rect x="${(a - x0) * scale}" y="${(b - y0) * scale}" width="${(c - a) * scale}" height="${(d - b) * scale}" fill="none" stroke="${colour}" stroke-width="2"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${rectangles.join('')}</svg>`;
  return sharp(path)
    .extract({ left: x0, top: y0, width: x1 - x0, height: y1 - y0 })
    .resize({ ...size, fit: 'fill' })
    .toColourspace('srgb')
    .removeAlpha()
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
}

/** Whole pixels inside the picture, at least one. */
function windowOf([x0, y0, x1, y1]: Box, surroundings: number, width: number, height: number): Box {
  const more = surroundings * Math.max(x1 - x0, y1 - y0);
  const left = Math.min(width - 1, Math.max(0, Math.floor(x0 - more)));
  const top = Math.min(height - 1, Math.max(0, Math.floor(y0 - more)));
  return [
    left,
    top,
    Math.max(left + 1, Math.min(width, Math.ceil(x1 + more))),
    Math.max(top + 1, Math.min(height, Math.ceil(y1 + more))),
  ];
}

function lettered(text: string, width: number, height: number, size: number): Buffer {
  const style = { size, weight: 400 } as const;
  let shown = text;
  while (shown.length > 1 && textWidth(shown, style) > width - 12) shown = `${shown.slice(0, -2)}…`;
  const line = textSvg(shown, 6, height / 2 + size / 3, style, '#ffffff');
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${line}</svg>`);
}
