/** From a map of probabilities to tight four-sided outlines: components, convex hulls, smallest rectangles. */
import type { Point } from '#core/camera.ts';

/** Top-left, top-right, bottom-right, bottom-left. */
export type Quad = readonly [Point, Point, Point, Point];

/** One connected piece of a map above the threshold, in map coordinates (pixel centres at .5). */
export interface Blob {
  /** Convex hull, counter-clockwise. */
  readonly hull: readonly Point[];
  /** Mean probability of its pixels. */
  readonly score: number;
  readonly pixels: number;
}

/** 4-connected components of `map > threshold` with at least `minPixels`. */
export function findBlobs(
  map: Float32Array,
  width: number,
  height: number,
  threshold: number,
  minPixels: number,
): Blob[] {
  const seen = new Uint8Array(width * height);
  const stack = new Int32Array(width * height);
  const blobs: Blob[] = [];
  for (let start = 0; start < map.length; start++) {
    if (seen[start] === 1 || (map[start] ?? 0) <= threshold) continue;
    seen[start] = 1;
    let depth = 0;
    stack[depth++] = start;
    let pixels = 0;
    let sum = 0;
    // Leftmost and rightmost pixel of each row hold the hull.
    const left = new Map<number, number>();
    const right = new Map<number, number>();
    while (depth > 0) {
      const at = stack[--depth] ?? 0;
      const x = at % width;
      const y = (at - x) / width;
      pixels += 1;
      sum += map[at] ?? 0;
      if (x < (left.get(y) ?? width)) left.set(y, x);
      if (x > (right.get(y) ?? -1)) right.set(y, x);
      const visit = (next: number) => {
        if (seen[next] === 1 || (map[next] ?? 0) <= threshold) return;
        seen[next] = 1;
        stack[depth++] = next;
      };
      if (x > 0) visit(at - 1);
      if (x + 1 < width) visit(at + 1);
      if (y > 0) visit(at - width);
      if (y + 1 < height) visit(at + width);
    }
    if (pixels < minPixels) continue;
    const border: Point[] = [];
    for (const [y, x] of left) border.push([x, y], [x, y + 1]);
    for (const [y, x] of right) border.push([x + 1, y], [x + 1, y + 1]);
    blobs.push({ hull: convexHull(border), score: sum / pixels, pixels });
  }
  return blobs;
}

const cross = (o: Point, a: Point, b: Point) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);

/** Andrew's monotone chain. */
export function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (sorted.length < 3) return sorted;
  const chain = (ordered: readonly Point[]) => {
    const half: Point[] = [];
    for (const point of ordered) {
      while (half.length > 1 && cross(half.at(-2) ?? point, half.at(-1) ?? point, point) <= 0) half.pop();
      half.push(point);
    }
    half.pop();
    return half;
  };
  return [...chain(sorted), ...chain(sorted.reverse())];
}

/** A parallelogram `origin + a * along + b * across` over ranges of a and b; both directions of length 1. */
export interface Frame {
  readonly along: Point;
  readonly across: Point;
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
}

/** The tightest parallelogram with the given directions. */
export function spanHull(hull: readonly Point[], along: Point, across: Point): Frame {
  const det = along[0] * across[1] - along[1] * across[0];
  let [a0, a1, b0, b1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of hull) {
    const a = (x * across[1] - y * across[0]) / det;
    const b = (along[0] * y - along[1] * x) / det;
    a0 = Math.min(a0, a);
    a1 = Math.max(a1, a);
    b0 = Math.min(b0, b);
    b1 = Math.max(b1, b);
  }
  return { along, across, a: [a0, a1], b: [b0, b1] };
}

/** The smallest rectangle around a hull (rotating calipers): `along` is its longer side and points right. */
export function smallestRectangle(hull: readonly Point[]): Frame {
  let best: Frame | null = null;
  let bestArea = Number.POSITIVE_INFINITY;
  for (let i = 0; i < hull.length; i++) {
    const from = hull[i] ?? [0, 0];
    const to = hull[(i + 1) % hull.length] ?? [0, 0];
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    if (length === 0) continue;
    const along: Point = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
    const frame = spanHull(hull, along, [-along[1], along[0]]);
    const area = (frame.a[1] - frame.a[0]) * (frame.b[1] - frame.b[0]);
    if (area < bestArea) {
      bestArea = area;
      best = frame;
    }
  }
  if (best === null) return spanHull(hull, [1, 0], [0, 1]);
  const { along, across, a, b } = best;
  const longer: Point = a[1] - a[0] >= b[1] - b[0] ? along : across;
  const right: Point = longer[0] < 0 ? [-longer[0], -longer[1]] : longer;
  return spanHull(hull, right, [-right[1], right[0]]);
}

export const frameSize = ({ a, b }: Frame): readonly [number, number] => [a[1] - a[0], b[1] - b[0]];

/** Corners of a frame widened by `padA` and `padB` on each side. */
export function frameQuad({ along, across, a, b }: Frame, padA: number, padB: number): Quad {
  const corner = (u: number, v: number): Point => [along[0] * u + across[0] * v, along[1] * u + across[1] * v];
  const [a0, a1, b0, b1] = [a[0] - padA, a[1] + padA, b[0] - padB, b[1] + padB];
  return [corner(a0, b0), corner(a1, b0), corner(a1, b1), corner(a0, b1)];
}

const distance = (p: Point, q: Point) => Math.hypot(q[0] - p[0], q[1] - p[1]);

/** Longer of the two opposite sides each way: [width, height]. */
export const quadSize = ([tl, tr, br, bl]: Quad): readonly [number, number] => [
  Math.max(distance(tl, tr), distance(bl, br)),
  Math.max(distance(tl, bl), distance(tr, br)),
];
