/** Looks at one storefront zone, and which of them may be held against each other. */
import type { StorefrontFeatures, StorefrontSighting } from '../sighting.ts';
import type { Instant } from '../time.ts';

export interface OccupancyFrame {
  readonly sighting: StorefrontSighting;
  readonly capturedAt: Instant;
  readonly features: StorefrontFeatures;
}

/** Whether the cells of two looks are the same spots, in the same features of the same model. */
export function comparable(a: StorefrontFeatures, b: StorefrontFeatures): boolean {
  return (
    a.columns === b.columns &&
    a.rows === b.rows &&
    a.channels === b.channels &&
    a.model === b.model &&
    (a.box ?? []).every((side, i) => side === b.box?.[i]) &&
    a.inZone.every((inside, cell) => inside === b.inZone[cell])
  );
}

/**
 * Each sighting once, by capture time, apart by grid and model: cells of two zone versions are not the same spots, and
 * features of two models not the same space.
 */
export function inOrder(frames: readonly OccupancyFrame[]): OccupancyFrame[][] {
  const once = new Map(frames.map((frame) => [frame.sighting.id, frame]));
  const sorted = [...once.values()].sort(
    (a, b) => a.capturedAt - b.capturedAt || (a.sighting.id < b.sighting.id ? -1 : 1),
  );
  const days: OccupancyFrame[][] = [];
  for (const frame of sorted) {
    const day = days.find(([first]) => first !== undefined && comparable(first.features, frame.features));
    if (day === undefined) days.push([frame]);
    else day.push(frame);
  }
  return days;
}
