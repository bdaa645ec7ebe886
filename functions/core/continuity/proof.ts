/**
 * 连续性证明: whether a stay is one and the same vehicle that never moved. The score is that of its weakest pair, not a
 * product over all: errors of neighbouring frames are not independent, and a chain of evidence is as strong as its
 * weakest link, however many links it has (docs/decisions/0031-continuity.md).
 */
import { groupBy } from '../group-by.ts';
import type { CameraId } from '../ids.ts';
import type { Continuity, ContinuityLink } from '../incident.ts';
import { plateAgreement } from '../plates/agreement.ts';
import { bestGuess } from '../plates/vote.ts';
import type { Sight } from '../stays/likeness.ts';
import { type Compare, type Compared, linkOf } from './link.ts';
import { ENDS } from './model.ts';
import { geometryOf } from './pair.ts';

/** A sighting of a stay, by which camera. */
export interface Seen extends Sight {
  cameraId: CameraId;
}

/** From this on a pair is not looked at twice. */
const SURE = 0.9;
/** Camera clocks may differ by this much (GA/T 832-2014: each within 1.0 s of the truth). Milliseconds. */
const CLOCKS = 2000;
/** Readings of each half that are voted; the surest decide (core/plates/vote.ts). */
const READS = 6;

/** @param sights of one stay, by capture time. A single one proves nothing: score 0. */
export function continuityOf(sights: readonly Seen[], compare: Compare): Continuity {
  const cameras = [...groupBy(sights, ({ cameraId }) => cameraId).values()];
  const neighbours = cameras.flatMap((own) => own.slice(1).map((_, index) => spanning(own, index, compare).link));
  const pairs = [...neighbours, ...bridges(cameras), ...cameras.flatMap((own) => endsOf(own))];
  const weakest = pairs.reduce<ContinuityLink | null>(
    (least, pair) => (least === null || pair.score < least.score ? pair : least),
    null,
  );
  return { score: weakest?.score ?? 0, links: neighbours.length, weakest };
}

/**
 * What proves the time between sighting `index` and the next: that pair or, where it is doubtful, one that leaves out
 * either of the two. A passer-by or a misreading spoils one frame; the vehicle that stands to the pixel before and after
 * it was there. If it left or changed in between, those pairs are broken too.
 */
export function spanning<S extends Sight>(own: readonly S[], index: number, compare: Compare): Compared {
  const [before, from, to, after] = [own[index - 1], own[index], own[index + 1], own[index + 2]];
  if (from === undefined || to === undefined) throw new RangeError('Expected two sightings to compare');
  let best = compare(from, to);
  for (const [a, b] of [[before, to] as const, [from, after] as const]) {
    if (best.link.score >= SURE || a === undefined || b === undefined) continue;
    const around = compare(a, b);
    const isBetter = around.link.score > best.link.score;
    best = { link: isBetter ? around.link : best.link, isBroken: best.isBroken && around.isBroken };
  }
  return best;
}

/**
 * Time that no single camera saw both ends of: one camera saw the vehicle last, another saw it next. Pictures of two
 * cameras do not compare, so all that speaks for the time between is the plate.
 */
function bridges(cameras: readonly (readonly Seen[])[]): ContinuityLink[] {
  const spans = cameras.flatMap((own) => {
    const [first, last] = [own[0], own.at(-1)];
    return first === undefined || last === undefined ? [] : [{ own, first, last }];
  });
  const found: ContinuityLink[] = [];
  let reach: (typeof spans)[number] | undefined;
  for (const span of spans.toSorted((a, b) => a.first.capturedAt - b.first.capturedAt)) {
    if (reach !== undefined && span.first.capturedAt > reach.last.capturedAt + CLOCKS) {
      found.push(bridge(reach, span));
    }
    if (reach === undefined || span.last.capturedAt > reach.last.capturedAt) reach = span;
  }
  return found;
}

interface Span {
  own: readonly Seen[];
  first: Seen;
  last: Seen;
}

function bridge(before: Span, after: Span): ContinuityLink {
  const facts = {
    overlap: null,
    shift: null,
    growth: null,
    spot: null,
    appearance: null,
    plate: plateAgreement(voteOf(before.own), voteOf(after.own)),
    gap: after.first.capturedAt - before.last.capturedAt,
  };
  return linkOf(before.last, after.first, facts);
}

/**
 * First against last of one camera: a vehicle that creeps, or is exchanged little by little, never breaks a link between
 * neighbours. Boxes and plates only: hours change the light, and with it every picture.
 */
function endsOf(own: readonly Seen[]): ContinuityLink[] {
  const [first, last] = [own[0], own.at(-1)];
  if (first === undefined || last === undefined || own.length < 3) return [];
  const middle = Math.ceil(own.length / 2);
  const facts = {
    ...geometryOf(first.vehicle.box, last.vehicle.box, [...first.covers, ...last.covers]),
    spot: null,
    appearance: null,
    plate: plateAgreement(voteOf(own.slice(0, middle)), voteOf(own.slice(middle))),
    // What may have happened in the meantime is asked of the links.
    gap: 0,
  };
  return [linkOf(first, last, facts, ENDS)];
}

function voteOf(own: readonly Seen[]) {
  const reads = own.flatMap(({ frameId, vehicle: { plate } }) => (plate === null ? [] : [{ frameId, read: plate }]));
  const surest = reads.toSorted((a, b) => b.read.confidence - a.read.confidence).slice(0, READS);
  return bestGuess(surest);
}
