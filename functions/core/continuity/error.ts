/**
 * How far the proof may be believed: pairs of sightings from cameras kept aside when weights were chosen, each judged by the
 * model as it stands. Counted by `npm run eval -- continuity tests/samples DIR`, DIR the real sequences that
 * tests/labels/continuity-pairs.json labels; what was counted, and what it does not cover, is in
 * docs/decisions/0031-continuity.md. Whoever changes the model counts again.
 */
export interface ErrorRate {
  /** Pairs that were not one unmoved vehicle, and were called so with .9 or more. */
  falseSame: number;
  of: number;
  /** Upper end of the 95 % interval of that share (Wilson 1927). */
  upper95: number;
  /** The same by vehicles, whose pairs are not independent of each other. */
  vehicles: { falseSame: number; of: number; upper95: number };
  /** Pairs that were one unmoved vehicle, and were left doubtful. */
  doubtful: { count: number; of: number; upper95: number };
}

export const CONTINUITY_ERROR: ErrorRate = {
  falseSame: 0,
  of: 306,
  upper95: 0.0124,
  vehicles: { falseSame: 0, of: 48, upper95: 0.0741 },
  doubtful: { count: 5, of: 315, upper95: 0.0366 },
};
