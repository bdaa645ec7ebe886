/** Places and the permits (许可) that exempt someone there. */
import type { Permit, Place } from '#core/camera.ts';
import { type PlaceId, placeId } from '#core/ids.ts';
import { type Key, type Page, queryAll, type Table, type Write } from '../table.ts';
import { writtenOver } from './versions.ts';

const partition = (id: PlaceId) => `place/${id}`;
const placeKey = (id: PlaceId): Key => ({ partition: partition(id), sort: 'place' });
const permitKey = (permit: Pick<Permit, 'id' | 'placeId'>): Key => ({
  partition: partition(permit.placeId),
  sort: `permit/${permit.id}`,
});
/** Permits live with their place; this says which place. */
const permitPointerKey = (id: string): Key => ({ partition: `permit/${id}`, sort: 'place' });

export async function place(table: Table, id: PlaceId): Promise<Place | undefined> {
  return (await table.get<Place>(placeKey(id)))?.value;
}

export async function placesPage(table: Table, page: { limit: number; cursor?: string }): Promise<Page<Place>> {
  return table.query<Place>({ partition: 'places', index: true, ...page });
}

/** Version 1 registers, any later version replaces the one before. */
export function placeWrites(next: Place): Write[] {
  return [
    {
      kind: 'put',
      ...placeKey(next.id),
      value: next,
      expect: writtenOver(next.version),
      index: { partition: 'places', sort: next.id },
    },
  ];
}

/** All permits of a place, past and future ones too: whoever asks compares `from` and `to` with the capture time. */
export async function permitsOfPlace(table: Table, id: PlaceId): Promise<Permit[]> {
  const permits: Permit[] = [];
  const range = { partition: partition(id), from: 'permit/', to: 'permit0' };
  for await (const { value } of queryAll<Permit>(table, range)) permits.push(value);
  return permits;
}

export async function permit(table: Table, id: string): Promise<Permit | undefined> {
  const pointer = await table.get<{ placeId: string }>(permitPointerKey(id));
  if (pointer === undefined) return undefined;
  return (await table.get<Permit>(permitKey({ id, placeId: placeId(pointer.value.placeId) })))?.value;
}

/** Version 1 grants, any later version replaces the one before. A permit never moves to another place. */
export function permitWrites(next: Permit): Write[] {
  const put: Write = { kind: 'put', ...permitKey(next), value: next, expect: writtenOver(next.version) };
  if (next.version > 1) return [put];
  return [put, { kind: 'put', ...permitPointerKey(next.id), value: { placeId: next.placeId }, expect: 'absent' }];
}
