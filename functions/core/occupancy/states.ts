/**
 * What each cell of a storefront has looked like. The frames of a day give every cell a few states (bare stone, stone
 * with a crate on it); a state is followed from frame to frame, so that the light may wander through the day. Where
 * references say what a cell looks like when bare, that is its first state.
 */
import type { StorefrontFeatures } from '../sighting.ts';
import { lightDistance, ONE_LIGHT } from './light.ts';

/**
 * Two looks of a cell are the same below this cosine distance of backbone features. On fixed cameras an unchanged cell
 * stays below .3 through moving shadows, and a cell with goods differs from bare ground by .6 and more.
 */
export const SAME = 0.4;
const SURELY_SAME = 0.15;
/**
 * How far a look known to be bare may wander from its references with the light of a day. Without a bound, goods that
 * are put out piece by piece could be followed as if they were changing light.
 */
export const DRIFT = 0.5;
/** Below this clutter, a look that no reference shows is ground in a new light, or new ground, and no goods. */
const UNCLUTTERED = 0.3;
/** Length 127 each, as {@link StorefrontFeatures} says. */
const SQUARED_LENGTH = 127 * 127;
const NOT_SEEN = -1;
const NONE: readonly StorefrontFeatures[] = [];

/** Looks at a zone, in the order of their capture, and how cluttered each cell of each looks, 0..1, smoothed. */
export interface Looked {
  readonly frames: readonly StorefrontFeatures[];
  readonly clutter: readonly Float32Array[];
}

export interface CellStates {
  /** State of a cell in a frame, `frame * cells + cell`; -1 where it was hidden. */
  readonly of: Int16Array;
  /** The bare state of each cell; -1 where it was never seen. */
  readonly bare: Int16Array;
  /** Clutter of the bare state, 0..1. */
  readonly bareClutter: Float32Array;
  /** 1 where the bare state is one that references show. */
  readonly known: Uint8Array;
  /** 1 where some frame of the day shows the bare state. */
  readonly witnessed: Uint8Array;
}

/** Cosine distance of one cell in two pictures of a zone, 0..2. */
export function distance(a: StorefrontFeatures, b: StorefrontFeatures, cell: number): number {
  const from = cell * a.channels;
  let dot = 0;
  for (let c = from; c < from + a.channels; c++) dot += (a.values[c] ?? 0) * (b.values[c] ?? 0);
  return 1 - dot / SQUARED_LENGTH;
}

/** A look of one cell. */
interface State {
  /** The picture that showed it last. */
  last: StorefrontFeatures | undefined;
  /** Pictures known to show it, empty for a state found today. */
  readonly references: readonly StorefrontFeatures[];
  /** Clutter each time it was seen. */
  readonly clutter: number[];
  seenToday: boolean;
}

/** @param references pictures of the zone known to be bare where nothing hides it: their look is bare, whatever the clutter */
export function statesOf({ frames, clutter }: Looked, references: Looked): CellStates {
  const cells = frames[0]?.inZone.length ?? 0;
  const of = new Int16Array(frames.length * cells).fill(NOT_SEEN);
  const bare = new Int16Array(cells).fill(NOT_SEEN);
  const bareClutter = new Float32Array(cells);
  const known = new Uint8Array(cells);
  const witnessed = new Uint8Array(cells);
  const near = frames.map((frame) => references.frames.filter((reference) => inOneLight(frame, reference)));
  for (let cell = 0; cell < cells; cell++) {
    const states = knownStates(references, cell);
    let latest = states[0];
    frames.forEach((frame, index) => {
      if (frame.hidden[cell] === 1) return;
      const look = clutter[index]?.[cell] ?? 0;
      const state = matching(frame, cell, states, latest, near[index] ?? []);
      if (state === undefined) {
        latest = { last: frame, references: NONE, clutter: [look], seenToday: true };
        states.push(latest);
      } else {
        state.last = frame;
        state.clutter.push(look);
        state.seenToday = true;
        latest = state;
      }
      of[index * cells + cell] = states.indexOf(latest);
    });
    const typical = states.map((state) => median(state.clutter));
    const index = barest(states, typical);
    const chosen = states[index];
    if (chosen === undefined) continue;
    bare[cell] = index;
    bareClutter[cell] = typical[index] ?? 0;
    known[cell] = Number(chosen.references.length > 0);
    witnessed[cell] = Number(chosen.seenToday);
  }
  return { of, bare, bareClutter, known, witnessed };
}

/** A reference in another light is asked only where none in this one shows the cell. */
function inOneLight(frame: StorefrontFeatures, reference: StorefrontFeatures): boolean {
  if (frame.light === undefined || reference.light === undefined) return true;
  return lightDistance(frame.light, reference.light) <= ONE_LIGHT;
}

function knownStates({ frames, clutter }: Looked, cell: number): State[] {
  const references = frames.filter(({ hidden }) => hidden[cell] !== 1);
  if (references.length === 0) return [];
  const seen = references.map((reference) => clutter[frames.indexOf(reference)]?.[cell] ?? 0);
  return [{ last: undefined, references, clutter: seen, seenToday: false }];
}

/**
 * What references show (the first state, if they show the cell), unless nothing looked like it all day and something plain did: that is the ground in a light
 * nobody has seen yet, or ground laid anew. Without references, what is least cluttered.
 */
function barest(states: readonly State[], typical: readonly number[]): number {
  const isKnown = states[0] !== undefined && states[0].references.length > 0;
  if (isKnown && states[0]?.seenToday) return 0;
  let plainest = -1;
  for (let at = isKnown ? 1 : 0; at < states.length; at++) {
    if (plainest < 0 || (typical[at] ?? 1) < (typical[plainest] ?? 1)) plainest = at;
  }
  return isKnown && (typical[plainest] ?? 1) >= UNCLUTTERED ? 0 : plainest;
}

/** The state that looks most like the cell now; the one seen last is not questioned while it hardly differs. */
function matching(
  frame: StorefrontFeatures,
  cell: number,
  states: readonly State[],
  latest: State | undefined,
  near: readonly StorefrontFeatures[],
): State | undefined {
  if (latest?.last !== undefined && latest.references.length === 0) {
    if (distance(frame, latest.last, cell) <= SURELY_SAME) return latest;
  }
  let nearest: State | undefined;
  let least = SAME;
  for (const state of states) {
    const apart =
      state.references.length > 0 ? apartFromKnown(frame, cell, state, near) : apartFrom(frame, cell, state);
    if (apart > least) continue;
    least = apart;
    nearest = state;
  }
  return nearest;
}

const apartFrom = (frame: StorefrontFeatures, cell: number, { last }: State): number =>
  last === undefined ? Number.POSITIVE_INFINITY : distance(frame, last, cell);

function apartFromKnown(
  frame: StorefrontFeatures,
  cell: number,
  state: State,
  near: readonly StorefrontFeatures[],
): number {
  let fromReferences = nearestOf(near, frame, cell);
  if (fromReferences === undefined) fromReferences = nearestOf(state.references, frame, cell) ?? 2;
  return fromReferences > DRIFT ? fromReferences : Math.min(fromReferences, apartFrom(frame, cell, state));
}

/** Undefined when none of them shows the cell. */
function nearestOf(
  pictures: readonly StorefrontFeatures[],
  frame: StorefrontFeatures,
  cell: number,
): number | undefined {
  let least: number | undefined;
  for (const picture of pictures) {
    if (picture.hidden[cell] !== 1) least = Math.min(least ?? 2, distance(frame, picture, cell));
  }
  return least;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
