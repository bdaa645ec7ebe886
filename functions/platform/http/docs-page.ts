/** The human page of the contract: one document, no scripts, nothing fetched from elsewhere. */

/** The part of an OpenAPI 3.1 document the page shows. */
export interface Contract {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths?: Readonly<Record<string, unknown>>;
  readonly components?: unknown;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export function docsPage(contract: Contract): string {
  const operations = operationsOf(contract);
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const schemas = Object.entries(record(record(contract.components).schemas));
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>接口文档 · ${escaped(contract.info.title)}</title><style>${STYLE}</style></head><body>
<header><h1>${escaped(contract.info.title)} <small>${escaped(contract.info.version)}</small></h1>
<p>${escaped(contract.info.description ?? '')}</p>
<p>机器可读：<a href="/openapi.json">openapi.json</a>（OpenAPI 3.1）。所有拒绝均为 RFC 9457 问题文档，
<code>code</code> 稳定不变，<code>expected / received / action</code> 说明应为何、实为何、该怎么办。</p></header>
<nav>${tags.map((tag) => `<a href="#${anchor(tag)}">${escaped(tag)}</a>`).join(' ')}<a href="#schemas">数据结构 Schemas</a></nav>
<main>${tags.map((tag) => section(tag, operations)).join('')}
<section id="schemas"><h2>数据结构 Schemas</h2>${schemas.map(([name, schema]) => schemaBlock(name, schema)).join('')}</section></main>
</body></html>`;
}

function operationsOf({ paths = {} }: Contract): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const facts = record(record(item)[method]);
      if (Object.keys(facts).length === 0) return [];
      const [tag] = list(facts.tags);
      return [{ method, path, tag: typeof tag === 'string' ? tag : '其他 Other', facts }];
    }),
  );
}

function section(tag: string, operations: readonly Operation[]): string {
  const own = operations.filter((operation) => operation.tag === tag);
  return `<section id="${anchor(tag)}"><h2>${escaped(tag)}</h2>${own.map(operationBlock).join('')}</section>`;
}

function operationBlock({ method, path, facts }: Operation): string {
  const parameters = list(facts.parameters).map(record);
  const body = record(facts.requestBody);
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${text(parameter.name)}</code>${parameter.required === true ? ' <b>必填</b>' : ''}</td><td>${text(parameter.in)}</td><td>${shape(parameter.schema)}</td><td>${text(parameter.description ?? record(parameter.schema).description)}</td></tr>`,
  );
  return `<details><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escaped(path)}</code> <span>${text(facts.summary)}</span>
<i>${list(facts.security).length === 0 ? '公开 public' : '需要凭据'}</i></summary>
${facts.description === undefined ? '' : `<p>${text(facts.description)}</p>`}
${rows.length === 0 ? '' : `<h4>参数 Parameters</h4><table>${rows.join('')}</table>`}
${Object.keys(body).length === 0 ? '' : `<h4>请求体 Body</h4>${contentBlock(body)}`}
<h4>应答 Responses</h4><table>${Object.entries(record(facts.responses))
    .map(
      ([status, response]) =>
        `<tr><td><b>${escaped(status)}</b></td><td>${text(record(response).description)}${contentBlock(record(response))}</td></tr>`,
    )
    .join('')}</table></details>`;
}

function contentBlock(holder: Readonly<Record<string, unknown>>): string {
  return Object.entries(record(holder.content))
    .filter(([type]) => type !== 'application/problem+json')
    .map(([type, media]) => `<div><small>${escaped(type)}</small> ${shape(record(media).schema)}</div>`)
    .join('');
}

function schemaBlock(name: string, schema: unknown): string {
  const facts = record(schema);
  const required = list(facts.required);
  const rows = Object.entries(record(facts.properties)).map(
    ([key, value]) =>
      `<tr><td><code>${escaped(key)}</code>${required.includes(key) ? ' <b>必填</b>' : ''}</td><td>${shape(value)}</td><td>${text(record(value).description)}</td></tr>`,
  );
  const content = rows.length === 0 ? shape(schema) : `<table>${rows.join('')}</table>`;
  // A browser opens the details a link leads into, not those it leads to.
  return `<details><summary><code>${escaped(name)}</code> ${text(facts.description)}</summary><div id="schema-${anchor(name)}">${content}</div></details>`;
}

/** A schema in one phrase: a link when it has a name, else its type and limits. */
function shape(schema: unknown): string {
  const facts = record(schema);
  if (typeof facts.$ref === 'string') {
    const name = facts.$ref.split('/').at(-1) ?? '';
    return `<a href="#schema-${anchor(name)}">${escaped(name)}</a>`;
  }
  const union = [...list(facts.anyOf), ...list(facts.oneOf)];
  if (union.length > 0) return union.map(shape).join(' | ');
  if (facts.enum !== undefined)
    return list(facts.enum)
      .map((value) => `<code>${text(value)}</code>`)
      .join(' | ');
  if (facts.const !== undefined) return `<code>${text(facts.const)}</code>`;
  if (facts.items !== undefined) return `[${shape(facts.items)}]`;
  const properties = Object.entries(record(facts.properties));
  if (properties.length > 0)
    return `{ ${properties.map(([key, value]) => `${escaped(key)}: ${shape(value)}`).join(', ')} }`;
  const type = Array.isArray(facts.type) ? facts.type.join(' | ') : facts.type;
  const limits = [facts.format, facts.pattern, range(facts)].filter(
    (limit) => typeof limit === 'string' && limit !== '',
  );
  return `${text(type ?? 'any')}${limits.length === 0 ? '' : ` <small>${limits.map(text).join(' ')}</small>`}`;
}

function range({ minimum, maximum }: Readonly<Record<string, unknown>>): string {
  return minimum === undefined && maximum === undefined ? '' : `${minimum ?? ''}..${maximum ?? ''}`;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** Escaped, with `code` set as code. */
const text = (value: unknown): string =>
  value === undefined || value === null ? '' : escaped(String(value)).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
const anchor = (value: string): string => encodeURIComponent(value.replaceAll(/\s+/g, '-'));

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
function escaped(value: string): string {
  return value.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const STYLE = `
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent)}
body{margin:0 auto;max-width:62rem;padding:1rem 1.25rem 4rem;font:15px/1.6 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}h4{margin:.75rem 0 .25rem;font-size:.9rem}
nav{position:sticky;top:0;background:Canvas;padding:.5rem 0;border-bottom:1px solid var(--line);display:flex;gap:1rem;flex-wrap:wrap}
details{border:1px solid var(--line);border-radius:6px;margin:.4rem 0;padding:.4rem .75rem}summary{cursor:pointer}
summary i{float:right;font-style:normal;font-size:.8rem;opacity:.7}summary b{display:inline-block;min-width:4.2em}
.get{color:#1677ff}.post{color:#389e0d}.put,.patch{color:#d48806}.delete{color:#cf1322}
table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--line);padding:.25rem .5rem;vertical-align:top}
code{font:13px ui-monospace,Menlo,Consolas,monospace}small{opacity:.75}`;
