/**
 * Makes an evidence package: pictures, sheet, manifest, chain, bag, signature, ZIP. A pure function of its input and
 * the signer's key: the same incident sealed twice gives the same bytes, but for the time stamp, which is new each time.
 */

import { auditLines, headOf } from '#core/audit.ts';
import {
  asciiName,
  BAG_DECLARATION,
  type BagInfo,
  bagInfoText,
  manifestText,
  PAYLOAD_MANIFEST,
  SIGNATURE,
  sha256Hex,
  TAG_MANIFEST,
  TIME_STAMP,
} from '#core/evidence/bag.ts';
import { type PackageFile, stamp } from '#core/evidence/items.ts';
import { chooseKeyFrames, type KeyFrame } from '#core/evidence/key-frames.ts';
import { buildManifest, incomplete } from '#core/evidence/manifest.ts';
import type { PackageInput } from '#core/evidence/package-input.ts';
import { VIOLATION_WORDS } from '#core/evidence/wording.ts';
import { writeZip, type ZipEntry } from '#core/evidence/zip-write.ts';
import { refuse } from '#core/refusal.ts';
import type { Signer } from '#platform/signer.ts';
import { stampOf, type TimeStamper } from '#platform/time-stamper.ts';
import { type DrawnPicture, drawPictures, type KeyOriginal, pictureFacts } from './pictures.ts';
import { evidenceSheet } from './sheet.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * @returns the ZIP and its SHA-256, lower-case hex.
 * @param timeStamper stamps the signature, so that it is proven to have existed then; without one there is no stamp
 * @throws {Refusal} `evidence-incomplete`, `original-changed`, `time-stamp-unavailable`
 */
export async function buildPackage(
  input: PackageInput,
  signer: Signer,
  timeStamper?: TimeStamper,
): Promise<{ bytes: Uint8Array; sha256: string }> {
  const keyFrames = chooseKeyFrames(input.incident.stay.sightings);
  const originals = await Promise.all(keyFrames.map((keyFrame, index) => readOriginal(input, keyFrame, index)));
  const drawn = await drawPictures(pictureFacts(input), originals);
  const pictures: PackageFile[] = drawn.map(fileOf);
  const audit: PackageFile = {
    name: 'data/audit.jsonl',
    bytes: utf8(auditLines(input.auditEntries)),
    role: 'audit',
    keyFrame: null,
  };
  const lastEntry = input.auditEntries.at(-1);
  const auditFacts = {
    path: audit.name,
    entries: input.auditEntries.length,
    head: lastEntry === undefined ? null : headOf(lastEntry),
  };
  const enclosed: PackageFile[] = [
    ...originals.map(({ file }) => file),
    ...pictures.sort((a, b) => (a.name < b.name ? -1 : 1)),
    audit,
    ...noticeFiles(input),
  ];
  const authority = timeStamper?.authority ?? null;
  const draft = buildManifest(input, keyFrames, enclosed, auditFacts, authority);
  const sheet: PackageFile = {
    name: 'data/evidence.pdf',
    bytes: await evidenceSheet(
      draft,
      drawn.map(({ print, name, role }) => ({ ...print, path: name, role })),
      { sealedAt: new Date(input.sealedAt), keyId: (await signer.publicKey(input.sealedAt)).keyId },
    ),
    role: 'sheet',
    keyFrame: null,
  };
  const files = [...enclosed, sheet];
  const manifest = buildManifest(input, keyFrames, files, auditFacts, authority);
  const payload: ZipEntry[] = [
    ...files.map(({ name, bytes }) => ({ name, bytes })),
    { name: 'data/manifest.json', bytes: utf8(`${JSON.stringify(manifest, null, 2)}\n`) },
  ];
  const { incident, revision, sealedAt, systemVersion } = input;
  const description = `非现场执法证据包 ${VIOLATION_WORDS[incident.stay.type].zh} ${incident.placeName}`;
  const info = { incidentId: incident.id, revision, sealedAt, systemVersion, description };
  const folder = `${asciiName(incident.id)}-r${revision}`;
  const bytes = await wrapBag({ ...info, folder }, payload, { signer, timeStamper });
  return { bytes, sha256: sha256Hex(bytes) };
}

/** The record of the notice, where one was sent; what no longer has the hash it was kept with stops the sealing. */
function noticeFiles({ incident, noticeRecord: bytes }: PackageInput): readonly PackageFile[] {
  const kept = incident.notice?.proof?.record;
  if (kept === undefined) return [];
  if (bytes === undefined) throw incomplete('the record of its notice');
  if (sha256Hex(bytes) !== kept.sha256) {
    throw refuse('original-changed', 500, {
      expected: `the record of the notice with SHA-256 ${kept.sha256}, as it was kept`,
      received: sha256Hex(bytes),
      action: 'Restore it from a backup; do not seal without it.',
    });
  }
  return [{ name: 'data/notice.json', bytes, role: 'notice', keyFrame: null }];
}

/** Payload in, sealed ZIP out: the manifests, the signature over the tag manifest, the stamp of it, one top folder. */
export async function wrapBag(
  { folder, ...info }: BagInfo & { folder: string },
  payload: readonly ZipEntry[],
  { signer, timeStamper }: { signer: Signer; timeStamper: TimeStamper | undefined },
): Promise<Uint8Array> {
  const { sealedAt } = info;
  const tags: ZipEntry[] = [
    { name: 'bagit.txt', bytes: utf8(BAG_DECLARATION) },
    {
      name: 'bag-info.txt',
      bytes: utf8(bagInfoText(info, payload)),
    },
    { name: PAYLOAD_MANIFEST, bytes: utf8(manifestText(payload)) },
  ];
  const tagManifest = utf8(manifestText(tags));
  const signature = utf8(await signer.signDetached(tagManifest, sealedAt));
  const stamp = timeStamper === undefined ? undefined : await stampOf(signature, { timeStamper, since: sealedAt });
  const all: ZipEntry[] = [
    ...payload,
    ...tags,
    { name: TAG_MANIFEST, bytes: tagManifest },
    { name: SIGNATURE, bytes: signature },
    ...(stamp === undefined ? [] : [{ name: TIME_STAMP, bytes: stamp }]),
  ];
  return writeZip(
    all.map(({ name, bytes }) => ({ name: `${folder}/${name}`, bytes })),
    sealedAt,
  );
}

/** The bytes as first received; what no longer has the hash it came with is not evidence and stops the sealing. */
async function readOriginal(
  input: PackageInput,
  keyFrame: KeyFrame,
  index: number,
): Promise<KeyOriginal & { file: PackageFile }> {
  const { frameId, cameraId, capturedAt } = keyFrame.sighting;
  const frame = input.frames.find((cited) => cited.frameId === frameId);
  if (frame === undefined) throw incomplete(`frame ${frameId}`);
  const bytes = await input.original(frameId);
  const sha256 = sha256Hex(bytes);
  if (sha256 !== frame.sha256) {
    throw refuse('original-changed', 500, {
      expected: `the bytes of frame ${frameId} with SHA-256 ${frame.sha256}, as first received`,
      received: sha256,
      action: 'Restore the frame from a backup; do not seal without it.',
    });
  }
  const base = `${String(index + 1).padStart(2, '0')}-${asciiName(cameraId)}-${stamp(capturedAt)}.jpg`;
  return {
    keyFrame,
    frame,
    base,
    bytes,
    file: { name: `data/originals/${base}`, bytes, role: 'original', keyFrame },
  };
}

const fileOf = ({ name, jpeg, role, keyFrame }: DrawnPicture): PackageFile => ({ name, bytes: jpeg, role, keyFrame });
