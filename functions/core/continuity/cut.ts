/**
 * Where continuity is clearly broken, the chain of sightings is cut: what stood there left (another vehicle took its spot)
 * or moved. What is merely doubtful stays one stay, with a low score that an officer sees.
 */
import { groupBy } from '../group-by.ts';
import type { Chain } from '../stays/join.ts';
import type { SpotTrack } from '../stays/spot-track.ts';
import type { Compare } from './link.ts';
import { type Seen, spanning } from './proof.ts';

/** The parts of a track between its broken links; what ends at one was replaced at the next sighting. */
export function cutWhereBroken({ cameraId, sights, departure }: SpotTrack, compare: Compare): SpotTrack[] {
  const parts: SpotTrack[] = [];
  let start = 0;
  for (let next = 1; next < sights.length; next++) {
    const at = sights[next]?.capturedAt;
    if (at === undefined || !spanning(sights, next - 1, compare).isBroken) continue;
    parts.push({ cameraId, sights: sights.slice(start, next), departure: { kind: 'replaced', at } });
    start = next;
  }
  return [...parts, { cameraId, sights: sights.slice(start), departure }];
}

/**
 * Chains of one identity before one camera follow each other when the vehicle was found somewhere else in the picture, or
 * again after frames that could not show it. Where it stands says whether it left in between: it did when the link is
 * broken; it did not when only the very frame in which it is found again shows its old box without it.
 */
export function endWhereBroken<T extends Seen>(chains: readonly Chain<T>[], compare: Compare): Chain<T>[] {
  const groups = groupBy(chains, ({ key, cameraId }) => (key === null ? null : `${cameraId} ${key}`));
  const settled = new Map<Chain<T>, Chain<T>>();
  for (const [group, members] of groups) {
    if (group === null) continue;
    for (const chain of members) {
      const last = chain.links.at(-1);
      const first = last === undefined ? undefined : successorOf(last, members);
      if (last === undefined || first === undefined) continue;
      const { isBroken } = compare(last, first);
      if (isBroken && chain.departure === null) {
        settled.set(chain, { ...chain, departure: { kind: 'replaced', at: first.capturedAt } });
      } else if (!isBroken && chain.departure?.at === first.capturedAt) {
        settled.set(chain, { ...chain, departure: null });
      }
    }
  }
  return chains.map((chain) => settled.get(chain) ?? chain);
}

/** The first sighting after another by the same camera of what carries the same identity; none while it is still seen. */
function successorOf<T extends Seen>(last: T, chains: readonly Chain<T>[]): T | undefined {
  let next: T | undefined;
  for (const { links } of chains) {
    const first = links[0];
    if (first === undefined) continue;
    const goesOn = first.capturedAt <= last.capturedAt && (links.at(-1)?.capturedAt ?? 0) > last.capturedAt;
    if (goesOn) return undefined;
    if (first.capturedAt > last.capturedAt && (next === undefined || first.capturedAt < next.capturedAt)) next = first;
  }
  return next;
}
