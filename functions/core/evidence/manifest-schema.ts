/**
 * `data/manifest.json`: the facts of an incident as a court asks for them (最高人民法院关于行政诉讼证据若干问题的规定 art. 12:
 * method, time, maker, what each item proves), for machines and people. `schema` grows when a member changes meaning.
 */
import { z } from 'zod';
import { SECOND_SAID } from '../plates/second-reader.ts';

export const MANIFEST_SCHEMA = 'kerbwatch-evidence/1';

const Bilingual = z.object({ zh: z.string(), en: z.string() });
const Instant = z.iso.datetime({ offset: true });
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Point = z.tuple([z.number(), z.number()]);
const Version = z.number().int().min(0);
const Share = z.number().min(0).max(1);

const Character = z.object({
  char: z.string(),
  confidence: Share,
  alternatives: z.array(z.object({ char: z.string(), confidence: Share })),
});

/** Who was asked beside our own models; null where it does not name its version. */
const Reader = z.object({ name: z.string(), version: z.string().nullable() });

/** What a second reader said of one reading. Nothing in the reading was changed by it. */
const SecondOpinion = z.object({
  reader: Reader,
  said: z.enum(SECOND_SAID),
  /** One for each character of the reading; null where it says nothing of it. */
  characters: z.array(z.object({ char: z.string(), confidence: Share }).nullable()).optional(),
  /** Why it said nothing. */
  why: z.string().optional(),
});

/** What it said in all frames, held against the voted plate; absent where none was asked. */
const SecondReadings = z.object({
  readers: z.array(Reader),
  frames: z.object({ agrees: Version, disagrees: Version, unread: Version, unavailable: Version }),
  /** Positions as people count: 1 is the province. */
  differences: z.array(
    z.object({ position: z.number().int().positive(), ours: z.string(), theirs: z.string(), frames: Version }),
  ),
  words: Bilingual,
});

const Reading = z.object({
  text: z.string(),
  confidence: Share,
  corners: z.tuple([Point, Point, Point, Point]),
  /** Per-character confidence; null when only the text was kept. */
  characters: z.array(Character).nullable(),
  second: SecondOpinion.optional(),
});

const Dossier = z.object({
  legalReviewNumber: z.string(),
  legalReviewedAt: Instant,
  technicalVerificationNumber: z.string(),
  technicalVerifiedUntil: Instant,
  signInPlace: z.boolean(),
  publishedAt: Instant,
  publicationUrl: z.string(),
});

/** A requirement of the sufficiency check with its answer (core/sufficiency). */
const Finding = z.object({
  id: z.string(),
  words: Bilingual,
  source: Bilingual,
  blocking: z.boolean(),
  answer: z.enum(['holds', 'fails', 'not-applicable']),
  facts: Bilingual,
});

const Impairment = z.object({
  kind: z.string(),
  words: Bilingual,
  from: Instant,
  to: Instant.nullable(),
  facts: Bilingual,
});

/** That it was one and the same vehicle, unmoved, and the pair of frames that says least. */
const Continuity = z.object({
  score: Share,
  links: Version,
  weakest: z
    .object({
      from: z.string(),
      to: z.string(),
      score: Share,
      overlap: Share.nullable(),
      shift: z.number().nullable(),
      appearance: z.number().nullable(),
      spot: z.number().nullable(),
      samePlate: z.boolean().nullable(),
    })
    .nullable(),
});

const Notice = z.object({
  channel: z.string(),
  reference: z.string(),
  sentAt: Instant,
  graceUntil: Instant,
  /** What proves it (optional: notices were recorded before their proofs were). */
  messageId: z.string().optional(),
  recipient: z.object({ kind: z.enum(['owner', 'shop', 'on-site']), subject: z.string().nullable() }).optional(),
  recipientWords: Bilingual.optional(),
  text: z.string().optional(),
  language: z.string().optional(),
  requestSha256: Sha256.optional(),
  /** What the message gateway answered; null where none was asked. */
  response: z.object({ status: z.number().int(), sha256: Sha256 }).nullable().optional(),
  /** SHA-256 of the exact request and answer as kept, enclosed under `record`; the audit act `notice.sent` names it too. */
  recordSha256: Sha256.optional(),
  record: z.string().optional(),
});

export const ITEM_ROLES = ['original', 'view', 'overview', 'plate', 'sheet', 'audit', 'notice'] as const;

const Item = z.object({
  path: z.string(),
  role: z.enum(ITEM_ROLES),
  sha256: Sha256,
  bytes: z.number().int().positive(),
  /** The frame it shows, when it shows one. */
  frameId: z.string().nullable(),
  madeAt: Instant,
  maker: Bilingual,
  method: Bilingual,
  proves: Bilingual,
});

