/**
 * 留存的目击: which sightings an incident keeps of a long stay. Whether a stay is one, how long it lasted and what it is judged by is
 * computed from all of them; the incident names what shows it. A car that stands all day before a camera that delivers every 15 s is
 * seen 5,760 times: as much as 1.2 MB deflated, of which a row holds 400 KB (platform/limits.ts). A thousand take some 210 KB.
 */
import { groupBy } from '../group-by.ts';
import type { CameraId, SightingId } from '../ids.ts';
import type { Stay, StaySighting } from '../incident.ts';

export const SIGHTINGS_KEPT = 1000;
const SHORTEST_STEP_MS = 30_000;
const LONGEST_STEP_MS = 2 * 86_400_000;

/**
 * The first of every step of time, by camera and by the zone and rule it is judged by, the step doubled until few enough are left.
 * What a longer step keeps, a shorter one kept too: an incident keeps its sightings while its stay grows. Beside them always: the
 * last, the surest plate of each camera, the pair that its continuity rests on, and `always`.
 *
 * Storefronts are left as they are: correlation looks at few enough of their frames, and the outlines lie at chosen ones.
 */
export function withKeptSightings(stay: Stay, always: ReadonlySet<SightingId> = new Set()): Stay {
  const { sightings, type } = stay;
  if (sightings.length <= SIGHTINGS_KEPT || type === 'street-trading') return stay;
  const needed = neededOf(stay, always);
  const groups = [...groupBy(sightings, judgedBy).values()];
  let kept = new Set<StaySighting>(sightings);
  for (let step = SHORTEST_STEP_MS; kept.size > SIGHTINGS_KEPT && step <= LONGEST_STEP_MS; step *= 2) {
    kept = new Set(groups.flatMap((group) => firstOfEach(group, step)));
  }
  return { ...stay, sightings: sightings.filter((one) => kept.has(one) || needed.has(one.sightingId)) };
}

const judgedBy = ({ cameraId, zone, rule }: StaySighting): string =>
  [cameraId, zone.zoneId, zone.version, rule.ruleId, rule.version].join(' ');

/** @param group by capture time, as the sightings of a stay are */
function firstOfEach(group: readonly StaySighting[], step: number): StaySighting[] {
  const firsts = new Map<number, StaySighting>();
  for (const sighting of group) {
    const slot = Math.floor(sighting.capturedAt / step);
    if (!firsts.has(slot)) firsts.set(slot, sighting);
  }
  return [...firsts.values()];
}

function neededOf({ sightings, continuity }: Stay, always: ReadonlySet<SightingId>): ReadonlySet<SightingId> {
  const best = new Map<CameraId, StaySighting>();
  for (const sighting of sightings) {
    const known = best.get(sighting.cameraId)?.plate?.confidence ?? -1;
    if (sighting.plate !== null && sighting.plate.confidence > known) best.set(sighting.cameraId, sighting);
  }
  const weakest = continuity?.weakest ?? null;
  const pair = sightings.filter(({ frameId }) => frameId === weakest?.from || frameId === weakest?.to);
  const shown = [...best.values(), ...pair, ...sightings.slice(-1)];
  return new Set([...always, ...shown.map(({ sightingId }) => sightingId)]);
}
