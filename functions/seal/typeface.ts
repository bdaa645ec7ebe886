/**
 * Noto Sans SC from the npm package, because a fresh machine has no Chinese font. The main file covers what is
 * common; rare characters of place and shop names come from the package's numbered slices, opened when first met.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';
import { z } from 'zod';
import { unwrapWoff } from './woff.ts';

export type Weight = 400 | 700;

/** A stretch of text that one font file can draw. */
export interface Run {
  /** Names the file among all opened ones: `chinese-simplified-400`. */
  readonly face: string;
  readonly font: Font;
  readonly text: string;
}

const require = createRequire(import.meta.url);
const opened = new Map<string, Font>();
let slices: readonly { name: string; ranges: readonly (readonly [number, number])[] }[] | undefined;

function open(slice: string, weight: Weight): { face: string; font: Font } {
  const face = `${slice}-${weight}`;
  let font = opened.get(face);
  if (font === undefined) {
    font = create(
      unwrapWoff(readFileSync(require.resolve(`@fontsource/noto-sans-sc/files/noto-sans-sc-${face}-normal.woff`))),
    );
    opened.set(face, font);
  }
  return { face, font };
}

/** `[24]` -> `24`, and the code points each slice holds. */
function readSlices() {
  slices ??= Object.entries(
    z
      .record(z.string(), z.string())
      .parse(JSON.parse(readFileSync(require.resolve('@fontsource/noto-sans-sc/unicode.json'), 'utf8'))),
  ).map(([name, list]) => ({
    name: name.replaceAll(/[[\]]/g, ''),
    ranges: list.split(',').map((range) => {
      const [from = '', to = from] = range.trim().replace('U+', '').split('-');
      return [Number.parseInt(from, 16), Number.parseInt(to, 16)] as const;
    }),
  }));
  return slices;
}

const faces = new Map<number, { face: string; font: Font } | undefined>();

function faceFor(codePoint: number, weight: Weight): { face: string; font: Font } | undefined {
  const key = codePoint * 1000 + weight;
  if (!faces.has(key)) faces.set(key, findFace(codePoint, weight));
  return faces.get(key);
}

function findFace(codePoint: number, weight: Weight): { face: string; font: Font } | undefined {
  const main = open('chinese-simplified', weight);
  if (main.font.hasGlyphForCodePoint(codePoint)) return main;
  for (const { name, ranges } of readSlices()) {
    if (!ranges.some(([from, to]) => from <= codePoint && codePoint <= to)) continue;
    const slice = open(name, weight);
    if (slice.font.hasGlyphForCodePoint(codePoint)) return slice;
  }
  return undefined;
}

/** Splits text by the font file that has its characters; one that none has is spelt out as `[U+20BB7]`, never a blank box. */
export function runsOf(text: string, weight: Weight): Run[] {
  const runs: { face: string; font: Font; text: string }[] = [];
  for (const char of text) {
    const codePoint = char.codePointAt(0) ?? 0;
    const known = faceFor(codePoint, weight);
    const drawn = known === undefined ? `[U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}]` : char;
    const face = known ?? open('chinese-simplified', weight);
    const last = runs.at(-1);
    if (last?.face === face.face) last.text += drawn;
    else runs.push({ ...face, text: drawn });
  }
  return runs;
}
