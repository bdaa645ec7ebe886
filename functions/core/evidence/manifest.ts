/** Writes the facts of a package down. Pure: the same input gives the same manifest, member for member. */

import type { AuditHead } from '#core/audit.ts';
import { gradeAt } from '#core/camera.ts';
import { IMPAIRMENT_WORDS, type Impairment } from '#core/camera-impairment.ts';
import type { CameraId } from '#core/ids.ts';
import type { Notice, NoticeProof, Occupation, StaySighting } from '#core/incident.ts';
import { recipientWords, subjectOf } from '#core/notice-message.ts';
import type { PlateCharacter } from '#core/plates/plate.ts';
import type { ReaderVersion, SecondOpinion, SecondVote } from '#core/plates/second-reader.ts';
import { refuse } from '#core/refusal.ts';
import { endedAt } from '#core/stays/ending.ts';
import type { SufficiencyReport } from '#core/sufficiency/requirement.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import { TIME_STAMP } from './bag.ts';
import { goodsWords } from './goods-words.ts';
import { itemOf, type PackageFile } from './items.ts';
import { KEY_FRAME_RULE, type KeyFrame } from './key-frames.ts';
import { type EvidenceManifest, MANIFEST_SCHEMA } from './manifest-schema.ts';
import type { CitedFrame, PackageInput } from './package-input.ts';
import {
  durationWords,
  endWords,
  plateWords,
  ruleWords,
  secondWords,
  UNREVIEWED,
  VIOLATION_WORDS,
  zoneWords,
} from './wording.ts';

export interface AuditFacts {
  path: string;
  entries: number;
  /** Of the last entry; null for an empty chain. */
  head: AuditHead | null;
}

