/**
 * Faces in a crop of a frame: BlazeFace for the back camera (Bazarevsky et al., 2019), whose arithmetic stands on
 * models/blazeface/card.md. It knows faces of a fifth of its picture and more: give it a head, not a street.
 */
import type { Box } from '#core/camera.ts';
import { iou } from '#core/geometry.ts';
import { loadModel, type Model, type Tensor } from './model.ts';
import { cropToPlanes, type Raster } from './raster.ts';

export interface Face {
  /** Pixels of the frame, from the brows to the chin; may reach beyond the crop. */
  readonly box: Box;
  /** 0..1 */
  readonly score: number;
}

export interface FaceFinder {
  readonly model: Model;
  /**
   * Faces in `crop`, which should be about square, the surest first.
   * @param floor least score; the card's when left out
   */
  find(raster: Raster, crop: Box, floor?: number): Promise<Face[]>;
}

const SIDE = 256;
const PIXELS = { order: 'rgb', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] } as const;
const INPUT = 'input:0';
/** Every cell of a layer has `anchors` boxes, each `[centre x, centre y, width, height, 6 points]` off the cell's centre. */
const LAYERS = [
  { cells: 16, anchors: 2, scores: 'Identity:0', boxes: 'Identity_2:0' },
  { cells: 8, anchors: 6, scores: 'Identity_1:0', boxes: 'Identity_3:0' },
] as const;
const VALUES = 16;
/** Boxes that overlap more (intersection over union) show one face. */
const SAME = 0.3;
const NOTHING: Tensor = { data: new Float32Array(0), dims: [] };

/** @throws {Refusal} `model-hash-mismatch` */
export async function loadFaceFinder(): Promise<FaceFinder> {
  const tensors = [INPUT, ...LAYERS.flatMap(({ scores, boxes }) => [scores, boxes])];
  const model = await loadModel('blazeface', tensors);
  const { score = 0.3 } = model.card.thresholds ?? {};
  return {
    model,
    async find(raster, crop, floor = score) {
      const data = interleaved(cropToPlanes(raster, crop, SIDE, SIDE, PIXELS));
      const outputs = await model.run({ [INPUT]: { data, dims: [1, SIDE, SIDE, 3] } });
      const found = LAYERS.flatMap((layer) =>
        decode(outputs[layer.scores] ?? NOTHING, outputs[layer.boxes] ?? NOTHING, layer, crop, floor),
      );
      return onePerFace(found);
    },
  };
}

/** Planes to pixels: this network alone wants its channels last. */
function interleaved(planes: Float32Array): Float32Array {
  const plane = planes.length / 3;
  const out = new Float32Array(planes.length);
  for (let i = 0; i < plane; i++) {
    out[3 * i] = planes[i] ?? 0;
    out[3 * i + 1] = planes[plane + i] ?? 0;
    out[3 * i + 2] = planes[2 * plane + i] ?? 0;
  }
  return out;
}

function decode(
  scores: Tensor,
  boxes: Tensor,
  { cells, anchors }: (typeof LAYERS)[number],
  crop: Box,
  floor: number,
): Face[] {
  const scaleX = (crop[2] - crop[0]) / SIDE;
  const scaleY = (crop[3] - crop[1]) / SIDE;
  const faces: Face[] = [];
  for (let at = 0; at < scores.data.length; at++) {
    const score = 1 / (1 + Math.exp(-(scores.data[at] ?? -99)));
    if (score < floor) continue;
    const cell = Math.floor(at / anchors);
    const value = (index: number) => boxes.data[at * VALUES + index] ?? 0;
    const x = crop[0] + (((cell % cells) + 0.5) * (SIDE / cells) + value(0)) * scaleX;
    const y = crop[1] + ((Math.floor(cell / cells) + 0.5) * (SIDE / cells) + value(1)) * scaleY;
    const [halfWidth, halfHeight] = [(value(2) * scaleX) / 2, (value(3) * scaleY) / 2];
    faces.push({ box: [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight], score });
  }
  return faces;
}

/** Greedy non-maximum suppression. */
function onePerFace(found: readonly Face[]): Face[] {
  const kept: Face[] = [];
  for (const face of found.toSorted((a, b) => b.score - a.score)) {
    if (!kept.some(({ box }) => iou(box, face.box) > SAME)) kept.push(face);
  }
  return kept;
}
