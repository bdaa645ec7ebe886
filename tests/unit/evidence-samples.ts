/** Package inputs from the shipped sequences and their truth: real frames, readings as a reader would give them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { z } from 'zod';
import { type AuditEntry, auditStream, headOf, nextEntry, systemActor } from '#core/audit.ts';
import type { Camera, Point, Rule, Zone, ZoneType } from '#core/camera.ts';
import type { CitedFrame, PackageInput } from '#core/evidence/package-input.ts';
import { cameraId, frameId, incidentId, placeId, ruleId, sightingId, zoneId } from '#core/ids.ts';
import type { Incident, StaySighting } from '#core/incident.ts';
import { normalizePlate, type PlateCharacter } from '#core/plates/plate.ts';
import { parseInstant } from '#core/time.ts';

const Pair = z.tuple([z.number(), z.number()]);
const Sequence = z.object({
  cameraId: z.string(),
  place: z.string(),
  lat: z.number(),
  lng: z.number(),
  imageSize: Pair,
  zones: z.array(z.object({ id: z.string(), type: z.string(), polygon: z.array(Pair), shop: z.string().optional() })),
  frames: z.array(z.object({ file: z.string(), capturedAt: z.string() })),
});
const Truth = z.object({
  objects: z.array(
    z.object({
      id: z.string(),
      box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      plates: z.array(
        z.object({
          raw: z.string(),
          corners: z.tuple([Pair, Pair, Pair, Pair]),
          inImage: z.boolean(),
          readable: z.boolean(),
        }),
      ),
    }),
  ),
});

const ZONE_TYPES: readonly ZoneType[] = ['sidewalk', 'storefront', 'legal_parking', 'road'];

const folder = (sequence: string) => new URL(`../samples/${sequence}/`, import.meta.url);
const readJson = (url: URL): unknown => JSON.parse(readFileSync(url, 'utf8'));

/** Confidences that differ from character to character, so that a mix-up would show. */
const characters = (text: string, seed: number): PlateCharacter[] =>
  [...text].map((char, index) => ({
    char,
    confidence: 0.99 - ((index * 7 + seed * 3) % 11) / 40,
    alternatives: [{ char: '8', confidence: 0.01 }],
  }));

/** The sightings of one object of one sequence, with the frames and bytes behind them. */
export function sightingsOf(sequence: string, objectId: string, zone: string) {
  const facts = Sequence.parse(readJson(new URL('sequence.json', folder(sequence))));
  const camera: Camera = {
    id: cameraId(facts.cameraId),
    name: `${facts.place.replace(/前人行道|门前/, '')}固定点`,
    lat: facts.lat,
    lng: facts.lng,
    jurisdiction: '长庆中队',
    imageSize: facts.imageSize,
    dossier: {
      legalReviewNumber: '法审〔2026〕14号',
      legalReviewedAt: parseInstant('2026-01-08T10:00:00+08:00'),
      technicalVerificationNumber: 'JJ-2026-0311',
      technicalVerifiedUntil: parseInstant('2027-01-07T00:00:00+08:00'),
      signInPlace: true,
      publishedAt: parseInstant('2026-02-01T00:00:00+08:00'),
      publicationUrl: 'https://example.gov.cn/cameras',
    },
    enabled: true,
    version: 1,
  };
  const zones: Zone[] = facts.zones.map((drawn) => ({
    id: zoneId(drawn.id),
    version: 1,
    cameraId: camera.id,
    placeId: placeId('PLACE-01'),
    type: ZONE_TYPES.find((type) => type === drawn.type) ?? 'road',
    polygon: drawn.polygon.map(([x, y]): Point => [x, y]),
    shop: drawn.shop ?? null,
    ruleIds: [ruleId('R-1')],
    effectiveFrom: parseInstant('2026-01-01T00:00:00+08:00'),
    effectiveTo: null,
  }));
  const bytes = new Map<string, Uint8Array>();
  const frames: CitedFrame[] = [];
  const sightings: StaySighting[] = [];
  facts.frames.forEach(({ file, capturedAt }, index) => {
    const truth = Truth.parse(readJson(new URL(`truth/${file.replace('.jpg', '.json')}`, folder(sequence))));
    const object = truth.objects.find(({ id }) => id === objectId);
    if (object === undefined) return;
    const at = parseInstant(capturedAt);
    const id = frameId(`F-${facts.cameraId}-${at}`);
    const jpeg = new Uint8Array(readFileSync(new URL(file, folder(sequence))));
    bytes.set(id, jpeg);
    frames.push({
      frameId: id,
      cameraId: camera.id,
      capturedAt: at,
      receivedAt: at + 1_240,
      sha256: createHash('sha256').update(jpeg).digest('hex'),
      bytes: jpeg.length,
      late: false,
      receivedFrom: 'network-west',
      width: facts.imageSize[0],
      height: facts.imageSize[1],
      clockOffsetMs: null,
      repeats: null,
    });
    const plate = object.plates.find(({ inImage, readable }) => inImage && readable);
    const letters = plate === undefined ? [] : characters(plate.raw, index);
    sightings.push({
      sightingId: sightingId(`S-${facts.cameraId}-${index}`),
      frameId: id,
      cameraId: camera.id,
      capturedAt: at,
      box: object.box,
      plate:
        plate === undefined
          ? null
          : {
              text: plate.raw,
              confidence: 0.9 + ((index * 5) % 9) / 100,
              corners: plate.corners,
              characters: letters,
            },
      zone: { zoneId: zoneId(zone), version: 1 },
      rule: { ruleId: ruleId('R-1'), version: 1 },
    });
  });
  return { camera, zones, frames, sightings, bytes, placeName: facts.place };
}

