/**
 * Composite sequences: folders as `patrol` takes them, written at test time from composite pictures (composites.ts), and
 * what a patrol of them finds.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '#core/canonical-json.ts';
import { sightingId } from '#core/ids.ts';
import type { Inspection, InspectionContext } from '../../functions/inspect/observe.ts';
import { type InspectPool, openInspectPool } from '../../infra/local/inspect-pool.ts';
import { patrol } from '../../infra/local/patrol.ts';
import type { PatrolIncident } from '../../infra/local/patrol-report.ts';
import { readSequence, type Sequence } from '../../infra/local/sequence.ts';
import { samples } from './composites.ts';

const ZoneJson = z.looseObject({
  id: z.string(),
  type: z.string(),
  polygon: z.array(z.tuple([z.number(), z.number()])),
});
export type ZoneJson = z.infer<typeof ZoneJson>;
const SampleJson = z.looseObject({
  cameraId: z.string(),
  place: z.string(),
  imageSize: z.tuple([z.number(), z.number()]),
  zones: z.array(ZoneJson),
});
export type SampleJson = z.infer<typeof SampleJson>;

export const sampleJson = async (sequence: string): Promise<SampleJson> =>
  SampleJson.parse(JSON.parse(await readFile(join(samples, sequence, 'sequence.json'), 'utf8')));

/** `09:32`, `09:32:30` on the day all composites play, or a whole instant. */
export const instantOf = (at: string): string =>
  at.includes('T') ? at : `2026-06-01T${at.length === 5 ? `${at}:00` : at}+08:00`;

/** When, and what the camera sent. */
export type Shot = readonly [at: string, jpeg: Uint8Array];

export interface Studio {
  readonly pool: InspectPool;
  /** Writes a sequence as the camera of a sample would have delivered it, and reads it. */
  sequence(like: string, frames: readonly Shot[], other?: Partial<SampleJson>): Promise<Sequence>;
  /** What a patrol finds, without its packages. */
  patrol(sequences: readonly Sequence[]): Promise<Omit<PatrolIncident, 'package' | 'packageSha256'>[]>;
  /** The same, a line for each incident: `type plate zone first-last`, times of day as short as they can be. */
  found(...sequences: readonly Sequence[]): Promise<string[]>;
  close(): Promise<void>;
}

/** One pool for a whole test file: models are loaded once, and the same picture before the same zones is looked at once. */
export async function openStudio(): Promise<Studio> {
  const folder = await mkdtemp(join(tmpdir(), 'kerbwatch-composites-'));
  const pool = remembering(openInspectPool(2));
  let count = 0;
  const patrolled = async (sequences: readonly Sequence[]) => {
    const { incidents, refused } = await patrol(sequences, { out: join(folder, `out-${++count}`), pool });
    if (refused.length > 0) throw new Error(`Expected every frame accepted, ${refused[0]?.message}`);
    return incidents.map(({ package: _, packageSha256: __, ...incident }) => incident);
  };
  return {
    pool,
    async sequence(like, frames, other = {}) {
      const directory = join(folder, `sequence-${++count}`);
      await mkdir(directory);
      const { expectedIncidents: _, ...json } = await sampleJson(like);
      const listed = frames.map(([at], i) => ({ file: `${i}.jpg`, capturedAt: instantOf(at) }));
      for (const [i, [, jpeg]] of frames.entries()) await writeFile(join(directory, `${i}.jpg`), jpeg);
      await writeFile(join(directory, 'sequence.json'), JSON.stringify({ ...json, ...other, frames: listed }));
      return readSequence(directory);
    },
    patrol: patrolled,
    async found(...sequences) {
      const incidents = await patrolled(sequences);
      return incidents
        .map(
          ({ type, plate, zone, firstSeen, lastSeen }) =>
            `${type} ${plate ?? '-'} ${zone} ${clock(firstSeen)}-${clock(lastSeen)}`,
        )
        .sort();
    },
    async close() {
      await pool.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function clock(instant: string): string {
  const time = instant.slice(11, 19);
  return time.endsWith(':00') ? time.slice(0, 5) : time;
}

/** Inspection is a function of the picture, the zones and the rules; only the names in its result are the frame's. */
function remembering(pool: InspectPool): InspectPool {
  const known = new Map<string, Promise<Inspection>>();
  return {
    ...pool,
    async inspect(bytes, context) {
      const { frameId: _, capturedAt: __, ...rest } = context;
      const key = `${createHash('sha256').update(bytes).digest('hex')} ${canonicalJson(rest)}`;
      const first = known.get(key) ?? pool.inspect(bytes, context);
      known.set(key, first);
      return renamed(await first, context);
    },
  };
}

function renamed(
  { observation, scene, features, ...rest }: Inspection,
  { frameId, capturedAt }: InspectionContext,
): Inspection {
  const name = (id: string) => sightingId(id.replace(observation.frameId, frameId));
  return {
    observation: {
      ...observation,
      frameId,
      capturedAt,
      vehicles: observation.vehicles.map((vehicle) => ({ ...vehicle, id: name(vehicle.id) })),
      storefronts: observation.storefronts.map((storefront) => ({ ...storefront, id: name(storefront.id) })),
    },
    scene: { ...scene, frameId },
    features: features.map((one) => ({ ...one, sightingId: name(one.sightingId) })),
    ...rest,
  };
}
