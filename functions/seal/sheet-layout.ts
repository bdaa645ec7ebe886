/** Pages of a Chinese sheet: a cursor that runs down A4, breaks pages, and sets text, tables and pictures. */
import PDFDocument from 'pdfkit';
import { fitText, type TextStyle, textWidth, wrapText } from './lettering.ts';
import { runsOf } from './typeface.ts';

/** Points. */
const PAGE = { width: 595.28, height: 841.89, margin: 46, foot: 40 } as const;
const BOTTOM = PAGE.height - PAGE.margin - PAGE.foot;
export const SHEET_WIDTH = PAGE.width - 2 * PAGE.margin;
const LEADING = 1.5;

export interface Cell {
  readonly text: string;
  readonly weight?: 400 | 700;
  readonly size?: number;
  readonly colour?: string;
}
export interface SheetInfo {
  readonly title: string;
  readonly author: string;
  readonly subject: string;
  readonly createdAt: Date;
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
  const need = (height: number) => {
    if (y + height <= BOTTOM || y === PAGE.margin) return;
    doc.addPage();
    y = PAGE.margin;
  };
  const lines = (texts: readonly string[], x: number, top: number, style: TextStyle, colour: string) => {
    texts.forEach((text, index) => {
      line(text, x, top + index * style.size * LEADING, style, colour);
    });
  };

  return {
    space(height: number) {
      y += height;
    },
    title(zh: string, en: string) {
      const big: TextStyle = { size: 22, weight: 700 };
      const small: TextStyle = { size: 10, weight: 400 };
      line(zh, PAGE.margin + (SHEET_WIDTH - textWidth(zh, big)) / 2, y, big, '#0f172a');
      y += 34;
      line(en, PAGE.margin + (SHEET_WIDTH - textWidth(en, small)) / 2, y, small, '#64748b');
      y += 24;
    },
    /** A heading is never left alone at the foot of a page: it takes `with` points along. */
    heading(zh: string, en: string, withPoints = 60) {
      need(34 + withPoints);
      y += 8;
      const style: TextStyle = { size: 12.5, weight: 700 };
      line(zh, PAGE.margin, y, style, '#0f172a');
      line(en, PAGE.margin + textWidth(zh, style) + 8, y + 4, { size: 8.5, weight: 400 }, '#64748b');
      y += 22;
    },
    paragraph(text: string, { size = 9.5, weight = 400, colour = '#0f172a' }: Partial<Cell> = {}) {
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
      doc.roundedRect(PAGE.margin, y, SHEET_WIDTH, height, 4).fillAndStroke('#fef2f2', '#dc2626');
      lines(parts, PAGE.margin + 12, y + 6, style, '#b91c1c');
      y += height + 8;
    },
    /** Rows never break across pages; the header comes again on each. Widths are shares of the sheet. */
    table(shares: readonly number[], header: readonly string[] | null, rows: readonly (readonly Cell[])[]) {
      const sum = shares.reduce((total, share) => total + share, 0);
      const widths = shares.map((share) => (share / sum) * SHEET_WIDTH);
      const set = (cells: readonly Cell[]) => {
        const parts = cells.map((cell, index) => {
          const style: TextStyle = { size: cell.size ?? 9, weight: cell.weight ?? 400 };
          return { cell, style, parts: wrapText(cell.text, (widths[index] ?? 0) - 10, style) };
        });
        return { parts, height: Math.max(...parts.map((part) => part.parts.length * part.style.size * LEADING)) + 8 };
      };
      const draw = ({ parts, height }: ReturnType<typeof set>, ground: string | null) => {
        let x: number = PAGE.margin;
        parts.forEach(({ cell, style, parts: texts }, index) => {
          const width = widths[index] ?? 0;
          if (ground !== null) doc.rect(x, y, width, height).fill(ground);
          doc.rect(x, y, width, height).lineWidth(0.5).stroke('#94a3b8');
          lines(texts, x + 5, y + 4, style, cell.colour ?? '#0f172a');
          x += width;
        });
        y += height;
      };
      const head = header === null ? null : set(header.map((text) => ({ text, weight: 700, size: 8.5 })));
      rows.forEach((cells, index) => {
        const row = set(cells);
        const before = doc.bufferedPageRange().count;
        need(row.height + (index === 0 ? (head?.height ?? 0) : 0));
        if (head !== null && (index === 0 || doc.bufferedPageRange().count > before)) draw(head, '#e2e8f0');
        draw(row, null);
      });
      y += 6;
    },
    /** A picture over the whole width, or at most `maxHeight`, with lines of words beneath. */
    picture(jpeg: Buffer, size: { width: number; height: number }, words: readonly string[], maxHeight = 330) {
      const scale = Math.min(SHEET_WIDTH / size.width, maxHeight / size.height);
      const [width, height] = [size.width * scale, size.height * scale];
      const style: TextStyle = { size: 8, weight: 400 };
      need(height + 8 + words.length * style.size * LEADING);
      doc.image(jpeg, PAGE.margin + (SHEET_WIDTH - width) / 2, y, { width, height });
      y += height + 4;
      for (const text of words) {
        const fitted = fitText(text, SHEET_WIDTH, style);
        line(fitted, PAGE.margin + (SHEET_WIDTH - textWidth(fitted, style)) / 2, y, style, '#475569');
        y += style.size * LEADING;
      }
      y += 8;
    },
    /** Empty boxes side by side, to be filled in by hand. */
    signatures(boxes: readonly { title: string; fields: readonly string[] }[]) {
      const gap = 10;
      const width = (SHEET_WIDTH - gap * (boxes.length - 1)) / boxes.length;
      const height = 34 + Math.max(...boxes.map(({ fields }) => fields.length)) * 26;
      need(height);
      boxes.forEach(({ title, fields }, index) => {
        const x = PAGE.margin + index * (width + gap);
        doc.rect(x, y, width, height).lineWidth(0.7).stroke('#475569');
        line(title, x + 8, y + 7, { size: 9.5, weight: 700 }, '#0f172a');
        fields.forEach((field, row) => {
          const top = y + 32 + row * 26;
          const style: TextStyle = { size: 9, weight: 400 };
          line(field, x + 8, top, style, '#475569');
          const from = x + 12 + textWidth(field, style);
          doc
            .moveTo(from, top + 13)
            .lineTo(x + width - 8, top + 13)
            .lineWidth(0.5)
            .stroke('#94a3b8');
        });
      });
      y += height + 8;
    },
    /** Numbers the pages and closes the document. */
    async close(foot: string): Promise<Buffer> {
      const { start, count } = doc.bufferedPageRange();
      const style: TextStyle = { size: 8, weight: 400 };
      for (let page = start; page < start + count; page++) {
        doc.switchToPage(page);
        const top = PAGE.height - PAGE.margin - 8;
        doc
          .moveTo(PAGE.margin, top - 6)
          .lineTo(PAGE.width - PAGE.margin, top - 6)
          .lineWidth(0.5)
          .stroke('#cbd5e1');
        line(foot, PAGE.margin, top, style, '#64748b');
        const number = `第 ${page - start + 1} 页 共 ${count} 页`;
        line(number, PAGE.width - PAGE.margin - textWidth(number, style), top, style, '#64748b');
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
}
