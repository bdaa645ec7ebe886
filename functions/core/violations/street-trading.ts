/**
 * 出店/占道经营: a shop occupies the pavement before it. A run of occupied frames without a clear one between is one
 * occupation; a frame in which something stands before the zone, or only passes through it, neither extends nor ends
 * it. The same shop seen by two cameras, or with two zones, is one; neighbouring shops are two.
 */
import type { Box, Polygon, Zone } from '../camera.ts';
import { chooseKeyFrames } from '../evidence/key-frames.ts';
import { boundsOf, boxArea, boxIntersection } from '../geometry.ts';
import { groupBy } from '../group-by.ts';
import type { ZoneId } from '../ids.ts';
import type { Stay, StaySighting } from '../incident.ts';
import type { Observation, StorefrontSighting } from '../sighting.ts';
import { endOf } from '../stays/ending.ts';
import { type Chain, joinChains, type Link } from '../stays/join.ts';
import { isPermitted, type Law, lawOf } from '../stays/law.ts';
import { framesByCamera, type Looks, type PlaceDay } from '../stays/place-day.ts';
import type { Departure } from '../stays/spot-track.ts';
import type { Violation } from './finder.ts';

interface OccupiedLook extends Link {
  /** Pixels. */
  imageSize: readonly [number, number];
  storefront: StorefrontSighting;
  share: number;
  confidence: number;
  outline: readonly Polygon[];
}

interface ZoneFrame {
  observation: Observation;
  storefront: StorefrontSighting;
}

export const streetTrading: Violation = {
  type: 'street-trading',
  staysOf(placeDay, looks) {
    const law = lawOf(placeDay, 'street-trading');
    const chains = [...framesByCamera(placeDay).values()].flatMap((frames) =>
      [...byZone(frames).values()].flatMap((zoneFrames) => occupations(zoneFrames, looks, law)),
    );
    return joinChains(chains, { onePerFrame: false }).flatMap((chain) => stayOf(chain, placeDay, law) ?? []);
  },
};

function byZone(frames: readonly Observation[]): Map<ZoneId, ZoneFrame[]> {
  const all = frames.flatMap((observation) =>
    observation.storefronts.map((storefront) => ({ observation, storefront })),
  );
  return groupBy(all, ({ storefront }) => storefront.zone.zoneId);
}

/** Runs of occupied frames of one zone of one camera. */
function occupations(frames: readonly ZoneFrame[], looks: Looks, law: Law): Chain<OccupiedLook>[] {
  const chains: Chain<OccupiedLook>[] = [];
  let links: OccupiedLook[] = [];
  let clear: { since: Departure; frames: number } | null = null;
  const close = (departure: Departure | null) => {
    const [first] = links;
    if (first !== undefined) chains.push({ cameraId: first.cameraId, key: subjectOf(first), links, departure });
    links = [];
    clear = null;
  };
  for (const { observation, storefront } of frames) {
    const { cameraId, frameId, capturedAt, imageSize } = observation;
    const occupancy = looks.occupancy.get(storefront.id);
    if (occupancy?.verdict === 'occupied') {
      // What is there in one frame only came by: it neither begins nor prolongs an occupation, and does not end one.
      if (occupancy.lasting === false) continue;
      const { share, confidence, outline = [] } = occupancy;
      links.push({ cameraId, frameId, capturedAt, imageSize, storefront, share, confidence, outline });
      clear = null;
    } else if (occupancy?.verdict === 'clear' && links.length > 0) {
      const seen: { since: Departure; frames: number } = clear ?? {
        since: { kind: 'departed', at: capturedAt },
        frames: 0,
      };
      seen.frames += 1;
      clear = seen;
      const rule = law.at(cameraId, storefront.zone.zoneId, capturedAt, storefront.rule?.ruleId)?.rule;
      if (seen.frames >= (rule?.departureFrames ?? 1)) close(seen.since);
    }
  }
  close(null);
  return chains;
}

