/**
 * 遮盖: destroys parts of a picture so that nothing can bring them back. One grey over whole blocks of the JPEG grid: what
 * stands there afterwards is the same whatever stood there before. Why no blur and no mosaic:
 * docs/decisions/0032-party-copy.md.
 */
import type { Box } from '#core/camera.ts';
import { boxIntersection } from '#core/geometry.ts';
import type { Picture } from './picture.ts';

/** Every hidden pixel, in every channel. */
export const HIDDEN = 112;
/**
 * Pixels a JPEG codes together at most (16 x 16 with halved colours): what lies beside a region but in one block with it was
 * coded from it and carries a little of it.
 */
const BLOCK = 16;

/** The region grown to whole blocks, inside the picture. */
export function blocksAround([x0, y0, x1, y1]: Box, { width, height }: Pick<Picture, 'width' | 'height'>): Box {
  const down = (at: number) => Math.floor(at / BLOCK) * BLOCK;
  const up = (at: number) => Math.ceil(at / BLOCK) * BLOCK;
  return boxIntersection([down(x0), down(y0), up(x1), up(y1)], [0, 0, width, height]);
}

/**
 * A copy of the picture with the regions destroyed.
 * @param regions `[x0, y0, x1, y1)`
 * @param kept stays as it was, whatever region it lies in: the subject's own plate
 */
export function redacted(picture: Picture, regions: readonly Box[], kept: Box | null): Picture {
  const { width, height } = picture;
  const data = Uint8Array.from(picture.data);
  const [left, top, right, bottom] = kept === null ? [0, 0, 0, 0] : wholePixels(kept);
  for (const region of regions) {
    const [x0, y0, x1, y1] = blocksAround(region, { width, height });
    for (let y = y0; y < y1; y++) {
      const row = y * width * 3;
      const isKept = y >= top && y < bottom;
      // Up to what is kept, and from its other side on.
      const end = isKept ? Math.max(x0, Math.min(x1, left)) : x1;
      data.fill(HIDDEN, row + x0 * 3, row + end * 3);
      if (isKept) data.fill(HIDDEN, row + Math.min(x1, Math.max(x0, right)) * 3, row + x1 * 3);
    }
  }
  return { width, height, data };
}

const wholePixels = ([x0, y0, x1, y1]: Box): Box => [Math.floor(x0), Math.floor(y0), Math.ceil(x1), Math.ceil(y1)];