/** @throws {Refusal} `evidence-incomplete` when a sighting cites a frame that the input does not have. */
export function buildManifest(
  input: PackageInput,
  keyFrames: readonly KeyFrame[],
  files: readonly PackageFile[],
  audit: AuditFacts,
  /** Whom the signature is to be stamped by (RFC 3161); null where nobody is asked. */
  timeStampAuthority: string | null = null,
): EvidenceManifest {
  const { incident } = input;
  const { stay } = incident;
  const frames = new Map<string, CitedFrame>(input.frames.map((frame) => [frame.frameId, frame]));
  const originals = new Map<string, string>();
  for (const { role, keyFrame, name } of files)
    if (role === 'original' && keyFrame !== null) originals.set(keyFrame.sighting.frameId, name);
  const dwellSeconds = (stay.lastSeen - stay.firstSeen) / 1000;
  return {
    schema: MANIFEST_SCHEMA,
    statement: UNREVIEWED,
    incident: {
      id: incident.id,
      revision: input.revision,
      type: stay.type,
      typeWords: VIOLATION_WORDS[stay.type],
      placeId: stay.placeId,
      placeName: incident.placeName,
      jurisdiction: incident.jurisdiction,
      shop: stay.shop,
      vehicleClass: stay.vehicleClass,
      grade: incident.grade,
      phase: incident.phase,
      createdAt: formatInstant(incident.createdAt),
    },
    making: {
      method: {
        zh: '固定摄像机按时抓拍，系统接收时计算 SHA-256 并原样保存；以下列模型识别目标与号牌，按下列区域、规则版本判断停留；封存时制作合成图、本清单与证据材料，并对标签清单签名',
        en: 'Stills of fixed cameras, hashed (SHA-256) and kept as received; subjects and plates found by the models below, stays judged by the zone and rule versions below; views, manifest and sheet made when sealing, and the tag manifest signed',
      },
      sealedAt: formatInstant(input.sealedAt),
      maker: { zh: `Kerbwatch ${input.systemVersion} 自动制作`, en: `made by Kerbwatch ${input.systemVersion}` },
      system: { name: 'Kerbwatch', version: input.systemVersion },
      ...(timeStampAuthority === null ? {} : { timeStamp: { path: TIME_STAMP, authority: timeStampAuthority } }),
    },
    stay: {
      firstSeen: formatInstant(stay.firstSeen),
      lastSeen: formatInstant(stay.lastSeen),
      dwellSeconds,
      dwellWords: durationWords(dwellSeconds),
      end: { kind: stay.end.kind, at: instantOrNull(endedAt(stay.end)), words: endWords(stay.end) },
      occupiedShare: stay.occupiedShare,
      score: stay.score,
      continuity: stay.continuity ?? null,
    },
    notice: noticeFacts(incident.notice ?? null, files.find(({ role }) => role === 'notice')?.name ?? null),
    ...(input.sufficiency === undefined ? {} : { sufficiency: sufficiencyFacts(input.sufficiency) }),
    plate:
      stay.plate === null
        ? null
        : {
            text: stay.plate.text,
            color: stay.plate.color,
            confidence: stay.plate.confidence,
            reads: stay.plate.reads,
            characters: copyCharacters(stay.plate.characters),
          },
    plateWords: plateWords(stay.type, stay.plate?.text ?? null, stay.second),
    ...(stay.second === undefined ? {} : { secondReadings: secondFacts(stay.second) }),
    places: input.places.map(({ id, name, version }) => ({ id, name, version })),
    cameras: input.cameras.map((camera) => ({
      id: camera.id,
      name: camera.name,
      lat: camera.lat,
      lng: camera.lng,
      jurisdiction: camera.jurisdiction,
      imageSize: [camera.imageSize[0], camera.imageSize[1]],
      version: camera.version,
      gradeAtFirstSeen: gradeAt(camera, stay.firstSeen),
      dossier:
        camera.dossier === null
          ? null
          : {
              legalReviewNumber: camera.dossier.legalReviewNumber,
              legalReviewedAt: formatInstant(camera.dossier.legalReviewedAt),
              technicalVerificationNumber: camera.dossier.technicalVerificationNumber,
              technicalVerifiedUntil: formatInstant(camera.dossier.technicalVerifiedUntil),
              signInPlace: camera.dossier.signInPlace,
              publishedAt: formatInstant(camera.dossier.publishedAt),
              publicationUrl: camera.dossier.publicationUrl,
            },
      ...(input.impairments === undefined ? {} : { impairments: impairmentFacts(input.impairments, camera.id) }),
    })),
    zones: input.zones.map((zone) => ({
      id: zone.id,
      version: zone.version,
      cameraId: zone.cameraId,
      placeId: zone.placeId,
      type: zone.type,
      shop: zone.shop,
      polygon: zone.polygon.map(([x, y]): [number, number] => [x, y]),
      effectiveFrom: formatInstant(zone.effectiveFrom),
      effectiveTo: instantOrNull(zone.effectiveTo),
      words: zoneWords(zone),
    })),
    rules: input.rules.map((rule) => ({
      id: rule.id,
      version: rule.version,
      violation: rule.violation,
      permittedStaySeconds: rule.permittedStaySeconds,
      hours: rule.hours.map(({ from, to }) => ({ from, to })),
      phase: rule.phase,
      noticeGraceSeconds: rule.notice.required ? rule.notice.graceSeconds : null,
      dayStartsAt: rule.dayStartsAt,
      departureFrames: rule.departureFrames,
      twoWheelers: rule.twoWheelers,
      secondReview: rule.secondReview,
      effectiveFrom: formatInstant(rule.effectiveFrom),
      effectiveTo: instantOrNull(rule.effectiveTo),
      words: ruleWords(rule),
    })),
    sightings: stay.sightings.map((sighting) => sightingFacts(sighting, frames, originals)),
    frames: input.frames.map((frame) => ({
      id: frame.frameId,
      cameraId: frame.cameraId,
      capturedAt: formatInstant(frame.capturedAt),
      receivedAt: formatInstant(frame.receivedAt),
      receivedFrom: frame.receivedFrom,
      late: frame.late,
      sha256: frame.sha256,
      bytes: frame.bytes,
      original: originals.get(frame.frameId) ?? null,
    })),
    keyFrames: {
      rule: { ...KEY_FRAME_RULE },
      chosen: keyFrames.map(({ sighting, reasons }) => ({ frameId: sighting.frameId, reasons: [...reasons] })),
    },
    models: input.models.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
    items: files.map((file) => itemOf(file, input, frames)),
    audit: { path: audit.path, entries: audit.entries, head: audit.head === null ? null : { ...audit.head } },
    decisions: incident.decisions.map((decision) => ({ ...decision, at: formatInstant(decision.at) })),
  };
}

