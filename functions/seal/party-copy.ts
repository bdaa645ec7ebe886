/**
 * 当事人副本: made from a sealed package and nothing else but what the chain has gained since. Every key original is
 * redacted, every picture drawn anew on what is left, and the whole signed like a package.
 */
import { type AuditEntry, auditLines, headOf } from '#core/audit.ts';
import type { Bilingual } from '#core/bilingual.ts';
import { asciiName, sha256Hex } from '#core/evidence/bag.ts';
import type { KeyFrame, KeyFrameReason } from '#core/evidence/key-frames.ts';
import { EvidenceManifest } from '#core/evidence/manifest-schema.ts';
import {
  COPY_SCHEMA,
  type CopyItem,
  isPlateOfCase,
  type PartyCopyManifest,
  plateOfCase,
  subjectIn,
} from '#core/evidence/party-copy.ts';
import { VIOLATION_WORDS } from '#core/evidence/wording.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import type { ZipEntry } from '#core/evidence/zip-write.ts';
import { cameraId, frameId, ruleId, sightingId, zoneId } from '#core/ids.ts';
import type { Decision, StaySighting } from '#core/incident.ts';
import { formatPlate } from '#core/plates/plate.ts';
import type { SecondLook } from '#core/plates/second-reader.ts';
import { type PrivacyRegions, type PrivacySubject, plateBounds } from '#core/privacy.ts';
import { refuse } from '#core/refusal.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import type { ViolationType } from '#core/violations/violation.ts';
import type { Signer } from '#platform/signer.ts';
import { wrapBag } from './package.ts';
import { decodePicture, encodePicture } from './picture.ts';
import { type DrawnPicture, drawPictures, type KeyOriginal, type PictureFacts } from './pictures.ts';
import { blocksAround, redacted } from './redact.ts';
import { evidenceSheet } from './sheet.ts';

export interface CopyInput {
  /** The sealed package, whole. */
  readonly zip: Uint8Array;
  /** What was decided since it was sealed, and the incident's chain as it stands. */
  readonly decisions: readonly Decision[];
  readonly auditEntries: readonly AuditEntry[];
  readonly madeAt: Instant;
  readonly systemVersion: string;
  /** What of a frame has to go. */
  privacy(jpeg: Uint8Array, subject: PrivacySubject): Promise<PrivacyRegions>;
}

const QUALITY = 88;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const METHOD: Bilingual = {
  zh: '本副本由已封存证据包制作：对每张原图，由程序找出他人面部、头部及其他车辆号牌，按 16 像素编码块外扩后以单一灰色覆盖，重新编码并去除元数据；被覆盖的内容不以任何形式保留在本副本中。涉案车辆号牌不遮盖。合成图、对照图、特写均在遮盖后的图片上重新绘制。',
  en: 'Made from the sealed package: in each original a program finds other faces, heads and plates, grows them to whole coding blocks of 16 pixels and covers them with one grey; re-encoded, metadata removed. Nothing of what was covered remains in this copy in any form. The plate of the vehicle concerned stays. All further pictures are drawn anew on what is left.',
};

const STATEMENT: Bilingual = {
  zh: '当事人副本。您有权要求告知事实、理由、依据，有权陈述、申辩（行政处罚法第四十四条、第四十五条）；可凭查询码在线提出，行政机关不得因陈述、申辩给予更重的处罚。',
  en: 'Copy for the party. You have the right to be told the facts, reasons and grounds, and to state and defend (Administrative Penalty Law arts. 44, 45); nobody may be punished more severely for it.',
};

/**
 * @returns the ZIP and its SHA-256, lower-case hex
 * @throws {Refusal} `package-unreadable`
 */
