/** What versioned records share. */
import type { Instant } from '#core/time.ts';
import type { Expectation } from '../table.ts';

/** In a fixed width, so that text order is number order. */
export const versionKey = (version: number) => String(version).padStart(8, '0');

/** A record whose `version` counts its writes: the first finds nothing, each later one the version before. */
export const writtenOver = (version: number): Expectation => (version === 1 ? 'absent' : { version: version - 1 });

interface Effective {
  version: number;
  effectiveFrom: Instant;
  effectiveTo: Instant | null;
}

/**
 * Stored versions are never edited, so the end of a version that was followed by another is derived here: it ends
 * where the next begins, unless it ended before. A version that ends where it begins retires the thing.
 */
export function endWhereFollowed<T extends Effective>(versions: readonly T[], keyOf: (version: T) => string): T[] {
  const earliestLater = new Map<string, Instant>();
  const newestFirst = [...versions].sort((a, b) => b.version - a.version);
  const ended = newestFirst.map((version) => {
    const key = keyOf(version);
    const next = earliestLater.get(key) ?? Number.POSITIVE_INFINITY;
    earliestLater.set(key, Math.min(next, version.effectiveFrom));
    return next < (version.effectiveTo ?? Number.POSITIVE_INFINITY) ? { ...version, effectiveTo: next } : version;
  });
  return ended.reverse();
}
