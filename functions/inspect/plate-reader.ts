/**
 * Reads the plate of one vehicle in one frame: locate, straighten, read, and read again with an independent reader where
 * the first is not sure. The small reader chooses among places, outlines and layouts; where both read, both have to agree
 * for the confidence to be high.
 */
import type { Box } from '#core/camera.ts';
import { judgeBoth } from '#core/plates/judgement.ts';
import { type PlateRead, plateText } from '#core/plates/plate.ts';
import { plateTypeOf } from '#core/plates/type.ts';
import type { ModelVersion } from '#core/sighting.ts';
import { loadModel, type Model } from './model.ts';
import { weightsPath } from './model-card.ts';
import { colorShares, plateColor } from './plate-color.ts';
import { better, choose, type Glance, glance } from './plate-glance.ts';
import { type DetectionLimits, findPlates, locatePlates } from './plate-locator.ts';
import type { PlateCandidate } from './plate-rows.ts';
import { type Quad, quadSize } from './plate-shape.ts';
import { lineSymbols, readWithLine } from './plate-text.ts';
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
  /** Where plates may be in a vehicle's box, most plausible first. */
  locate(raster: Raster, vehicleBox: Box, neighbours: readonly Box[]): Promise<PlateCandidate[]>;
}

/** Wider than this in proportion, a whole picture of a plate does not show two rows (440 x 220 is 2, 220 x 140 is 1.6). */
const MOST_DOUBLE_ASPECT = 2.4;

/** @throws {Refusal} what {@link loadModel} throws */
export async function loadPlateReader(): Promise<PlateReader> {
  const [detector, line, own] = await Promise.all([
    loadModel('ppocr-det'),
    loadModel('ppocr-rec'),
    loadModel('platerec'),
  ]);
  const symbols = await lineSymbols(weightsPath(line.card, 'ppocr_keys_v1.txt'));
  const { pixels = 98_304, enlarge = 3, threshold = 0.3, score = 0.5, unclip = 1.6 } = detector.card.thresholds ?? {};
  const limits: DetectionLimits = { pixels, enlarge, threshold, score, unclip };

  async function read(raster: Raster, { outline, picture, reading }: Glance, twoWheeler = false) {
    const { quad, layout } = outline;
    const color = plateColor(colorShares(picture)) ?? reading.color.name;
    const view = { layout, color, width: quadSize(quad)[0] };
    const lineEmissions = await readWithLine(line, symbols, raster, outline);
    const judgement = judgeBoth(reading.emissions, lineEmissions, view);
    if (judgement === null) return null;
    const { characters, confidence } = judgement;
    const type = plateTypeOf({ text: plateText({ characters }), color, layout, twoWheeler });
    return { characters, color, layout, type, confidence, corners: quad };
  }

  return {
    versions: [detector.version, line.version, own.version],
    spent: () => totalSpent([detector, line, own]),
    locate: (raster, box, neighbours) => locatePlates(detector, raster, box, neighbours, limits),
    async readPlate(raster, box, neighbours, vehicle) {
      const chosen = await choose(own, raster, await locatePlates(detector, raster, box, neighbours, limits));
      return chosen && read(raster, chosen, vehicle?.twoWheeler);
    },
    async readCrop(raster) {
      const chosen = await choose(
        own,
        raster,
        await findPlates(detector, raster, [0, 0, raster.width, raster.height], limits),
        await glanceAtWhole(own, raster),
      );
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
export async function glanceAtWhole(own: Model, raster: Raster): Promise<Glance> {
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
