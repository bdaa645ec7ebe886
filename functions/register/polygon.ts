/** Whether a polygon can be a zone: corners inside the image, an area, and no side that crosses another. */
import type { Point, Polygon } from '#core/camera.ts';
import { polygonArea, sidesOf } from '#core/geometry.ts';

/** Square pixels; anything smaller is a slip of the mouse. */
const MIN_AREA = 100;
const MAX_CORNERS = 200;

/**
 * What is wrong with it, in a phrase; undefined when nothing is. Corners on the edge of the image, at `width` and
 * `height`, are inside.
 */
export function faultOf(polygon: Polygon, [width, height]: readonly [number, number]): string | undefined {
  if (polygon.length < 3) return `${polygon.length} corners`;
  if (polygon.length > MAX_CORNERS) return `${polygon.length} corners`;
  const outside = polygon.find(([x, y]) => !(x >= 0 && y >= 0 && x <= width && y <= height));
  if (outside !== undefined) return `the corner ${outside.join(', ')} outside the image of ${width} x ${height}`;
  const sides = [...sidesOf(polygon)];
  const still = sides.find(([from, to]) => samePoint(from, to));
  if (still !== undefined) return `the corner ${still[0].join(', ')} twice in a row`;
  for (const [i, first] of sides.entries()) {
    for (const [k, second] of sides.entries()) {
      if (k <= i) continue;
      const neighbours = k === i + 1 || (i === 0 && k === sides.length - 1);
      if (neighbours ? foldsBack(first, second) : touch(first, second)) return `side ${i + 1} crossing side ${k + 1}`;
    }
  }
  const area = polygonArea(polygon);
  return Math.abs(area) < MIN_AREA ? `an area of ${Math.round(Math.abs(area))} square pixels` : undefined;
}

type Side = readonly [Point, Point];

const samePoint = (a: Point, b: Point) => a[0] === b[0] && a[1] === b[1];

/** Twice the signed area of the triangle: positive when `c` lies on one side of the line through `a` and `b`. */
const turn = (a: Point, b: Point, c: Point) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

const between = (a: Point, b: Point, c: Point) =>
  Math.min(a[0], b[0]) <= c[0] &&
  c[0] <= Math.max(a[0], b[0]) &&
  Math.min(a[1], b[1]) <= c[1] &&
  c[1] <= Math.max(a[1], b[1]);

/** Sides that share no corner must not meet at all. */
function touch([a, b]: Side, [c, d]: Side): boolean {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (Math.sign(abc) * Math.sign(abd) < 0 && Math.sign(cda) * Math.sign(cdb) < 0) return true;
  return (
    (abc === 0 && between(a, b, c)) ||
    (abd === 0 && between(a, b, d)) ||
    (cda === 0 && between(c, d, a)) ||
    (cdb === 0 && between(c, d, b))
  );
}

/** Sides that share a corner must not run back over each other. */
function foldsBack([a, b]: Side, [c, d]: Side): boolean {
  const [corner, one, other] = samePoint(b, c) ? [b, a, d] : [a, b, c];
  if (turn(one, corner, other) !== 0) return false;
  return (one[0] - corner[0]) * (other[0] - corner[0]) + (one[1] - corner[1]) * (other[1] - corner[1]) > 0;
}