function sightingFacts(
  sighting: StaySighting,
  frames: ReadonlyMap<string, CitedFrame>,
  originals: ReadonlyMap<string, string>,
): EvidenceManifest['sightings'][number] {
  const frame = frames.get(sighting.frameId);
  if (frame === undefined) throw incomplete(`frame ${sighting.frameId}`);
  const { box, plate } = sighting;
  return {
    id: sighting.sightingId,
    frameId: sighting.frameId,
    frameSha256: frame.sha256,
    cameraId: sighting.cameraId,
    capturedAt: formatInstant(sighting.capturedAt),
    box: [box[0], box[1], box[2], box[3]],
    plate:
      plate === null
        ? null
        : {
            text: plate.text,
            confidence: plate.confidence,
            corners: [[...plate.corners[0]], [...plate.corners[1]], [...plate.corners[2]], [...plate.corners[3]]],
            characters: plate.characters === undefined ? null : copyCharacters(plate.characters),
            ...(plate.second === undefined ? {} : { second: opinionFacts(plate.second) }),
          },
    zone: { id: sighting.zone.zoneId, version: sighting.zone.version },
    rule: { id: sighting.rule.ruleId, version: sighting.rule.version },
    original: originals.get(sighting.frameId) ?? null,
    ...(sighting.occupation === undefined ? {} : { occupation: occupationFacts(sighting.occupation) }),
  };
}

const readerFacts = ({ name, version }: ReaderVersion) => ({ name, version });

const opinionFacts = (second: SecondOpinion) => ({
  ...{ reader: readerFacts(second.reader), said: second.kind },
  ...('characters' in second ? { characters: second.characters.map((heard) => heard && { ...heard }) } : {}),
  ...('why' in second ? { why: second.why } : {}),
});

const secondFacts = (second: SecondVote): EvidenceManifest['secondReadings'] => ({
  readers: second.readers.map(readerFacts),
  frames: { ...second.frames },
  differences: second.differences.map((difference) => ({ ...difference })),
  words: secondWords(second),
});

const occupationFacts = ({ share, confidence, outline, supporting }: Occupation) => ({
  ...{ share, confidence, words: goodsWords(supporting.map(({ label }) => label)) },
  outline: outline.map((polygon) => polygon.map(([x, y]): [number, number] => [x, y])),
  supporting: supporting.map(({ label, score, box: [x0, y0, x1, y1] }) => ({
    ...{ label, score },
    box: [x0, y0, x1, y1] satisfies [number, number, number, number],
  })),
});

const noticeFacts = (notice: Notice | null, record: string | null): EvidenceManifest['notice'] =>
  notice === null
    ? null
    : {
        channel: notice.channel,
        reference: notice.reference,
        sentAt: formatInstant(notice.sentAt),
        graceUntil: formatInstant(notice.graceUntil),
        ...(notice.proof === undefined ? {} : proofFacts(notice.proof)),
        ...(record === null ? {} : { record }),
      };

const proofFacts = (proof: NoticeProof) => ({
  messageId: proof.messageId,
  recipient: { kind: proof.recipient.kind, subject: subjectOf(proof.recipient) },
  recipientWords: recipientWords(proof.recipient),
  text: proof.text,
  language: proof.language,
  requestSha256: proof.requestSha256,
  response: proof.response === null ? null : { ...proof.response },
  recordSha256: proof.record.sha256,
});

const sufficiencyFacts = ({ checkedAt, policy, findings }: SufficiencyReport): EvidenceManifest['sufficiency'] => ({
  checkedAt: formatInstant(checkedAt),
  policy: { jurisdiction: policy.jurisdiction, version: policy.version },
  findings: findings.map((finding) => ({ ...finding })),
});

const impairmentFacts = (impairments: readonly Impairment[], camera: CameraId) =>
  impairments
    .filter(({ cameraId }) => cameraId === camera)
    .map(({ kind, from, to, facts }) => ({
      ...{ kind, facts, words: { ...IMPAIRMENT_WORDS[kind] } },
      from: formatInstant(from),
      to: instantOrNull(to),
    }));

export function incomplete(what: string) {
  return refuse('evidence-incomplete', 500, {
    expected: 'every frame, camera, place, zone and rule version that the incident cites',
    received: `an input without ${what}`,
    action: 'Read it from its repository and seal again.',
  });
}

const copyCharacters = (characters: readonly PlateCharacter[]) =>
  characters.map(({ char, confidence, alternatives }) => ({
    char,
    confidence,
    alternatives: alternatives.map((other) => ({ char: other.char, confidence: other.confidence })),
  }));

const instantOrNull = (at: Instant | null): string | null => (at === null ? null : formatInstant(at));