export const EvidenceManifest = z.object({
  schema: z.literal(MANIFEST_SCHEMA),
  statement: Bilingual,
  incident: z.object({
    id: z.string(),
    revision: Version,
    type: z.string(),
    typeWords: Bilingual,
    placeId: z.string(),
    placeName: z.string(),
    jurisdiction: z.string(),
    shop: z.string().nullable(),
    vehicleClass: z.string().nullable(),
    grade: z.string(),
    phase: z.string(),
    createdAt: Instant,
  }),
  making: z.object({
    method: Bilingual,
    sealedAt: Instant,
    maker: Bilingual,
    system: z.object({ name: z.string(), version: z.string() }),
    /** The stamp that the signature was to get; absent or null where no authority was asked. */
    timeStamp: z.object({ path: z.string(), authority: z.string() }).nullable().optional(),
  }),
  stay: z.object({
    firstSeen: Instant,
    lastSeen: Instant,
    dwellSeconds: z.number().min(0),
    dwellWords: Bilingual,
    end: z.object({ kind: z.string(), at: Instant.nullable(), words: Bilingual }),
    occupiedShare: Share.nullable(),
    score: z.number(),
    continuity: Continuity.nullable().optional(),
  }),
  /** 劝导提醒; null where none was sent. */
  notice: Notice.nullable().optional(),
  /** As it stood when the package was sealed; a confirmation checks it anew. */
  sufficiency: z
    .object({
      checkedAt: Instant,
      policy: z.object({ jurisdiction: z.string(), version: Version }),
      findings: z.array(Finding),
    })
    .optional(),
  plate: z
    .object({
      text: z.string(),
      color: z.string().nullable(),
      confidence: Share,
      reads: z.number().int().positive(),
      characters: z.array(Character),
    })
    .nullable(),
  plateWords: Bilingual,
  secondReadings: SecondReadings.optional(),
  places: z.array(z.object({ id: z.string(), name: z.string(), version: Version })),
  cameras: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      lat: z.number(),
      lng: z.number(),
      jurisdiction: z.string(),
      imageSize: z.tuple([z.number(), z.number()]),
      version: Version,
      /** What its output could become when the stay began (Administrative Penalty Law, art. 41). */
      gradeAtFirstSeen: z.string(),
      dossier: Dossier.nullable(),
      /** What ailed it between first and last seen; left out where it was not asked. */
      impairments: z.array(Impairment).optional(),
    }),
  ),
  zones: z.array(
    z.object({
      id: z.string(),
      version: Version,
      cameraId: z.string(),
      placeId: z.string(),
      type: z.string(),
      shop: z.string().nullable(),
      polygon: z.array(Point),
      effectiveFrom: Instant,
      effectiveTo: Instant.nullable(),
      words: Bilingual,
    }),
  ),
  rules: z.array(
    z.object({
      id: z.string(),
      version: Version,
      violation: z.string(),
      permittedStaySeconds: z.number(),
      hours: z.array(z.object({ from: z.string(), to: z.string() })),
      phase: z.string(),
      noticeGraceSeconds: z.number().nullable(),
      dayStartsAt: z.string(),
      departureFrames: z.number(),
      twoWheelers: z.boolean(),
      secondReview: z.boolean(),
      effectiveFrom: Instant,
      effectiveTo: Instant.nullable(),
      words: Bilingual,
    }),
  ),
  sightings: z.array(
    z.object({
      id: z.string(),
      frameId: z.string(),
      frameSha256: Sha256,
      cameraId: z.string(),
      capturedAt: Instant,
      box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      plate: Reading.nullable(),
      zone: z.object({ id: z.string(), version: Version }),
      rule: z.object({ id: z.string(), version: Version }),
      original: z.string().nullable(),
      /** What was put out before a shop; outline and names at key frames only. */
      occupation: z
        .object({
          share: Share,
          confidence: Share,
          outline: z.array(z.array(Point)),
          supporting: z.array(
            z.object({
              label: z.string(),
              score: Share,
              box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
            }),
          ),
          words: Bilingual,
        })
        .optional(),
    }),
  ),
  /** Custody: every frame the sightings cite, as first received, whether or not its original is enclosed. */
  frames: z.array(
    z.object({
      id: z.string(),
      cameraId: z.string(),
      capturedAt: Instant,
      receivedAt: Instant,
      receivedFrom: z.string(),
      late: z.boolean(),
      sha256: Sha256,
      bytes: z.number().int().positive(),
      original: z.string().nullable(),
    }),
  ),
  keyFrames: z.object({
    rule: Bilingual,
    chosen: z.array(z.object({ frameId: z.string(), reasons: z.array(z.string()) })),
  }),
  models: z.array(z.object({ name: z.string(), version: z.string(), sha256: Sha256 })),
  items: z.array(Item),
  audit: z.object({
    path: z.string(),
    entries: z.number().int().min(0),
    /** The chain's last entry; null for an empty chain. Without it a cut end could not be seen. */
    head: z.object({ stream: z.string(), seq: z.number().int().positive(), hash: Sha256 }).nullable(),
  }),
  /** Empty at the first seal: decisions come later and live in the audit chain; a later revision carries them. */
  decisions: z.array(
    z.object({
      officerId: z.string(),
      officerName: z.string(),
      stage: z.string(),
      outcome: z.string(),
      reason: z.string().nullable(),
      plate: z.string().nullable(),
      note: z.string(),
      at: Instant,
      packageSha256: Sha256,
    }),
  ),
});
export type EvidenceManifest = z.infer<typeof EvidenceManifest>;
export type EvidenceItem = EvidenceManifest['items'][number];
export type ItemRole = (typeof ITEM_ROLES)[number];
