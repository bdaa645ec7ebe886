/** Rules by id, every version. */
import type { Rule } from '#core/camera.ts';
import type { RuleId } from '#core/ids.ts';
import { type Page, type Put, queryAll, type Table } from '../table.ts';
import { endWhereFollowed, versionKey } from './versions.ts';

const partition = (id: RuleId) => `rule/${id}`;

/** As written, oldest first. */
export async function ruleVersions(table: Table, id: RuleId): Promise<Rule[]> {
  const versions: Rule[] = [];
  for await (const { value } of queryAll<Rule>(table, { partition: partition(id) })) versions.push(value);
  return versions;
}

/** All versions of the rules asked for, ready for `inForce`: a version ends where the next begins. */
export async function rulesById(table: Table, ids: Iterable<RuleId>): Promise<Map<RuleId, Rule[]>> {
  const distinct = [...new Set(ids)];
  const found = await Promise.all(distinct.map((id) => ruleVersions(table, id)));
  return new Map(distinct.map((id, at) => [id, endWhereFollowed(found[at] ?? [], (rule) => rule.id)]));
}

/** All versions of all rules, by id and version. */
export function rulesPage(table: Table, page: { limit: number; cursor?: string }): Promise<Page<Rule>> {
  return table.query<Rule>({ partition: 'rules', index: true, ...page });
}

/** A version is written once and never again; two writers of the same version: the second conflicts. */
export function rulePut(rule: Rule): Put {
  return {
    kind: 'put',
    partition: partition(rule.id),
    sort: versionKey(rule.version),
    value: rule,
    expect: 'absent',
    index: { partition: 'rules', sort: `${rule.id}/${versionKey(rule.version)}` },
  };
}
