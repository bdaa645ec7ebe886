/**
 * What is taken for goods on real pavements where nothing is put out, and what is seen of goods laid there.
 *
 *     npx tsx tests/bench/pavements.ts DIR [--goods IMAGES] [--views OUT] [--keep LOOKS] [--json]
 *
 * `DIR` holds folders of frames of fixed cameras named as in tests/labels/pavement-zones.json, which says where pavements
 * are; `IMAGES` the pictures that goods are cut from. Every frame goes through the real inspection; the frames are taken
 * to be ten minutes apart, so that whatever is found in two of them in a row outlasts any rule. The second day shows the
 * frames again, judged against what the first day taught. With `--goods` the same is done with goods laid on the zones
 * (composites: real things cut out by hand; put out in the middle frames, and there in all frames of the second day), with
 * `--views` those pictures are written. `--keep` keeps what was seen, so that only the judging is done the next time.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import sharp from 'sharp';
import { z } from 'zod';
import type { Polygon, Zone } from '#core/camera.ts';
import { boundsOf } from '#core/geometry.ts';
import { cameraId, frameId, placeId, zoneId } from '#core/ids.ts';
import type { OccupancyFrame } from '#core/occupancy/frames.ts';
import { judgeOccupancy } from '#core/occupancy/judge.ts';
import { learn, NOTHING_KNOWN } from '#core/occupancy/learn.ts';
import type { StorefrontFeatures } from '#core/sighting.ts';
import { createInspector, type Inspector } from '../../functions/inspect/observe.ts';

const Polygons = z.array(z.tuple([z.number(), z.number()]));
const Placed = z.object({ of: z.string(), foot: z.tuple([z.number(), z.number()]), height: z.number() });
const Labels = z.object({
  sequences: z.array(
    z.object({
      name: z.string(),
      imageSize: z.tuple([z.number(), z.number()]),
      /** Somebody holds the camera. */
      moves: z.boolean().optional(),
      zones: z.array(z.object({ id: z.string(), polygon: Polygons, goods: z.array(Placed).optional() })),
    }),
  ),
  goods: z.object({ outlines: z.record(z.string(), z.object({ file: z.string(), polygon: Polygons })) }),
});
type Labels = z.infer<typeof Labels>;
type Sequence = Labels['sequences'][number];

const STEP_MS = 600_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    goods: { type: 'string' },
    views: { type: 'string' },
    keep: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [directory] = positionals;
if (directory === undefined) {
  process.stderr.write(
    'Expected a folder of sequences. Usage: npx tsx tests/bench/pavements.ts DIR [--goods IMAGES]\n',
  );
  process.exit(1);
}
const labels = Labels.parse(
  JSON.parse(await readFile(new URL('../labels/pavement-zones.json', import.meta.url), 'utf8')),
);
const inspector = await createInspector();
const rows: Row[] = [];
for (const sequence of labels.sequences) {
  if (values.only !== undefined && values.only !== sequence.name) continue;
  const files = (await readdir(join(directory, sequence.name))).filter((file) => file.endsWith('.jpg')).sort();
  const jpegs = await Promise.all(files.map((file) => readFile(join(directory, sequence.name, file))));
  const bare = await keptOr(`${sequence.name}-bare`, () => looksOf(inspector, sequence, jpegs));
  rows.push(...judged(sequence, 'as it was', bare, () => false));
  rows.push(...judged(sequence, 'day after', bare, () => false, bare));
  if (values.goods === undefined) continue;
  const images = values.goods;
  const composites = await Promise.all(jpegs.map((jpeg) => withGoods(jpeg, sequence, images)));
  if (values.views !== undefined) {
    await mkdir(values.views, { recursive: true });
    await sharp(composites[0])
      .png()
      .toFile(join(values.views, `${sequence.name}.png`));
  }
  const laid = await keptOr(`${sequence.name}-laid`, () => looksOf(inspector, sequence, composites));
  const isOut = (at: number) => at >= Math.floor(jpegs.length / 3) && at < Math.ceil((jpegs.length * 2) / 3);
  const mixed = new Map(
    [...bare].map(([id, frames]) => [
      id,
      frames.map((frame, at) => (isOut(at) ? (laid.get(id)?.[at] ?? frame) : frame)),
    ]),
  );
  rows.push(...judged(sequence, 'goods put out', mixed, isOut));
  rows.push(...judged(sequence, 'goods all day', laid, () => true, bare));
}
type Looks = ReadonlyMap<string, readonly OccupancyFrame[]>;

