/**
 * Frames that show nothing of a storefront: the lens covered, fogged or out of focus, a bus before all of it. Nobody
 * detects these; but such a frame looks like no other frame of the day nearly everywhere, and its neighbours in time on
 * either side do not look like it. Taken for the bare look of the zone it would turn the whole day upside down.
 */
import type { StorefrontFeatures } from '../sighting.ts';
import type { CellStates } from './states.ts';

/**
 * Of the cells that at least two other frames show, a frame must have more than this share to itself. Measured on the
 * rendered storefronts: all kinds of goods, put out in one frame only or missing in one only, .43; darkness, rain, noise
 * and haze .44; out of focus .55 and more; a truck before the lens .74; a black frame 1.
 */
const ALONE = 0.5;

/** For each frame whether it is to be left out; never the first or last, which nothing vouches against on one side. */
export function blindFrames(frames: readonly StorefrontFeatures[], { of }: CellStates): boolean[] {
  const cells = frames[0]?.inZone.length ?? 0;
  const alone = new Uint32Array(frames.length);
  const compared = new Uint32Array(frames.length);
  for (let cell = 0; cell < cells; cell++) {
    const shownBy: number[] = [];
    let seen = 0;
    for (let at = cell; at < of.length; at += cells) {
      const state = of[at] ?? -1;
      if (state < 0) continue;
      shownBy[state] = (shownBy[state] ?? 0) + 1;
      seen++;
    }
    if (seen < 3) continue;
    for (let index = 0; index < frames.length; index++) {
      const state = of[index * cells + cell] ?? -1;
      if (state < 0) continue;
      compared[index] = (compared[index] ?? 0) + 1;
      if (shownBy[state] === 1) alone[index] = (alone[index] ?? 0) + 1;
    }
  }
  return frames.map((_, index) => {
    const [own = 0, all = 0] = [alone[index], compared[index]];
    return index > 0 && index < frames.length - 1 && own > ALONE * all && all * 2 > cells;
  });
}

/** The same frames, the blind ones with everything hidden. */
export function withoutBlind(
  frames: readonly StorefrontFeatures[],
  blind: readonly boolean[],
): readonly StorefrontFeatures[] {
  return frames.map((frame, index) =>
    blind[index] ? { ...frame, hidden: new Uint8Array(frame.hidden.length).fill(1) } : frame,
  );
}
