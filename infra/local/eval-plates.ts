/**
 * `eval plates`: how well plates are read, on a folder of labelled pictures (`manifest.json`) or of rendered sequences
 * (`<sequence>/truth/*.json`). Three kinds of sample: a crop of one plate (the label is its text), a whole picture (the
 * label is `{plates: [...]}`), and a vehicle of a rendered frame, where its box is known.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Box } from '#core/camera.ts';
import { type PlateRead, plateText } from '#core/plates/plate.ts';
import { loadPlateReader, type PlateReader } from '../../functions/inspect/plate-reader.ts';
import { namesIn, readJson, readPicture, unreadable } from './eval-input.ts';
import { matches, type Outcome, type PlatesReport, READ_GATE, summarize } from './eval-plates-report.ts';
import { type SheetTile, TRUE_COLOUR } from './eval-sheet.ts';

/** How many places of a whole picture are read. */
const PLACES_IN_PICTURE = 6;

const Plate = z.object({
  plate: z.string().nullable(),
  type: z.string().nullish(),
  /** False: may be cut off or too small; finding it is not asked for. */
  main: z.boolean().optional(),
  center_xy: z.tuple([z.number(), z.number()]).optional(),
  size_wh: z.tuple([z.number(), z.number()]).optional(),
  box_xyxy: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
  loose_box_xyxy: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
});
const Entry = z.object({
  file: z.string(),
  label: z.union([z.string(), z.object({ plates: z.array(Plate) })]),
  colour: z.string().optional(),
});
const TruthPlate = z.object({
  raw: z.string(),
  color: z.string(),
  corners: z.array(z.tuple([z.number(), z.number()])),
  widthPx: z.number(),
  readable: z.boolean(),
});
const Truth = z.object({
  objects: z.array(
    z.object({
      class: z.string(),
      box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      plates: z.array(TruthPlate).optional(),
    }),
  ),
});
const VEHICLES = new Set(['car', 'van', 'truck', 'bus', 'motorcycle']);

/** @throws {Refusal} `eval-unreadable` */
export async function evalPlates(directory: string): Promise<PlatesReport> {
  const reader = await loadPlateReader();
  const names = await namesIn(directory);
  const started = performance.now();
  const { outcomes, negatives } = names.includes('manifest.json')
    ? await readManifest(reader, directory)
    : { outcomes: await readSequences(reader, directory, names), negatives: { total: 0, read: 0 } };
  if (outcomes.length === 0) throw unreadable(`labelled plates in ${directory}`, 'none');
  return summarize(outcomes, negatives, (performance.now() - started) / outcomes.length);
}

async function readManifest(reader: PlateReader, directory: string) {
  const entries = await readJson(join(directory, 'manifest.json'), z.array(Entry));
  const outcomes: Outcome[] = [];
  const negatives = { total: 0, read: 0 };
  for (const { file, label, colour } of entries) {
    const raster = await readPicture(directory, file);
    const source = sourceOf(file);
    if (typeof label !== 'string') {
      const reads = await reader.readAll(raster, [0, 0, raster.width, raster.height], PLACES_IN_PICTURE);
      for (const plate of label.plates) {
        if (plate.plate === null || plate.main === false) continue;
        const expected = plate.plate;
        const box = boxOf(plate);
        const there = box === null ? reads : reads.filter((read) => inside(middle(read), box));
        outcomes.push({
          file,
          source,
          type: plate.type ?? 'unknown',
          expected,
          read: reads.find((read) => matches(expected, plateText(read))) ?? there[0] ?? null,
          located: box === null ? null : there.length > 0,
          box,
        });
      }
      continue;
    }
    const read = await reader.readCrop(raster);
    if (label.startsWith('NOT')) {
      negatives.total += 1;
      if ((read?.confidence ?? 0) >= READ_GATE) negatives.read += 1;
    } else {
      outcomes.push({ file, source, type: typeOf(colour), expected: label, read, located: null, box: null });
    }
  }
  return { outcomes, negatives };
}

/** The first folder of a file's path; files beside the manifest are of one source. */
const sourceOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : '.');

/** Long notes follow the colour in some manifests. */
const typeOf = (colour: string | undefined) => colour?.split(' (')[0] ?? 'unknown';

/** Vehicles of rendered frames, each with its own plate; by how wide the plate is in the picture. */
async function readSequences(reader: PlateReader, directory: string, names: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const sequence of names.toSorted()) {
    const truths = await readdir(join(directory, sequence, 'truth')).catch(() => []);
    for (const name of truths.toSorted()) {
      const truth = await readJson(join(directory, sequence, 'truth', name), Truth);
      const vehicles = truth.objects.filter((object) => VEHICLES.has(object.class));
      const file = join(sequence, name.replace('.json', '.jpg'));
      const raster = await readPicture(directory, file);
      for (const vehicle of vehicles) {
        const plate = vehicle.plates?.find(({ readable }) => readable) ?? vehicle.plates?.[0];
        if (plate === undefined) continue;
        const neighbours = vehicles.filter((other) => other !== vehicle).map(({ box }) => box);
        outcomes.push({
          file,
          source: plate.readable ? 'readable' : `not readable, ${widthBucket(plate.widthPx)}`,
          type: plate.color,
          expected: plate.raw,
          read: await reader.readPlate(raster, vehicle.box, neighbours),
          located: null,
          box: vehicle.box,
        });
      }
    }
  }
  return outcomes;
}

const widthBucket = (width: number) => (width < 40 ? '< 40 px' : width < 62 ? '40-62 px' : 'hidden or cut');

function boxOf({ center_xy, size_wh, box_xyxy, loose_box_xyxy }: z.infer<typeof Plate>): Box | null {
  if (center_xy === undefined || size_wh === undefined) return box_xyxy ?? loose_box_xyxy ?? null;
  const [x, y] = center_xy;
  // A turned rectangle: its middle third, whichever way it is turned.
  const reach = Math.max(...size_wh) / 3;
  return [x - reach, y - reach, x + reach, y + reach];
}

const middle = ({ corners: [a, , c] }: PlateRead): readonly [number, number] => [(a[0] + c[0]) / 2, (a[1] + c[1]) / 2];
const inside = ([x, y]: readonly [number, number], [x0, y0, x1, y1]: Box) => x >= x0 && x <= x1 && y >= y0 && y <= y1;

/** @param directory that the files of the errors are relative to */
export const plateTiles = (directory: string, { errors }: PlatesReport): SheetTile[] =>
  errors.map(({ file, expected, read, confidence, box }) => ({
    path: join(directory, file),
    around: box,
    marks: box === null ? [] : [{ box, colour: TRUE_COLOUR }],
    caption: `${expected} → ${read ?? '—'}${read === null ? '' : ` ${confidence.toFixed(2)}`} · ${file}`,
  }));