interface Row {
  sequence: string;
  /** Whether the camera is fixed. */
  fixed: boolean;
  zone: string;
  pictures: 'as it was' | 'day after' | 'goods put out' | 'goods all day';
  frames: number;
  /** Of frames that truly show goods: how many are said to be occupied, hidden, clear. */
  out: Tally;
  /** The same of frames that show none. */
  none: Tally;
  /** Two occupied frames in a row where nothing is out: a false incident. */
  falseIncident: boolean;
  verdicts: string;
  /** Share of the zone of which references were learned. */
  known: number;
}
interface Tally {
  occupied: number;
  hidden: number;
  clear: number;
}

async function keptOr(name: string, look: () => Promise<Looks>): Promise<Looks> {
  if (values.keep === undefined) return look();
  const file = join(values.keep, `${name}.v8`);
  const kept = await readFile(file).catch(() => undefined);
  if (kept !== undefined) return deserialize(kept);
  const looks = await look();
  await mkdir(values.keep, { recursive: true });
  await writeFile(file, serialize(looks));
  return looks;
}

/** Looks at every zone, through the inspection that every frame takes. */
async function looksOf({ inspect }: Inspector, sequence: Sequence, jpegs: readonly Uint8Array[]): Promise<Looks> {
  const zones = sequence.zones.map(({ id, polygon }) => zoneOf(id, polygon));
  const seen = new Map<string, OccupancyFrame[]>();
  for (const [at, jpeg] of jpegs.entries()) {
    const { observation, features } = await inspect(jpeg, {
      ...{ frameId: frameId(`${sequence.name}-${String(at).padStart(3, '0')}`), placeId: placeId('pavement') },
      ...{ capturedAt: at * STEP_MS, zones, rules: [] },
      camera: { id: cameraId(sequence.name), imageSize: sequence.imageSize },
    });
    observation.storefronts.forEach((sighting, i) => {
      const own = features[i];
      if (own === undefined) return;
      const frame = { sighting, capturedAt: observation.capturedAt, features: own };
      seen.set(sighting.zone.zoneId, [...(seen.get(sighting.zone.zoneId) ?? []), frame]);
    });
  }
  return seen;
}

/** @param taught looks of the day before, if there was one */
function judged(
  sequence: Sequence,
  pictures: Row['pictures'],
  looks: Looks,
  isOutAt: (at: number) => boolean,
  taught?: Looks,
): Row[] {
  return sequence.zones.flatMap((zone) => {
    const frames = looks.get(zone.id) ?? [];
    const hasGoods = zone.goods !== undefined;
    if (pictures.startsWith('goods') && !hasGoods) return [];
    const knowledge = taught === undefined ? NOTHING_KNOWN : learn(NOTHING_KNOWN, [], taught.get(zone.id) ?? []);
    const found = judgeOccupancy(frames, knowledge.bare);
    const isOut = (at: number) => hasGoods && isOutAt(at);
    const [out, none] = [
      { occupied: 0, hidden: 0, clear: 0 },
      { occupied: 0, hidden: 0, clear: 0 },
    ];
    const letters = frames.map(({ sighting }, at) => {
      const { verdict = 'hidden', lasting = false } = found.get(sighting.id) ?? {};
      const said = verdict === 'occupied' && !lasting ? 'clear' : verdict;
      (isOut(at) ? out : none)[said] += 1;
      return verdict === 'occupied' ? (lasting ? 'O' : 'p') : verdict === 'hidden' ? '?' : '.';
    });
    const wrong = letters.map((letter, at) => (letter === 'O' && !isOut(at) ? 'x' : ' ')).join('');
    return {
      ...{
        sequence: sequence.name,
        fixed: sequence.moves !== true,
        zone: zone.id,
        pictures,
        frames: frames.length,
        out,
        none,
      },
      ...{ verdicts: letters.join(''), falseIncident: wrong.includes('xx'), known: shareKnown(knowledge.bare) },
    };
  });
}

