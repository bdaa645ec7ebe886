/**
 * Fits what `functions/core/plates/judgement.ts` calls OWN_ALONE and BOTH, and shows what they are worth:
 *
 *     npx tsx models/training/calibrate-plates.ts DIR...
 *
 * DIR holds a `manifest.json` of crops labelled with their text (others are left out), or sequences with `truth/`. Every
 * other plate is fitted on; the table is of the rest. A label that contradicts its picture, as three of EasyPR do, is
 * left out by name.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Box } from '#core/camera.ts';
import { calibrated, fitCalibration } from '#core/plates/calibration.ts';
import { isPlateText } from '#core/plates/grammar.ts';
import { type Judgement, judgeBoth, judgeOwn } from '#core/plates/judgement.ts';
import { plateText } from '#core/plates/plate.ts';
import { loadPlateReader } from '../../functions/inspect/plate-reader.ts';
import { decodeFrame } from '../../functions/inspect/raster.ts';

const WRONG_LABELS = new Set(['川AM1186', '湘GR0L16', '粤A94372']);
const LEAST_WIDTH = 40;
const EDGES = [0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995];

const Manifest = z.array(z.object({ file: z.string(), label: z.unknown() }));
const Truth = z.object({
  objects: z.array(
    z.object({
      box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      plates: z.array(z.object({ raw: z.string(), widthPx: z.number(), occlusion: z.number() })).optional(),
    }),
  ),
});

interface Labelled {
  readonly text: string;
  readonly picture: string;
  /** The vehicle and its neighbours; null when the picture is the plate's. */
  readonly vehicle: { readonly box: Box; readonly neighbours: readonly Box[] } | null;
}

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

function* labelled(directory: string): Generator<Labelled> {
  if (existsSync(join(directory, 'manifest.json'))) {
    for (const { file, label } of Manifest.parse(json(join(directory, 'manifest.json')))) {
      if (typeof label !== 'string' || !isPlateText(label) || WRONG_LABELS.has(label)) continue;
      yield { text: label, picture: join(directory, file), vehicle: null };
    }
    return;
  }
  for (const sequence of readdirSync(directory).toSorted()) {
    const truths = join(directory, sequence, 'truth');
    for (const name of existsSync(truths) ? readdirSync(truths).toSorted() : []) {
      const { objects } = Truth.parse(json(join(truths, name)));
      for (const object of objects) {
        const plate = object.plates?.[0];
        if (plate === undefined || plate.widthPx < LEAST_WIDTH || plate.occlusion > 0.3) continue;
        const neighbours = objects.filter((other) => other !== object && other.plates !== undefined);
        yield {
          text: plate.raw,
          picture: join(directory, sequence, name.replace('.json', '.jpg')),
          vehicle: { box: object.box, neighbours: neighbours.map(({ box }) => box) },
        };
      }
    }
  }
}

interface Reading {
  readonly certainty: number;
  readonly right: boolean;
}

function reading(judgement: Judgement | null, text: string): Reading[] {
  return judgement === null ? [] : [{ certainty: judgement.certainty, right: plateText(judgement) === text }];
}

const reader = await loadPlateReader();
const alone: Reading[] = [];
const both: Reading[] = [];
for (const directory of process.argv.slice(2)) {
  for (const plate of labelled(directory)) {
    const raster = await decodeFrame(readFileSync(plate.picture));
    const seen = await reader.witnesses(raster, plate.vehicle?.box, plate.vehicle?.neighbours);
    if (seen === null) continue;
    alone.push(...reading(judgeOwn(seen.own, seen.view), plate.text));
    both.push(...reading(judgeBoth(seen.own, await seen.line(), seen.view), plate.text));
  }
}
for (const [name, readings] of Object.entries({ OWN_ALONE: alone, BOTH: both })) {
  const curve = fitCalibration(readings.filter((_, index) => index % 2 === 0));
  const others = readings
    .filter((_, index) => index % 2 === 1)
    .map(({ certainty, right }) => ({ confidence: calibrated(certainty, curve), right }));
  process.stdout.write(`\n${name} ${JSON.stringify(curve)}, ${readings.length} readings, half of them checked:\n`);
  EDGES.forEach((from, index) => {
    const band = others.filter(({ confidence }) => confidence >= from && confidence < (EDGES[index + 1] ?? 2));
    const mean = band.reduce((sum, { confidence }) => sum + confidence, 0) / Math.max(1, band.length);
    const right = band.filter((one) => one.right).length;
    process.stdout.write(`${String(from).padStart(6)}  mean ${mean.toFixed(3)}  right ${right}/${band.length}\n`);
  });
  const surest = readings.toSorted((a, b) => b.certainty - a.certainty);
  const firstWrong = surest.findIndex(({ right }) => !right);
  process.stdout.write(
    `all right down to certainty ${surest[firstWrong]?.certainty.toFixed(4) ?? '0'}: ${firstWrong < 0 ? surest.length : firstWrong}\n`,
  );
}