export async function buildPartyCopy(input: CopyInput, signer: Signer): Promise<{ bytes: Uint8Array; sha256: string }> {
  const sealed = unpack(input.zip);
  const facts = forParty(sealed.manifest, input.decisions);
  const plate = plateOfCase(sealed.manifest, input.decisions);
  const pictures: PartyCopyManifest['copy']['pictures'] = [];
  const models = new Map<string, PrivacyRegions['models'][number]>();
  const looks: SecondLook[] = [];
  const originals: KeyOriginal[] = [];
  for (const { keyFrame, frame, base, bytes } of keyOriginals(sealed, facts)) {
    const seen = sealed.manifest.sightings.find(({ id }) => id === keyFrame.sighting.sightingId);
    const subject =
      seen === undefined
        ? { subject: null, subjectPlate: null }
        : subjectIn(seen, sealed.manifest.incident.type, plate);
    const found = await input.privacy(bytes, subject);
    const picture = await decodePicture(bytes);
    const kept = subject.subjectPlate === null ? null : plateBounds(subject.subjectPlate);
    const hidden = redacted(
      picture,
      found.regions.map(({ box }) => box),
      kept,
    );
    originals.push({ keyFrame, frame, base, bytes: await encodePicture(hidden, QUALITY) });
    if (found.second !== undefined) looks.push(found.second);
    for (const model of found.models) models.set(`${model.name} ${model.version}`, model);
    pictures.push({
      path: `data/pictures/${base}`,
      madeFrom: [{ frameId: keyFrame.sighting.frameId, sha256: frame.sha256 }],
      hidden: found.regions.map(({ kind, box }) => {
        const [x0, y0, x1, y1] = blocksAround(box, picture);
        return { kind, box: [x0, y0, x1, y1] };
      }),
    });
  }
  const drawn = await drawPictures(drawingFacts(facts), originals);
  const strip = drawn.flatMap(({ role, keyFrame }) => (role === 'overview' || keyFrame === null ? [] : [keyFrame]));
  for (const { name, keyFrame } of drawn) {
    const from = keyFrame === null ? strip : [keyFrame];
    pictures.push({ path: name, madeFrom: distinct(from.map((one) => originOf(one, facts))) });
  }
  const audit = { name: 'data/audit.jsonl', bytes: utf8(auditLines(input.auditEntries)) };
  const last = input.auditEntries.at(-1);
  const files = [
    ...originals.map(({ base, bytes, keyFrame }) => ({
      ...{ name: `data/pictures/${base}`, bytes, role: 'redacted' as const, keyFrame },
    })),
    ...drawn.map(({ name, jpeg, role, keyFrame }) => ({ name, bytes: jpeg, role, keyFrame })),
    { ...audit, role: 'audit' as const, keyFrame: null },
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const manifestOf = (items: readonly CopyFile[]): PartyCopyManifest => ({
    ...facts,
    schema: COPY_SCHEMA,
    statement: STATEMENT,
    making: {
      ...facts.making,
      method: METHOD,
      sealedAt: formatInstant(input.madeAt),
      maker: { zh: `Kerbwatch ${input.systemVersion} 自动制作`, en: `made by Kerbwatch ${input.systemVersion}` },
      system: { name: 'Kerbwatch', version: input.systemVersion },
      timeStamp: null,
    },
    items: items.map((file) => itemOf(file, sealed.manifest, input.madeAt)),
    audit: { path: audit.name, entries: input.auditEntries.length, head: last === undefined ? null : headOf(last) },
    copy: {
      of: {
        packageSha256: sha256Hex(input.zip),
        revision: facts.incident.revision,
        sealedAt: sealed.manifest.making.sealedAt,
      },
      method: METHOD,
      pictures,
      models: [...models.values()].map(({ name, version, sha256 }) => ({ name, version, sha256 })),
      ...secondReader(looks),
    },
  });
  const sheet: CopyFile = {
    name: 'data/evidence.pdf',
    bytes: await printed(manifestOf(files), drawn, { madeAt: input.madeAt, signer }),
    role: 'sheet',
    keyFrame: null,
  };
  const manifest = manifestOf([...files, sheet]);
  const payload: ZipEntry[] = [
    ...[...files, sheet].map(({ name, bytes }) => ({ name, bytes })),
    { name: 'data/manifest.json', bytes: utf8(`${JSON.stringify(manifest, null, 2)}\n`) },
  ];
  const { id, revision, placeName, typeWords } = facts.incident;
  const bytes = await wrapBag(
    {
      folder: `${asciiName(id)}-r${revision}-copy`,
      incidentId: id,
      ...{ revision, sealedAt: input.madeAt, systemVersion: input.systemVersion },
      description: `非现场执法证据当事人副本 ${typeWords.zh} ${placeName}`,
    },
    payload,
    { signer, timeStamper: undefined },
  );
  return { bytes, sha256: sha256Hex(bytes) };
}

function secondReader(looks: readonly SecondLook[]): Pick<PartyCopyManifest['copy'], 'secondReader'> {
  const [first] = looks;
  if (first === undefined) return {};
  const faces = looks.flatMap((look) => (look.kind === 'looked' ? look.faces : []));
  const found = faces.reduce((sum, count) => sum + count, 0);
  return { secondReader: { reader: { ...first.reader }, asked: looks.length, answered: faces.length, faces: found } };
}

interface CopyFile extends ZipEntry {
  readonly role: CopyItem['role'];
  readonly keyFrame: KeyFrame | null;
}

interface Sealed {
  readonly manifest: EvidenceManifest;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

function unpack(zip: Uint8Array): Sealed {
  const { entries } = readZip(zip);
  const files = new Map(entries.map(({ name, bytes }) => [name.slice(name.indexOf('/') + 1), bytes]));
  try {
    const text = new TextDecoder().decode(files.get('data/manifest.json'));
    return { manifest: EvidenceManifest.parse(JSON.parse(text)), files };
  } catch (cause) {
    const unreadable = { expected: 'a sealed evidence package', received: 'bytes that are none' };
    throw refuse('package-unreadable', 500, { ...unreadable, action: 'Restore the package from a backup.' }, cause);
  }
}

/**
 * The facts as the party gets them: what a frame read on somebody else's plate is nobody's business but theirs, and no path
 * leads to an original.
 */
function forParty({ secondReadings, ...manifest }: EvidenceManifest, decisions: readonly Decision[]): EvidenceManifest {
  const plate = plateOfCase(manifest, decisions);
  const isRead = manifest.plate !== null && isPlateOfCase(manifest.plate.text, plate);
  return {
    ...manifest,
    ...(manifest.notice == null ? {} : { notice: noticeForParty(manifest.notice, plate) }),
    ...(isRead || plate === null
      ? {}
      : { plate: null, plateWords: { zh: formatPlate(plate), en: formatPlate(plate) } }),
    ...(isRead && secondReadings !== undefined ? { secondReadings } : {}),
    sightings: manifest.sightings.map((sighting) => ({
      ...sighting,
      original: null,
      plate: sighting.plate !== null && isPlateOfCase(sighting.plate.text, plate) ? sighting.plate : null,
    })),
    frames: manifest.frames.map((frame) => ({ ...frame, original: null })),
    decisions: decisions.map((decision) => ({ ...decision, at: formatInstant(decision.at) })),
  };
}

const REASONS: readonly KeyFrameReason[] = ['first', 'last', 'best-plate', 'spread'];

/**
 * The party is told what was sent to them and its hash; the exchange with the gateway stays with the package, and what went to
 * the owner of a misread plate is not theirs to read.
 */
function noticeForParty(
  { record: _, recipient, recipientWords, text, ...notice }: NonNullable<EvidenceManifest['notice']>,
  plate: string | null,
): NonNullable<EvidenceManifest['notice']> {
  const isTheirs = recipient?.kind !== 'owner' || isPlateOfCase(recipient.subject ?? '', plate);
  return isTheirs
    ? {
        ...notice,
        ...(recipient === undefined ? {} : { recipient }),
        ...(recipientWords === undefined ? {} : { recipientWords }),
        ...(text === undefined ? {} : { text }),
      }
    : notice;
}

/** The key originals as enclosed in the package, with the sightings they show. */
function* keyOriginals({ manifest, files }: Sealed, facts: EvidenceManifest): Generator<KeyOriginal> {
  for (const { frameId: chosen, reasons } of manifest.keyFrames.chosen) {
    const frame = manifest.frames.find(({ id }) => id === chosen);
    const sighting = facts.sightings.find((candidate) => candidate.frameId === chosen);
    const bytes = files.get(frame?.original ?? '');
    if (frame?.original == null || sighting === undefined || bytes === undefined) continue;
    yield {
      keyFrame: {
        sighting: sightingOf(sighting),
        reasons: REASONS.filter((reason) => reasons.includes(reason)),
      },
      frame: { cameraId: cameraId(frame.cameraId), sha256: frame.sha256 },
      base: frame.original.slice(frame.original.lastIndexOf('/') + 1),
      bytes,
    };
  }
}

function sightingOf(sighting: EvidenceManifest['sightings'][number]): StaySighting {
  const { plate, occupation } = sighting;
  return {
    sightingId: sightingId(sighting.id),
    frameId: frameId(sighting.frameId),
    cameraId: cameraId(sighting.cameraId),
    capturedAt: Date.parse(sighting.capturedAt),
    box: sighting.box,
    plate:
      plate === null
        ? null
        : {
            ...{ text: plate.text, confidence: plate.confidence, corners: plate.corners },
            ...(plate.characters === null ? {} : { characters: plate.characters }),
          },
    zone: { zoneId: zoneId(sighting.zone.id), version: sighting.zone.version },
    rule: { ruleId: ruleId(sighting.rule.id), version: sighting.rule.version },
    ...(occupation === undefined ? {} : { occupation }),
  };
}

function drawingFacts({ incident, stay, plate, cameras, zones }: EvidenceManifest): PictureFacts {
  return {
    incident: {
      id: incident.id,
      placeName: incident.placeName,
      stay: {
        type: typeOf(incident.type),
        firstSeen: Date.parse(stay.firstSeen),
        lastSeen: Date.parse(stay.lastSeen),
        plate,
      },
    },
    cameras: cameras.map(({ id, name, imageSize }) => ({ id: cameraId(id), name, imageSize })),
    zones: zones.map(({ id, version, cameraId: camera, polygon, words }) => ({
      ...{ id, version, cameraId: camera, polygon, words },
    })),
  };
}

const isType = (name: string): name is ViolationType => Object.hasOwn(VIOLATION_WORDS, name);
function typeOf(name: string): ViolationType {
  if (isType(name)) return name;
  const unknown = { expected: 'a violation this program knows', received: name };
  throw refuse('package-unreadable', 500, { ...unknown, action: 'Make the copy with the version that sealed it.' });
}

function originOf({ sighting }: KeyFrame, { frames }: EvidenceManifest) {
  return { frameId: sighting.frameId, sha256: frames.find(({ id }) => id === sighting.frameId)?.sha256 ?? '' };
}

const distinct = <T extends { frameId: string }>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [one.frameId, one])).values(),
];

