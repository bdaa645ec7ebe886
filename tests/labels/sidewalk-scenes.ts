/**
 * Makes sequence folders of real pictures, with the zones of sidewalk-zones.json, for `npm run eval -- scenes`.
 *
 *     npx tsx tests/labels/sidewalk-scenes.ts DATA OUT
 *     npm run eval -- scenes OUT/stills
 *
 * DATA holds `manifest.json` beside `stills/KIND/*` and `sequences/NAME/*`; its pictures are measured on, never shipped.
 * OUT gets
 * - `stills/`: each negative still as a camera that shows it for half an hour;
 * - `sequences/`: each sequence with its own seconds;
 * - `stretched/`: each sequence with {@link STRETCHED_SECONDS} between its frames, so that whatever stands in two frames
 *   running has outlasted the rule;
 * - `positive/`: the stills that show something parked on a sidewalk.
 *
 * Pictures below the size accepted from cameras (GA/T 832-2014) are enlarged to it, zones with them.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { z } from 'zod';
import { groupBy } from '#core/group-by.ts';
import { DEFAULT_LIMITS } from '../../functions/accept/limits.ts';

/** More than the 180 s that a sequence folder permits by default. */
const STRETCHED_SECONDS = 200;
const STILL_FRAMES = 7;
const STILL_SECONDS = 300;
/** Where the manifest gives a frame's number only: PETS 2001 runs at 25 a second. */
const FRAMES_A_SECOND = 25;
const START = Date.parse('2026-05-11T10:00:00+08:00');

const Polygons = z.array(z.array(z.tuple([z.number(), z.number()])).min(3));
const Labels = z.object({ imageSize: z.tuple([z.number(), z.number()]), zones: z.record(z.string(), Polygons) });
const LabelFile = z.object({
  stills: z.record(z.string(), Labels.extend({ expected: z.array(z.string()).default([]) })),
  sequences: z.record(z.string(), Labels),
});
const Manifest = z.array(
  z.object({
    file: z.string(),
    sequence: z.string().optional(),
    seconds: z.number().optional(),
    frame: z.number().optional(),
  }),
);

interface Folder {
  name: string;
  labels: z.infer<typeof Labels>;
  expected: readonly string[];
  /** Seconds from the first frame. */
  frames: readonly { picture: string; seconds: number }[];
}

const { positionals } = parseArgs({ allowPositionals: true });
const [data, out] = positionals;
if (data === undefined || out === undefined) {
  process.stderr.write('Expected the folder of pictures and the folder to write to. See the head of this file.\n');
  process.exit(1);
}
const labels = LabelFile.parse(JSON.parse(await readFile(new URL('./sidewalk-zones.json', import.meta.url), 'utf8')));
const manifest = Manifest.parse(JSON.parse(await readFile(join(data, 'manifest.json'), 'utf8')));

for (const { file, sequence } of manifest) {
  if (sequence !== undefined) continue;
  const hash = createHash('sha256')
    .update(await readFile(join(data, file)))
    .digest('hex')
    .slice(0, 16);
  const still = labels.stills[hash];
  if (still === undefined) {
    process.stdout.write(`no zones drawn: ${hash} of ${basename(dirname(file))}\n`);
    continue;
  }
  const kind = basename(dirname(file)).startsWith('positive') ? 'positive' : 'stills';
  const frames = Array.from({ length: STILL_FRAMES }, (_, i) => ({ picture: file, seconds: i * STILL_SECONDS }));
  await write(join(out, kind), { name: hash, labels: still, expected: still.expected, frames });
}
for (const [name, listed] of groupBy(manifest, ({ sequence }) => sequence ?? '')) {
  const drawn = labels.sequences[name];
  if (drawn === undefined) continue;
  const frames = listed.map(({ file, seconds, frame }, i) => ({
    picture: file,
    seconds: seconds ?? (frame === undefined ? i * STRETCHED_SECONDS : frame / FRAMES_A_SECOND),
  }));
  await write(join(out, 'sequences'), { name, labels: drawn, expected: [], frames });
  const stretched = frames.map(({ picture }, i) => ({ picture, seconds: i * STRETCHED_SECONDS }));
  await write(join(out, 'stretched'), { name, labels: drawn, expected: [], frames: stretched });
}

async function write(folder: string, { name, labels: { imageSize, zones }, expected, frames }: Folder): Promise<void> {
  const directory = join(folder, name);
  await mkdir(directory, { recursive: true });
  const [width, height] = imageSize;
  const scale = Math.max(1, DEFAULT_LIMITS.minWidth / width, DEFAULT_LIMITS.minHeight / height);
  const size: [number, number] = [Math.ceil(width * scale), Math.ceil(height * scale)];
  const listed = frames.map(({ seconds }, i) => ({
    file: `${String(i).padStart(3, '0')}.jpg`,
    capturedAt: new Date(START + seconds * 1000).toISOString(),
  }));
  for (const [i, { picture }] of frames.entries()) {
    const jpeg = sharp(join(data ?? '', picture)).resize(...size, { fit: 'fill', kernel: 'cubic' });
    await jpeg.jpeg({ quality: 92 }).toFile(join(directory, listed[i]?.file ?? ''));
  }
  const sequence = {
    cameraId: `REAL-${basename(folder)}-${name}`,
    place: `${basename(folder)} ${name}`,
    imageSize: size,
    zones: Object.entries(zones).flatMap(([type, polygons]) =>
      polygons.map((polygon, i) => ({
        ...{ id: `${type}-${i + 1}`, type },
        polygon: polygon.map(([x, y]) => [Math.round((x ?? 0) * scale), Math.round((y ?? 0) * scale)]),
      })),
    ),
    frames: listed,
    expectedIncidents: expected.map((type) => ({
      type,
      plate: null,
      firstSeen: listed.at(0)?.capturedAt,
      lastSeen: listed.at(-1)?.capturedAt,
    })),
  };
  await writeFile(join(directory, 'sequence.json'), `${JSON.stringify(sequence, null, 2)}\n`);
}
