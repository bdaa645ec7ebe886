/**
 * Reads the plate of one vehicle in one frame: locate, straighten, read with two independent readers, fuse. The small
 * reader chooses among places and outlines; the large one then reads the chosen outline, and both have to agree for the
 * confidence to be high.
 */
import { readFile } from 'node:fs/promises';
import type { Box } from '#core/camera.ts';
import { PLATE_ALPHABET, SYMBOLS } from '#core/plates/alphabet.ts';
import { type Emissions, grammarBeam, softmaxEmissions } from '#core/plates/ctc.ts';
import { fuseReadings } from '#core/plates/fuse.ts';
import { PLATE_GRAMMAR } from '#core/plates/grammar.ts';
import type { PlateColor, PlateRead } from '#core/plates/plate.ts';
import type { ModelVersion } from '#core/sighting.ts';
import { loadModel, type Model, weightsPath } from './model.ts';
import { colorShares, plateColor } from './plate-color.ts';
import { type DetectionLimits, locatePlates, type PlateCandidate } from './plate-locator.ts';
import { type Quad, quadSize } from './plate-shape.ts';
import { straighten } from './plate-warp.ts';
import { cropToPlanes, type Raster } from './raster.ts';

export interface PlateReader {
  readonly versions: ModelVersion[];
  /** Time in `session.run` of all three models since loading. */
  spent(): { ms: number; runs: number };
  /** The plate of the vehicle in `vehicleBox`; `neighbours` are the other vehicles of the frame. Null when none is found. */
  readPlate(raster: Raster, vehicleBox: Box, neighbours: readonly Box[]): Promise<PlateRead | null>;
  /** Reads a picture that shows one plate and little else. */
  readCrop(raster: Raster): Promise<PlateRead | null>;
  /** Where plates may be in a vehicle's box, most plausible first. */
  locate(raster: Raster, vehicleBox: Box, neighbours: readonly Box[]): Promise<PlateCandidate[]>;
}

const PIXELS = { order: 'bgr', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] } as const;
const planesOf = (picture: Raster) =>
  cropToPlanes(picture, [0, 0, picture.width, picture.height], picture.width, picture.height, PIXELS);

const OWN_WIDTH = 128;
const OWN_HEIGHT = 32;
const LINE_HEIGHT = 48;

const COLORS: readonly PlateColor[] = ['blue', 'yellow', 'green', 'white', 'black'];

/** What the small reader makes of one outline. */
interface Glance {
  readonly outline: Quad;
  readonly emissions: Emissions;
  readonly color: PlateColor | null;
  readonly logLikelihood: number;
}

