/**
 * Pictures that `eval continuity` makes of labelled ones: the same street in other light and weather, another vehicle in
 * the same box, the same vehicle a little further. Functions of their arguments, to the byte.
 */
import sharp from 'sharp';
import type { Box } from '#core/camera.ts';

export interface Picture {
  width: number;
  height: number;
  jpeg: Buffer;
}

const QUALITY = 90;

export async function openPicture(path: string): Promise<Picture> {
  const { data, info } = await sharp(path).removeAlpha().jpeg({ quality: 95 }).toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, jpeg: data };
}

/** Light and weather a stay may run into; by name, because figures are told apart by it. */
export const WEATHERS: Readonly<Record<string, (picture: Picture) => Promise<Buffer>>> = {
  night,
  fog: (picture) => sharp(picture.jpeg).linear(0.45, 105).blur(1.2).jpeg({ quality: QUALITY }).toBuffer(),
  // A cloud goes, and wind sways the pole by three thousandths of the width.
  sun: (picture) => shaken(picture, 0.003, 1.25),
};

/** Street lamps only: darker, shadows deeper, grain. */
async function night({ width, height, jpeg }: Picture): Promise<Buffer> {
  const data = await sharp(jpeg).raw().toBuffer();
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const grain = (state / 4_294_967_296 - 0.5) * 24;
    data[i] = Math.min(255, Math.max(0, Math.round(255 * ((data[i] ?? 0) / 255) ** 1.9 * 0.55 + grain)));
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

function shaken({ width, height, jpeg }: Picture, share: number, gain: number): Promise<Buffer> {
  const [dx, dy] = [Math.round(width * share), Math.round((width * share) / 2)];
  return sharp(jpeg)
    .linear(gain, 0)
    .extract({ left: dx, top: dy, width: width - dx, height: height - dy })
    .extend({ right: dx, bottom: dy, extendWith: 'copy' })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

export interface Patch {
  from: Picture;
  source: Box;
  target: Box;
}

/**
 * Lays parts of pictures over another, each scaled from its source box to its target.
 * @param around how much of the surroundings comes with it, in shares of the sides, fading out; 0 keeps to the body
 */
export async function patched(onto: Picture, patches: readonly Patch[], around: number): Promise<Buffer> {
  const layers = [];
  for (const { from, source, target } of patches) {
    const [cut, place] = [widened(source, around), widened(target, around)];
    const inside = clipped(cut, from);
    const [width, height] = [Math.round(place[2] - place[0]), Math.round(place[3] - place[1])];
    if (inside === null || width < 4 || height < 4) continue;
    const part = await sharp(from.jpeg)
      .extract(inside)
      .resize(width, height, { fit: 'fill' })
      .ensureAlpha()
      .raw()
      .toBuffer();
    fade(part, width, height, around > 0 ? 2.5 : 4);
    const [left, top] = [Math.round(place[0]), Math.round(place[1])];
    const whole = { left: Math.max(0, -left), top: Math.max(0, -top) };
    const seen = {
      width: Math.min(width, onto.width - left) - whole.left,
      height: Math.min(height, onto.height - top) - whole.top,
    };
    if (seen.width < 4 || seen.height < 4) continue;
    const input = await sharp(part, { raw: { width, height, channels: 4 } })
      .extract({ ...whole, ...seen })
      .png()
      .toBuffer();
    layers.push({ input, left: left + whole.left, top: top + whole.top });
  }
  return sharp(onto.jpeg).composite(layers).jpeg({ quality: QUALITY }).toBuffer();
}

/** Opacity by a superellipse: a body fills its box but for the corners. */
function fade(rgba: Buffer, width: number, height: number, power: number): void {
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [(2 * ((i % width) + 0.5)) / width - 1, (2 * (Math.floor(i / width) + 0.5)) / height - 1];
    const radius = (Math.abs(x) ** power + Math.abs(y) ** power) ** (1 / power);
    rgba[4 * i + 3] = Math.round(255 * Math.min(1, Math.max(0, (1 - radius) / 0.12)));
  }
}

const widened = ([x0, y0, x1, y1]: Box, share: number): Box => {
  const [dx, dy] = [(x1 - x0) * share, (y1 - y0) * share];
  return [x0 - dx, y0 - dy, x1 + dx, y1 + dy];
};

function clipped([x0, y0, x1, y1]: Box, { width, height }: Picture) {
  const [left, top] = [Math.max(0, Math.round(x0)), Math.max(0, Math.round(y0))];
  const size = { width: Math.min(width, Math.round(x1)) - left, height: Math.min(height, Math.round(y1)) - top };
  return size.width < 4 || size.height < 4 ? null : { left, top, ...size };
}
