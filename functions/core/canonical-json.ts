/**
 * JSON Canonicalization Scheme (RFC 8785): one byte sequence for one value, so that a hash of it means something in
 * any language. Covers what JSON.parse can return; `undefined` members are left out as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    let text = '';
    for (const member of value) text += `${text === '' ? '' : ','}${canonicalJson(member ?? null)}`;
    return `[${text}]`;
  }
  if (isObject(value)) {
    let text = '';
    // Code units order the members, as RFC 8785 asks and as `sort` does by itself.
    for (const key of Object.keys(value).sort()) {
      const member = value[key];
      if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
    }
    return `{${text}}`;
  }
  return JSON.stringify(value);
}

/** Whether two values say the same; quick where they also say it in the same order. */
export const sameJson = (a: unknown, b: unknown): boolean =>
  JSON.stringify(a) === JSON.stringify(b) || canonicalJson(a) === canonicalJson(b);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
