/** What `eval detection` says: by class and by family, and for rendered scenes on which surface each vehicle was put. */
import type { Box } from '#core/camera.ts';
import { groupBy } from '#core/group-by.ts';
import { wilson } from './eval-figures.ts';
import type { LabelledObject } from './eval-labels.ts';
import { averagePrecision, matchPicture } from './eval-match.ts';

export interface ClassFigures {
  /** Labels that count. */
  n: number;
  /** Over scores from the least that the product looks at; null without labels. */
  ap50: number | null;
  /** At the operating threshold. */
  recall: number | null;
  precision: number | null;
  found: number;
  reported: number;
  /** 95 % (Wilson). */
  recallInterval: readonly [number, number];
  precisionInterval: readonly [number, number];
}
export interface SurfaceFigures {
  n: number;
  found: number;
  /** Found, and put on the surface it truly stands on. */
  placed: number;
  placedInterval: readonly [number, number];
}
export interface DetectionError {
  file: string;
  /** Path of the picture. */
  path: string;
  kind: 'missed' | 'false' | 'misplaced';
  class: string;
  box: Box;
  score: number | null;
  /** What was found in the place of a missed one, or what a found one was taken for. */
  said: string | null;
}
export interface DetectionReport {
  pictures: number;
  /** Least score of what is reported. */
  threshold: number;
  classes: Record<string, ClassFigures>;
  /** Rendered scenes only: by what the vehicle is, and `all`. */
  surfaces?: Record<string, SurfaceFigures>;
  errors: readonly DetectionError[];
  msPerFrame: number;
}

/** Labels between which nobody is fined the wrong way: a microvan is now a car, now a truck or bus. */
export const FAMILIES: Readonly<Record<string, ReadonlySet<string>>> = {
  vehicle: new Set(['car', 'truck', 'bus', 'motorcycle', 'bicycle']),
  'motor-vehicle': new Set(['car', 'truck', 'bus']),
  'two-wheeler': new Set(['motorcycle', 'bicycle']),
  person: new Set(['person']),
};
/** Seen from the front a bus is taken for a train (functions/inspect/vehicles.ts); no train stands at a kerb. */
const READ_AS: Readonly<Record<string, string>> = { train: 'bus' };

export interface Detected {
  label: string;
  score: number;
  box: Box;
}
export interface JudgedPicture {
  file: string;
  path: string;
  objects: readonly LabelledObject[];
  detections: readonly Detected[];
  placements: readonly Placement[];
}
/** A counted vehicle of a rendered scene, and the surface it was put on; null when it was not found. */
export interface Placement {
  object: LabelledObject;
  surface: string | null;
}

export function summarizeDetection(
  pictures: readonly JudgedPicture[],
  { threshold, msPerFrame }: { threshold: number; msPerFrame: number },
): DetectionReport {
  const classes: Record<string, ClassFigures> = {};
  const errors: DetectionError[] = [];
  const counted = new Set(pictures.flatMap(({ objects }) => objects.filter(({ ignored }) => !ignored).map(first)));
  for (const name of [...counted].filter((name) => FAMILIES[name] === undefined).sort()) {
    classes[name] = figures(pictures, { belongs: (label) => label === name, ignores: () => false }, threshold).figures;
  }
  for (const [family, labels] of Object.entries(FAMILIES)) {
    const judged = figures(
      pictures,
      { belongs: (label) => labels.has(READ_AS[label] ?? label), ignores: isRead },
      threshold,
    );
    classes[family] = judged.figures;
    if (family === 'vehicle' || family === 'person') errors.push(...judged.errors);
  }
  const placements = pictures.flatMap(({ placements }) => placements);
  for (const { file, path, placements } of pictures) {
    for (const { object, surface } of placements) {
      if (surface === null || surface === object.truth?.surface) continue;
      const { class: kind, surface: truly } = object.truth ?? { class: '', surface: '' };
      errors.push({
        file,
        path,
        kind: 'misplaced',
        class: `${kind}, ${truly}`,
        box: object.box,
        score: null,
        said: surface,
      });
    }
  }
  return {
    pictures: pictures.length,
    threshold,
    classes,
    ...(placements.length > 0 ? { surfaces: surfacesOf(placements) } : {}),
    errors: errors.toSorted((a, b) => weight(b) - weight(a)),
    msPerFrame,
  };
}

/** The larger what was missed, the surer what is not there, the worse; on the wrong surface is worst. */
function weight({ kind, box: [x0, y0, x1, y1], score }: DetectionError): number {
  if (kind === 'misplaced') return 3;
  return kind === 'missed' ? Math.sqrt((x1 - x0) * (y1 - y0)) / 300 : (score ?? 0);
}

interface Group {
  belongs(label: string): boolean;
  /** Labels of the group that need not be found. */
  ignores(label: string): boolean;
}

function figures(pictures: readonly JudgedPicture[], { belongs, ignores }: Group, threshold: number) {
  const all: { score: number; right: boolean }[] = [];
  const errors: DetectionError[] = [];
  let n = 0;
  for (const { file, path, objects, detections } of pictures) {
    const labels = objects
      .filter(({ classes }) => classes.some(belongs))
      .map((object) => ({ ...object, ignored: object.ignored || !belongs(first(object)) || ignores(first(object)) }));
    n += labels.filter(({ ignored }) => !ignored).length;
    const own = detections.filter(({ label }) => belongs(label));
    for (const { detection, found } of matchPicture(labels, own).judged) {
      all.push({ score: detection.score, right: found !== null });
    }
    const { judged, missed } = matchPicture(
      labels,
      own.filter(({ score }) => score >= threshold),
    );
    for (const { box, classes } of missed) {
      errors.push({ file, path, kind: 'missed', class: classes[0] ?? '', box, score: null, said: null });
    }
    for (const { detection, found } of judged) {
      if (found !== null) continue;
      const { box, score, label } = detection;
      errors.push({ file, path, kind: 'false', class: label, box, score, said: null });
    }
  }
  const reported = all.filter(({ score }) => score >= threshold);
  const found = reported.filter(({ right }) => right).length;
  const counts: ClassFigures = {
    n,
    ap50: averagePrecision(all, n),
    recall: n === 0 ? null : found / n,
    precision: reported.length === 0 ? null : found / reported.length,
    found,
    reported: reported.length,
    recallInterval: wilson(found, n),
    precisionInterval: wilson(found, reported.length),
  };
  return { figures: counts, errors };
}

/** A true train is nothing to find in a street, and calling it a bus no mistake. */
const isRead = (label: string) => READ_AS[label] !== undefined;
const first = ({ classes: [name = ''] }: LabelledObject) => name;

function surfacesOf(placements: readonly Placement[]): Record<string, SurfaceFigures> {
  const tally = (group: readonly Placement[]): SurfaceFigures => {
    const found = group.filter(({ surface }) => surface !== null);
    const placed = found.filter(({ object, surface }) => surface === object.truth?.surface).length;
    return { n: group.length, found: found.length, placed, placedInterval: wilson(placed, group.length) };
  };
  const byClass = groupBy(placements, ({ object }) => object.truth?.class ?? '');
  return {
    ...Object.fromEntries([...byClass].map(([name, group]) => [name, tally(group)])),
    all: tally(placements),
  };
}
