/** A 1080p frame from its bytes to its sightings, beside what the same models take bare in the same run. One thread. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { inForce } from '#core/camera.ts';
import { frameId } from '#core/ids.ts';
import { type InspectionTimings, WORK_KINDS, type WorkKind } from '../../functions/inspect/observe.ts';
import { type InspectPool, openInspectPool } from '../../infra/local/inspect-pool.ts';
import { readSequence } from '../../infra/local/sequence.ts';
import { table } from '../../infra/local/terminal.ts';
import { type Bench, hundredth, mean, median, tenth } from './bench.ts';

/** The first round warms up. */
const ROUNDS = 4;
const SEQUENCES = ['a_sidewalk_parking', 'd_storefront_goods', 'e_nothing_wrong'] as const;

const SAYS: Readonly<Record<WorkKind, string>> = {
  decode: 'JPEG to pixels',
  crops: 'pixels to what models take in',
  detect: 'session.run, vehicles and people in the zones',
  locate: 'session.run, plates on vehicles',
  read: 'session.run, both plate readers',
  storefront: 'session.run, storefronts',
  post: 'boxes to sightings, and the rest',
};

interface Frame extends InspectionTimings {
  sequence: (typeof SEQUENCES)[number];
}

export async function benchInspect(): Promise<Bench> {
  // The worker of the program, and one of them: what runs on the street.
  const pool = openInspectPool(1);
  await pool.ready;
  for (const sequence of SEQUENCES) await framesOf(sequence, pool);
  const before = process.cpuUsage();
  const frames: Frame[] = [];
  for (let round = 1; round < ROUNDS; round++)
    for (const sequence of SEQUENCES) frames.push(...(await framesOf(sequence, pool)));
  const { user, system } = process.cpuUsage(before);
  const rssMb = Math.round(process.memoryUsage().rss / 1e6);
  await pool.close();

  const of = (some: readonly Frame[]) => ({
    frames: some.length,
    totalMsP50: tenth(median(some.map(({ totalMs }) => totalMs))),
    sessionRunMsP50: tenth(median(some.map(({ sessionRunMs }) => sessionRunMs))),
    ratioP50: hundredth(median(some.map(({ totalMs, sessionRunMs }) => totalMs / sessionRunMs))),
    ratioOfSums: hundredth(mean(some.map(({ totalMs }) => totalMs)) / mean(some.map((frame) => frame.sessionRunMs))),
  });
  const stages = WORK_KINDS.map((kind) => {
    const spent = frames.map(({ byWork }) => byWork[kind]);
    return { stage: kind, msP50: tenth(median(spent)), msMean: tenth(mean(spent)), msMost: tenth(Math.max(...spent)) };
  });
  const json = {
    ...of(frames),
    cpuMsMean: tenth((user + system) / 1000 / frames.length),
    stages,
    sequences: SEQUENCES.map((sequence) => ({
      sequence,
      ...of(frames.filter((frame) => frame.sequence === sequence)),
    })),
    rssMb,
  };
  return { json, lines: readable(json) };
}

async function framesOf(sequence: Frame['sequence'], pool: InspectPool): Promise<Frame[]> {
  const folder = fileURLToPath(new URL(`../samples/${sequence}`, import.meta.url));
  const { camera, place, zones, rules, frames } = await readSequence(folder);
  const timings: Frame[] = [];
  for (const { path, capturedAt } of frames) {
    const inspection = await pool.inspect(await readFile(path), {
      ...{ frameId: frameId(path), camera, placeId: place.id, capturedAt, rules },
      zones: zones.filter((zone) => inForce([zone], capturedAt) !== undefined),
    });
    timings.push({ sequence, ...inspection.timings });
  }
  return timings;
}

interface Figures {
  frames: number;
  totalMsP50: number;
  sessionRunMsP50: number;
  ratioP50: number;
  ratioOfSums: number;
}

function readable({
  stages,
  sequences,
  cpuMsMean,
  rssMb,
  ...all
}: Figures & {
  stages: readonly { stage: WorkKind; msP50: number; msMean: number; msMost: number }[];
  sequences: readonly (Figures & { sequence: string })[];
  cpuMsMean: number;
  rssMb: number;
}): string[] {
  const row = (name: string, { frames, totalMsP50, sessionRunMsP50, ratioP50, ratioOfSums }: Figures) =>
    [name, frames, totalMsP50, sessionRunMsP50, ratioP50, ratioOfSums].map(String);
  return [
    `  ${all.frames} frames of 1920x1080 on one thread, ${cpuMsMean} ms of CPU a frame, ${rssMb} MB resident`,
    '',
    ...table([
      ['stage', 'ms p50', 'mean', 'most', ''],
      ...stages.map(({ stage, msP50, msMean, msMost }) => [stage, `${msP50}`, `${msMean}`, `${msMost}`, SAYS[stage]]),
    ]),
    '',
    ...table([
      ['sequence', 'frames', 'total ms p50', 'session.run ms p50', 'ratio p50', 'ratio of sums'],
      ...sequences.map((figures) => row(figures.sequence, figures)),
      row('all', all),
    ]),
  ];
}
