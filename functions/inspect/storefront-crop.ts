/** Which part of the frame is looked at for a storefront, and which cells of the detector's feature map are kept. */
import type { Box, Polygon } from '#core/camera.ts';
import { boundsOf } from '#core/geometry.ts';
import type { Grid } from '#core/occupancy/grid.ts';
import type { LookSize } from './detect.ts';

/** Surroundings kept around the zone, in shares of its size: the detector recognises things by what is around them. */
const MARGIN = 0.1;
/** Goods stand up from the ground polygon: of the height added to fit the aspect, this share goes above it. */
const ABOVE = 0.65;
/** Cells kept around the zone's bounding box. */
const BORDER = 1;

/**
 * The zone's bounding box with its margin, widened to the aspect of `size` and moved inside the frame where it fits.
 * A small zone is not enlarged beyond the frame's own pixels: that adds no detail and takes away what is around it.
 */
export function cropFor(polygon: Polygon, [width, height]: readonly [number, number], size: LookSize): Box {
  let [x0, y0, x1, y1] = boundsOf(polygon);
  const marginX = (x1 - x0) * MARGIN;
  const marginY = (y1 - y0) * MARGIN;
  [x0, y0, x1, y1] = [x0 - marginX, y0 - marginY, x1 + marginX, y1 + marginY];
  const aspect = size.width / size.height;
  const cropWidth = Math.max(x1 - x0, (y1 - y0) * aspect, Math.min(size.width, width, height * aspect));
  const missingWidth = cropWidth - (x1 - x0);
  const missingHeight = cropWidth / aspect - (y1 - y0);
  [x0, x1] = moveInside(x0 - missingWidth / 2, x1 + missingWidth / 2, width);
  [y0, y1] = moveInside(y0 - missingHeight * ABOVE, y1 + missingHeight * (1 - ABOVE), height);
  return [x0, y0, x1, y1];
}

/** The part of the crop's feature map around the zone, and which cell of the map each of its cells is. */
export function gridAround(polygon: Polygon, map: Grid): { grid: Grid; cells: number[] } {
  const [x0, y0, x1, y1] = map.box;
  const width = (x1 - x0) / map.columns;
  const height = (y1 - y0) / map.rows;
  const zone = boundsOf(polygon);
  const column = clamp(Math.floor((zone[0] - x0) / width) - BORDER, 0, map.columns - 1);
  const row = clamp(Math.floor((zone[1] - y0) / height) - BORDER, 0, map.rows - 1);
  const columns = clamp(Math.ceil((zone[2] - x0) / width) + BORDER, column + 1, map.columns) - column;
  const rows = clamp(Math.ceil((zone[3] - y0) / height) + BORDER, row + 1, map.rows) - row;
  const left = x0 + column * width;
  const top = y0 + row * height;
  const cells = Array.from({ length: columns * rows }, (_, i) => {
    return (row + Math.floor(i / columns)) * map.columns + column + (i % columns);
  });
  return { grid: { columns, rows, box: [left, top, left + columns * width, top + rows * height] }, cells };
}

/** An interval longer than the frame is centred on it; what lies outside is filled by the cropper. */
function moveInside(from: number, to: number, length: number): [number, number] {
  const size = to - from;
  const start = size >= length ? (length - size) / 2 : clamp(from, 0, length - size);
  return [start, start + size];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