const RULE: Rule = {
  id: ruleId('R-1'),
  version: 1,
  violation: 'sidewalk-parking',
  permittedStaySeconds: 180,
  hours: [],
  phase: 'enforcing',
  notice: { required: false },
  dayStartsAt: '00:00',
  departureFrames: 1,
  twoWheelers: false,
  secondReview: true,
  effectiveFrom: parseInstant('2026-01-01T00:00:00+08:00'),
  effectiveTo: null,
};

/** A car on the sidewalk before two cameras, its plate read in most frames. */
export function parkedCar(): PackageInput {
  const one = sightingsOf('a_sidewalk_parking', 'car-parked', 'sidewalk');
  const two = sightingsOf('b_second_camera', 'car-parked', 'sidewalk');
  return inputOf([one, two], { type: 'sidewalk-parking', plate: normalizePlate('浙A·8K3F2') });
}

/** The same car in two small frames of one camera: a package of half a megabyte, for tests that pack many. */
export async function brieflyParkedCar(): Promise<PackageInput> {
  const one = sightingsOf('a_sidewalk_parking', 'car-parked', 'sidewalk');
  const half = ([x, y]: Point): Point => [x / 2, y / 2];
  const sightings = one.sightings.slice(0, 2).map((sighting): StaySighting => {
    const [x0, y0, x1, y1] = sighting.box;
    const { plate } = sighting;
    if (plate === null) return sighting;
    const [a, b, c, d] = plate.corners;
    return {
      ...sighting,
      box: [x0 / 2, y0 / 2, x1 / 2, y1 / 2],
      plate: { ...plate, corners: [half(a), half(b), half(c), half(d)] },
    };
  });
  const bytes = new Map<string, Uint8Array>();
  const frames = await Promise.all(
    one.frames.slice(0, 2).map(async (frame) => {
      const jpeg = await sharp(one.bytes.get(frame.frameId)).resize(960, 540).jpeg({ quality: 60 }).toBuffer();
      bytes.set(frame.frameId, jpeg);
      return {
        ...frame,
        bytes: jpeg.length,
        sha256: createHash('sha256').update(jpeg).digest('hex'),
        width: 960,
        height: 540,
      };
    }),
  );
  return inputOf([{ ...one, sightings, frames, bytes }], { type: 'sidewalk-parking', plate: '浙A8K3F2' });
}

/** A stall before a fruit shop: no plate at stake. */
export function fruitStall(): PackageInput {
  const seen = sightingsOf('d_storefront_goods', 'fruit_stall0-0', 'storefront-32');
  return inputOf([seen], { type: 'street-trading', plate: null });
}

