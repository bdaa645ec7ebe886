/** A 1080p frame from its bytes to its sightings, beside what the same models take bare in the same run. One thread. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { inForce } from '#core/camera.ts';
import { frameId } from '#core/ids.ts';
import { createInspector, type InspectionTimings } from '../../functions/inspect/observe.ts';
import { readSequence } from '../../infra/local/sequence.ts';

const ROUNDS = 3;
const SEQUENCES = ['a_sidewalk_parking', 'd_storefront_goods', 'e_nothing_wrong'];

export async function benchInspect(): Promise<Record<string, unknown>> {
  const inspector = await createInspector();
  const timings: InspectionTimings[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of SEQUENCES) {
      const { camera, place, zones, rules, frames } = await readSequence(
        fileURLToPath(new URL(`../samples/${name}`, import.meta.url)),
      );
      for (const { path, capturedAt } of frames) {
        const context = {
          ...{ frameId: frameId(path), camera, placeId: place.id, capturedAt },
          zones: zones.filter((zone) => inForce([zone], capturedAt) !== undefined),
          rules,
        };
        const { timings: frame } = await inspector.inspect(await readFile(path), context);
        // The first round warms up.
        if (round > 0) timings.push(frame);
      }
    }
  }
  const p50 = (of: (frame: InspectionTimings) => number) => {
    const sorted = timings.map(of).toSorted((a, b) => a - b);
    return Number((sorted[sorted.length >> 1] ?? 0).toFixed(2));
  };
  return {
    frames: timings.length,
    totalMsP50: p50(({ totalMs }) => totalMs),
    sessionRunMsP50: p50(({ sessionRunMs }) => sessionRunMs),
    ratioP50: p50(({ totalMs, sessionRunMs }) => totalMs / sessionRunMs),
    decodeMsP50: p50(({ decodeMs }) => decodeMs),
    detectMsP50: p50(({ detectMs }) => detectMs),
    plateMsP50: p50(({ plateMs }) => plateMs),
    storefrontMsP50: p50(({ storefrontMs }) => storefrontMs),
    rssMb: Math.round(process.memoryUsage().rss / 1e6),
  };
}
