/** What a person sees on the terminal: Chinese first, English beside; a bar where there is a terminal to draw it on. */
export interface Terminal {
  line(text?: string): void;
  /** Redraws in place on a terminal; prints each tenth otherwise. */
  progress(done: number, total: number, label: string): void;
}

export function openTerminal(out: NodeJS.WriteStream): Terminal {
  let drawn = false;
  let lastTenth = -1;
  const clear = () => {
    if (drawn) out.write('\r\u001B[K');
    drawn = false;
  };
  return {
    line(text = '') {
      clear();
      out.write(`${text}\n`);
    },
    progress(done, total, label) {
      if (out.isTTY) {
        const filled = total === 0 ? 30 : Math.round((30 * done) / total);
        out.write(`\r\u001B[K  ${'█'.repeat(filled)}${'░'.repeat(30 - filled)} ${done}/${total}  ${label}`);
        drawn = true;
        if (done === total) {
          out.write('\n');
          drawn = false;
        }
        return;
      }
      const tenth = total === 0 ? 10 : Math.floor((10 * done) / total);
      if (tenth === lastTenth) return;
      lastTenth = tenth;
      out.write(`  ${String(done).padStart(String(total).length)}/${total}  ${label}\n`);
    },
  };
}

/** Columns a text takes on a terminal: a Chinese character takes two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text)
    width += /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/.test(char)
      ? 2
      : 1;
  return width;
}

/** Rows with columns that line up, Chinese included. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
    });
  return rows.map((row) =>
    `${indent}${row.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell))).join('  ')}`.trimEnd(),
  );
}
