/** Policies by jurisdiction, every version; the newest holds. */
import { DEFAULT_POLICY, EVERYWHERE, type Policy } from '#core/policy.ts';
import type { Page, Put, Table } from '../table.ts';
import { versionKey } from './versions.ts';

const partition = (jurisdiction: string) => `policy/${jurisdiction}`;

/** The policy a jurisdiction wrote for itself, in its newest version. */
export async function ownPolicy(table: Table, jurisdiction: string): Promise<Policy | undefined> {
  const [newest] = (await table.query<Policy>({ partition: partition(jurisdiction), descending: true, limit: 1 }))
    .items;
  return newest?.value;
}

/** What holds for a jurisdiction: its own policy, the one for all, or the defaults of the law. */
export async function policyOf(table: Table, jurisdiction: string): Promise<Policy> {
  return (await ownPolicy(table, jurisdiction)) ?? (await ownPolicy(table, EVERYWHERE)) ?? DEFAULT_POLICY;
}

/** Every version of every policy, by jurisdiction and version. */
export function policiesPage(table: Table, page: { limit: number; cursor?: string }): Promise<Page<Policy>> {
  return table.query<Policy>({ partition: 'policies', index: true, ...page });
}

/** A version is written once and never again; two writers of the same version: the second conflicts. */
export function policyPut(policy: Policy): Put {
  return {
    kind: 'put',
    partition: partition(policy.jurisdiction),
    sort: versionKey(policy.version),
    value: policy,
    expect: 'absent',
    index: { partition: 'policies', sort: `${policy.jurisdiction}/${versionKey(policy.version)}` },
  };
}
