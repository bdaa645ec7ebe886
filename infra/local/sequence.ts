/** A sequence folder (docs/api.md): one camera's frames with its zones and rules, as `patrol` and the samples play them. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Camera, Dossier, Place, Rule, Zone } from '#core/camera.ts';
import { type CameraId, cameraId, placeId, ruleId, zoneId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { type Instant, parseInstant } from '#core/time.ts';

const ExpectedIncident = z.object({
  type: z.enum(['sidewalk-parking', 'street-trading']),
  plate: z.string().nullish(),
  plateReadable: z.boolean().optional(),
  place: z.string().optional(),
  zone: z.string().optional(),
  firstSeen: z.string().optional(),
  lastSeen: z.string().optional(),
});
export type ExpectedIncident = z.infer<typeof ExpectedIncident>;

const DossierKey = z.object({
  legalReviewNumber: z.string(),
  legalReviewedAt: z.string(),
  technicalVerificationNumber: z.string(),
  technicalVerifiedUntil: z.string(),
  signInPlace: z.boolean(),
  publishedAt: z.string(),
  publicationUrl: z.string(),
});

const SequenceFile = z.object({
  cameraId: z.string().min(1),
  place: z.string().min(1),
  lat: z.number().min(-90).max(90).default(0),
  lng: z.number().min(-180).max(180).default(0),
  imageSize: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  zones: z.array(
    z.object({
      id: z.string().min(1),
      type: z.enum(['sidewalk', 'storefront', 'legal_parking', 'road']),
      polygon: z.array(z.tuple([z.number(), z.number()])).min(3),
      shop: z.string().nullish(),
    }),
  ),
  rules: z
    .object({
      minDwellSecondsParking: z.number().nonnegative().default(180),
      minDwellSecondsStorefront: z.number().nonnegative().default(600),
    })
    .prefault({}),
  frames: z.array(z.object({ file: z.string().min(1), capturedAt: z.string() })),
  /** Read by `eval` only. */
  expectedIncidents: z.array(ExpectedIncident).optional(),
  /** Absent: a valid dossier. `null`: none, so everything the camera finds is a clue. */
  dossier: DossierKey.nullish(),
  phase: z.enum(['warning', 'enforcing']).default('enforcing'),
  notice: z.union([z.literal(false), z.object({ graceSeconds: z.number().nonnegative() })]).default(false),
});

export interface Sequence {
  directory: string;
  camera: Camera;
  place: Place;
  zones: readonly Zone[];
  rules: readonly Rule[];
  frames: readonly { file: string; path: string; capturedAt: Instant }[];
  expectedIncidents: readonly ExpectedIncident[] | null;
}