/** What a file of the copy is; what it proves it proves as the file of the package it stands for. */
function itemOf({ name, bytes, role, keyFrame }: CopyFile, sealed: EvidenceManifest, madeAt: Instant): CopyItem {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const model = sealed.items.find(
    (item) => item.role === (role === 'redacted' ? 'original' : role) && item.path.endsWith(`/${base}`),
  );
  const words = model ?? { maker: METHOD, method: METHOD, proves: METHOD };
  const isPicture = role !== 'sheet' && role !== 'audit';
  return {
    path: name,
    role,
    sha256: sha256Hex(bytes),
    bytes: bytes.length,
    frameId: keyFrame?.sighting.frameId ?? null,
    madeAt: formatInstant(madeAt),
    maker: role === 'redacted' ? { zh: 'Kerbwatch 系统自动遮盖', en: 'redacted by the Kerbwatch system' } : words.maker,
    method:
      role === 'redacted'
        ? {
            zh: '自原图遮盖他人面部与其他车辆号牌后重新编码',
            en: 'the original with other faces and plates destroyed, encoded anew',
          }
        : isPicture
          ? { zh: `在遮盖后的图片上：${words.method.zh}`, en: `on the redacted picture: ${words.method.en}` }
          : words.method,
    proves: role === 'audit' ? CHAIN_PROVES : words.proves,
  };
}

const CHAIN_PROVES: Bilingual = {
  zh: '本事件自生成至制作本副本的全过程（含查看记录），及其未被增删改动',
  en: 'every act on the incident until this copy was made, looks included, and that none was added, removed or changed',
};

async function printed(
  manifest: PartyCopyManifest,
  drawn: readonly DrawnPicture[],
  { madeAt, signer }: { madeAt: Instant; signer: Signer },
): Promise<Buffer> {
  return evidenceSheet(
    manifest,
    drawn.map(({ print, name, role }) => ({ ...print, path: name, role })),
    {
      sealedAt: new Date(madeAt),
      keyId: (await signer.publicKey(madeAt)).keyId,
      edition: {
        classification: '当事人副本　他人面部及其他车辆号牌已遮盖',
        title: { zh: '非现场执法证据材料（当事人副本）', en: 'Evidence sheet, copy for the party' },
        statement: STATEMENT.zh,
      },
    },
  );
}