const subjectOf = ({ storefront: { shop, zone } }: OccupiedLook): string =>
  shop === null ? `zone ${zone.zoneId}` : `shop ${shop}`;

function stayOf(chain: Chain<OccupiedLook>, placeDay: PlaceDay, law: Law): Stay | null {
  const shop = chain.links[0]?.storefront.shop ?? null;
  const permits = law.permits({ plate: null, shop });
  const judged = onceAFrame(chain.links).flatMap((look) => {
    const { cameraId, frameId, capturedAt, storefront } = look;
    const judgement = law.at(cameraId, storefront.zone.zoneId, capturedAt, storefront.rule?.ruleId);
    if (judgement === undefined || isPermitted(permits, capturedAt)) return [];
    const sighting = {
      sightingId: storefront.id,
      frameId,
      cameraId,
      capturedAt,
      box: boxOf(judgement.zone, look, placeDay),
      plate: null,
      zone: { zoneId: judgement.zone.id, version: judgement.zone.version },
      rule: { ruleId: judgement.rule.id, version: judgement.rule.version },
    };
    return [{ look, sighting }];
  });
  const [first, last] = [judged[0]?.sighting, judged.at(-1)?.sighting];
  if (first === undefined || last === undefined) return null;
  return {
    type: 'street-trading',
    placeId: placeDay.placeId,
    zone: first.zone,
    shop,
    vehicleClass: null,
    plate: null,
    firstSeen: first.capturedAt,
    lastSeen: last.capturedAt,
    sightings: withOccupations(judged),
    end: endOf(chain.departure, placeDay),
    occupiedShare: Math.max(...judged.map(({ look }) => look.share)),
    score: judged.reduce((sum, { look }) => sum + look.confidence, 0) / judged.length,
  };
}

/** Outlines take room: the frames that are shown have them, the others say how much and how surely. */
function withOccupations(judged: readonly { look: OccupiedLook; sighting: StaySighting }[]): StaySighting[] {
  const shown = new Set(
    chooseKeyFrames(judged.map(({ sighting }) => sighting)).map(({ sighting }) => sighting.sightingId),
  );
  return judged.map(({ look, sighting }) => {
    const { share, confidence, outline, storefront } = look;
    const isShown = shown.has(sighting.sightingId);
    const supporting = isShown ? namedAmong(storefront.supporting, outline) : [];
    return { ...sighting, occupation: { share, confidence, outline: isShown ? outline : [], supporting } };
  });
}

const MOST_NAMED = 8;

/** What stands where something was put out, the surest first. */
function namedAmong(
  supporting: StorefrontSighting['supporting'],
  outline: readonly Polygon[],
): StorefrontSighting['supporting'] {
  const around = outline.map(boundsOf);
  return supporting
    .filter(({ box }) => around.some((bounds) => boxArea(boxIntersection(box, bounds)) > 0))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MOST_NAMED)
    .map(({ label, score, box: [x0, y0, x1, y1] }) => ({
      label,
      score: Math.round(score * 1000) / 1000,
      box: [Math.round(x0), Math.round(y0), Math.round(x1), Math.round(y1)],
    }));
}

/** Around the zone, in pixels of this frame. */
function boxOf({ polygon, cameraId }: Zone, { imageSize }: OccupiedLook, { drawnOn }: PlaceDay): Box {
  const [width, height] = drawnOn?.get(cameraId) ?? imageSize;
  return boundsOf(polygon.map(([x, y]) => [(x * imageSize[0]) / width, (y * imageSize[1]) / height] as const));
}

/** Of two zones of one shop in one frame, the one that is occupied more. */
function onceAFrame(looks: readonly OccupiedLook[]): OccupiedLook[] {
  return [...groupBy(looks, ({ frameId }) => frameId).values()].flatMap((same) =>
    same.toSorted((a, b) => b.share - a.share || (a.storefront.id < b.storefront.id ? -1 : 1)).slice(0, 1),
  );
}
