/** Since when a camera has to look where it looks: since the oldest drawing that still counts was made. */
import { inForce, type Zone } from '../camera.ts';
import { groupBy } from '../group-by.ts';
import type { Instant } from '../time.ts';

/**
 * When the oldest polygon among the zones in force at an instant came into force; 0 when none is. A zone drawn later says
 * nothing of the others, and a version that only names another rule draws nothing: neither makes a moved camera right.
 *
 * @param versions all of one camera, each ending where the next begins
 */
export function drawnSince(versions: readonly Zone[], at: Instant): Instant {
  const drawn = [...groupBy(versions, ({ id }) => id).values()].flatMap((zone) => {
    const current = inForce(zone, at);
    return current === undefined ? [] : [drawnAt(zone, current)];
  });
  return drawn.length === 0 ? 0 : Math.min(...drawn);
}

/**
 * The same, for many instants of one camera: it changes only where a version begins or ends.
 *
 * @example
 * const since = drawings(zones);
 * readings.map(({ at }) => since(at));
 */
export function drawings(versions: readonly Zone[]): (at: Instant) => Instant {
  const borders = [...new Set(versions.flatMap(({ effectiveFrom, effectiveTo }) => [effectiveFrom, effectiveTo ?? 0]))];
  borders.sort((a, b) => a - b);
  const known = new Map<number, Instant>();
  return (at) => {
    const span = borders.findLastIndex((border) => border <= at);
    const since = known.get(span) ?? drawnSince(versions, at);
    known.set(span, since);
    return since;
  };
}

/** Back over the versions that left the polygon as it was. */
function drawnAt(versions: readonly Zone[], current: Zone): Instant {
  const before = versions.filter(({ version }) => version < current.version).toSorted((a, b) => b.version - a.version);
  let since = current.effectiveFrom;
  for (const { polygon, effectiveFrom } of before) {
    if (JSON.stringify(polygon) !== JSON.stringify(current.polygon)) break;
    since = Math.min(since, effectiveFrom);
  }
  return since;
}
