/** Parts of a page that are printed from code, between markers that say so. */

/** @throws {Error} for a page without the section */
export function withSection(page: string, name: string, text: string): string {
  const begin = new RegExp(`<!-- BEGIN ${name}: [^\\n]*-->\\n`).exec(page);
  const end = page.indexOf(`<!-- END ${name} -->`);
  if (begin === null || end < begin.index) throw new Error(`Expected the page to have a section ${name}`);
  return `${page.slice(0, begin.index + begin[0].length)}\n${text}\n\n${page.slice(end)}`;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
