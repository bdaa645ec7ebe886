/** The report on personal information as a page for print: no script, nothing loaded. */
import type { z } from '@hono/zod-openapi';
import type { PrivacyView } from './privacy-app.ts';

type View = z.infer<typeof PrivacyView>;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const safe = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
const both = ({ zh, en }: { zh: string; en: string }): string => `${safe(zh)}<br><small>${safe(en)}</small>`;

const FILES = {
  frame: { zh: '原始快照', en: 'frame as received' },
  package: { zh: '证据包', en: 'sealed package' },
  'notice-proof': { zh: '劝导提醒送达证明', en: 'proof of a notice' },
  'party-copy': { zh: '当事人副本（已遮蔽他人）', en: "party's copy, others hidden" },
} as const;

export function privacyPage({
  incidentId,
  state,
  madeAt,
  legalBasis,
  keeping,
  holds,
  files,
  looks,
  given,
}: View): string {
  const until = ({ rule, until: at }: View['keeping']): string =>
    `${both(rule.words)} · ${at === null ? '未定（案件未结或已保全） no end yet' : safe(at)} · ${both(rule.source)}`;
  const acts = (list: View['looks']): string =>
    table(
      ['时间 When', '人员 Who', '单位 Unit', '行为 What', '事由 Why'],
      list.map(({ at, who, words, reason }) => [
        safe(at),
        safe(who.name),
        safe(who.unit ?? ''),
        both(words),
        safe(reason ?? ''),
      ]),
    );
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>个人信息处理报告 ${safe(incidentId)}</title>
<style>body{font:14px/1.5 "Noto Sans SC",sans-serif;margin:2em}table{border-collapse:collapse;width:100%}
td,th{border:1px solid #999;padding:.3em .5em;text-align:left;vertical-align:top;word-break:break-all}small{color:#555}</style>
<h1>个人信息处理报告 <small>Report on personal information</small></h1>
<p>${safe(incidentId)} · ${both(state.words)} · ${safe(madeAt)}</p>
<h2>为何 Why</h2><ul>${legalBasis.map((one) => `<li>${both(one)}</li>`).join('')}</ul>
<h2>到何时 Until when</h2><p>${until(keeping)}</p>
<h2>存了什么 What is kept</h2>
${table(
  ['信息 What', '数量 Number', '用途 Why'],
  holds.map(({ what, count, why }) => [both(what), String(count), both(why)]),
)}
${table(
  ['文件 File', 'SHA-256', '字节 Bytes', '保存 Kept'],
  files.map(({ what, sha256, bytes, keeping: kept }) => [
    both(FILES[what]),
    safe(sha256),
    String(bytes),
    kept === null ? '已销毁 destroyed' : until(kept),
  ]),
)}
<h2>谁看过 Who looked</h2>${acts(looks)}
<h2>给过谁 Given to</h2>${acts(given)}
</html>`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><tr>${head.map((one) => `<th>${safe(one)}</th>`).join('')}</tr>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
    .join('')}</table>`;
