/**
 * 当事人副本: the facts of a package as its party may see them, with the pictures in which everybody else is hidden. The same
 * chain, another statement, and for each picture the hash of the original it was made from.
 */
import { z } from 'zod';
import type { Point } from '../camera.ts';
import type { Decision } from '../incident.ts';
import type { PrivacySubject } from '../privacy.ts';
import type { Fault } from './check.ts';
import { EvidenceManifest, ITEM_ROLES } from './manifest-schema.ts';

export const COPY_SCHEMA = 'kerbwatch-party-copy/1';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.number().int().min(0);
const Bilingual = z.object({ zh: z.string(), en: z.string() });
const Hidden = z.object({
  kind: z.enum(['face', 'head', 'plate']),
  /** Pixels of the original, whole blocks: `[x0, y0, x1, y1)`. */
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
});

/** What a copy adds: of which package, made how, and from which originals each picture. */
const CopyFacts = z.object({
  of: z.object({ packageSha256: Sha256, revision: z.number().int().min(0), sealedAt: z.string() }),
  method: Bilingual,
  pictures: z.array(
    z.object({
      path: z.string(),
      madeFrom: z.array(z.object({ frameId: z.string(), sha256: Sha256 })).min(1),
      /** Of a redacted picture: what was destroyed in it. */
      hidden: z.array(Hidden).optional(),
    }),
  ),
  /** That found what to hide. */
  models: z.array(z.object({ name: z.string(), version: z.string(), sha256: Sha256 })),
  /** Who looked for faces beside them; absent where nobody was asked. */
  secondReader: z
    .object({
      reader: z.object({ name: z.string(), version: z.string().nullable() }),
      /** Pictures it was asked about, and of which it answered; faces it found in these. */
      ...{ asked: Count, answered: Count, faces: Count },
    })
    .optional(),
});

const CopyItem = EvidenceManifest.shape.items.element.extend({ role: z.enum([...ITEM_ROLES, 'redacted']) });

export const PartyCopyManifest = EvidenceManifest.extend({
  schema: z.literal(COPY_SCHEMA),
  items: z.array(CopyItem),
  copy: CopyFacts,
});
export type PartyCopyManifest = z.infer<typeof PartyCopyManifest>;
export type CopyItem = z.infer<typeof CopyItem>;

/** What a sheet is written from. */
export type SheetFacts = EvidenceManifest | PartyCopyManifest;

/** Roles that are pictures. */
const PICTURES: ReadonlySet<string> = new Set(['redacted', 'view', 'overview', 'plate', 'original']);

/** Whether every picture says from which originals it was made, and none of them is enclosed. */
export function copyFaults({ items, copy, frames }: PartyCopyManifest): Fault[] {
  const received = new Map(frames.map(({ id, sha256 }) => [id, sha256]));
  const told = new Map(copy.pictures.map((picture) => [picture.path, picture]));
  const faults: Fault[] = [];
  for (const { path, role } of items) {
    if (role === 'original')
      faults.push({ item: path, zh: '当事人副本不得含原图', en: 'is an original, which no copy may hold' });
    else if (PICTURES.has(role) && !told.has(path))
      faults.push({ item: path, zh: '未载明由哪张原图制作', en: 'does not say which original it was made from' });
  }
  for (const { path, madeFrom } of copy.pictures) {
    if (!items.some((item) => item.path === path))
      faults.push({ item: path, zh: '副本清单列有，包内缺失', en: 'is named as a picture of the copy and missing' });
    if (madeFrom.some(({ frameId, sha256 }) => received.get(frameId) !== sha256))
      faults.push({ item: path, zh: '所载原图与接收记录不符', en: 'names an original that differs from its receipt' });
  }
  return faults;
}

/** The plate the case is about: as the officers confirmed it, else as the machine read it. Without the dot. */
export const plateOfCase = (
  manifest: Pick<EvidenceManifest, 'plate'>,
  decisions: readonly Pick<Decision, 'plate'>[],
): string | null => decisions.findLast(({ plate }) => plate !== null)?.plate ?? manifest.plate?.text ?? null;

/** Of seven: a reading that differs by more is taken for somebody else's plate. */
const MISREAD_AT_MOST = 2;

/** Whether what a frame showed is the plate of the case, misread a little at most. */
export function isPlateOfCase(read: string, plate: string | null): boolean {
  if (plate === null || read.length !== plate.length) return false;
  return [...read].filter((char, at) => char !== plate[at]).length <= MISREAD_AT_MOST;
}

/**
 * What of a frame stays legible. A plate read as another than the case's is somebody's, and then nothing near the subject is
 * safe to keep; a shop has no plate.
 */
export function subjectIn(
  sighting: Pick<EvidenceManifest['sightings'][number], 'box' | 'plate'>,
  type: string,
  plate: string | null,
): PrivacySubject {
  if (type !== 'sidewalk-parking') return { subject: null, subjectPlate: null };
  if (sighting.plate === null) return { subject: sighting.box, subjectPlate: null };
  if (!isPlateOfCase(sighting.plate.text, plate)) return { subject: null, subjectPlate: null };
  const corners: readonly Point[] = sighting.plate.corners;
  return { subject: sighting.box, subjectPlate: corners };
}
