/** A storefront zone drawn by hand, in the features that `inspect` would have found. */
import { sightingId, zoneId } from '#core/ids.ts';
import type { OccupancyFrame } from '#core/occupancy/frames.ts';
import type { StorefrontFeatures } from '#core/sighting.ts';

export const COLUMNS = 20;
export const ROWS = 10;
/** Pixels of the frame to a cell. */
export const CELL = 10;

/** Columns and rows from..to, exclusive. */
export type Patch = readonly [column0: number, row0: number, column1: number, row1: number];

/** What lies on a patch: axis of its feature vector, and how cluttered it looks, 0..1. */
export interface Cover {
  patch: Patch;
  look: number;
  clutter: number;
}

export const stall = (patch: Patch): Cover => ({ patch, look: 1, clutter: 0.9 });
export const table = (patch: Patch): Cover => ({ patch, look: 2, clutter: 0.8 });
export const shadow = (patch: Patch): Cover => ({ patch, look: 3, clutter: 0.1 });

export interface Shot {
  minute: number;
  /** 0 by day .. 1 by night: every look turns by so much of a quarter turn, and the picture darkens. */
  dark?: number;
  covers?: readonly Cover[];
  /** Behind a passer-by or a vehicle. */
  hidden?: readonly Patch[];
  /** What the detector names a thing on display. */
  named?: readonly Patch[];
}

export function frame({ minute, covers = [], hidden = [], named = [], ...rest }: Shot): OccupancyFrame {
  const id = sightingId(`at-${minute}`);
  return {
    sighting: {
      id,
      zone: { zoneId: zoneId('front'), version: 1 },
      rule: null,
      shop: null,
      visible: 1,
      supporting: named.map(([x0, y0, x1, y1]) => ({
        label: 'chair',
        score: 0.5,
        box: [x0 * CELL, y0 * CELL, x1 * CELL, y1 * CELL],
      })),
      clutter: 0.1,
    },
    capturedAt: minute * 60_000,
    features: features({ minute, covers, hidden, ...rest }),
  };
}

/** Half for looks, half for where the dark turns them. */
const CHANNELS = 8;

export function features({ minute, covers = [], hidden = [], dark = 0 }: Shot): StorefrontFeatures {
  const cells = COLUMNS * ROWS;
  const values = new Int8Array(cells * CHANNELS);
  const clutter = new Uint8Array(cells).fill(25);
  const behind = new Uint8Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const covering = covers.findLast(({ patch }) => within(cell, patch));
    const look = cell * CHANNELS + (covering?.look ?? 0);
    values[look] = Math.round(127 * Math.cos((dark * Math.PI) / 2));
    values[look + CHANNELS / 2] = Math.round(127 * Math.sin((dark * Math.PI) / 2));
    clutter[cell] = 255 * (covering?.clutter ?? 0.1);
    if (hidden.some((patch) => within(cell, patch))) behind[cell] = 1;
  }
  return {
    sightingId: sightingId(`at-${minute}`),
    columns: COLUMNS,
    rows: ROWS,
    channels: CHANNELS,
    values,
    inZone: new Uint8Array(cells).fill(1),
    hidden: behind,
    clutter,
    box: [0, 0, COLUMNS * CELL, ROWS * CELL],
    model: 'street 1',
    light: { luma: 140 * (1 - dark) + 10, contrast: 0.3, warmth: 0 },
  };
}

function within(cell: number, [column0, row0, column1, row1]: Patch): boolean {
  const column = cell % COLUMNS;
  const row = Math.floor(cell / COLUMNS);
  return column >= column0 && column < column1 && row >= row0 && row < row1;
}
