/**
 * Decoded pixels, and vector marks laid on them. A general compositor takes 40 ms more a frame: it converts every pixel
 * of the scene to and fro for marks that touch few of them.
 */
import sharp from 'sharp';

/** Interleaved RGB, 8 bits, row-major. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Orientation metadata is ignored: zones and boxes are measured on the pixels as stored. */
export async function decodePicture(jpeg: Uint8Array): Promise<Picture> {
  const { data, info } = await sharp(jpeg)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

const rawOf = ({ data, width, height }: Picture) => sharp(data, { raw: { width, height, channels: 3 } });

/** The picture with further rows of one colour beneath. */
export function extendDown(
  { width, height, data }: Picture,
  rows: number,
  colour: readonly [number, number, number],
): Picture {
  const extended = Buffer.alloc(width * (height + rows) * 3, Buffer.from(colour));
  extended.set(data);
  return { width, height: height + rows, data: extended };
}

/** Lays an SVG as wide as the picture on it, from row `top` down. Changes the picture's pixels. */
export async function drawOn(picture: Picture, svg: Buffer, top: number): Promise<void> {
  const { data: marks, info } = await sharp(svg).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const { data, width, height } = picture;
  if (info.width !== width || top + info.height > height)
    throw new RangeError(
      `Expected marks of width ${width} inside ${height} rows, received ${info.width} x ${info.height} at ${top}`,
    );
  const whole = marks.byteOffset % 4 === 0 ? marks : Uint8Array.from(marks);
  const words = new Uint32Array(whole.buffer, whole.byteOffset, whole.length >> 2);
  for (let index = 0; index < words.length; index++) {
    if (words[index] === 0) continue;
    const mark = index * 4;
    const pixel = (top * width + index) * 3;
    const alpha = whole[mark + 3] ?? 0;
    data[pixel] = mix(data[pixel] ?? 0, whole[mark] ?? 0, alpha);
    data[pixel + 1] = mix(data[pixel + 1] ?? 0, whole[mark + 1] ?? 0, alpha);
    data[pixel + 2] = mix(data[pixel + 2] ?? 0, whole[mark + 2] ?? 0, alpha);
  }
}

const mix = (below: number, above: number, alpha: number) => (below * (255 - alpha) + above * alpha + 127) / 255;

/** A part of the picture at another size, by Lanczos. */
export async function cutAndScale(
  picture: Picture,
  region: { left: number; top: number; width: number; height: number },
  size: { width: number; height: number },
): Promise<Picture> {
  const data = await rawOf(picture)
    .extract(region)
    .resize({ ...size, fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  return { ...size, data };
}

/** Side by side on a ground of one colour; each picture with its top left corner. */
export function paste(ground: Picture, placed: readonly { picture: Picture; left: number; top: number }[]): Picture {
  const data = Uint8Array.from(ground.data);
  for (const { picture, left, top } of placed) {
    for (let row = 0; row < picture.height; row++) {
      const line = picture.data.subarray(row * picture.width * 3, (row + 1) * picture.width * 3);
      data.set(line, ((top + row) * ground.width + left) * 3);
    }
  }
  return { ...ground, data };
}

export const encodePicture = (picture: Picture, quality: number): Promise<Buffer> =>
  rawOf(picture).jpeg({ quality, optimiseCoding: false }).toBuffer();

/** A smaller copy for print: at most `width` pixels wide. */
export const encodeSmaller = (picture: Picture, width: number, quality: number): Promise<Buffer> =>
  rawOf(picture)
    .resize({ width, withoutEnlargement: true, kernel: 'linear' })
    .jpeg({ quality, optimiseCoding: false })
    .toBuffer();
