/**
 * Light, weather and wear for composite pictures (composites.ts): what a camera, the hour and the network do to a frame.
 * Noise and rain come from a seed, so that the same call gives the same bytes.
 */
import sharp, { type Sharp } from 'sharp';
import type { Box } from '#core/camera.ts';
import type { Raster } from '../../functions/inspect/raster.ts';

type Change = (raster: Raster) => Raster | Promise<Raster>;

/** One change after another. */
export async function changed(raster: Raster, ...changes: readonly Change[]): Promise<Raster> {
  let picture = raster;
  for (const change of changes) picture = await change(picture);
  return picture;
}

const perValue =
  (of: (value: number) => number): Change =>
  ({ width, height, data }) => {
    const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => Math.round(of(value)));
    return { width, height, data: data.map((value) => table[value]!) };
  };

export const exposed = (gain: number): Change => perValue((value) => value * gain);

/** Street lamps only: darker, and shadows deeper; bluish is left to the camera. */
export const byNight: Change = perValue((value) => 255 * (value / 255) ** 1.9 * 0.55);

/** Nothing but fog or a breath on the dome. */
export const veiled = (share: number): Change => perValue((value) => value * (1 - share) + 190 * share);

export const noisy =
  (deviation: number, seed: number): Change =>
  ({ width, height, data }) => {
    const random = randomFrom(seed);
    const out = new Uint8ClampedArray(data.length);
    for (let i = 0; i < data.length; i++) {
      // The sum of three uniforms has deviation 1/2 and no far tails.
      out[i] = data[i]! + 2 * deviation * (random() + random() + random() - 1.5);
    }
    return { width, height, data: new Uint8Array(out.buffer) };
  };

/** Bright slanted streaks. */
export const rainy =
  (streaks: number, seed: number): Change =>
  ({ width, height, data }) => {
    const random = randomFrom(seed);
    const out = Uint8Array.from(data);
    for (let streak = 0; streak < streaks; streak++) {
      const [x, y] = [random() * width, random() * height];
      const length = 12 + 30 * random();
      const share = 0.12 + 0.25 * random();
      for (let step = 0; step < length; step++) {
        const [column, row] = [Math.round(x - step * 0.15), Math.round(y + step)];
        if (column < 0 || row >= height || column >= width) continue;
        const at = (row * width + column) * 3;
        for (let c = 0; c < 3; c++) out[at + c] = Math.round(out[at + c]! * (1 - share) + 215 * share);
      }
    }
    return { width, height, data: out };
  };

/** Sun through leaves: soft spots of light on shaded ground, moved by `shift` pixels as the sun goes on. */
export const dappled =
  (seed: number, shift: number): Change =>
  async ({ width, height, data }) => {
    const random = randomFrom(seed);
    const spots = Array.from({ length: 900 }, () => {
      const y = random() * height;
      const nearness = 0.4 + y / height;
      const [x, rx] = [random() * width + shift, (6 + random() * 26) * nearness];
      return `<ellipse cx="${x}" cy="${y + shift / 5}" rx="${rx}" ry="${rx * (0.3 + 0.3 * random())}" fill="#fff"/>`;
    });
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${spots.join('')}</svg>`;
    const lit = await sharp(Buffer.from(svg)).flatten({ background: '#000' }).blur(2.5).greyscale().raw().toBuffer();
    const gain = (at: number) => 0.5 + (0.62 * (lit[at] ?? 0)) / 255;
    return { width, height, data: data.map((value, i) => Math.min(255, Math.round(value * gain(Math.floor(i / 3))))) };
  };

/** The pole sways: moved by whole pixels, the border repeats. */
export const shaken =
  (dx: number, dy: number): Change =>
  ({ width, height, data }) => {
    const out = new Uint8Array(data.length);
    for (let y = 0; y < height; y++) {
      const row = Math.min(height - 1, Math.max(0, y - dy)) * width;
      for (let x = 0; x < width; x++) {
        const from = (row + Math.min(width - 1, Math.max(0, x - dx))) * 3;
        out.set(data.subarray(from, from + 3), (y * width + x) * 3);
      }
    }
    return { width, height, data: out };
  };

const rawOf = ({ width, height, data }: Raster) => sharp(data, { raw: { width, height, channels: 3 } });

async function rasterOf(image: Sharp): Promise<Raster> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

/** Out of focus. */
export const unfocused =
  (sigma: number): Change =>
  (raster) =>
    rasterOf(rawOf(raster).blur(sigma));

/** Left becomes right: no plate can be read any more. */
export const mirrored: Change = (raster) => rasterOf(rawOf(raster).flop());

/** Another lens: a part of the picture, as large as said. */
export const cropped =
  ([x0, y0, x1, y1]: Box, width: number, height: number): Change =>
  (raster) =>
    rasterOf(
      rawOf(raster)
        .extract({ left: x0, top: y0, width: x1 - x0, height: y1 - y0 })
        .resize(width, height, { fit: 'fill' }),
    );

/** Only a part of the picture is out of focus: dirt, spray, a reflection. */
export const smeared =
  ([x0, y0, x1, y1]: Box, sigma: number): Change =>
  async (raster) => {
    const [left, top] = [Math.max(0, Math.floor(x0)), Math.max(0, Math.floor(y0))];
    const width = Math.min(raster.width, Math.ceil(x1)) - left;
    const height = Math.min(raster.height, Math.ceil(y1)) - top;
    const part = await rasterOf(rawOf(raster).extract({ left, top, width, height }).blur(sigma));
    const data = Uint8Array.from(raster.data);
    for (let y = 0; y < height; y++) {
      data.set(part.data.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * raster.width + left) * 3);
    }
    return { width: raster.width, height: raster.height, data };
  };

/** mulberry32: small, quick, good enough for noise. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
