/**
 * The detector over one crop of a frame: NanoDet-g, whose arithmetic stands on models/nanodet-g/card.md.
 * Sides are predicted as distributions over {@link BINS} distances (Li et al., Generalized Focal Loss, 2020).
 */
import type { Box } from '#core/camera.ts';
import { suppress } from './merge.ts';
import { loadModel, type Model, type Tensor } from './model.ts';
import { largeCropToPlanes, type Normalization, type Raster } from './raster.ts';

export interface Detection {
  /** COCO label of the card, such as `car` or `potted_plant`. */
  label: string;
  /** 0..1 */
  score: number;
  /** Pixels of the original frame; may reach beyond the crop it was found in. */
  box: Box;
}

/** Pixels of the detector's input. Multiples of 32. */
export interface LookSize {
  width: number;
  height: number;
}

/** One run over a crop: what it found, and the tensors it was found in. */
export interface CropLook {
  detections: readonly Detection[];
  /** Score maps [1, cells, classes], one a stride, finest first; cells row-major. */
  scores: readonly Tensor[];
  strides: readonly number[];
  classes: readonly string[];
  /** Backbone feature [1, channels, rows, columns] at the finest stride. */
  feature: Tensor;
}

export interface Detector {
  readonly model: Model;
  /** Labels by the number the model gives them. */
  readonly classes: readonly string[];
  /**
   * Looks at `crop` scaled to `size`. Keep the aspect of both alike: the detector knows no stretched cars.
   * @param floor least score of a detection; the card's when left out
   */
  look(raster: Raster, crop: Box, size: LookSize, floor?: number): Promise<CropLook>;
}

const BINS = 11;
const STRIDES = [8, 16, 32] as const;
const SCORES = ['Identity', 'Identity_1', 'Identity_2'] as const;
const DISTANCES = ['Identity_3', 'Identity_4', 'Identity_5'] as const;
const FEATURE = 'Concat_134';
const PIXELS: Normalization = { order: 'bgr', mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395] };
const INPUT = 'in_input_1';
const NOTHING: Tensor = { data: new Float32Array(0), dims: [] };

/** @throws {Refusal} what {@link loadModel} throws */
export async function loadDetector(): Promise<Detector> {
  const model = await loadModel('nanodet-g', [INPUT, ...SCORES, ...DISTANCES, FEATURE]);
  const classes = model.card.classes ?? [];
  const { score = 0.2 } = model.card.thresholds ?? {};
  return {
    model,
    classes,
    async look(raster, crop, size, floor = score) {
      const planes = await largeCropToPlanes(raster, crop, size.width, size.height, PIXELS);
      const outputs = await model.run({ [INPUT]: { data: planes, dims: [1, 3, size.height, size.width] } });
      const scores = SCORES.map((name) => outputs[name] ?? NOTHING);
      const found = STRIDES.flatMap((stride, level) =>
        decode(scores[level] ?? NOTHING, outputs[DISTANCES[level] ?? ''] ?? NOTHING, {
          stride,
          columns: size.width / stride,
          classes,
          floor,
          crop,
          scaleX: (crop[2] - crop[0]) / size.width,
          scaleY: (crop[3] - crop[1]) / size.height,
        }),
      );
      return {
        detections: suppress(found),
        scores,
        strides: STRIDES,
        classes,
        feature: outputs[FEATURE] ?? NOTHING,
      };
    },
  };
}

interface Level {
  stride: number;
  columns: number;
  classes: readonly string[];
  floor: number;
  crop: Box;
  scaleX: number;
  scaleY: number;
}

/** Every class at every cell whose score reaches the floor. */
function decode(scores: Tensor, distances: Tensor, level: Level): Detection[] {
  const { stride, columns, classes, floor, crop, scaleX, scaleY } = level;
  const found: Detection[] = [];
  for (const at of indicesFrom(scores.data, floor)) {
    const cell = Math.floor(at / classes.length);
    const label = classes[at % classes.length];
    if (label === undefined) continue;
    const side = (index: number) => stride * expectation(distances.data, (cell * 4 + index) * BINS);
    const x = ((cell % columns) + 0.5) * stride;
    const y = (Math.floor(cell / columns) + 0.5) * stride;
    const box: Box = [
      crop[0] + (x - side(0)) * scaleX,
      crop[1] + (y - side(1)) * scaleY,
      crop[0] + (x + side(2)) * scaleX,
      crop[1] + (y + side(3)) * scaleY,
    ];
    found.push({ label, score: scores.data[at] ?? 0, box });
  }
  return found;
}

/** Apart from what is done with them, because half a million values are looked at a frame. */
function indicesFrom(values: Float32Array, floor: number): number[] {
  const indices: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i]! >= floor) indices.push(i);
  return indices;
}

/** Mean of 0..BINS-1 under the softmax of `BINS` logits. */
function expectation(logits: Float32Array, from: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let bin = 0; bin < BINS; bin++) most = Math.max(most, logits[from + bin] ?? most);
  let sum = 0;
  let mean = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const weight = Math.exp((logits[from + bin] ?? most) - most);
    sum += weight;
    mean += bin * weight;
  }
  return mean / sum;
}