/** Of the zone's cells, in the light best known. */
function shareKnown(bare: readonly StorefrontFeatures[]): number {
  const shares = bare.map(({ inZone, hidden }) => {
    const zone = inZone.filter((inside) => inside === 1).length;
    return inZone.filter((inside, cell) => inside === 1 && hidden[cell] !== 1).length / Math.max(1, zone);
  });
  return Math.max(0, ...shares);
}

function zoneOf(id: string, polygon: Polygon): Zone {
  return {
    ...{ id: zoneId(id), version: 1, cameraId: cameraId('camera'), placeId: placeId('pavement'), type: 'storefront' },
    ...{ polygon, shop: null, ruleIds: [], effectiveFrom: 0, effectiveTo: null },
  };
}

/** Lays the goods of every zone on a frame, each standing on its foot. */
async function withGoods(jpeg: Uint8Array, { zones }: Sequence, images: string): Promise<Buffer> {
  const pieces = [];
  for (const { of, foot, height } of zones.flatMap(({ goods = [] }) => goods)) {
    const outline = labels.goods.outlines[of];
    if (outline === undefined) throw new RangeError(`Expected an outline of ${of}`);
    const { data, info } = await cutOut(join(images, outline.file), outline.polygon, height);
    const [x, y] = [Math.round(foot[0] - info.width / 2), Math.round(foot[1] - info.height)];
    pieces.push({ input: data, left: Math.max(0, x), top: Math.max(0, y) });
  }
  return sharp(jpeg).composite(pieces).jpeg({ quality: 92 }).toBuffer();
}

async function cutOut(path: string, polygon: Polygon, height: number) {
  const picture = sharp(await readFile(path)).toColourspace('srgb');
  const { width: full = 0, height: tall = 0 } = await picture.metadata();
  const points = polygon.map(([x, y]) => `${x},${y}`).join(' ');
  const mask = Buffer.from(`<svg width="${full}" height="${tall}"><polygon points="${points}" fill="#fff"/></svg>`);
  const [x0, y0, x1, y1] = boundsOf(polygon);
  const masked = await picture
    .ensureAlpha()
    .composite([{ input: mask, blend: 'dest-in' }])
    .png()
    .toBuffer();
  return sharp(masked)
    .extract({ left: x0, top: y0, width: Math.min(x1, full) - x0, height: Math.min(y1, tall) - y0 })
    .resize({ height })
    .png()
    .toBuffer({ resolveWithObject: true });
}

const PARTS = [true, false].flatMap((fixed) =>
  (['as it was', 'day after', 'goods put out', 'goods all day'] as const).map((pictures) => [pictures, fixed] as const),
);

function report(all: readonly Row[]): void {
  if (values.json) {
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
    return;
  }
  for (const { sequence, zone, pictures, verdicts, falseIncident, known } of all) {
    const learned = known > 0 ? `  known ${known.toFixed(2)}` : '';
    console.log(
      `${sequence.padEnd(26)}${zone.padEnd(18)}${pictures.padEnd(15)}${verdicts}${learned}${falseIncident ? '  FALSE' : ''}`,
    );
  }
  console.log('\nO occupied, p occupied in that frame only, . clear, ? hidden\n');
  for (const [pictures, fixed] of PARTS) {
    const own = all.filter((row) => row.pictures === pictures && row.fixed === fixed);
    if (own.length === 0) continue;
    const sum = (of: (row: Row) => number) => own.reduce((total, row) => total + of(row), 0);
    const counts = (name: string, of: (row: Row) => Tally) =>
      `${name} ${sum((row) => of(row).occupied + of(row).hidden + of(row).clear)}: occupied ${sum((row) => of(row).occupied)}, hidden ${sum((row) => of(row).hidden)}`;
    console.log(
      `${(fixed ? pictures : `${pictures}, held by hand`).padEnd(30)}zones ${own.length}, with a false incident ${own.filter((row) => row.falseIncident).length}; ` +
        `frames ${counts('without goods', (row) => row.none)}; ${counts('with goods', (row) => row.out)}`,
    );
  }
}

report(rows);
