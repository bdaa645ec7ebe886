/** 关键帧: which of a stay's frames go into the package as pictures; all of them stand in the manifest. */
import type { FrameId } from '#core/ids.ts';
import type { StaySighting } from '#core/incident.ts';

export const KEY_FRAME_LIMIT = 8;
/** Evenly spaced frames are added up to this many; beyond it only what must be there. */
const SPREAD_TO = 5;

export type KeyFrameReason = 'first' | 'last' | 'best-plate' | 'spread';

export interface KeyFrame {
  readonly sighting: StaySighting;
  readonly reasons: readonly KeyFrameReason[];
}

export const KEY_FRAME_RULE = {
  zh: `选取规则：首次、末次必选；每台摄像机号牌识别置信度最高的一帧；其余按时间均匀补足至 ${SPREAD_TO} 帧；合计不超过 ${KEY_FRAME_LIMIT} 帧。未选入的快照均列于清单，原图由系统留存。`,
  en: `First and last always; the best plate reading of each camera; then evenly spaced in time up to ${SPREAD_TO}; at most ${KEY_FRAME_LIMIT} in all. Frames not chosen are listed in the manifest and kept by the system.`,
} as const;

/**
 * At most {@link KEY_FRAME_LIMIT} frames, ordered by capture time. A pure function of the sightings' facts: their order
 * in the argument does not matter.
 */
export function chooseKeyFrames(sightings: readonly StaySighting[]): KeyFrame[] {
  const ordered = onePerFrame(sightings);
  const first = ordered[0];
  const last = ordered.at(-1);
  if (first === undefined || last === undefined) return [];
  const reasons = new Map<FrameId, KeyFrameReason[]>();
  const choose = (sighting: StaySighting, reason: KeyFrameReason) => {
    const known = reasons.get(sighting.frameId);
    if (known !== undefined) known.push(reason);
    else if (reasons.size < KEY_FRAME_LIMIT) reasons.set(sighting.frameId, [reason]);
  };
  choose(first, 'first');
  choose(last, 'last');
  for (const best of bestPlates(ordered)) choose(best, 'best-plate');
  while (reasons.size < Math.min(SPREAD_TO, ordered.length)) {
    const farthest = farthestFromChosen(ordered, (frameId) => reasons.has(frameId));
    if (farthest === undefined) break;
    choose(farthest, 'spread');
  }
  return ordered.flatMap((sighting) => {
    const why = reasons.get(sighting.frameId);
    return why === undefined ? [] : [{ sighting, reasons: why }];
  });
}

/** The frame whose capture time lies farthest from every chosen one; the earlier of equals. */
function farthestFromChosen(
  ordered: readonly StaySighting[],
  chosen: (id: FrameId) => boolean,
): StaySighting | undefined {
  const taken = ordered.filter(({ frameId }) => chosen(frameId)).map(({ capturedAt }) => capturedAt);
  let best: StaySighting | undefined;
  let bestGap = -1;
  for (const sighting of ordered) {
    if (chosen(sighting.frameId)) continue;
    const gap = Math.min(...taken.map((at) => Math.abs(at - sighting.capturedAt)));
    if (gap > bestGap) {
      best = sighting;
      bestGap = gap;
    }
  }
  return best;
}

/** By capture time, then camera, then frame; of several sightings in one frame the one with the surest plate. */
function onePerFrame(sightings: readonly StaySighting[]): StaySighting[] {
  const byFrame = new Map<FrameId, StaySighting>();
  for (const sighting of [...sightings].sort((a, b) => compare(a.sightingId, b.sightingId))) {
    const known = byFrame.get(sighting.frameId);
    if (known === undefined || (sighting.plate?.confidence ?? -1) > (known.plate?.confidence ?? -1))
      byFrame.set(sighting.frameId, sighting);
  }
  return [...byFrame.values()].sort(
    (a, b) => a.capturedAt - b.capturedAt || compare(a.cameraId, b.cameraId) || compare(a.frameId, b.frameId),
  );
}

/** The surest plate of each camera, surest camera first. */
function bestPlates(ordered: readonly StaySighting[]): StaySighting[] {
  const best = new Map<string, StaySighting>();
  for (const sighting of ordered) {
    if (sighting.plate === null) continue;
    if (sighting.plate.confidence > (best.get(sighting.cameraId)?.plate?.confidence ?? -1))
      best.set(sighting.cameraId, sighting);
  }
  return [...best.values()].sort(
    (a, b) => (b.plate?.confidence ?? 0) - (a.plate?.confidence ?? 0) || compare(a.cameraId, b.cameraId),
  );
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
