/** A pair of sightings as the evidence cites it: which frames, what was compared, and how likely it is unbroken. */
import type { ContinuityLink } from '../incident.ts';
import type { VehicleSighting } from '../sighting.ts';
import type { Sight } from '../stays/likeness.ts';
import type { Looks } from '../stays/place-day.ts';
import { unbrokenProbability } from './model.ts';
import { factsOf, type PairFacts } from './pair.ts';

/** Compares two sightings of one camera, the earlier first. */
export type Compare = (from: Sight, to: Sight) => ContinuityLink;

/** Pairs are asked for when a stay is cut and again when it is judged: each is computed once. */
export function comparing(looks: Looks): Compare {
  const known = new WeakMap<VehicleSighting, WeakMap<VehicleSighting, ContinuityLink>>();
  return (from, to) => {
    const links = known.get(from.vehicle) ?? new WeakMap<VehicleSighting, ContinuityLink>();
    known.set(from.vehicle, links);
    const link = links.get(to.vehicle) ?? linkOf(from, to, factsOf(from, to, looks));
    links.set(to.vehicle, link);
    return link;
  };
}

export function linkOf(from: Sight, to: Sight, facts: PairFacts): ContinuityLink {
  return {
    from: from.frameId,
    to: to.frameId,
    score: certain(unbrokenProbability(facts)),
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