/** The parked car, when no frame gave a reading. */
export function unreadableCar(): PackageInput {
  const one = sightingsOf('a_sidewalk_parking', 'car-parked', 'sidewalk');
  const blind = { ...one, sightings: one.sightings.map((sighting) => ({ ...sighting, plate: null })) };
  return inputOf([blind], { type: 'sidewalk-parking', plate: null });
}

function inputOf(
  seen: readonly ReturnType<typeof sightingsOf>[],
  what: { type: Incident['stay']['type']; plate: string | null },
): PackageInput {
  const sightings = seen
    .flatMap((part) => part.sightings)
    .sort((a, b) => a.capturedAt - b.capturedAt || (a.cameraId < b.cameraId ? -1 : 1));
  const first = sightings[0];
  const last = sightings.at(-1);
  const place = seen[0];
  if (first === undefined || last === undefined || place === undefined)
    throw new Error('Expected sightings, found none');
  const zones = seen.flatMap((part) =>
    part.zones.filter(({ id }) => part.sightings.some(({ zone }) => zone.zoneId === id)),
  );
  const frames = seen.flatMap((part) => part.frames);
  const bytes = new Map(seen.flatMap((part) => [...part.bytes]));
  const sealedAt = last.capturedAt + 300_000;
  const incident: Incident = {
    id: incidentId('KW-20260512-000017'),
    stay: {
      type: what.type,
      placeId: placeId('PLACE-01'),
      zone: first.zone,
      shop: zones[0]?.shop ?? null,
      vehicleClass: what.type === 'sidewalk-parking' ? 'car' : null,
      plate:
        what.plate === null
          ? null
          : { text: what.plate, characters: characters(what.plate, 0), color: 'blue', confidence: 0.983, reads: 4 },
      firstSeen: first.capturedAt,
      lastSeen: last.capturedAt,
      sightings,
      end: { kind: 'departed', seenFreeAt: last.capturedAt + 60_000 },
      occupiedShare: what.type === 'street-trading' ? 0.62 : null,
      score: 0.94,
    },
    placeName: place.placeName,
    jurisdiction: '长庆中队',
    grade: 'evidence',
    phase: 'enforcing',
    secondReview: true,
    state: 'pending',
    lease: null,
    decisions: [],
    package: null,
    deadline: sealedAt + 5 * 86_400_000,
    createdAt: sealedAt - 60_000,
    updatedAt: sealedAt,
    lateFrames: { frameIds: [], contradicts: false },
    version: 1,
  };
  return {
    incident,
    cameras: seen.map((part) => part.camera),
    places: [{ id: placeId('PLACE-01'), name: place.placeName, version: 1 }],
    zones,
    rules: [{ ...RULE, violation: what.type, permittedStaySeconds: what.type === 'street-trading' ? 600 : 180 }],
    frames,
    original: async (id) => {
      const found = bytes.get(id);
      if (found === undefined) throw new Error(`Expected the bytes of ${id}, found none`);
      return found;
    },
    models: [
      { name: 'nanodet-g', version: '1', sha256: 'a'.repeat(64) },
      { name: 'plate-reader', version: '1', sha256: 'b'.repeat(64) },
    ],
    auditEntries: chainOf(frames, incident, sealedAt),
    sealedAt,
    systemVersion: '0.1.0',
    revision: 1,
  };
}

/** The incident's own chain, as correlate and seal write it. */
function chainOf(frames: readonly CitedFrame[], { id }: Incident, at: number): AuditEntry[] {
  const acts = [
    { at: at - 60_000, act: 'incident.opened', facts: { frames: frames.map(({ frameId: frame }) => frame) } },
    { at: at - 30_000, act: 'incident.extended', facts: { frames: frames.length } },
    { at, act: 'incident.sealed', facts: { revision: 1 } },
  ];
  const entries: AuditEntry[] = [];
  for (const act of acts) {
    const last = entries.at(-1);
    entries.push(
      nextEntry(last === undefined ? undefined : headOf(last), {
        ...act,
        stream: auditStream.incident(id),
        actor: systemActor('correlate'),
        subject: id,
      }),
    );
  }
  return entries;
}
