/** The few marks the pictures share: palette, labels, outlines. SVG in pixels of the picture it lies on. */
import type { Box, Polygon } from '#core/camera.ts';
import { type TextStyle, textSvg, textWidth } from './lettering.ts';

export const PALETTE = {
  ink: '#0f172a',
  inkRgb: [15, 23, 42],
  paper: '#f8fafc',
  paperRgb: [248, 250, 252],
  muted: '#94a3b8',
  zone: '#facc15',
  subject: '#ef4444',
  plate: '#22d3ee',
  sure: '#16a34a',
  unsure: '#d97706',
  poor: '#dc2626',
} as const;

export const svg = (width: number, height: number, body: string): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`);

export const rect = (x: number, y: number, width: number, height: number, fill: string, radius = 0): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}"/>`;

/** An outline, dark under bright so that it shows on any background; nothing inside it is tinted. */
export function polygonSvg(polygon: Polygon, colour: string, stroke: number): string {
  const points = polygon.map(([x, y]) => `${x},${y}`).join(' ');
  const outline = (width: number, paint: string) =>
    `<polygon points="${points}" fill="none" stroke="${paint}" stroke-width="${width}" stroke-linejoin="round"/>`;
  return outline(stroke * 2, 'rgba(15,23,42,0.55)') + outline(stroke, colour);
}

export const boxPolygon = ([x0, y0, x1, y1]: Box): Polygon => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1],
];

/** A label with its own ground, its bottom left corner at (x, y), moved to lie inside `width` x `height`. */
export function labelSvg(
  text: string,
  x: number,
  y: number,
  style: TextStyle,
  colours: { ground: string; ink: string },
  within: { width: number; height: number },
): string {
  const pad = style.size * 0.35;
  const width = textWidth(text, style) + 2 * pad;
  const height = style.size * 1.5;
  const left = Math.max(0, Math.min(x, within.width - width));
  const top = Math.max(0, Math.min(y - height, within.height - height));
  return (
    rect(left, top, width, height, colours.ground, style.size * 0.15) +
    textSvg(text, left + pad, top + style.size * 1.1, style, colours.ink)
  );
}
