/** Text as outlines: measured, broken into lines and drawn as SVG paths, with no font installed on the machine. */
import type { Font } from 'fontkit';
import { runsOf, type Weight } from './typeface.ts';

export interface TextStyle {
  /** Pixels (or points) of one em. */
  readonly size: number;
  readonly weight: Weight;
}

const outlines = new WeakMap<Font, Map<number, { d: string; advance: number }>>();

/** Outline of one character in font units, y upwards. */
function outline(font: Font, codePoint: number): { d: string; advance: number } {
  let known = outlines.get(font);
  if (known === undefined) {
    known = new Map();
    outlines.set(font, known);
  }
  let found = known.get(codePoint);
  if (found === undefined) {
    const glyph = font.glyphForCodePoint(codePoint);
    found = { d: glyph.path.toSVG(), advance: glyph.advanceWidth };
    known.set(codePoint, found);
  }
  return found;
}

export function textWidth(text: string, { size, weight }: TextStyle): number {
  let width = 0;
  for (const { font, text: part } of runsOf(text, weight)) {
    for (const char of part) width += (outline(font, char.codePointAt(0) ?? 0).advance / font.unitsPerEm) * size;
  }
  return width;
}

/** SVG of one line of text with its baseline at `y`. */
export function textSvg(text: string, x: number, y: number, style: TextStyle, fill: string): string {
  let pen = x;
  let paths = '';
  for (const { font, text: part } of runsOf(text, style.weight)) {
    const scale = style.size / font.unitsPerEm;
    for (const char of part) {
      const { d, advance } = outline(font, char.codePointAt(0) ?? 0);
      if (d !== '')
        paths += `<path transform="translate(${round(pen)} ${round(y)}) scale(${scale} ${-scale})" d="${d}"/>`;
      pen += advance * scale;
    }
  }
  return `<g fill="${fill}">${paths}</g>`;
}

/** What may not begin a line (GB/T 15834: closing marks stay with what they close) and what may not end one. */
const NOT_FIRST = '，。、；：？！）》〕」』”’…%,.;:?!)]}·';
const NOT_LAST = '（《〔「『“‘([{';

/** Breaks at Chinese characters and between words; a word longer than the line (a hash) is cut. */
export function wrapText(text: string, width: number, style: TextStyle): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const piece of piecesOf(paragraph)) {
      if (textWidth(line + piece.trimEnd(), style) <= width) {
        line += piece;
        continue;
      }
      if (line.trim() !== '') lines.push(line.trimEnd());
      line = piece.trimStart();
      while (textWidth(line.trimEnd(), style) > width) {
        let fits = line.length - 1;
        while (fits > 1 && textWidth(line.slice(0, fits), style) > width) fits--;
        lines.push(line.slice(0, fits));
        line = line.slice(fits);
      }
    }
    lines.push(line.trimEnd());
  }
  return lines;
}

/** Unbreakable pieces: one Chinese character with the marks that belong to it, or one word with its spaces. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let glue = false;
  for (const [atom] of text.matchAll(/[!-~]+ *| +|[^ -~]/gu)) {
    const joins = pieces.length > 0 && (glue || NOT_FIRST.includes(atom.charAt(0)));
    if (joins) pieces[pieces.length - 1] += atom;
    else pieces.push(atom);
    glue = NOT_LAST.includes(atom.trimEnd().at(-1) ?? ' ');
  }
  return pieces;
}

/** The longest beginning that fits, with an ellipsis when something is left out. */
export function fitText(text: string, width: number, style: TextStyle): string {
  if (textWidth(text, style) <= width) return text;
  const chars = [...text];
  while (chars.length > 0 && textWidth(`${chars.join('')}…`, style) > width) chars.pop();
  return `${chars.join('')}…`;
}

const round = (value: number) => Math.round(value * 100) / 100;
