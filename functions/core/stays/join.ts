/**
 * Chains of sightings that carry the same identity (a plate, a shop) become stays of the place, across cameras and
 * spots. What any camera saw leave, left: a departure cuts the chains of all.
 */
import { groupBy } from '../group-by.ts';
import type { CameraId, FrameId } from '../ids.ts';
import type { Instant } from '../time.ts';
import { compareText } from './place-day.ts';
import type { Departure } from './spot-track.ts';

export interface Link {
  frameId: FrameId;
  cameraId: CameraId;
  capturedAt: Instant;
}

/** One subject before one camera without an observed departure. */
export interface Chain<T extends Link> {
  cameraId: CameraId;
  /** Whose chain it is; null when unknown: then it joins nothing. */
  key: string | null;
  /** By capture time, at least one. */
  links: readonly T[];
  departure: Departure | null;
}

/** Camera clocks may differ by this much (GA/T 832-2014: each within 1.0 s of the truth). Milliseconds. */
const CLOCKS = 2000;

/**
 * @param options.onePerFrame two links of one frame are two subjects whatever their key says (vehicles), or may be one
 * (a shop with two zones)
 */
export function joinChains<T extends Link>(chains: readonly Chain<T>[], options: { onePerFrame: boolean }): Chain<T>[] {
  const joined: Chain<T>[] = [];
  for (const [key, group] of groupBy(chains.toSorted(byStart), (chain) => chain.key)) {
    if (key === null || group.length === 1) joined.push(...group);
    else joined.push(...joinGroup(group, options));
  }
  return joined.sort(byStart);
}

function byStart<T extends Link>(a: Chain<T>, b: Chain<T>): number {
  return (
    startOf(a) - startOf(b) ||
    compareText(a.cameraId, b.cameraId) ||
    compareText(a.links[0]?.frameId ?? '', b.links[0]?.frameId ?? '')
  );
}
const startOf = <T extends Link>({ links }: Chain<T>): Instant => links[0]?.capturedAt ?? 0;
const endOf = <T extends Link>({ links }: Chain<T>): Instant => links.at(-1)?.capturedAt ?? 0;

interface Cut extends Departure {
  cameraId: CameraId;
}

function joinGroup<T extends Link>(chains: readonly Chain<T>[], { onePerFrame }: { onePerFrame: boolean }): Chain<T>[] {
  const cuts = cutsOf(chains);
  const pieces = chains.flatMap((chain) =>
    [...groupBy(chain.links, (link) => cuts.filter((cut) => precedes(cut, link)).length)].map(([epoch, links]) => ({
      epoch,
      chain: { ...chain, links, departure: links.at(-1) === chain.links.at(-1) ? chain.departure : null },
    })),
  );
  const joined: Chain<T>[] = [];
  for (const [epoch, group] of [...groupBy(pieces, (piece) => piece.epoch)].sort(([a], [b]) => a - b)) {
    const clusters: Chain<T>[][] = [];
    for (const { chain } of group.toSorted((a, b) => byStart(a.chain, b.chain))) {
      const home = clusters.find((members) => !onePerFrame || members.every((member) => !shareFrame(member, chain)));
      if (home === undefined) clusters.push([chain]);
      else home.push(chain);
    }
    const cut = cuts[epoch] ?? null;
    for (const members of clusters) joined.push(merge(members, clusters.length === 1 ? cut : null));
  }
  return joined;
}

/**
 * The departures that count, by time. A departure says that the subject left somewhere between its last sighting there
 * and the frame that showed the spot free; when another camera already saw it leave in that time, it is the same one.
 * And nobody left whom the camera goes on seeing in another box that it already saw beside this one: that is one subject
 * found twice.
 */
function cutsOf<T extends Link>(chains: readonly Chain<T>[]): Cut[] {
  const observed = chains
    .flatMap((chain) => (chain.departure === null ? [] : [{ chain, cut: chain.departure }]))
    .filter(
      ({ chain, cut }) =>
        !chains.some(
          (other) =>
            other.cameraId === chain.cameraId &&
            startOf(other) <= endOf(chain) &&
            other.links.some(({ capturedAt }) => capturedAt === cut.at),
        ),
    )
    .sort((a, b) => a.cut.at - b.cut.at || compareText(a.chain.cameraId, b.chain.cameraId));
  const cuts: Cut[] = [];
  for (const { chain, cut } of observed) {
    const before = cuts.at(-1);
    const slack = before?.cameraId === chain.cameraId ? 0 : CLOCKS;
    if (before === undefined || before.at <= endOf(chain) - slack) cuts.push({ ...cut, cameraId: chain.cameraId });
  }
  return cuts;
}

function precedes(cut: Cut, link: Link): boolean {
  return link.cameraId === cut.cameraId ? cut.at <= link.capturedAt : cut.at + CLOCKS < link.capturedAt;
}

function shareFrame<T extends Link>(a: Chain<T>, b: Chain<T>): boolean {
  if (a.cameraId !== b.cameraId) return false;
  const frames = new Set(a.links.map(({ frameId }) => frameId));
  return b.links.some(({ frameId }) => frames.has(frameId));
}

function merge<T extends Link>(members: readonly Chain<T>[], cut: Departure | null): Chain<T> {
  const [first] = members;
  if (first === undefined) throw new RangeError('Expected at least one chain to merge');
  const links = members
    .flatMap((member) => member.links)
    .sort(
      (a, b) => a.capturedAt - b.capturedAt || compareText(a.cameraId, b.cameraId) || compareText(a.frameId, b.frameId),
    );
  const own = members.length === 1 ? first.departure : null;
  return { cameraId: first.cameraId, key: first.key, links, departure: cut ?? own };
}
