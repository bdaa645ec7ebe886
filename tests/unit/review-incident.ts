/** Incidents as the pipeline leaves them, for tests of what comes after it. */

import { createHash } from 'node:crypto';
import { cameraId, incidentId, officerId, placeId, ruleId, sha256Of, sightingId, zoneId } from '#core/ids.ts';
import type { Incident, PlateVote } from '#core/incident.ts';
import type { DecisionCommand } from '#core/review-decision.ts';
import { REQUIREMENTS } from '#core/sufficiency/check.ts';
import type { SufficiencyReport } from '#core/sufficiency/requirement.ts';
import type { Instant } from '#core/time.ts';
import { frameIdOf } from '#platform/records/frames.ts';

export const T0: Instant = Date.parse('2026-05-12T09:30:00+08:00');
export const MINUTE = 60_000;

export const ANNA = { id: officerId('anna'), name: '安娜' };
export const BO = { id: officerId('bo'), name: '博' };
export const SUPERVISOR = { id: officerId('su'), name: '苏' };
export const CHEN = { id: officerId('chen'), name: '陈晨' };
export const LI = { id: officerId('li'), name: '李法' };
export const WU = { id: officerId('wu'), name: '吴督' };

export function plateVote(text: string): PlateVote {
  return {
    text,
    characters: [...text].map((char) => ({ char, confidence: 0.98, alternatives: [] })),
    color: 'blue',
    confidence: 0.96,
    reads: 3,
  };
}

/** SHA-256 of the picture that a camera took at an instant. */
export const pictureOf = (camera: string, at: Instant) =>
  sha256Of(createHash('sha256').update(`${camera} ${at}`).digest('hex'));

/** Another vehicle for every name but the first: one act of one vehicle is one case (art. 29). */
export function plateNamed(name: string): PlateVote {
  const number = Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 8), 16);
  return plateVote(name === 'i1' ? '浙A8K3F2' : `浙A${(number % 90_000) + 10_000}`);
}

/** Sealed and in the queue, unless `change` says otherwise. */
export function incident(change: Partial<Incident> = {}, name = 'i1'): Incident {
  const zone = { zoneId: zoneId('Z1'), version: 1 };
  return {
    id: incidentId(name),
    stay: {
      type: 'sidewalk-parking',
      placeId: placeId('P1'),
      zone,
      shop: null,
      vehicleClass: 'car',
      plate: plateVote('浙A8K3F2'),
      firstSeen: T0,
      lastSeen: T0 + 10 * MINUTE,
      sightings: [0, 10].map((minutes, index) => ({
        sightingId: sightingId(`${name}-s${index}`),
        frameId: frameIdOf(cameraId('CAM-1'), T0 + minutes * MINUTE, pictureOf('CAM-1', T0 + minutes * MINUTE)),
        cameraId: cameraId('CAM-1'),
        capturedAt: T0 + minutes * MINUTE,
        box: [400, 300, 900, 700],
        plate: null,
        zone,
        rule: { ruleId: ruleId('R1'), version: 1 },
      })),
      end: { kind: 'ongoing' },
      occupiedShare: null,
      score: 0.9,
      continuity: { score: 0.99, links: 1, weakest: null },
    },
    placeName: '文一西路北侧人行道',
    jurisdiction: '五常中队',
    grade: 'evidence',
    phase: 'enforcing',
    secondReview: false,
    state: 'pending',
    lease: null,
    decisions: [],
    package: {
      sha256: 'ab'.repeat(32),
      key: `packages/${name}/1.zip`,
      bytes: 1_234_567,
      revision: 1,
      sealedAt: T0 + 12 * MINUTE,
    },
    deadline: T0 + 5 * 24 * 60 * MINUTE,
    createdAt: T0 + 11 * MINUTE,
    updatedAt: T0 + 12 * MINUTE,
    lateFrames: { frameIds: [], contradicts: false },
    version: 1,
    ...change,
  };
}

/** A list on which everything holds, of the package as it stands. */
export const sufficient = (base: Pick<Incident, 'package'>): SufficiencyReport => ({
  checkedAt: T0 + 13 * MINUTE,
  policy: { jurisdiction: '*', version: 0 },
  packageSha256: base.package?.sha256 ?? null,
  findings: REQUIREMENTS.map(({ id, words, source, blocking }) => ({
    ...{ id, words, source, blocking, answer: 'holds' },
    facts: { zh: '属实。', en: 'So it is.' },
  })),
});

export const heldBy = (officer: { id: typeof ANNA.id }, base: Incident): Incident => ({
  ...base,
  lease: { officerId: officer.id, until: T0 + 60 * MINUTE },
});

/** A confirmation of what stands, by Anna, unless `change` says otherwise. */
export function command(base: Incident, change: Partial<DecisionCommand> = {}): DecisionCommand {
  return {
    officer: ANNA,
    roles: ['reviewer'],
    outcome: 'confirm',
    reason: null,
    note: '',
    version: base.version,
    packageSha256: base.package?.sha256 ?? '',
    sufficiency: sufficient(base),
    ...change,
  };
}
