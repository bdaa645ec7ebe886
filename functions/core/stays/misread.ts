/**
 * Mends tracks that one bad reading tore: the plate of a vehicle, something else in one frame, the same plate again, and
 * the picture of the spot never changed. Nobody leaves a spot, lends it to a look-alike for one frame and returns to the
 * very pixel; a reader does err.
 */
import { iou } from '../geometry.ts';
import { groupBy } from '../group-by.ts';
import { comparePlates } from '../plates/compare.ts';
import { bestGuess } from '../plates/vote.ts';
import { type Sight, spotAgainst } from './likeness.ts';
import type { Looks } from './place-day.ts';
import type { SpotTrack } from './spot-track.ts';

/** Likeness of the spot through all three; far above what another car of the same model reaches unless it is to the pixel. */
const UNCHANGED = 0.9;

export function mendMisreadings(tracks: readonly SpotTrack[], looks: Looks): SpotTrack[] {
  const starting = groupBy(tracks, ({ sights: [first] }) => first?.capturedAt);
  const successorOf = ({ departure, sights }: SpotTrack): SpotTrack | undefined => {
    const last = sights.at(-1);
    if (departure?.kind !== 'replaced' || last === undefined) return undefined;
    return starting.get(departure.at)?.find(({ sights: [first] }) => first !== undefined && overlaps(first, last));
  };
  const mended: SpotTrack[] = [];
  const used = new Set<SpotTrack>();
  for (const track of tracks) {
    if (used.has(track)) continue;
    let whole = track;
    for (;;) {
      const stranger = successorOf(whole);
      const again = stranger?.sights.length === 1 ? successorOf(stranger) : undefined;
      if (stranger === undefined || again === undefined || !isOneVehicle(whole, stranger, again, looks)) break;
      used.add(stranger).add(again);
      const sights = [...whole.sights, ...stranger.sights, ...again.sights];
      whole = { cameraId: whole.cameraId, sights, departure: again.departure };
    }
    mended.push(whole);
  }
  return mended;
}

const overlaps = ({ vehicle: { box: a } }: Sight, { vehicle: { box: b } }: Sight): boolean => iou(a, b) >= 0.5;

function isOneVehicle(before: SpotTrack, between: SpotTrack, after: SpotTrack, looks: Looks): boolean {
  const [last, odd, next] = [before.sights.at(-1), between.sights[0], after.sights[0]];
  if (last === undefined || odd === undefined || next === undefined) return false;
  const [plate, plateAgain] = [plateOf(before), plateOf(after)];
  if (plate === null || plateAgain === null || comparePlates(plate, plateAgain).verdict !== 'same') return false;
  return [odd, next].every((sight) => (spotAgainst([last], sight.frameId, last.vehicle.box, looks) ?? 0) >= UNCHANGED);
}

const plateOf = ({ sights }: SpotTrack) =>
  bestGuess(sights.flatMap(({ frameId, vehicle: { plate } }) => (plate === null ? [] : [{ frameId, read: plate }])));
