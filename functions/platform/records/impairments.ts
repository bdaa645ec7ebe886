/** What ailed a camera: found by its own readings, or declared by an administrator. */
import { impairmentsFrom, NEVER_RIGHT, type ViewReading } from '#core/camera-condition.ts';
import type { Impairment } from '#core/camera-impairment.ts';
import type { CameraId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import { poorness } from '#core/view/quality.ts';
import type { Blobs } from '../blobs.ts';
import { viewJudge } from '../camera-view.ts';
import { type Item, type Key, type Put, queryAll, type Table } from '../table.ts';
import { readCondition } from './camera-conditions.ts';
import { clocksAround, type Range, readingsAround } from './camera-readings.ts';
import { camera } from './cameras.ts';
import { policyOf } from './policies.ts';
import { writtenOver } from './versions.ts';

/** 人工登记的异常: the sign was missing, the verification was withdrawn, somebody touched it. */
export interface DeclaredImpairment {
  id: string;
  cameraId: CameraId;
  from: Instant;
  /** Exclusive; null while it lasts. */
  to: Instant | null;
  note: string;
  by: string;
  at: Instant;
  version: number;
}

const key = (camera: CameraId, id: string): Key => ({ partition: `camera-impairments/${camera}`, sort: id });

export const declaredPut = (declared: DeclaredImpairment): Put => ({
  kind: 'put',
  ...key(declared.cameraId, declared.id),
  value: declared,
  expect: writtenOver(declared.version),
});

export function declaredImpairment(
  table: Table,
  camera: CameraId,
  id: string,
): Promise<Item<DeclaredImpairment> | undefined> {
  return table.get<DeclaredImpairment>(key(camera, id));
}

export async function declaredImpairments(table: Table, camera: CameraId): Promise<DeclaredImpairment[]> {
  const found: DeclaredImpairment[] = [];
  const range = { partition: `camera-impairments/${camera}` };
  for await (const { value } of queryAll<DeclaredImpairment>(table, range)) found.push(value);
  return found;
}

/** Those that touch `[from, to)`, by begin. */
export async function impairmentsOf(
  { table, blobs }: { table: Table; blobs: Blobs },
  id: CameraId,
  range: Range,
): Promise<Impairment[]> {
  const [readings, clocks, declared, own, condition] = await Promise.all([
    readingsAround(table, id, range),
    clocksAround(table, id, range),
    declaredImpairments(table, id),
    camera(table, id),
    readCondition(table, id),
  ]);
  const { clockWithinMs } = await policyOf(table, own?.jurisdiction ?? '');
  const judge = readings.length === 0 ? undefined : await viewJudge({ table, blobs }, id);
  const views: ViewReading[] = [];
  for (const { at, frameId, quality, compared } of readings) {
    const against = await judge?.referenceAt(at);
    let view: ViewReading['view'] = null;
    // What shows nothing is held against nothing.
    if (against !== undefined && poorness(quality) === null) {
      const known = compared?.against === against ? compared.verdict : undefined;
      view = known ?? (await judge?.verdict(against, frameId)) ?? null;
    }
    views.push({ at, frameId, quality, view, against: against ?? null });
  }
  const measured = impairmentsFrom(id, { views, clocks }, clockWithinMs);
  const found = [...measured.map(sinceRecorded(condition?.value.known ?? [], range)), ...declared.map(asImpairment)];
  return found
    .filter(({ from, to }) => from < range.to && (to === null || to > range.from))
    .sort((a, b) => a.from - b.from);
}

/** What began farther back than was looked began when it is on record to have begun. It is impaired all the same. */
const sinceRecorded =
  (recorded: readonly Impairment[], { from: looked }: Range) =>
  (found: Impairment): Impairment => {
    if (found.from !== NEVER_RIGHT) return found;
    const same = recorded.find(
      ({ kind, from, to }) => kind === found.kind && from <= looked && (to ?? looked + 1) > looked,
    );
    return same === undefined ? found : { ...found, from: same.from };
  };

export const asImpairment = ({ cameraId, from, to, note }: DeclaredImpairment): Impairment => ({
  ...{ cameraId, from, to },
  kind: 'declared',
  facts: { zh: note, en: note },
});
