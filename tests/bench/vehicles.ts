/**
 * How many vehicles of the shipped sequences are found, and how many stand on the surface they truly stand on.
 *
 *     npx tsx tests/bench/vehicles.ts [--misses]
 *
 * Counted are vehicles at least 40 px tall and wide, at most 60 % hidden and half inside the picture. Found means a
 * sighting of the same family whose box overlaps the true one by 0.45 (intersection over union).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Box } from '#core/camera.ts';
import { iou } from '#core/geometry.ts';
import { ON_SIDEWALK_FROM } from '#core/ground-contact.ts';
import { frameId } from '#core/ids.ts';
import type { VehicleSighting } from '#core/sighting.ts';
import { loadDetector } from '../../functions/inspect/detect.ts';
import { detectInZones } from '../../functions/inspect/detect-zones.ts';
import { decodeFrame } from '../../functions/inspect/raster.ts';
import { sightVehicles } from '../../functions/inspect/vehicles.ts';
import { sampleZones } from '../unit/sample-zones.ts';

interface TrueObject {
  id: string;
  class: string;
  box: Box;
  occlusion: number;
  truncation: number;
  surface: string;
}
interface Tally {
  count: number;
  found: number;
  placed: number;
}

const samples = fileURLToPath(new URL('../samples', import.meta.url));
const TWO_WHEELERS = new Set(['motorcycle', 'bicycle', 'tricycle']);
const VEHICLES = new Set([...TWO_WHEELERS, 'car', 'van', 'truck', 'bus']);
const sequences = readdirSync(samples, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? entry.name : [],
);
const showMisses = process.argv.includes('--misses');

const detector = await loadDetector();
const tallies = new Map<string, Tally>();
let frames = 0;
let extras = 0;
const milliseconds: number[] = [];
for (const sequence of sequences) {
  const zones = sampleZones(sequence);
  for (const file of readdirSync(`${samples}/${sequence}/truth`)) {
    const name = file.replace('.json', '');
    const truth: { objects: TrueObject[] } = JSON.parse(readFileSync(`${samples}/${sequence}/truth/${file}`, 'utf8'));
    const raster = await decodeFrame(readFileSync(`${samples}/${sequence}/${name}.jpg`));
    const before = detector.model.spent.ms;
    const detections = await detectInZones(detector, raster, zones);
    milliseconds.push(detector.model.spent.ms - before);
    const sightings = sightVehicles({ raster, frameId: frameId(name), detections, zones, rules: [], brightness: 110 });
    frames++;
    const objects = truth.objects.filter((object) => VEHICLES.has(object.class));
    for (const object of objects) {
      if (!counts(object)) continue;
      const tally = tallies.get(object.class) ?? { count: 0, found: 0, placed: 0 };
      tallies.set(object.class, tally);
      tally.count++;
      const seen = sightings.find((sighting) => sameFamily(sighting, object) && iou(sighting.box, object.box) >= 0.45);
      if (seen !== undefined) tally.found++;
      if (seen !== undefined && surfaceOf(seen) === object.surface) tally.placed++;
      else if (showMisses) {
        console.log(
          `${sequence} ${name} ${object.id} ${object.class} ${object.box} hidden ${object.occlusion}:`,
          seen?.contact ?? 'not found',
        );
      }
    }
    const taken = new Set<TrueObject>();
    for (const { box, class: kind, score, contact } of sightings) {
      const [best] = objects.toSorted((p, q) => iou(q.box, box) - iou(p.box, box));
      const known = best !== undefined && iou(best.box, box) > 0.3;
      if (known && !taken.has(best)) taken.add(best);
      else {
        extras++;
        if (showMisses)
          console.log(`${sequence} ${name} ${known ? 'twice' : 'no vehicle'}: ${kind} ${score} ${box}`, contact);
      }
    }
  }
}

const total: Tally = { count: 0, found: 0, placed: 0 };
for (const tally of tallies.values()) {
  total.count += tally.count;
  total.found += tally.found;
  total.placed += tally.placed;
}
const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
for (const [name, { count, found, placed }] of [...tallies, ['all', total] as const]) {
  console.log(
    `${name.padEnd(11)} ${String(count).padStart(4)}  found ${percent(found, count)}  on the right surface ${percent(placed, found)}`,
  );
}
milliseconds.sort((a, b) => a - b);
console.log(`sightings that are no vehicle, or one seen already: ${extras} in ${frames} frames`);
console.log(`session.run of the detector, p50: ${milliseconds[frames >> 1]?.toFixed(0)} ms a frame`);

function counts({ box: [x0, y0, x1, y1], occlusion, truncation }: TrueObject): boolean {
  return Math.min(x1 - x0, y1 - y0) >= 40 && occlusion <= 0.6 && truncation <= 0.5;
}
function sameFamily(sighting: VehicleSighting, object: TrueObject): boolean {
  return (sighting.class === 'motorcycle' || sighting.class === 'bicycle') === TWO_WHEELERS.has(object.class);
}
function surfaceOf({ contact }: VehicleSighting): string {
  if (contact.bay >= 0.5) return 'parking_bay';
  return contact.sidewalk >= ON_SIDEWALK_FROM ? 'sidewalk' : 'road';
}
