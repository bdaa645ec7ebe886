/** Cells: a regular grid laid over a box of the frame, row-major. */
import type { Box, Point, Polygon } from '../camera.ts';
import { spansAt } from '../geometry.ts';

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly box: Box;
}

const LINES = 4;

/** 1 for each cell of which at least half lies in the polygon. */
export function cellsIn(polygon: Polygon, { columns, rows, box }: Grid): Uint8Array {
  const [x0, y0, x1, y1] = box;
  const width = (x1 - x0) / columns;
  const height = (y1 - y0) / rows;
  const covered = new Float64Array(columns * rows);
  for (let line = 0; line < rows * LINES; line++) {
    const first = Math.floor(line / LINES) * columns;
    for (const [from, to] of spansAt(polygon, y0 + ((line + 0.5) / LINES) * height)) {
      const left = (from - x0) / width;
      const right = (to - x0) / width;
      for (let column = Math.max(0, Math.floor(left)); column < Math.min(columns, right); column++) {
        const share = Math.min(column + 1, right) - Math.max(column, left);
        covered[first + column] = (covered[first + column] ?? 0) + share / LINES;
      }
    }
  }
  return Uint8Array.from(covered, (share) => Number(share >= 0.5));
}

/** Calls `visit` for each cell that the box touches. */
export function eachCellUnder(box: Box, grid: Grid, visit: (cell: number) => void): void {
  const [x0, y0, x1, y1] = grid.box;
  const toColumn = grid.columns / (x1 - x0);
  const toRow = grid.rows / (y1 - y0);
  const firstColumn = Math.max(0, Math.floor((box[0] - x0) * toColumn));
  const lastColumn = Math.min(grid.columns, Math.ceil((box[2] - x0) * toColumn));
  const firstRow = Math.max(0, Math.floor((box[1] - y0) * toRow));
  const lastRow = Math.min(grid.rows, Math.ceil((box[3] - y0) * toRow));
  for (let row = firstRow; row < lastRow; row++) {
    for (let column = firstColumn; column < lastColumn; column++) visit(row * grid.columns + column);
  }
}

/** Groups of 8-connected marked cells, each in ascending order, in order of their first cell. */
export function regionsOf(marked: Uint8Array, columns: number): number[][] {
  const rows = marked.length / columns;
  const seen = new Uint8Array(marked.length);
  const regions: number[][] = [];
  for (let start = 0; start < marked.length; start++) {
    if (marked[start] !== 1 || seen[start] === 1) continue;
    seen[start] = 1;
    const region = [start];
    for (let next = 0; next < region.length; next++) {
      const cell = region[next] ?? 0;
      const column = cell % columns;
      const row = (cell - column) / columns;
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
          const neighbour = r * columns + c;
          if (marked[neighbour] === 1 && seen[neighbour] === 0) {
            seen[neighbour] = 1;
            region.push(neighbour);
          }
        }
      }
    }
    regions.push(region.sort((a, b) => a - b));
  }
  return regions;
}

/**
 * A polygon around a region, in frame pixels: down its right side and up its left, one step a row.
 * Holes and bays are filled: it is drawn on evidence to show where, not to measure.
 */
export function outlineOf(region: readonly number[], { columns, rows, box }: Grid): Polygon {
  const [x0, y0, x1, y1] = box;
  const width = (x1 - x0) / columns;
  const height = (y1 - y0) / rows;
  const spans = new Map<number, { from: number; to: number }>();
  for (const cell of region) {
    const column = cell % columns;
    const row = (cell - column) / columns;
    const span = spans.get(row);
    spans.set(row, { from: Math.min(span?.from ?? column, column), to: Math.max(span?.to ?? column, column) });
  }
  const right: Point[] = [];
  const left: Point[] = [];
  for (const [row, { from, to }] of [...spans].sort(([a], [b]) => a - b)) {
    const top = Math.round(y0 + row * height);
    const bottom = Math.round(y0 + (row + 1) * height);
    right.push([Math.round(x0 + (to + 1) * width), top], [Math.round(x0 + (to + 1) * width), bottom]);
    left.push([Math.round(x0 + from * width), top], [Math.round(x0 + from * width), bottom]);
  }
  return withoutStraight([...right, ...left.reverse()]);
}

/** Without corners that are none. */
function withoutStraight(polygon: Polygon): Polygon {
  const distinct = polygon.filter(([x, y], i) => {
    const [beforeX, beforeY] = polygon[(i + polygon.length - 1) % polygon.length] ?? [x, y];
    return x !== beforeX || y !== beforeY;
  });
  return distinct.filter(([x, y], i) => {
    const [beforeX, beforeY] = distinct[(i + distinct.length - 1) % distinct.length] ?? [x, y];
    const [afterX, afterY] = distinct[(i + 1) % distinct.length] ?? [x, y];
    return !((beforeX === x && x === afterX) || (beforeY === y && y === afterY));
  });
}