/** @throws {Refusal} `model-hash-mismatch` */
export async function loadPlateReader(): Promise<PlateReader> {
  const [detector, lines, own] = await Promise.all([
    loadModel('ppocr-det'),
    loadModel('ppocr-rec'),
    loadModel('platerec'),
  ]);
  const lineSymbols = await lineAlphabet(weightsPath(lines.card, 'ppocr_keys_v1.txt'));
  const thresholds = detector.card.thresholds ?? {};
  const limits: DetectionLimits = {
    pixels: thresholds.pixels ?? 98_304,
    enlarge: thresholds.enlarge ?? 3,
    threshold: thresholds.threshold ?? 0.3,
    score: thresholds.score ?? 0.5,
    unclip: thresholds.unclip ?? 1.6,
  };

  async function glance(raster: Raster, outline: Quad): Promise<Glance> {
    const picture = straighten(raster, outline, OWN_WIDTH, OWN_HEIGHT);
    const outputs = await own.run({ image: { data: planesOf(picture), dims: [1, 3, OWN_HEIGHT, OWN_WIDTH] } });
    const logits = outputs.logits?.data ?? new Float32Array(0);
    const emissions = softmaxEmissions(logits, logits.length / SYMBOLS, SYMBOLS, { doubt: 1e-3 });
    return {
      outline,
      emissions,
      color: plateColor(colorShares(picture)) ?? likeliest(outputs.colour?.data ?? new Float32Array(0)),
      logLikelihood: grammarBeam(emissions, PLATE_GRAMMAR, { beams: 8, keep: 1 })[0]?.logLikelihood ?? -99,
    };
  }

  async function readLine(raster: Raster, outline: Quad): Promise<Emissions> {
    const [width, height] = quadSize(outline);
    const columns = Math.max(LINE_HEIGHT, Math.min(320, Math.ceil((LINE_HEIGHT * width) / height)));
    const picture = straighten(raster, outline, columns, LINE_HEIGHT);
    const outputs = await lines.run({ x: { data: planesOf(picture), dims: [1, 3, LINE_HEIGHT, columns] } });
    return lineEmissions(outputs['softmax_11.tmp_0']?.data ?? new Float32Array(0), lineSymbols);
  }

  async function readOutlines(raster: Raster, outlines: readonly Quad[], prior: readonly number[]) {
    let best: Glance | null = null;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const [index, outline] of outlines.entries()) {
      const seen = await glance(raster, outline);
      const score = seen.logLikelihood + (prior[index] ?? 0);
      if (score > bestScore) {
        bestScore = score;
        best = seen;
      }
    }
    if (best === null) return null;
    const line = await readLine(raster, best.outline);
    const fused = fuseReadings(
      [
        { emissions: best.emissions, weight: 1 },
        { emissions: line, weight: 1 },
      ],
      PLATE_GRAMMAR,
    );
    if (fused === null) return null;
    const read: PlateRead = {
      characters: fused.characters,
      color: best.color,
      layout: 'single',
      confidence: fused.share * fused.characters.reduce((product, { confidence }) => product * confidence, 1),
      corners: best.outline,
    };
    return read;
  }

  return {
    versions: [detector.version, lines.version, own.version],
    spent: () => totalSpent([detector, lines, own]),
    locate: (raster, box, neighbours) => locatePlates(detector, raster, box, neighbours, limits),
    async readPlate(raster, box, neighbours) {
      const candidates = (await locatePlates(detector, raster, box, neighbours, limits)).slice(0, 4);
      const outlines = candidates.flatMap((candidate) => candidate.outlines);
      const prior = candidates.flatMap(({ plausibility, score, outlines: { length } }) =>
        Array.from({ length }, () => 2 * Math.log(plausibility * score)),
      );
      return readOutlines(raster, outlines, prior);
    },
    readCrop: ({ width, height, data }) =>
      readOutlines(
        { width, height, data },
        [
          [
            [0, 0],
            [width, 0],
            [width, height],
            [0, height],
          ],
        ],
        [0],
      ),
  };
}

const totalSpent = (models: readonly Model[]) =>
  models.reduce((sum, { spent }) => ({ ms: sum.ms + spent.ms, runs: sum.runs + spent.runs }), { ms: 0, runs: 0 });

function likeliest(scores: Float32Array): PlateColor | null {
  let best = 0;
  scores.forEach((score, index) => {
    if (score > (scores[best] ?? 0)) best = index;
  });
  return scores.length === 0 ? null : (COLORS[best] ?? null);
}

/** For each class of the line reader, the plate symbol it stands for, or 0. Plates have no O and no I. */
async function lineAlphabet(keysFile: string): Promise<Uint8Array> {
  const keys = (await readFile(keysFile, 'utf8')).replace(/\n$/, '').split('\n');
  const folded: Record<string, string> = { O: '0', o: '0', I: '1', l: '1' };
  // Class 0 is the blank, the last class (not in the file) is the space.
  const symbols = new Uint8Array(keys.length + 2);
  keys.forEach((key, index) => {
    symbols[index + 1] = PLATE_ALPHABET.indexOf(folded[key] ?? key) + 1;
  });
  return symbols;
}

/** Everything that is on no plate, the dot among it, counts as blank. */
function lineEmissions(probabilities: Float32Array, symbolOfClass: Uint8Array): Emissions {
  const classes = symbolOfClass.length;
  const frames = Math.floor(probabilities.length / classes);
  const doubt = 1e-3;
  const rows = new Float64Array(frames * SYMBOLS);
  for (let frame = 0; frame < frames; frame++) {
    let rest = 1;
    for (let index = 1; index < classes; index++) {
      const symbol = symbolOfClass[index] ?? 0;
      if (symbol === 0) continue;
      const probability = probabilities[frame * classes + index] ?? 0;
      rows[frame * SYMBOLS + symbol] = (rows[frame * SYMBOLS + symbol] ?? 0) + probability;
      rest -= probability;
    }
    rows[frame * SYMBOLS] = Math.max(0, rest);
    for (let s = 0; s < SYMBOLS; s++) {
      rows[frame * SYMBOLS + s] = (rows[frame * SYMBOLS + s] ?? 0) * (1 - doubt) + doubt / SYMBOLS;
    }
  }
  return { frames, symbols: SYMBOLS, probabilities: rows };
}
