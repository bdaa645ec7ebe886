/**
 * Plane geometry of boxes and zones, in pixels, y downwards. Polygons are simple, either orientation, may be concave.
 */
import type { Box, Point, Polygon } from './camera.ts';

export const boxArea = ([x0, y0, x1, y1]: Box): number => Math.max(0, x1 - x0) * Math.max(0, y1 - y0);

/** The part of `a` inside `b`; a box without area when they are apart. */
export function boxIntersection(a: Box, b: Box): Box {
  const x0 = Math.max(a[0], b[0]);
  const y0 = Math.max(a[1], b[1]);
  return [x0, y0, Math.max(x0, Math.min(a[2], b[2])), Math.max(y0, Math.min(a[3], b[3]))];
}

/** Intersection over union, 0..1. */
export function iou(a: Box, b: Box): number {
  const shared = boxArea(boxIntersection(a, b));
  const union = boxArea(a) + boxArea(b) - shared;
  return union > 0 ? shared / union : 0;
}

/** Share of `inner` that lies inside `outer`, 0..1. */
export function containment(inner: Box, outer: Box): number {
  const area = boxArea(inner);
  return area > 0 ? boxArea(boxIntersection(inner, outer)) / area : 0;
}

/** The smallest box around all points. */
export function boundsOf(points: readonly Point[]): Box {
  let [x0, y0, x1, y1] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const [x, y] of points) {
    x0 = Math.min(x0, x);
    y0 = Math.min(y0, y);
    x1 = Math.max(x1, x);
    y1 = Math.max(y1, y);
  }
  return [x0, y0, x1, y1];
}

/** The sides of a polygon, the closing one included. */
export function* sidesOf(polygon: Polygon): Generator<readonly [Point, Point]> {
  let from = polygon.at(-1);
  if (from === undefined) return;
  for (const to of polygon) {
    yield [from, to];
    from = to;
  }
}

/** Shoelace formula, never negative. */
export function polygonArea(polygon: Polygon): number {
  let twice = 0;
  for (const [[ax, ay], [bx, by]] of sidesOf(polygon)) twice += ax * by - bx * ay;
  return Math.abs(twice) / 2;
}

/** Whether a point lies inside (even-odd rule); a point on the border may fall either way. */
export function containsPoint(polygon: Polygon, [x, y]: Point): boolean {
  let inside = false;
  for (const [[ax, ay], [bx, by]] of sidesOf(polygon)) {
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/**
 * The part of `subject` inside a convex `window` (Sutherland & Hodgman 1974). A concave subject that falls apart stays
 * one polygon whose parts hang together by seams without area, so its {@link polygonArea} is exact.
 */
export function clipToConvex(subject: Polygon, window: Polygon): Polygon {
  let twice = 0;
  for (const [[ax, ay], [bx, by]] of sidesOf(window)) twice += ax * by - bx * ay;
  const turn = twice >= 0 ? 1 : -1;
  let kept: Point[] = [...subject];
  for (const [[ax, ay], [bx, by]] of sidesOf(window)) {
    const depth = ([x, y]: Point) => turn * ((bx - ax) * (y - ay) - (by - ay) * (x - ax));
    const next: Point[] = [];
    for (const [from, to] of sidesOf(kept)) {
      const [before, after] = [depth(from), depth(to)];
      if (before >= 0 !== after >= 0) {
        const share = before / (before - after);
        next.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
      }
      if (after >= 0) next.push(to);
    }
    kept = next;
  }
  return kept;
}

/** Disjoint intervals of a line, ascending. */
export type Spans = readonly (readonly [from: number, to: number])[];

/** Where the horizontal line at `y` runs inside a polygon (even-odd rule). */
export function spansAt(polygon: Polygon, y: number): Spans {
  const crossings: number[] = [];
  for (const [[ax, ay], [bx, by]] of sidesOf(polygon)) {
    if (ay > y !== by > y) crossings.push(((bx - ax) * (y - ay)) / (by - ay) + ax);
  }
  crossings.sort((a, b) => a - b);
  const spans: [number, number][] = [];
  for (let i = 0; i + 1 < crossings.length; i += 2) spans.push([crossings[i] ?? 0, crossings[i + 1] ?? 0]);
  return spans;
}

export function intersectSpans(a: Spans, b: Spans): Spans {
  const shared: [number, number][] = [];
  for (const [a0, a1] of a) {
    for (const [b0, b1] of b) {
      const from = Math.max(a0, b0);
      const to = Math.min(a1, b1);
      if (from < to) shared.push([from, to]);
    }
  }
  return shared.sort((left, right) => left[0] - right[0]);
}

/** What of `a` lies outside `b`. */
export function subtractSpans(a: Spans, b: Spans): Spans {
  let rest: (readonly [number, number])[] = [...a];
  for (const [b0, b1] of b) {
    rest = rest.flatMap(([from, to]): [number, number][] =>
      b1 <= from || b0 >= to
        ? [[from, to]]
        : [
            ...(b0 > from ? [[from, b0] satisfies [number, number]] : []),
            ...(b1 < to ? [[b1, to] satisfies [number, number]] : []),
          ],
    );
  }
  return rest;
}

export const spansLength = (spans: Spans): number => spans.reduce((sum, [from, to]) => sum + to - from, 0);
