/**
 * 画面偏移检测: does a camera still look where its zones were drawn? Two small pictures are compared tile by tile by the
 * orientation of their edges, as double angles weighted by how clear they are: light, shadow, night and exposure change how
 * strong an edge is and which side of it is bright, not where it runs (Fitch et al., Orientation Correlation, BMVC 2002).
 *
 * Tiles vote. A bus, a crowd or headlights silence some of them; a camera that was moved is told by all the others alike.
 * Measured: docs/decisions/0030-view-moved.md.
 */
import type { Scene } from '../sighting.ts';

export type ViewVerdict =
  | { kind: 'still' }
  /** Shares of the picture's width and height by which what is fixed moved in it. */
  | { kind: 'moved'; dx: number; dy: number }
  /** Nothing of the reference is where it was. */
  | { kind: 'replaced' }
  /** Too little to tell: night, fog, a bus before the lens. It accuses nobody. */
  | { kind: 'unknown' };

const COLUMNS = 8;
const ROWS = 5;
/** Pixels of the scene; a pole that sways moves a picture by less. */
const SWAY = 2;
/** The farthest shift that is searched, pixels of the scene: a twentieth of the width. */
const REACH = 12;
/** Every other pixel is enough. */
const STRIDE = 2;
/** Gradient below which an edge is noise, in steps of luma. */
const NOISE = 6;
/** Share of a tile's samples that must lie on edges for it to vote. */
const LEAST_EDGES = 0.08;
/** Fewer voting tiles tell nothing. */
const LEAST_TILES = 8;

const ALIKE = 0.4;
const CLEARLY_BETTER = 0.15;
/** So many of the voting tiles where they were: it did not move, and nothing else need be asked. */
const CERTAINLY_STILL = 0.5;
/** It did not move unless tiles agree where to. The others may be hidden by traffic. */
const STILL_SHARE = 0.35;
const MOVED_SHARE = 0.3;
/** Fewer tiles where they were, though most show edges: another view. */
const GONE_SHARE = 0.15;
const SEEN_SHARE = 0.6;

/** The field of double angles: `x`, `y` per pixel, length 0 (flat) .. 1 (a clear edge). */
interface Edges {
  width: number;
  height: number;
  x: Float32Array;
  y: Float32Array;
}

export function edgesOf({ width, height, luma }: Scene): Edges {
  const x = new Float32Array(width * height);
  const y = new Float32Array(width * height);
  for (let row = 1; row < height - 1; row++) {
    for (let column = 1; column < width - 1; column++) {
      const at = row * width + column;
      const gx = (luma[at + 1] ?? 0) - (luma[at - 1] ?? 0);
      const gy = (luma[at + width] ?? 0) - (luma[at - width] ?? 0);
      const power = gx * gx + gy * gy;
      const weight = 1 / (power + NOISE * NOISE * 4);
      x[at] = (gx * gx - gy * gy) * weight;
      y[at] = 2 * gx * gy * weight;
    }
  }
  return { width, height, x, y };
}

interface Tile {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** Tiles that leave room for the farthest shift. */
function tilesOf({ width, height }: Edges): Tile[] {
  const tiles: Tile[] = [];
  const [across, down] = [(width - 2 * REACH) / COLUMNS, (height - 2 * REACH) / ROWS];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      tiles.push({
        x0: Math.round(REACH + column * across),
        y0: Math.round(REACH + row * down),
        x1: Math.round(REACH + (column + 1) * across),
        y1: Math.round(REACH + (row + 1) * down),
      });
    }
  }
  return tiles;
}

/** How alike a tile of `a` is to `b` shifted, -1..1. */
function likeness(a: Edges, b: Edges, { x0, y0, x1, y1 }: Tile, dx: number, dy: number): number {
  let dot = 0;
  let powerA = 0;
  let powerB = 0;
  for (let row = y0; row < y1; row += STRIDE) {
    for (let column = x0; column < x1; column += STRIDE) {
      const i = row * a.width + column;
      const j = (row + dy) * b.width + column + dx;
      const [ax, ay, bx, by] = [a.x[i] ?? 0, a.y[i] ?? 0, b.x[j] ?? 0, b.y[j] ?? 0];
      dot += ax * bx + ay * by;
      powerA += ax * ax + ay * ay;
      powerB += bx * bx + by * by;
    }
  }
  const scale = Math.sqrt(powerA * powerB);
  return scale === 0 ? 0 : dot / scale;
}

/** Share of a tile's samples that lie on clear edges. */
function edgeShare(edges: Edges, { x0, y0, x1, y1 }: Tile): number {
  let clear = 0;
  let all = 0;
  for (let row = y0; row < y1; row += STRIDE) {
    for (let column = x0; column < x1; column += STRIDE) {
      const i = row * edges.width + column;
      const [x, y] = [edges.x[i] ?? 0, edges.y[i] ?? 0];
      if (x * x + y * y > 0.25) clear += 1;
      all += 1;
    }
  }
  return all === 0 ? 0 : clear / all;
}

interface Best {
  score: number;
  dx: number;
  dy: number;
}

/** The shift of at most `reach` pixels at which a tile is most like itself. */
function best(a: Edges, b: Edges, tile: Tile, reach: number): Best {
  let found: Best = { score: -1, dx: 0, dy: 0 };
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const score = likeness(a, b, tile, dx, dy);
      if (score > found.score) found = { score, dx, dy };
    }
  }
  return found;
}

/** What the fixed parts of a scene say about where the camera looks, held against the picture its zones were drawn on. */
export function compareViews(reference: Scene, scene: Scene): ViewVerdict {
  if (reference.width !== scene.width || reference.height !== scene.height) return { kind: 'replaced' };
  const [a, b] = [edgesOf(reference), edgesOf(scene)];
  const tiles = tilesOf(a).filter((tile) => edgeShare(a, tile) >= LEAST_EDGES);
  const voting = tiles.filter((tile) => edgeShare(b, tile) >= LEAST_EDGES);
  if (voting.length < LEAST_TILES) return { kind: 'unknown' };
  const near = voting.map((tile) => best(a, b, tile, SWAY).score);
  const still = near.filter((score) => score >= ALIKE).length / voting.length;
  if (still >= CERTAINLY_STILL) return { kind: 'still' };
  const far = voting.map((tile) => best(a, b, tile, REACH));
  const moved = far.filter(({ score }, i) => score >= ALIKE && score - (near[i] ?? 0) >= CLEARLY_BETTER);
  const agreed = largestAgreement(moved);
  if (agreed.length >= MOVED_SHARE * voting.length && agreed.length > still * voting.length) {
    const mean = (of: (shift: Best) => number) => agreed.reduce((sum, shift) => sum + of(shift), 0) / agreed.length;
    return { kind: 'moved', dx: mean(({ dx }) => dx) / a.width, dy: mean(({ dy }) => dy) / a.height };
  }
  if (still >= STILL_SHARE) return { kind: 'still' };
  // A turn, a zoom or a longer way: tiles do not agree on where they went, only that they are not where they were.
  const seen = voting.length / tiles.length;
  return seen >= SEEN_SHARE && still < GONE_SHARE ? { kind: 'replaced' } : { kind: 'unknown' };
}

/** The most shifts that lie within a pixel and a half of one of them. */
function largestAgreement(shifts: readonly Best[]): readonly Best[] {
  let most: readonly Best[] = [];
  for (const { dx, dy } of shifts) {
    const like = shifts.filter((other) => Math.abs(other.dx - dx) <= 1.5 && Math.abs(other.dy - dy) <= 1.5);
    if (like.length > most.length) most = like;
  }
  return most;
}
