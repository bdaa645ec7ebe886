/** What a storefront zone looks like when nothing is put out there, and whether a day may be held against that. */
import type { StorefrontFeatures } from '../sighting.ts';
import { comparable } from './frames.ts';
import { type CellStates, DRIFT, distance, type Looked } from './states.ts';

/** As known at the beginning of a day. */
export interface References {
  /** Pictures that somebody responsible said show the zone clear; all that stands in them belongs there. */
  readonly confirmed: readonly StorefrontFeatures[];
  /** Learned from frames judged clear, one picture a light, the oldest first; `hidden` where nothing is known yet. */
  readonly learned: readonly StorefrontFeatures[];
}

export const NO_REFERENCES: References = { confirmed: [], learned: [] };

/**
 * The pictures to hold against looks like `like`. A learned cell that is farther than {@link DRIFT} from what somebody
 * confirmed is not asked: the person is right.
 */
export function picturesFor({ confirmed, learned }: References, like: StorefrontFeatures): StorefrontFeatures[] {
  const anchors = confirmed.filter((picture) => comparable(picture, like));
  const own = learned.filter((picture) => comparable(picture, like));
  return [...anchors, ...own.map((picture) => within(picture, anchors))];
}

function within(picture: StorefrontFeatures, anchors: readonly StorefrontFeatures[]): StorefrontFeatures {
  if (anchors.length === 0) return picture;
  const hidden = picture.hidden.map((covered, cell) => {
    const showing = anchors.filter((anchor) => anchor.hidden[cell] !== 1);
    const strays = showing.length > 0 && showing.every((anchor) => distance(picture, anchor, cell) > DRIFT);
    return covered === 1 || strays ? 1 : 0;
  });
  return { ...picture, hidden };
}

/** Ground, judged by a look alone. */
const PLAIN = 0.2;
/** Of the plain cells that references know, this share must look as they say in half of the frames that show enough. */
const RECOGNISED = 0.4;
const ENOUGH_CELLS = 16;

/**
 * Whether the references still show what the camera sees. Goods change where they stand; where even plain ground looks
 * otherwise nearly everywhere, the camera was moved or the light is one that nobody has learned: then nothing follows
 * from the difference, and the day is judged by itself.
 */
export function applicable(looked: Looked, states: CellStates, references: readonly StorefrontFeatures[]): boolean {
  const cells = looked.frames[0]?.inZone.length ?? 0;
  let telling = 0;
  let recognised = 0;
  looked.frames.forEach((_, index) => {
    let plain = 0;
    let same = 0;
    for (let cell = 0; cell < cells; cell++) {
      const state = states.of[index * cells + cell] ?? -1;
      if (state < 0 || (looked.clutter[index]?.[cell] ?? 1) >= PLAIN) continue;
      if (references.every(({ hidden }) => hidden[cell] === 1)) continue;
      plain++;
      // The first state of a cell is the one that references show.
      if (state === 0) same++;
    }
    if (plain < ENOUGH_CELLS) return;
    telling++;
    if (same >= RECOGNISED * plain) recognised++;
  });
  return recognised * 2 >= telling;
}
