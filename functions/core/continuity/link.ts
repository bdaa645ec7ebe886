/** A pair of sightings as the evidence cites it: which frames, what was compared, and how likely it is unbroken. */
import type { ContinuityLink } from '../incident.ts';
import type { VehicleSighting } from '../sighting.ts';
import type { Sight } from '../stays/likeness.ts';
import type { Looks } from '../stays/place-day.ts';
import { BROKEN_BELOW, type ENDS, unbrokenProbability } from './model.ts';
import { factsOf, type PairFacts } from './pair.ts';

/** A pair, compared. */
export interface Compared {
  link: ContinuityLink;
  /**
   * Whether what was seen says clearly that the vehicle is another or moved. However long nobody looked does not count:
   * a new stay needs an observed departure.
   */
  isBroken: boolean;
}

/** Compares two sightings of one camera, the earlier first. */
export type Compare = (from: Sight, to: Sight) => Compared;

/** Pairs are asked for when a stay is cut and again when it is judged: each is computed once. */
export function comparing(looks: Looks): Compare {
  const known = new WeakMap<VehicleSighting, WeakMap<VehicleSighting, Compared>>();
  return (from, to) => {
    const pairs = known.get(from.vehicle) ?? new WeakMap<VehicleSighting, Compared>();
    known.set(from.vehicle, pairs);
    const pair = pairs.get(to.vehicle) ?? compared(from, to, looks);
    pairs.set(to.vehicle, pair);
    return pair;
  };
}

function compared(from: Sight, to: Sight, looks: Looks): Compared {
  const facts = factsOf(from, to, looks);
  const link = linkOf(from, to, facts);
  // The gap only ever lowers a score.
  const isBroken = link.score < BROKEN_BELOW && unbrokenProbability({ ...facts, gap: 0 }) < BROKEN_BELOW;
  return { link, isBroken };
}

export function linkOf(from: Sight, to: Sight, facts: PairFacts, model?: typeof ENDS): ContinuityLink {
  return {
    from: from.frameId,
    to: to.frameId,
    score: certain(unbrokenProbability(facts, model)),
    overlap: rounded(facts.overlap),
    shift: rounded(facts.shift),
    appearance: rounded(facts.appearance),
    spot: rounded(facts.spot),
    samePlate: facts.plate === 'unknown' ? null : facts.plate === 'same',
  };
}

/** Four decimals: short enough to be written alike in every language that hashes it. */
const decimals = (value: number): number => Math.round(value * 10_000) / 10_000;
const rounded = (value: number | null): number | null => (value === null ? null : decimals(value));
/** No comparison proves anything beyond doubt, nor rules it out. */
const certain = (probability: number): number => decimals(Math.min(0.9999, Math.max(0.0001, probability)));
