/**
 * Plates of two rows from pieces of text: a shorter line close above a longer one, or one piece too tall for a line. The
 * proportions are those of GA 36-2018 (440 x 220 mm: characters fill .06-.94 of the width and .07-.91 of the height).
 */
import type { Point } from '#core/camera.ts';
import { trapezoid } from '#core/plates/attach.ts';
import { type Band, LOWER_BAND, UPPER_BAND } from '#core/plates/double-row.ts';
import type { PlateLayout } from '#core/plates/plate.ts';
import { type Frame, frameQuad, frameSize, type Quad, spanHull } from './plate-shape.ts';
import { subQuad } from './plate-warp.ts';

/** Where a whole plate may lie, and on how many rows it is read. */
export interface PlateOutline {
  readonly quad: Quad;
  readonly layout: PlateLayout;
}

/** A place where a plate can be. */
export interface PlateCandidate {
  /** What its outline may be, the likelier layout first. */
  readonly outlines: readonly PlateOutline[];
  /** What it may be besides, worth a look when nothing else can be read: a lower row whose upper row was not found. */
  readonly further: readonly PlateOutline[];
  /** How plate-like its score, size, proportions and place are, 0..1. */
  readonly plausibility: number;
}

/** One piece of text; pixels of the original frame. */
export interface TextPiece {
  /** The core of the text, and its smallest rectangle. */
  readonly hull: readonly Point[];
  readonly frame: Frame;
  /** How far the text reaches beyond the core. */
  readonly pad: number;
  readonly score: number;
}

/** Turned with the text, and with upright sides, as a vehicle seen from the side shows them. */
const framesOf = ({ hull, frame }: TextPiece): readonly Frame[] => [frame, spanHull(hull, frame.along, [0, 1])];

/** The plate's outline is the piece's, whether it holds one row or both. */
const outlinesOf = (piece: TextPiece, layout: PlateLayout): PlateOutline[] =>
  framesOf(piece).map((frame) => ({ quad: frameQuad(frame, piece.pad, piece.pad), layout }));

/** Whether `upper` can be the upper row of the plate whose lower row is `lower`. */
export function isStacked(upper: TextPiece, lower: TextPiece): boolean {
  const { along, across } = lower.frame;
  const above = spanHull(upper.hull, along, across);
  const [long, short] = paddedSize(lower);
  const [length, height] = paddedSize({ frame: above, pad: upper.pad });
  const gap = lower.frame.b[0] - lower.pad - (above.b[1] + upper.pad);
  const aside = (above.a[0] + above.a[1] - lower.frame.a[0] - lower.frame.a[1]) / 2;
  return (
    long / short > 1.6 &&
    length > 0.2 * long &&
    length < 0.95 * long &&
    height > 0.3 * short &&
    height < 1.1 * short &&
    gap > -0.4 * short &&
    gap < 0.5 * short &&
    Math.abs(aside) < 0.25 * long
  );
}

/**
 * Whether two pieces can be the left and the right part of one row, as the text detector leaves large new-energy plates,
 * yellow under the first two characters and green under the rest (GA 36-2018, 4.7), and plates across a shadow's edge.
 */
export function isBeside(left: TextPiece, right: TextPiece): boolean {
  const { along, across } = right.frame;
  const other = spanHull(left.hull, along, across);
  const [long, short] = paddedSize(right);
  const [length, height] = paddedSize({ frame: other, pad: left.pad });
  const gap = right.frame.a[0] - right.pad - (other.a[1] + left.pad);
  const level = Math.min(other.b[1], right.frame.b[1]) - Math.max(other.b[0], right.frame.b[0]);
  return (
    length > 0.2 * long &&
    length < 0.75 * long &&
    height > 0.7 * short &&
    height < 1.4 * short &&
    gap > -0.5 * short &&
    gap < short &&
    level > 0.6 * Math.min(other.b[1] - other.b[0], right.frame.b[1] - right.frame.b[0])
  );
}

function joined(left: TextPiece, right: TextPiece): TextPiece {
  const hull = [...left.hull, ...right.hull];
  const { along, across } = right.frame;
  return {
    hull,
    frame: spanHull(hull, along, across),
    pad: Math.max(left.pad, right.pad),
    score: Math.min(left.score, right.score),
  };
}

/** The plate around a lower row and, when it was found, the upper one; the upper row is 0.82 as tall with its gap. */
export function doubleOutlines(lower: TextPiece, upper: TextPiece | null): PlateOutline[] {
  return framesOf(lower).map((frame) => {
    const { along, across, a, b } = frame;
    const above = upper === null ? null : spanHull(upper.hull, along, across);
    const bottom = b[1] + lower.pad;
    const height = bottom - b[0] + lower.pad;
    const top = upper === null || above === null ? b[0] - lower.pad - 0.75 * height : above.b[0] - upper.pad;
    const rim = 0.06 * (bottom - top);
    const plate: Frame = { along, across, a, b: [top - rim, bottom + rim] };
    return { quad: frameQuad(plate, lower.pad + 0.04 * (a[1] - a[0]), 0), layout: 'double' };
  });
}

/** Length and height of a piece with its pad. */
function paddedSize({ frame, pad }: Pick<TextPiece, 'frame' | 'pad'>): readonly [number, number] {
  const [long, short] = frameSize(frame);
  return [long + 2 * pad, short + 2 * pad];
}

/** Width over height of the text of one row, and of both rows of a plate of two. */
const singleAspect = (aspect: number) => trapezoid(aspect, 1.1, 2, 4.8, 6.5);
const doubleAspect = (aspect: number) => trapezoid(aspect, 0.9, 1.3, 2.3, 2.8);

/** Sine of 60 degrees: steeper text is on no plate, and upright text has no upright sides across. */
const STEEPEST = 0.87;

/** Where plates of one row or two can be among pieces of text. */
export function plateCandidates(pieces: readonly TextPiece[]): PlateCandidate[] {
  const candidates: PlateCandidate[] = [];
  const level = pieces.filter(({ frame: { along } }) => Math.abs(along[1]) < STEEPEST);
  for (const piece of level) {
    const [long, short] = paddedSize(piece);
    const asSingle = singleAspect(long / short);
    const asDouble = doubleAspect(long / short);
    const single = asSingle > 0 ? outlinesOf(piece, 'single') : [];
    const double = asDouble > 0 ? outlinesOf(piece, 'double') : [];
    candidates.push({
      outlines: asSingle >= asDouble ? [...single, ...double] : [...double, ...single],
      further: asSingle > 0 ? doubleOutlines(piece, null) : [],
      plausibility: piece.score * Math.max(asSingle, asDouble),
    });
    for (const other of level) {
      if (other === piece) continue;
      if (isStacked(other, piece)) {
        const outlines = doubleOutlines(piece, other);
        candidates.push({ outlines, further: [], plausibility: Math.min(piece.score, other.score) });
      }
      if (isBeside(other, piece)) candidates.push(...oneRow(joined(other, piece)));
    }
  }
  return candidates;
}

function oneRow(piece: TextPiece): PlateCandidate[] {
  const [long, short] = paddedSize(piece);
  const suits = singleAspect(long / short);
  return suits === 0 ? [] : [{ outlines: outlinesOf(piece, 'single'), further: [], plausibility: piece.score * suits }];
}

const bandOf = (quad: Quad, { left, top, right, bottom }: Band) => subQuad(quad, [left, top, right, bottom]);

/** The upper and the lower row of a plate of two. */
export const rowsOf = (quad: Quad): readonly [Quad, Quad] => [bandOf(quad, UPPER_BAND), bandOf(quad, LOWER_BAND)];
