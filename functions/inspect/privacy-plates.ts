/**
 * Where a number plate is or may be, of any vehicle but the subject. To destroy it nobody has to read it: every piece of
 * text on a vehicle that has roughly a plate's proportions is one, and where a vehicle shows none, its lower part is
 * taken for one. The subject's own stays.
 */
import type { Box, Point } from '#core/camera.ts';
import { boundsOf, boxArea, boxIntersection, iou } from '#core/geometry.ts';
import { isSubjectsPlate, type PrivacyFinding, type PrivacySubject, plateBounds } from '#core/privacy.ts';
import type { Detection } from './detect.ts';
import type { Model } from './model.ts';
import { TEXT_PIXELS } from './plate-locator.ts';
import { findBlobs, frameQuad, frameSize, smallestRectangle } from './plate-shape.ts';
import { largeCropToPlanes, type Raster } from './raster.ts';

/** A piece of text; pixels of the frame. */
export interface TextPlace {
  readonly box: Box;
  readonly center: Point;
  /** Along and across the text. */
  readonly length: number;
  readonly thickness: number;
  /** Degrees from the horizontal, 0..90. */
  readonly tilt: number;
  readonly score: number;
}

/** Lower than a reader asks for: half a plate is enough to know where it is. */
const TEXT_PIXEL = 0.2;
const TEXT_SCORE = 0.3;
const LEAST_PIXELS = 6;
/** How far the outline is pushed out of the text's core: this times area over perimeter (Liao et al. 2020, 3.4). */
const UNCLIP = 1.6;
const STEP = 32;

/** Every piece of text in a region, looked at with up to `pixels` pixels and enlarged at most `enlarge` times. */
export async function findText(
  model: Model,
  raster: Raster,
  region: Box,
  { pixels, enlarge }: { pixels: number; enlarge: number },
): Promise<TextPlace[]> {
  const [x0, y0, x1, y1] = wholePixels(region);
  const scale = Math.min(enlarge, Math.sqrt(pixels / ((x1 - x0) * (y1 - y0))));
  const grid = (length: number) => Math.max(STEP, Math.round((length * scale) / STEP) * STEP);
  const [width, height] = [grid(x1 - x0), grid(y1 - y0)];
  const planes = await largeCropToPlanes(raster, [x0, y0, x1, y1], width, height, TEXT_PIXELS);
  const outputs = await model.run({ x: { data: planes, dims: [1, 3, height, width] } });
  const map = outputs['sigmoid_0.tmp_0']?.data ?? new Float32Array(0);
  const [stepX, stepY] = [(x1 - x0) / width, (y1 - y0) / height];
  return findBlobs(map, width, height, TEXT_PIXEL, LEAST_PIXELS).flatMap(({ hull, score }) => {
    if (score < TEXT_SCORE) return [];
    const frame = smallestRectangle(hull.map(([x, y]): Point => [x0 + x * stepX, y0 + y * stepY]));
    const [long, short] = frameSize(frame);
    const pad = (long * short * UNCLIP) / (2 * (long + short));
    const [a, b, c, d] = frameQuad(frame, pad, pad);
    return [
      {
        box: boundsOf([a, b, c, d]),
        center: [(a[0] + c[0]) / 2, (a[1] + c[1]) / 2],
        length: long + 2 * pad,
        thickness: short + 2 * pad,
        tilt: Math.abs(Math.atan2(frame.along[1], frame.along[0])) * (180 / Math.PI),
        score,
      },
    ];
  });
}

const wholePixels = ([x0, y0, x1, y1]: Box): Box => [Math.round(x0), Math.round(y0), Math.round(x1), Math.round(y1)];

const MOTOR: ReadonlySet<string> = new Set(['car', 'truck', 'bus', 'train']);
const TWO_WHEELED: ReadonlySet<string> = new Set(['motorcycle', 'bicycle']);
/**
 * Least score of what may be a vehicle whose text is hidden. A row of shops is taken for a bus or a train now and then,
 * never surely, so whatever takes a good part of the picture needs a little more. The shops of the samples have .14 at
 * most; the least sure of vehicles around 62 labelled plates had .17.
 */
const MAYBE_VEHICLE = 0.1;
const MAYBE_LARGE_VEHICLE = 0.16;
/** Root of the share of the picture that a large vehicle's box takes. */
const LARGE = 0.2;
/** Least score of a vehicle whose lower part is hidden for want of text. */
const VEHICLE = 0.25;
/**
 * Least side of a vehicle's box, in pixels, for its lower part to be hidden: a plate is some .29 of it wide, less than
 * 19 pixels below this, and under 24 nobody reads one. Text that is found goes at any size.
 */
const LEAST_PLATELESS = 64;
/** Smaller ones are not enlarged. */
const LEAST_ENLARGED = 20;
const isVehicle = ({ label }: Detection) => MOTOR.has(label) || TWO_WHEELED.has(label);

/** Width over height that a plate can have in a picture: double-row ones are 2:1 at most, skew widens and narrows. */
const couldBePlate = ({ length, thickness, tilt }: TextPlace) => {
  const aspect = length / thickness;
  return aspect >= 1 && aspect <= 9 && tilt <= 60;
};
/**
 * What lies on no vehicle must look like a plate by itself and lie where vehicles are: at night, and of lorries that fill
 * the picture, the detector sees none. Signs hang higher; one that does not goes with it.
 */
const looksLikePlate = (text: TextPlace, { width, height }: Raster) => {
  const aspect = text.length / text.thickness;
  return (
    text.score >= 0.5 &&
    aspect >= 1.8 &&
    aspect <= 5.5 &&
    text.tilt <= 30 &&
    text.length <= width / 3 &&
    text.center[1] >= 0.3 * height
  );
};

