/**
 * The two readers of straightened plates, each turned into frames over the same alphabet: a small one made for plates
 * (0.5 M parameters) and a general one for lines of Chinese text (PP-OCRv4), which fails in other ways.
 */
import { readFile } from 'node:fs/promises';
import { PLATE_ALPHABET, SYMBOLS } from '#core/plates/alphabet.ts';
import { type Emissions, softmaxEmissions } from '#core/plates/ctc.ts';
import { joined, UPPER_BAND } from '#core/plates/double-row.ts';
import type { PlateColor, PlateLayout } from '#core/plates/plate.ts';
import type { Model } from './model.ts';
import { type PlateOutline, rowsOf } from './plate-rows.ts';
import { type Quad, quadSize } from './plate-shape.ts';
import { sideBySide, straighten } from './plate-warp.ts';
import type { Raster } from './raster.ts';

/** What the small reader wants, width by height. */
const OWN_SIZE = [128, 32] as const;
/** What the line reader wants; its width is free and must stay natural (padding costs two points of accuracy). */
const LINE_HEIGHT = 48;

/** What the readers must take in and give out. */
export const OWN_TENSORS = ['image', 'logits', 'colour'] as const;
const LINE_OUTPUT = 'softmax_11.tmp_0';
export const LINE_TENSORS = ['x', LINE_OUTPUT] as const;

/** Spread evenly over all symbols of a frame, so that one reader alone can rule nothing out. */
const DOUBT = 1e-3;

/** Both readers want blue, green, red planes of -1..1. */
function planesOf({ width, height, data }: Raster): Float32Array {
  const size = width * height;
  const planes = new Float32Array(3 * size);
  for (let i = 0; i < size; i++) {
    planes[i] = (data[3 * i + 2] ?? 0) / 127.5 - 1;
    planes[size + i] = (data[3 * i + 1] ?? 0) / 127.5 - 1;
    planes[2 * size + i] = (data[3 * i] ?? 0) / 127.5 - 1;
  }
  return planes;
}

const COLORS: readonly PlateColor[] = ['blue', 'yellow', 'green', 'white', 'black'];

/** One row, two rows, neither. */
const LAYOUTS = 3;

export interface OwnReading {
  readonly emissions: Emissions;
  /** The likeliest background colour and its probability. */
  readonly color: { readonly name: PlateColor; readonly confidence: number };
  /** Natural logarithm of the probability that the picture is one row, or two set side by side, cut as it should be. */
  readonly logLayout: Readonly<Record<PlateLayout, number>>;
}

/** What the small reader looks at: the plate, or the two rows of one side by side. */
export function ownPicture(raster: Raster, { quad, layout }: PlateOutline): Raster {
  const [width, height] = OWN_SIZE;
  if (layout === 'single') return straighten(raster, quad, width, height);
  const [upper, lower] = rowsOf(quad);
  const columns = Math.round(width * UPPER_BAND.share);
  return sideBySide(straighten(raster, upper, columns, height), straighten(raster, lower, width - columns, height));
}

/** `picture` is 128 x 32. */
export async function readWithOwn(model: Model, picture: Raster): Promise<OwnReading> {
  const { width, height } = picture;
  const outputs = await model.run({ image: { data: planesOf(picture), dims: [1, 3, height, width] } });
  const logits = outputs.logits?.data ?? new Float32Array(0);
  const emissions = softmaxEmissions(logits, logits.length / SYMBOLS, SYMBOLS, { doubt: DOUBT });
  const colors = softmaxEmissions(outputs.colour?.data ?? new Float32Array(COLORS.length), 1, COLORS.length);
  let best = 0;
  colors.probabilities.forEach((probability, index) => {
    if (probability > (colors.probabilities[best] ?? 0)) best = index;
  });
  const layouts = softmaxEmissions(outputs.layout?.data ?? new Float32Array(LAYOUTS), 1, LAYOUTS, { doubt: DOUBT });
  const [single = 0, double = 0] = layouts.probabilities;
  return {
    emissions,
    color: { name: COLORS[best] ?? 'blue', confidence: colors.probabilities[best] ?? 0 },
    logLayout: { single: Math.log(single), double: Math.log(double) },
  };
}

/**
 * Width over height given to the line reader. It wants the natural width, but a plate seen steeply from the side is
 * drawn out: squeezed to 45 % of their width, 25 of 82 plates were read as they were and 73 drawn out.
 */
const LEAST_ASPECT = 2.6;
const MOST_ASPECT = 6.5;

/** The whole plate, one row after the other. `symbolOfClass` comes from {@link lineSymbols}. */
export async function readWithLine(
  model: Model,
  symbolOfClass: Uint8Array,
  raster: Raster,
  { quad, layout }: PlateOutline,
): Promise<Emissions> {
  if (layout === 'single') return readRow(model, symbolOfClass, raster, quad);
  const [upper, lower] = rowsOf(quad);
  return joined(await readRow(model, symbolOfClass, raster, upper), await readRow(model, symbolOfClass, raster, lower));
}

async function readRow(model: Model, symbolOfClass: Uint8Array, raster: Raster, quad: Quad): Promise<Emissions> {
  const [long, short] = quadSize(quad);
  const width = Math.ceil(LINE_HEIGHT * Math.max(LEAST_ASPECT, Math.min(MOST_ASPECT, long / short)));
  const picture = straighten(raster, quad, width, LINE_HEIGHT);
  const outputs = await model.run({ x: { data: planesOf(picture), dims: [1, 3, LINE_HEIGHT, width] } });
  return lineEmissions(outputs[LINE_OUTPUT]?.data ?? new Float32Array(0), symbolOfClass);
}

/**
 * For each class of the line reader, the plate symbol it stands for, or 0. Plates have no I, and what looks like an O is
 * written 0.
 */
export async function lineSymbols(keysFile: string): Promise<Uint8Array> {
  const keys = (await readFile(keysFile, 'utf8')).replace(/\n$/, '').split('\n');
  const folded: Readonly<Record<string, string>> = { O: '0', o: '0', I: '1', l: '1' };
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
  const rows = new Float64Array(frames * SYMBOLS);
  for (let frame = 0; frame < frames; frame++) {
    const row = rows.subarray(frame * SYMBOLS, (frame + 1) * SYMBOLS);
    let rest = 1;
    for (let index = 1; index < classes; index++) {
      const symbol = symbolOfClass[index] ?? 0;
      if (symbol === 0) continue;
      const probability = probabilities[frame * classes + index] ?? 0;
      row[symbol] = (row[symbol] ?? 0) + probability;
      rest -= probability;
    }
    row[0] = Math.max(0, rest);
    for (let s = 0; s < SYMBOLS; s++) row[s] = (row[s] ?? 0) * (1 - DOUBT) + DOUBT / SYMBOLS;
  }
  return { frames, symbols: SYMBOLS, probabilities: rows };
}
