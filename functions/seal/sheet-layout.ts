/** Pages of a Chinese sheet: a cursor that runs down A4, breaks pages, and sets text, tables, pictures and boxes to sign in. */
import PDFDocument from 'pdfkit';
import { fitText, type TextStyle, textWidth, wrapText } from './lettering.ts';
import { runsOf } from './typeface.ts';

/** Points. */
const PAGE = { width: 595.28, height: 841.89, margin: 52, foot: 20 } as const;
const BOTTOM = PAGE.height - PAGE.margin - PAGE.foot;
export const SHEET_WIDTH = PAGE.width - 2 * PAGE.margin;
const LEADING = 1.5;
/** Between the border of a cell and its text. */
const PAD = { x: 5, y: 4 } as const;
const INK = '#0f172a';
const MUTED = '#64748b';
const RULE = '#475569';
const GROUND = '#f1f5f9';

export interface Cell {
  readonly text: string;
  readonly weight?: 400 | 700;
  readonly size?: number;
  readonly colour?: string;
  readonly align?: 'left' | 'centre';
  /** Names what stands beside it: set on a ground. */
  readonly isKey?: boolean;
}
export interface SheetInfo {
  readonly title: string;
  readonly author: string;
  readonly subject: string;
  readonly createdAt: Date;
}
export interface PlacedPicture {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  /** Lines beneath; the first is its title. */
  readonly words: readonly string[];
}
export interface SignatureBlock {
  readonly title: string;
  /** What is known already, or boxes to tick. */
  readonly lines: readonly string[];
  /** Blank fields on the last line. */
  readonly fields: readonly string[];
}

export type Sheet = ReturnType<typeof openSheet>;