const inside = ([x, y]: Point, [x0, y0, x1, y1]: Box) => x >= x0 && x <= x1 && y >= y0 && y <= y1;
const grown = ([x0, y0, x1, y1]: Box, by: number): Box => {
  const [dx, dy] = [(x1 - x0) * by, (y1 - y0) * by];
  return [x0 - dx, y0 - dy, x1 + dx, y1 + dy];
};

/** Pixels of the text detector's input: for the whole frame, and for a vehicle enlarged. */
const FRAME_LOOK = { pixels: 1_000_000, enlarge: 1.5 } as const;
const VEHICLE_LOOK = { pixels: 100_000, enlarge: 3 } as const;
/** A plate may stick out of its vehicle's box by this share of its sides. */
const AROUND = 0.05;
/** Boxes that have this much in common (intersection over union) show one vehicle. */
const SAME_VEHICLE = 0.45;

/** Plates, and what may be one, of every vehicle but the subject. */
export async function findPlatePlaces(
  model: Model,
  raster: Raster,
  detections: readonly Detection[],
  { subject, subjectPlate }: PrivacySubject,
): Promise<PrivacyFinding[]> {
  const isLarge = (box: Box) => Math.sqrt(boxArea(box) / (raster.width * raster.height)) > LARGE;
  const vehicles = detections.filter(
    (one) => isVehicle(one) && one.score >= (isLarge(one.box) ? MAYBE_LARGE_VEHICLE : MAYBE_VEHICLE),
  );
  const sure = vehicles.filter(({ score }) => score >= VEHICLE);
  const texts = await textIn(model, raster, sure);
  const own = subjectPlate === null ? null : plateBounds(subjectPlate);
  const isOwn = (text: TextPlace) =>
    own !== null
      ? isSubjectsPlate(text.box, own)
      : subject !== null && inside(text.center, subject) && !sure.some(({ box }) => isNearer(box, subject, text));
  const onVehicle = (text: TextPlace) => vehicles.some(({ box }) => inside(text.center, grown(box, AROUND)));
  const plates = texts.filter(
    (text) => !isOwn(text) && (onVehicle(text) ? couldBePlate(text) : looksLikePlate(text, raster)),
  );
  // The same vehicle is found several times; one of its boxes with a plate will do for all.
  const done = [
    ...sure.filter((one) => plates.some((plate) => isPlateOf(plate, one))).map(({ box }) => box),
    ...(subject === null ? [] : [subject]),
  ];
  const plateless = sure.filter(
    ({ box }) =>
      leastSide(box) >= LEAST_PLATELESS &&
      !done.some((other) => iou(other, box) > SAME_VEHICLE) &&
      !(own !== null && inside(middleOf(own), box)),
  );
  return [
    ...plates.map(({ box, score }) => ({ kind: 'plate' as const, source: 'text' as const, box, score })),
    ...plateless.map(({ label, box, score }) => ({
      kind: 'plate' as const,
      source: 'vehicle' as const,
      box: lowerPart(label, box),
      score,
    })),
  ];
}

/** Text in the whole frame, and in each vehicle, enlarged. */
async function textIn(model: Model, raster: Raster, vehicles: readonly Detection[]): Promise<TextPlace[]> {
  const frame: Box = [0, 0, raster.width, raster.height];
  const texts = await findText(model, raster, frame, FRAME_LOOK);
  const looked: Box[] = [];
  for (const { box } of vehicles.toSorted((a, b) => b.score - a.score)) {
    const region = boxIntersection(grown(box, AROUND), frame);
    if (leastSide(region) < LEAST_ENLARGED || looked.some((other) => iou(other, region) > SAME_VEHICLE)) continue;
    looked.push(region);
    texts.push(...(await findText(model, raster, region, VEHICLE_LOOK)));
  }
  return texts;
}

const leastSide = ([x0, y0, x1, y1]: Box) => Math.min(x1 - x0, y1 - y0);
const middleOf = ([x0, y0, x1, y1]: Box): Point => [(x0 + x1) / 2, (y0 + y1) / 2];

/** Whether the text lies on another vehicle that stands before the subject: of two that overlap, the lower is nearer. */
const isNearer = (box: Box, subject: Box, text: TextPlace) =>
  box[3] > subject[3] && iou(box, subject) < SAME_VEHICLE && inside(text.center, box);

/** Text where a plate is mounted: anything higher or at the very side may be lettering beside a plate that was missed. */
function isPlateOf(text: TextPlace, { box: [x0, y0, x1, y1] }: Detection): boolean {
  const down = (text.center[1] - y0) / (y1 - y0);
  const aspect = text.length / text.thickness;
  const share = text.length / (x1 - x0);
  return (
    text.center[0] > x0 &&
    text.center[0] < x1 &&
    down > 0.4 &&
    down < 1.02 &&
    text.score >= 0.5 &&
    aspect >= 1.8 &&
    aspect <= 6 &&
    share >= 0.08 &&
    share <= 0.6
  );
}

function lowerPart(label: string, [x0, y0, x1, y1]: Box): Box {
  const [width, height] = [x1 - x0, y1 - y0];
  return TWO_WHEELED.has(label)
    ? [x0 + 0.1 * width, y0 + 0.3 * height, x1 - 0.1 * width, y0 + 0.9 * height]
    : [x0 + 0.05 * width, y0 + 0.5 * height, x1 - 0.05 * width, y1];
}
