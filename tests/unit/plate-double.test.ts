import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import { plateText } from '#core/plates/plate.ts';
import { loadPlateReader, type PlateReader } from '../../functions/inspect/plate-reader.ts';
import { decodeFrame, type Raster } from '../../functions/inspect/raster.ts';
import { textSvg, textWidth } from '../../functions/seal/lettering.ts';

const UNIT = { size: 100, weight: 700 } as const;

/** `text` drawn in our own lettering, stretched into a box; the letters of the typeface are 0.73 of its size. */
function stretched(text: string, [x, y, width, height]: Box, ink: string): string {
  const [across, down] = [width / textWidth(text, UNIT), height / 76];
  return `<g transform="translate(${x} ${y}) scale(${across} ${down})">${textSvg(text, 0, 76, UNIT, ink)}</g>`;
}

/** A plate of two rows, 440 x 220, on the grey tail of a vehicle; characters where GA 36-2018 has them. */
async function doubleRow(upper: string, lower: string, ground: string, ink: string, width: number): Promise<Raster> {
  const row = (text: string, x: number, pitch: number, [w, y, h]: readonly [number, number, number]) =>
    [...text].map((char, index) => stretched(char, [x + index * pitch, y, w, h], ink)).join('');
  const body = [
    `<rect width="1100" height="700" fill="#8a8f94"/><rect y="520" width="1100" height="180" fill="#33363a"/>`,
    `<g transform="translate(330 240) rotate(2)"><rect width="440" height="220" rx="10" fill="${ground}"/>`,
    `<rect x="6" y="6" width="428" height="208" rx="8" fill="none" stroke="${ink}" stroke-width="4"/>`,
    row(upper, 112, 140, [76, 18, 56]),
    row(lower, 32, 80, [56, 94, 104]),
    '</g>',
  ].join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1100 700" width="${Math.round(width * 2.5)}">${body}</svg>`;
  return decodeFrame(await sharp(Buffer.from(svg)).blur(0.6).jpeg({ quality: 85 }).toBuffer());
}

describe('plates of two rows', () => {
  let reader: PlateReader;
  beforeAll(async () => {
    reader = await loadPlateReader();
  });

  it.each([
    ['a lorry’s rear', '浙A', '52V9N', '#f0b41c', '#111111', 'large-rear'],
    ['a trailer', '苏E', '4627挂', '#f0b41c', '#111111', 'trailer'],
    ['a moped', '沪C', '6D2K5', '#1f4fa8', '#f4f4f4', 'light-motorcycle'],
  ])('are found and read: %s', async (_, upper, lower, ground, ink, type) => {
    const raster = await doubleRow(upper, lower, ground, ink, 150);
    const box: Box = [2, 2, raster.width - 2, Math.round(raster.height * 0.78)];
    const read = await reader.readPlate(raster, box, []);
    expect(read && plateText(read)).toBe(`${upper}${lower}`);
    expect(read).toMatchObject({ layout: 'double', type });
  });
});
