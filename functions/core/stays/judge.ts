/** Which stays are incidents: those that outlasted what the rules permit. */
import type { Permit } from '../camera.ts';
import type { Stay, StaySighting } from '../incident.ts';
import type { Instant } from '../time.ts';
import { isPermitted, type Law, lawOf } from './law.ts';
import type { PlaceDay } from './place-day.ts';

/** GA/T 832-2014: a stationary offence takes two pictures at least this far apart. Seconds. */
export const LEAST_APART_SECONDS = 10;

export interface Dwell {
  /** Time between the first and the last sighting in which a zone and its rule were in force, without a permit. Seconds. */
  seconds: number;
  /** What the most lenient of the rule versions it was seen under permits. Seconds. */
  permittedSeconds: number;
}

/** The stays that lasted at least what the most lenient rule version permits, and 10 s; a shorter one never is an incident. */
export function incidentsOf(stays: readonly Stay[], placeDay: PlaceDay): Stay[] {
  return stays.filter((stay) => outlasts(stay, placeDay));
}

export function outlasts(stay: Stay, placeDay: PlaceDay): boolean {
  const { seconds, permittedSeconds } = dwellOf(stay, placeDay);
  return seconds >= Math.max(permittedSeconds, LEAST_APART_SECONDS);
}

export function dwellOf(stay: Stay, placeDay: PlaceDay): Dwell {
  const law = lawOf(placeDay, stay.type);
  const permits = law.permits({ plate: stay.second?.own ?? stay.plate?.text ?? null, shop: stay.shop });
  const versions = new Set(stay.sightings.map(({ cameraId, zone }) => `${cameraId} ${zone.zoneId} ${zone.version}`));
  let milliseconds = 0;
  let permittedSeconds = 0;
  let before: StaySighting | undefined;
  for (const sighting of stay.sightings) {
    if (before !== undefined) milliseconds += judgedTime(before, sighting, law, permits, versions);
    const rule = law.rule(sighting.rule.ruleId, sighting.rule.version);
    permittedSeconds = Math.max(permittedSeconds, rule?.permittedStaySeconds ?? Number.POSITIVE_INFINITY);
    before = sighting;
  }
  return { seconds: milliseconds / 1000, permittedSeconds };
}

/** Milliseconds between two sightings in which the zone of either was in force, as drawn when it saw the subject. */
function judgedTime(
  from: StaySighting,
  to: StaySighting,
  law: Law,
  permits: readonly Permit[],
  versions: ReadonlySet<string>,
): number {
  const counts = (at: Instant) =>
    !isPermitted(permits, at) &&
    [from, to].some(({ cameraId, zone, rule }) => {
      const judgement = law.at(cameraId, zone.zoneId, at, rule.ruleId);
      return judgement !== undefined && versions.has(`${cameraId} ${zone.zoneId} ${judgement.zone.version}`);
    });
  const edges = [from.capturedAt, ...law.changesBetween(from.capturedAt, to.capturedAt), to.capturedAt];
  let sum = 0;
  for (const [index, start] of edges.entries()) {
    const end = edges[index + 1];
    if (end !== undefined && counts((start + end) / 2)) sum += end - start;
  }
  return sum;
}
