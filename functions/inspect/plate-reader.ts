/**
 * Reads the plate of one vehicle in one frame: locate, straighten, read with two independent readers, fuse. The small
 * reader chooses among places and outlines; both then read the chosen outline, and both have to agree for the confidence
 * to be high.
 */
import type { Box } from '#core/camera.ts';
import { grammarBeam } from '#core/plates/ctc.ts';
import { fuseReadings } from '#core/plates/fuse.ts';
import { PLATE_GRAMMAR } from '#core/plates/grammar.ts';
import type { PlateColor, PlateRead } from '#core/plates/plate.ts';
import type { ModelVersion } from '#core/sighting.ts';
import { loadModel, type Model, weightsPath } from './model.ts';
import { colorShares, plateColor } from './plate-color.ts';
import { type DetectionLimits, findPlates, locatePlates, type PlateCandidate } from './plate-locator.ts';
import { type Quad, quadSize } from './plate-shape.ts';
import { LINE_HEIGHT, lineSymbols, OWN_SIZE, type OwnReading, readWithLine, readWithOwn } from './plate-text.ts';
import { straighten } from './plate-warp.ts';
import type { Raster } from './raster.ts';

export interface PlateReader {
  readonly versions: ModelVersion[];
  /** Time in `session.run` of all three models since loading. */
  spent(): { ms: number; runs: number };
  /** The plate of the vehicle in `vehicleBox`; `neighbours` are the other vehicles of the frame. Null when none is found. */
  readPlate(raster: Raster, vehicleBox: Box, neighbours: readonly Box[]): Promise<PlateRead | null>;
  /** Reads a picture that shows one plate and little else. */
  readCrop(raster: Raster): Promise<PlateRead | null>;
  /** Every plate in a region of a picture of which nothing else is known, at most `most`; the surest first. */
  readAll(raster: Raster, region: Box, most: number): Promise<PlateRead[]>;
  /** Where plates may be in a vehicle's box, most plausible first. */
  locate(raster: Raster, vehicleBox: Box, neighbours: readonly Box[]): Promise<PlateCandidate[]>;
}

/** Places looked at by the small reader before one is chosen. */
const PLACES = 3;
/**
 * Width over height given to the line reader. It wants the natural width, but a plate seen steeply from the side is
 * drawn out: squeezed to 45 % of their width, 25 of 82 plates were read as they were and 73 drawn out.
 */
const LEAST_ASPECT = 2.6;
const MOST_ASPECT = 6.5;
/** The small reader's say beside the line reader's. Measured: fewer mistakes than 0.5 or 1 at the same confidence. */
const OWN_WEIGHT = 0.75;

interface Glance {
  readonly outline: Quad;
  readonly picture: Raster;
  readonly reading: OwnReading;
  readonly score: number;
}

/** The readers' probabilities are a little too sure, and more so below 70 pixels of width. */
const temperatureFor = (width: number) => 1.35 * Math.min(1.8, Math.max(1, 70 / width));

/** Eight characters are new energy, and new energy is green (or yellow-green): colour and length vouch for each other. */
const lengthPriorOf = (color: PlateColor) => (length: number) => {
  if (color === 'yellow') return 0;
  return (color === 'green' || color === 'yellow-green') === (length === 8) ? 0 : -2;
};

/** @throws {Refusal} `model-hash-mismatch` */
export async function loadPlateReader(): Promise<PlateReader> {
  const [detector, line, own] = await Promise.all([
    loadModel('ppocr-det'),
    loadModel('ppocr-rec'),
    loadModel('platerec'),
  ]);
  const symbols = await lineSymbols(weightsPath(line.card, 'ppocr_keys_v1.txt'));
  const { pixels = 98_304, enlarge = 3, threshold = 0.3, score = 0.5, unclip = 1.6 } = detector.card.thresholds ?? {};
  const limits: DetectionLimits = { pixels, enlarge, threshold, score, unclip };

  async function glance(raster: Raster, outline: Quad, logPrior: number): Promise<Glance> {
    const picture = straighten(raster, outline, ...OWN_SIZE);
    const reading = await readWithOwn(own, picture);
    const [best] = grammarBeam(reading.emissions, PLATE_GRAMMAR, { beams: 6, keep: 1 });
    return { outline, picture, reading, score: (best?.logLikelihood ?? -99) + logPrior };
  }

  async function read(raster: Raster, { outline, picture, reading }: Glance): Promise<PlateRead | null> {
    const [width, height] = quadSize(outline);
    const columns = Math.ceil(LINE_HEIGHT * Math.max(LEAST_ASPECT, Math.min(MOST_ASPECT, width / height)));
    const lineEmissions = await readWithLine(line, symbols, straighten(raster, outline, columns, LINE_HEIGHT));
    const color = plateColor(colorShares(picture)) ?? reading.color.name;
    const fused = fuseReadings(
      [
        { emissions: lineEmissions, weight: 1 },
        { emissions: reading.emissions, weight: OWN_WEIGHT },
      ],
      PLATE_GRAMMAR,
      { temperature: temperatureFor(width), lengthPrior: lengthPriorOf(color) },
    );
    if (fused === null) return null;
    return {
      characters: fused.characters,
      color,
      layout: 'single',
      confidence: fused.characters.reduce((product, { confidence }) => product * confidence, fused.share),
      corners: outline,
    };
  }

  /** The likeliest outline of one place. */
  async function glanceAt(raster: Raster, { outlines, plausibility }: PlateCandidate): Promise<Glance> {
    const [turned, upright] = outlines;
    const first = await glance(raster, turned, 2 * Math.log(plausibility));
    const second = await glance(raster, upright, 2 * Math.log(plausibility));
    return second.score > first.score ? second : first;
  }

  const better = (a: Glance | null, b: Glance) => (a === null || b.score > a.score ? b : a);

  return {
    versions: [detector.version, line.version, own.version],
    spent: () => totalSpent([detector, line, own]),
    locate: (raster, box, neighbours) => locatePlates(detector, raster, box, neighbours, limits),
    async readPlate(raster, box, neighbours) {
      let best: Glance | null = null;
      for (const place of (await locatePlates(detector, raster, box, neighbours, limits)).slice(0, PLACES)) {
        best = better(best, await glanceAt(raster, place));
      }
      return best && read(raster, best);
    },
    async readCrop(raster) {
      const { width, height } = raster;
      const whole: Quad = [
        [0, 0],
        [width, 0],
        [width, height],
        [0, height],
      ];
      let best = await glance(raster, whole, 0);
      for (const place of (await findPlates(detector, raster, [0, 0, width, height], limits)).slice(0, PLACES)) {
        best = better(best, await glanceAt(raster, place));
      }
      return read(raster, best);
    },
    async readAll(raster, region, most) {
      const reads: PlateRead[] = [];
      const places = await findPlates(detector, raster, region, { ...limits, pixels: 10 * pixels, enlarge: 1 });
      for (const place of places.slice(0, most)) {
        const found = await read(raster, await glanceAt(raster, place));
        if (found !== null) reads.push(found);
      }
      return reads.sort((a, b) => b.confidence - a.confidence);
    },
  };
}

const totalSpent = (models: readonly Model[]) =>
  models.reduce((sum, { spent }) => ({ ms: sum.ms + spent.ms, runs: sum.runs + spent.runs }), { ms: 0, runs: 0 });
