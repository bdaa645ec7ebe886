/**
 * Reads the plate of one vehicle in one frame: locate, straighten, read, and read again with an independent reader where
 * the first is not sure. The small reader chooses among places, outlines and layouts; where both read, both have to agree
 * for the confidence to be high.
 */
import type { Box } from '#core/camera.ts';
import type { Emissions } from '#core/plates/ctc.ts';
import { isSureAlone, judgeBoth, judgeOwn, type PlateView } from '#core/plates/judgement.ts';
import { type PlateRead, plateText } from '#core/plates/plate.ts';
import { plateTypeOf } from '#core/plates/type.ts';
import type { ModelVersion } from '#core/sighting.ts';
import { loadModel, type Model } from './model.ts';
import { weightsPath } from './model-card.ts';
import { colorShares, plateColor } from './plate-color.ts';
import { better, choose, type Glance, glance } from './plate-glance.ts';
import { type DetectionLimits, findPlates, locatePlates, TEXT_TENSORS } from './plate-locator.ts';
import type { PlateOutline } from './plate-rows.ts';
import { type Quad, quadSize } from './plate-shape.ts';
import { LINE_TENSORS, lineSymbols, OWN_TENSORS, readWithLine } from './plate-text.ts';
import type { Raster } from './raster.ts';

export interface PlateReader {
  readonly versions: ModelVersion[];
  /** Time in `session.run` of all three models since loading. */
  spent(): { ms: number; runs: number };
  /** The plate of the vehicle in `vehicleBox`; `neighbours` are the other vehicles of the frame. Null when none is found. */
  readPlate(
    raster: Raster,
    vehicleBox: Box,
    neighbours: readonly Box[],
    vehicle?: { readonly twoWheeler: boolean },
  ): Promise<PlateRead | null>;
  /** Reads a picture that shows one plate and little else. */
  readCrop(raster: Raster): Promise<PlateRead | null>;
  /** Every plate in a region of a picture of which nothing else is known, at most `most`; the surest first. */
  readAll(raster: Raster, region: Box, most: number): Promise<PlateRead[]>;
  /** What both readers see of the plate that {@link readPlate} (or, without a box, {@link readCrop}) reads. */
  witnesses(raster: Raster, vehicleBox?: Box, neighbours?: readonly Box[]): Promise<Witnesses | null>;
}

export interface Witnesses {
  readonly outline: PlateOutline;
  readonly view: PlateView;
  readonly own: Emissions;
  line(): Promise<Emissions>;
}

/** Wider than this in proportion, a whole picture of a plate does not show two rows (440 x 220 is 2, 220 x 140 is 1.6). */
const MOST_DOUBLE_ASPECT = 2.4;

/**
 * The first look at a vehicle spends this share of the detector's pixels, on its lower half. Only where the small reader
 * reads nothing clearly there (a score below {@link CLEAR}) a second look spends them all.
 */
const QUICK_SHARE = 0.5;
const CLEAR = -2;

/** @throws {Refusal} what {@link loadModel} throws */
export async function loadPlateReader(): Promise<PlateReader> {
  const [detector, line, own] = await Promise.all([
    loadModel('ppocr-det', TEXT_TENSORS),
    loadModel('ppocr-rec', LINE_TENSORS),
    loadModel('platerec', OWN_TENSORS),
  ]);
  const symbols = await lineSymbols(weightsPath(line.card, 'ppocr_keys_v1.txt'));
  const { pixels = 98_304, enlarge = 3, threshold = 0.3, score = 0.5, unclip = 1.6 } = detector.card.thresholds ?? {};
  const limits: DetectionLimits = { pixels, enlarge, threshold, score, unclip, from: 0.3 };
  const quick: DetectionLimits = { ...limits, pixels: QUICK_SHARE * pixels, from: 0.45 };

  function witnessesOf(raster: Raster, { outline, picture, reading }: Glance): Witnesses {
    const color = plateColor(colorShares(picture)) ?? reading.color.name;
    return {
      outline,
      view: { layout: outline.layout, color, width: quadSize(outline.quad)[0] },
      own: reading.emissions,
      line: () => readWithLine(line, symbols, raster, outline),
    };
  }

  async function read(raster: Raster, glance: Glance, twoWheeler = false): Promise<PlateRead | null> {
    const { outline, view, own: emissions, line: lineEmissions } = witnessesOf(raster, glance);
    const alone = judgeOwn(emissions, view);
    const judgement = isSureAlone(alone) ? alone : judgeBoth(emissions, await lineEmissions(), view);
    if (judgement === null) return null;
    const { layout, color } = view;
    const { characters, confidence } = judgement;
    const type = plateTypeOf({ text: plateText({ characters }), color, layout, twoWheeler });
    return { characters, color, layout, type, confidence, corners: outline.quad };
  }

  async function onVehicle(raster: Raster, box: Box, neighbours: readonly Box[]): Promise<Glance | null> {
    const atOnce = await choose(own, raster, await locatePlates(detector, raster, box, neighbours, quick));
    if (atOnce !== null && atOnce.score >= CLEAR) return atOnce;
    return choose(own, raster, await locatePlates(detector, raster, box, neighbours, limits), atOnce);
  }

  async function inCrop(raster: Raster): Promise<Glance | null> {
    const places = await findPlates(detector, raster, [0, 0, raster.width, raster.height], limits);
    return choose(own, raster, places, await glanceAtWhole(own, raster));
  }

  return {
    versions: [detector.version, line.version, own.version],
    spent: () => totalSpent([detector, line, own]),
    async witnesses(raster, box, neighbours = []) {
      const chosen = await (box === undefined ? inCrop(raster) : onVehicle(raster, box, neighbours));
      return chosen && witnessesOf(raster, chosen);
    },
    async readPlate(raster, box, neighbours, vehicle) {
      const chosen = await onVehicle(raster, box, neighbours);
      return chosen && read(raster, chosen, vehicle?.twoWheeler);
    },
    async readCrop(raster) {
      const chosen = await inCrop(raster);
      return chosen && read(raster, chosen);
    },
    async readAll(raster, region, most) {
      const reads: PlateRead[] = [];
      const places = await findPlates(detector, raster, region, { ...limits, pixels: 10 * pixels, enlarge: 1 });
      for (const place of places.slice(0, most)) {
        const chosen = await choose(own, raster, [place]);
        const plate = chosen && (await read(raster, chosen));
        if (plate !== null) reads.push(plate);
      }
      return reads.sort((a, b) => b.confidence - a.confidence);
    },
  };
}

/** A whole picture as the plate. */
async function glanceAtWhole(own: Model, raster: Raster): Promise<Glance> {
  const { width, height } = raster;
  const quad: Quad = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ];
  const single = await glance(own, raster, { quad, layout: 'single' });
  return width < MOST_DOUBLE_ASPECT * height
    ? better(single, await glance(own, raster, { quad, layout: 'double' }))
    : single;
}

const totalSpent = (models: readonly Model[]) =>
  models.reduce((sum, { spent }) => ({ ms: sum.ms + spent.ms, runs: sum.runs + spent.runs }), { ms: 0, runs: 0 });
