/** What the registers share: an act and its audit entry are one, and nobody overwrites what he has not seen. */
import { type AuditActor, auditStream } from '#core/audit.ts';
import type { CameraId } from '#core/ids.ts';
import { type Refusal, refuse } from '#core/refusal.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import type { Table, Write } from '#platform/table.ts';

export interface RegisterDependencies {
  table: Table;
  clock: Clock;
}

export interface Change<T> {
  /** `zone.changed` */
  act: string;
  subject: string;
  /** Whose stream of the audit trail it belongs to; the system's when to no camera's. */
  cameraId?: CameraId;
  facts: Readonly<Record<string, unknown>>;
  writes: readonly Write[];
  result: T;
}

/**
 * Runs one administrative act. When somebody else was faster, `decide` runs again, sees what the other wrote, and
 * refuses by its version.
 * @throws {Refusal} whatever `decide` refuses; nothing is written then
 */
export function change<T>(
  { table, clock }: RegisterDependencies,
  actor: AuditActor,
  decide: () => Promise<Change<T>>,
): Promise<T> {
  return commit(table, async () => {
    const { act, subject, cameraId, facts, writes, result } = await decide();
    const at = clock.now();
    const stream = cameraId === undefined ? auditStream.system : auditStream.camera(cameraId, at);
    return { writes, acts: [{ stream, at, actor, act, subject, facts }], result };
  });
}

/** @throws {Refusal} `<kind>-exists` */
export function assertNew(kind: string, id: string, existing: { version: number } | undefined): void {
  if (existing === undefined) return;
  throw refuse(`${kind}-exists`, 409, {
    expected: `an id no ${kind} has yet`,
    received: `${id}, which is registered in version ${existing.version}`,
    action: 'Choose another id, or change the existing one with PUT and its version.',
    data: { version: existing.version },
  });
}

/** @throws {Refusal} `<kind>-unknown`, `version-outdated` */
export function assertCurrent<T extends { version: number }>(
  kind: string,
  id: string,
  existing: T | undefined,
  version: number,
): asserts existing is T {
  if (existing === undefined) throw unknown(kind, id);
  assertSeen(`${kind} ${id}`, existing.version, version);
}

/** @throws {Refusal} `version-outdated` */
export function assertSeen(what: string, current: number, seen: number): void {
  if (current === seen) return;
  throw refuse('version-outdated', 409, {
    expected: `version ${current}, the current one of ${what}`,
    received: `version ${seen}`,
    action: 'Read it again, look at what changed, and send your change with the current version.',
    data: { version: current },
  });
}

export function unknown(kind: string, id: string, status: 404 | 422 = 404): Refusal {
  return refuse(`${kind}-unknown`, status, {
    expected: `a registered ${kind}`,
    received: id.slice(0, 120),
    action: `Register it first, or correct the id.`,
  });
}