/** @throws {Refusal} `sequence-unreadable`, `sequence-invalid`, `time-invalid` */
export async function readSequence(directory: string): Promise<Sequence> {
  const path = join(directory, 'sequence.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refuse(
      'sequence-unreadable',
      400,
      {
        expected: `a readable file ${path}`,
        received: cause instanceof Error ? cause.message : String(cause),
        action: 'Name a folder that holds a sequence.json beside its JPEG frames.',
      },
      cause,
    );
  });
  const parsed = SequenceFile.safeParse(parseJson(text, path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse('sequence-invalid', 400, {
      expected: `${path} in the documented form`,
      received: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'something else'}`,
      action: 'Correct the named member; the form is in docs/api.md.',
    });
  }
  return toSequence(directory, parsed.data);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse(
      'sequence-invalid',
      400,
      {
        expected: `${path} to be JSON`,
        received: cause instanceof Error ? cause.message : 'text that does not parse',
        action: 'Correct the file.',
      },
      cause,
    );
  }
}

function toSequence(directory: string, file: z.infer<typeof SequenceFile>): Sequence {
  const camera = toCamera(file);
  const place = { id: placeId(placeKey(file.place)), name: file.place, version: 1 };
  const rules = toRules(camera.id, file);
  return {
    directory,
    camera,
    place,
    rules,
    zones: file.zones.map((zone) => ({
      id: zoneId(zone.id),
      version: 1,
      cameraId: camera.id,
      placeId: place.id,
      type: zone.type,
      polygon: zone.polygon,
      shop: zone.shop ?? null,
      ruleIds: rules.filter((rule) => judges(rule, zone.type)).map((rule) => rule.id),
      effectiveFrom: 0,
      effectiveTo: null,
    })),
    frames: file.frames.map((frame) => ({
      file: frame.file,
      path: join(directory, frame.file),
      capturedAt: parseInstant(frame.capturedAt, `capturedAt of ${frame.file}`),
    })),
    expectedIncidents: file.expectedIncidents ?? null,
  };
}

const judges = (rule: Rule, type: Zone['type']) =>
  (rule.violation === 'sidewalk-parking' && type === 'sidewalk') ||
  (rule.violation === 'street-trading' && type === 'storefront');

/** Two folders that name the same place share it, whoever wrote them. */
const placeKey = (name: string) => `place-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;

function toCamera(file: z.infer<typeof SequenceFile>): Camera {
  return {
    id: cameraId(file.cameraId),
    name: `${file.place} ${file.cameraId}`,
    lat: file.lat,
    lng: file.lng,
    jurisdiction: '示例中队',
    imageSize: file.imageSize,
    dossier: file.dossier === undefined ? sampleDossier(file.cameraId, firstFrameAt(file)) : parseDossier(file.dossier),
    enabled: true,
    version: 1,
  };
}

function parseDossier(dossier: z.infer<typeof DossierKey> | null): Dossier | null {
  if (dossier === null) return null;
  return {
    ...dossier,
    legalReviewedAt: parseInstant(dossier.legalReviewedAt, 'dossier.legalReviewedAt'),
    technicalVerifiedUntil: parseInstant(dossier.technicalVerifiedUntil, 'dossier.technicalVerifiedUntil'),
    publishedAt: parseInstant(dossier.publishedAt, 'dossier.publishedAt'),
  };
}

const DAY_MS = 86_400_000;

const firstFrameAt = (file: z.infer<typeof SequenceFile>): Instant =>
  file.frames.reduce((least, { capturedAt }) => Math.min(least, parseInstant(capturedAt, 'capturedAt')), Date.now());

/** What the interface promises a folder that says nothing about its dossier: a valid one, marked as an example. */
function sampleDossier(camera: string, firstFrame: Instant): Dossier {
  return {
    legalReviewNumber: `示例法审-${camera}`,
    legalReviewedAt: firstFrame - 90 * DAY_MS,
    technicalVerificationNumber: `示例检定-${camera}`,
    technicalVerifiedUntil: firstFrame + 10 * 365 * DAY_MS,
    signInPlace: true,
    publishedAt: firstFrame - 60 * DAY_MS,
    publicationUrl: `https://example.invalid/cameras/${encodeURIComponent(camera)}`,
  };
}

function toRules(camera: CameraId, file: z.infer<typeof SequenceFile>): Rule[] {
  const common = {
    version: 1,
    hours: [],
    phase: file.phase,
    notice:
      file.notice === false
        ? ({ required: false } as const)
        : ({ required: true, graceSeconds: file.notice.graceSeconds } as const),
    dayStartsAt: '00:00',
    departureFrames: 1,
    twoWheelers: false,
    secondReview: false,
    effectiveFrom: 0,
    effectiveTo: null,
  };
  return [
    {
      ...common,
      id: ruleId(`${camera}-parking`),
      violation: 'sidewalk-parking',
      permittedStaySeconds: file.rules.minDwellSecondsParking,
    },
    {
      ...common,
      id: ruleId(`${camera}-storefront`),
      violation: 'street-trading',
      permittedStaySeconds: file.rules.minDwellSecondsStorefront,
    },
  ];
}