/** A document whose bytes depend on its content alone: dates are given, the file id derives from them. */
export function openSheet(info: SheetInfo) {
  const doc = new PDFDocument({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    lang: 'zh-CN',
    displayTitle: true,
    // Every text names its face; pdfkit would read a standard one to begin with, by a path that a bundle does not have.
    font: '',
    info: {
      Title: info.title,
      Author: info.author,
      Subject: info.subject,
      CreationDate: info.createdAt,
      ModDate: info.createdAt,
    },
  });
  const chunks: Buffer[] = [];
  doc.on('data', (chunk: Buffer) => chunks.push(chunk));
  const faces = new Set<string>();
  const headings: { title: string; page: number }[] = [];
  let contentsAt: number | undefined;
  let y: number = PAGE.margin;

  const line = (text: string, x: number, top: number, { size, weight }: TextStyle, colour: string) => {
    let pen = x;
    for (const { face, font, text: part } of runsOf(text, weight)) {
      if (!faces.has(face)) {
        doc.registerFont(face, font);
        faces.add(face);
      }
      doc.font(face).fontSize(size).fillColor(colour).text(part, pen, top, { lineBreak: false });
      pen += textWidth(part, { size, weight });
    }
  };
  const turn = () => {
    doc.addPage();
    y = PAGE.margin;
  };
  const need = (height: number) => {
    if (y + height > BOTTOM && y > PAGE.margin) turn();
  };
  const lines = (texts: readonly string[], x: number, top: number, style: TextStyle, colour: string) => {
    texts.forEach((text, index) => {
      line(text, x, top + index * style.size * LEADING, style, colour);
    });
  };
  const centred = (text: string, style: TextStyle, colour: string) => {
    line(text, PAGE.margin + (SHEET_WIDTH - textWidth(text, style)) / 2, y, style, colour);
    y += style.size * LEADING;
  };
  const stroke = (x: number, top: number, width: number, height: number) =>
    doc.rect(x, top, width, height).lineWidth(0.6).stroke(RULE);
  const underline = (from: number, to: number, top: number) =>
    doc.moveTo(from, top).lineTo(to, top).lineWidth(0.5).stroke(RULE);

  /** Cells as lines of text, with the height of their row. */
  const setRow = (cells: readonly Cell[], widths: readonly number[]) => {
    const parts = cells.map((cell, index) => {
      const style: TextStyle = { size: cell.size ?? 9, weight: cell.weight ?? (cell.isKey === true ? 700 : 400) };
      return { cell, style, texts: wrapText(cell.text, (widths[index] ?? 0) - 2 * PAD.x, style) };
    });
    return { parts, height: heightOf(parts) };
  };
  type Row = ReturnType<typeof setRow>;
  const drawRow = ({ parts, height }: Row, widths: readonly number[]) => {
    let x: number = PAGE.margin;
    parts.forEach(({ cell, style, texts }, index) => {
      const width = widths[index] ?? 0;
      if (cell.isKey === true) doc.rect(x, y, width, height).fill(GROUND);
      stroke(x, y, width, height);
      const isCentred = cell.align === 'centre' || cell.isKey === true;
      const top = y + (height - texts.length * style.size * LEADING) / 2;
      texts.forEach((text, at) => {
        const left = isCentred ? x + (width - textWidth(text, style)) / 2 : x + PAD.x;
        line(text, left, top + at * style.size * LEADING, style, cell.colour ?? INK);
      });
      x += width;
    });
    y += height;
  };

  return {
    space(height: number) {
      y += height;
    },
    newPage() {
      if (y > PAGE.margin) turn();
    },
    /** A line across the middle. */
    centred(text: string, { size = 10, weight = 400, colour = INK }: Partial<Cell> = {}) {
      centred(text, { size, weight }, colour);
    },
    /** A line against the right margin. */
    right(text: string, { size = 9, weight = 400, colour = INK }: Partial<Cell> = {}) {
      const style: TextStyle = { size, weight };
      line(text, PAGE.margin + SHEET_WIDTH - textWidth(text, style), y, style, colour);
      y += size * LEADING;
    },
    /** A heading is never left alone at the foot of a page: it takes `withPoints` along. Listed in the contents. */
    heading(zh: string, en: string, withPoints = 60) {
      need(34 + withPoints);
      if (y > PAGE.margin) y += 10;
      const style: TextStyle = { size: 12.5, weight: 700 };
      line(zh, PAGE.margin, y, style, INK);
      line(en, PAGE.margin + textWidth(zh, style) + 8, y + 4, { size: 8.5, weight: 400 }, MUTED);
      y += 24;
      headings.push({ title: zh, page: doc.bufferedPageRange().count });
    },
    /** Lists a part whose title is set otherwise. */
    entitle(zh: string) {
      headings.push({ title: zh, page: doc.bufferedPageRange().count });
    },
    /** The rest of the page is for the list of headings with their pages, which is known only at the end. */
    contents() {
      contentsAt = y;
      turn();
    },
    paragraph(text: string, { size = 9.5, weight = 400, colour = INK }: Partial<Cell> = {}) {
      const style: TextStyle = { size, weight };
      for (const part of wrapText(text, SHEET_WIDTH, style)) {
        need(size * LEADING);
        line(part, PAGE.margin, y, style, colour);
        y += size * LEADING;
      }
      y += 4;
    },
    notice(text: string) {
      const style: TextStyle = { size: 9.5, weight: 700 };
      const parts = wrapText(text, SHEET_WIDTH - 24, style);
      const height = parts.length * style.size * LEADING + 14;
      need(height);
      doc.rect(PAGE.margin, y, SHEET_WIDTH, height).lineWidth(0.8).stroke('#b91c1c');
      lines(parts, PAGE.margin + 12, y + 6, style, '#b91c1c');
      y += height + 10;
    },
    /**
     * Rows stay whole, only one taller than a page goes on over the next; the header comes again on each page. A table
     * without one is a form and stays together where it can. Widths are shares of the sheet.
     */
    table(shares: readonly number[], header: readonly string[] | null, rows: readonly (readonly Cell[])[]) {
      const widths = widthsOf(shares);
      const head =
        header === null
          ? null
          : setRow(
              header.map((text) => ({ text, isKey: true, size: 8.5 })),
              widths,
            );
      const headHeight = head?.height ?? 0;
      const room = BOTTOM - PAGE.margin - headHeight;
      const set = rows.map((cells) => setRow(cells, widths));
      const total = set.reduce((sum, { height }) => sum + height, 0);
      if (head === null && total <= room) need(total);
      set.forEach((whole, index) => {
        for (const row of cut(whole, room)) {
          const before = doc.bufferedPageRange().count;
          need(row.height + (index === 0 ? headHeight : 0));
          if (head !== null && (index === 0 || doc.bufferedPageRange().count > before)) drawRow(head, widths);
          drawRow(row, widths);
        }
      });
      y += 8;
    },
    /** Pictures side by side, each at most `maxHeight` and with lines of words beneath. */
    pictures(row: readonly PlacedPicture[], maxHeight: number) {
      const gap = 12;
      const room = (SHEET_WIDTH - gap * (row.length - 1)) / row.length;
      const style: TextStyle = { size: 8, weight: 400 };
      const sizes = row.map(({ width, height }) => {
        const scale = Math.min(room / width, maxHeight / height);
        return { width: width * scale, height: height * scale };
      });
      const tallest = Math.max(...sizes.map(({ height }) => height));
      const most = Math.max(...row.map(({ words }) => words.length));
      need(tallest + 8 + most * style.size * LEADING);
      row.forEach(({ jpeg, words }, index) => {
        const { width = 0, height = 0 } = sizes[index] ?? {};
        const left = PAGE.margin + index * (room + gap);
        doc.image(jpeg, left + (room - width) / 2, y, { width, height });
        words.forEach((text, at) => {
          const isTitle = at === 0;
          const set: TextStyle = isTitle ? { size: 8.5, weight: 700 } : style;
          const fitted = fitText(text, room, set);
          const top = y + tallest + 4 + at * style.size * LEADING;
          line(fitted, left + (room - textWidth(fitted, set)) / 2, top, set, isTitle ? INK : MUTED);
        });
      });
      y += tallest + 14 + most * style.size * LEADING;
    },
    /** One block a stage, beneath one another: its name at the left, what is known, and lines to sign on. */
    signatures(blocks: readonly SignatureBlock[]) {
      const left = 84;
      const style: TextStyle = { size: 9.5, weight: 400 };
      const width = SHEET_WIDTH - left;
      // As much room to sign as the page has left for all of them.
      const least = Math.min(122, Math.max(88, Math.floor((BOTTOM - y) / blocks.length)));
      for (const { title, lines: known, fields } of blocks) {
        // What is long stands whole in the table above.
        const texts = known.flatMap((text) => {
          const all = wrapText(text, width - 2 * PAD.x - 6, style);
          return all.length <= 3 ? all : [...all.slice(0, 2), '……（全文见上表）'];
        });
        const height = Math.max(least, texts.length * style.size * LEADING + 44);
        need(height);
        const x = PAGE.margin + left;
        doc.rect(PAGE.margin, y, left, height).fill(GROUND);
        stroke(PAGE.margin, y, left, height);
        stroke(x, y, width, height);
        const named = wrapText(title, left - 2 * PAD.x, { size: 10, weight: 700 });
        named.forEach((text, index) => {
          const bold: TextStyle = { size: 10, weight: 700 };
          const top = y + (height - named.length * bold.size * LEADING) / 2 + index * bold.size * LEADING;
          line(text, PAGE.margin + (left - textWidth(text, bold)) / 2, top, bold, INK);
        });
        lines(texts, x + PAD.x + 3, y + 8, style, INK);
        const each = (width - 16) / fields.length;
        fields.forEach((field, index) => {
          const from = x + 8 + index * each;
          line(field, from, y + height - 26, style, '#475569');
          underline(from + textWidth(field, style) + 4, from + each - 10, y + height - 12);
        });
        y += height;
      }
      y += 8;
    },
    /** Numbers the pages, fills the contents in and closes the document. */
    async close(foot: string): Promise<Buffer> {
      const { start, count } = doc.bufferedPageRange();
      const style: TextStyle = { size: 8, weight: 400 };
      for (let page = start; page < start + count; page++) {
        doc.switchToPage(page);
        const top = PAGE.height - PAGE.margin - 4;
        underline(PAGE.margin, PAGE.width - PAGE.margin, top - 6);
        line(foot, PAGE.margin, top, style, MUTED);
        const number = `第 ${page - start + 1} 页 共 ${count} 页`;
        line(number, PAGE.width - PAGE.margin - textWidth(number, style), top, style, MUTED);
      }
      if (contentsAt !== undefined) {
        doc.switchToPage(start);
        const entry: TextStyle = { size: 10, weight: 400 };
        headings.forEach(({ title, page }, index) => {
          const top = (contentsAt ?? 0) + index * 19;
          const number = `${page}`;
          const [from, to] = [PAGE.margin + 40, PAGE.margin + SHEET_WIDTH - 40];
          line(title, from, top, entry, INK);
          line(number, to - textWidth(number, entry), top, entry, INK);
          doc
            .moveTo(from + textWidth(title, entry) + 8, top + 11)
            .lineTo(to - textWidth(number, entry) - 8, top + 11)
            .lineWidth(0.5)
            .dash(1, { space: 2 })
            .stroke('#94a3b8')
            .undash();
        });
      }
      const ended = new Promise<void>((resolve, reject) => {
        doc.once('end', resolve);
        doc.once('error', reject);
      });
      doc.end();
      await ended;
      return Buffer.concat(chunks);
    },
  };

  /** The row, or as many as it takes when it is taller than a page. */
  function cut(row: Row, room: number): Row[] {
    if (row.height <= room) return [row];
    const rows: Row[] = [];
    for (let from = 0; row.parts.some(({ texts }) => texts.length > from); ) {
      const fits = Math.min(...row.parts.map(({ style }) => Math.floor((room - 2 * PAD.y) / (style.size * LEADING))));
      const parts = row.parts.map((part) => ({ ...part, texts: part.texts.slice(from, from + fits) }));
      rows.push({ parts, height: heightOf(parts) });
      from += fits;
    }
    return rows;
  }
}

function widthsOf(shares: readonly number[]): number[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => (share / sum) * SHEET_WIDTH);
}

const heightOf = (parts: readonly { texts: readonly string[]; style: TextStyle }[]): number =>
  Math.max(...parts.map(({ texts, style }) => texts.length * style.size * LEADING)) + 2 * PAD.y;
