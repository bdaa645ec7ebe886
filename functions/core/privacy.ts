/**
 * What of a picture nobody but the bureau may recognise: the pixels to destroy in a copy that leaves it (公共安全视频图像信息系统
 * 管理条例 22: bystanders' faces and other people's plates). Regions are whole pixels and upright, so that whoever makes the
 * copy has nothing to round; how they are destroyed is not decided here.
 */
import type { Box, Point } from './camera.ts';
import { boundsOf, boxArea, boxIntersection, containment, iou } from './geometry.ts';
import type { SecondLook } from './plates/second-reader.ts';
import type { ModelVersion } from './sighting.ts';

/** `face`: one was found. `head`: where a person's must be, found or not. `plate`: one was found, or may be there. */
export type PrivacyKind = 'face' | 'head' | 'plate';

/** What made us think so. */
export type PrivacySource = 'face' | 'person' | 'text' | 'vehicle' | 'second-reader';

/** Something to hide, before margins; pixels of the frame, may reach beyond it. */
export interface PrivacyFinding {
  readonly kind: PrivacyKind;
  readonly source: PrivacySource;
  readonly box: Box;
  /** Of what it was found by, 0..1. */
  readonly score: number;
}

/** A finding as pixels to destroy: whole pixels `[x0, y0, x1, y1)` inside the picture. */
export type PrivacyRegion = PrivacyFinding;

/** Plain data, storable as JSON. */
export interface PrivacyRegions {
  /** [width, height] of the frame. */
  readonly imageSize: readonly [number, number];
  readonly regions: readonly PrivacyRegion[];
  readonly models: readonly ModelVersion[];
  /** Absent where no second reader was asked. */
  readonly second?: SecondLook;
}

/** Whom a copy is about: its plate stays. */
export interface PrivacySubject {
  readonly subject: Box | null;
  /** Corners of its plate where that was read, as `PlateRead.corners`. */
  readonly subjectPlate: readonly Point[] | null;
}

/** Added on each side, in shares of the longer side of what was found, and no less than {@link LEAST_MARGIN}. */
const MARGIN: Readonly<Record<PrivacyKind, number>> = { face: 0.2, head: 0.1, plate: 0.15 };
/** Pixels: what is scaled down or blurred smears a little over its border. */
const LEAST_MARGIN = 2;

/**
 * Every finding with its margin as pixels to destroy, less what must stay legible. Together they cover every finding
 * wherever nothing is kept; what lies in a larger region of its kind is left out.
 * @param keep the subject's plate; stays whole, whatever lies before it
 */
export function planRedaction(
  findings: readonly PrivacyFinding[],
  keep: readonly Box[],
  imageSize: readonly [number, number],
): PrivacyRegion[] {
  const grown = findings.map((finding) => ({ ...finding, box: wholePixels(withMargin(finding), imageSize) }));
  return withoutContained(grown).flatMap((region) =>
    keep
      .reduce((parts, kept) => parts.flatMap((part) => around(part, outward(kept))), [region.box])
      .map((box) => ({ ...region, box })),
  );
}

/** The pixels of a plate, by its corners. */
export const plateBounds = (corners: readonly Point[]): Box => boundsOf(corners);

/** A box that shares this much (intersection over union) with the subject's plate shows it, */
const SAME_PLATE = 0.3;
/** and so does one that lies in it by this share: a row of it, or a part. */
const PART_OF_PLATE = 0.6;

/** Whether text found in a frame is the subject's plate, which a detector never outlines twice alike. */
export const isSubjectsPlate = (text: Box, plate: Box): boolean =>
  iou(text, plate) > SAME_PLATE || containment(text, plate) > PART_OF_PLATE;

function withMargin({ kind, box: [x0, y0, x1, y1] }: PrivacyFinding): Box {
  const margin = Math.max(LEAST_MARGIN, MARGIN[kind] * Math.max(x1 - x0, y1 - y0));
  return [x0 - margin, y0 - margin, x1 + margin, y1 + margin];
}

const outward = ([x0, y0, x1, y1]: Box): Box => [Math.floor(x0), Math.floor(y0), Math.ceil(x1), Math.ceil(y1)];

function wholePixels(box: Box, [width, height]: readonly [number, number]): Box {
  return boxIntersection(outward(box), [0, 0, width, height]);
}

/** The largest first; nothing without area, nothing inside another of its kind. */
function withoutContained(regions: readonly PrivacyRegion[]): PrivacyRegion[] {
  const kept: PrivacyRegion[] = [];
  for (const region of regions.toSorted((a, b) => boxArea(b.box) - boxArea(a.box) || b.score - a.score)) {
    if (boxArea(region.box) === 0) continue;
    if (!kept.some(({ kind, box }) => kind === region.kind && containment(region.box, box) === 1)) kept.push(region);
  }
  return kept;
}

/** What of `box` lies outside `hole`, as at most four boxes. */
function around(box: Box, hole: Box): Box[] {
  const shared = boxIntersection(box, hole);
  if (boxArea(shared) === 0) return [box];
  const [x0, y0, x1, y1] = box;
  const [left, top, right, bottom] = shared;
  const parts: Box[] = [
    [x0, y0, x1, top],
    [x0, bottom, x1, y1],
    [x0, top, left, bottom],
    [right, top, x1, bottom],
  ];
  return parts.filter((part) => boxArea(part) > 0);
}

/** Share of a box that lies in regions, 0..1; exact, by the cells between their borders. */
export function hiddenShare(box: Box, regions: readonly Pick<PrivacyRegion, 'box'>[]): number {
  const parts = regions.map((region) => boxIntersection(region.box, box)).filter((part) => boxArea(part) > 0);
  const borders = (low: 0 | 1, high: 2 | 3) =>
    [...new Set(parts.flatMap((part) => [part[low], part[high]]))].sort((a, b) => a - b);
  const [columns, rows] = [borders(0, 2), borders(1, 3)];
  let hidden = 0;
  for (let row = 1; row < rows.length; row++) {
    const [top, bottom] = [rows[row - 1] ?? 0, rows[row] ?? 0];
    const across = parts.filter((part) => part[1] <= top && part[3] >= bottom);
    for (let column = 1; column < columns.length; column++) {
      const [left, right] = [columns[column - 1] ?? 0, columns[column] ?? 0];
      if (across.some((part) => part[0] <= left && part[2] >= right)) hidden += (right - left) * (bottom - top);
    }
  }
  return hidden / boxArea(box);
}
