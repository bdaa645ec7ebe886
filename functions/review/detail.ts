/** What an officer sees of an incident: its facts, where its pictures are, who decided what. */
import type { Zone } from '#core/camera.ts';
import { clocksOf } from '#core/clocks.ts';
import { secondWords } from '#core/evidence/wording.ts';
import type { CameraId, ZoneId } from '#core/ids.ts';
import type { Incident, StaySighting } from '#core/incident.ts';
import { outcomesIn } from '#core/incident-machine.ts';
import { formatPlate } from '#core/plates/plate.ts';
import type { SecondVote } from '#core/plates/second-reader.ts';
import { saidOfAll } from '#core/plates/second-vote.ts';
import { presumedPlate } from '#core/review-decision.ts';
import { checkSufficiency } from '#core/sufficiency/check.ts';
import type { SufficiencyReport } from '#core/sufficiency/requirement.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { caseFacts } from '#platform/case-facts.ts';
import { zoneVersions } from '#platform/records/cameras.ts';
import { readFeedItem } from '#platform/records/feed.ts';
import { getFrame } from '#platform/records/frames.ts';
import type { Table } from '#platform/table.ts';
import { clockView } from './clock-view.ts';
import type { Detail, Picture, Summary } from './schemas.ts';
import type { Workplace } from './work.ts';

export const plateShown = (text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : formatPlate(text);

/** The plate an officer confirmed, else the one the frames voted. */
const plateOf = ({ decisions, stay }: Incident): string | null =>
  plateShown(decisions.findLast(({ plate }) => plate !== null)?.plate ?? stay.plate?.text);

export function summaryOf(incident: Incident, now: Instant): Summary {
  const { stay, lease } = incident;
  return {
    id: incident.id,
    state: incident.state,
    type: stay.type,
    version: incident.version,
    plate: plateOf(incident),
    place: { id: stay.placeId, name: incident.placeName },
    shop: stay.shop,
    jurisdiction: incident.jurisdiction,
    grade: incident.grade,
    phase: incident.phase,
    secondReview: incident.secondReview,
    legalReview: incident.legalReview ?? false,
    firstSeen: formatInstant(stay.firstSeen),
    lastSeen: formatInstant(stay.lastSeen),
    dwellSeconds: Math.round((stay.lastSeen - stay.firstSeen) / 1000),
    score: stay.score,
    deadline: formatInstant(incident.deadline),
    overdue: incident.deadline < now,
    lease:
      lease === null || lease.until <= now ? null : { officerId: lease.officerId, until: formatInstant(lease.until) },
  };
}

export function detailOf(
  incident: Incident,
  pictures: readonly Picture[],
  now: Instant,
  { sufficiency = null, clocks = null }: { sufficiency?: SufficiencyReport | null; clocks?: Detail['clocks'] } = {},
): Detail {
  const { stay, package: sealed, withdrawal } = incident;
  return {
    ...summaryOf(incident, now),
    zone: stay.zone,
    vehicleClass: stay.vehicleClass,
    plateRead:
      stay.plate === null
        ? null
        : {
            text: formatPlate(stay.plate.text),
            color: stay.plate.color,
            confidence: stay.plate.confidence,
            reads: stay.plate.reads,
            characters: stay.plate.characters.map(({ char, confidence }) => ({ char, confidence })),
          },
    secondReading: stay.type === 'sidewalk-parking' ? secondReadingOf(stay.second) : null,
    end: endText(stay.end),
    package:
      sealed === null
        ? null
        : {
            sha256: sealed.sha256,
            bytes: sealed.bytes,
            revision: sealed.revision,
            sealedAt: formatInstant(sealed.sealedAt),
          },
    outcomes: [...outcomesIn(incident.state)],
    decisions: incident.decisions.map((decision) => ({
      ...decision,
      plate: plateShown(decision.plate),
      at: formatInstant(decision.at),
    })),
    withdrawal: withdrawal ? { ...withdrawal, at: formatInstant(withdrawal.at) } : null,
    notice: incident.notice
      ? {
          channel: incident.notice.channel,
          reference: incident.notice.reference,
          sentAt: formatInstant(incident.notice.sentAt),
          graceUntil: formatInstant(incident.notice.graceUntil),
          recipient: incident.notice.proof?.recipient.kind ?? null,
          text: incident.notice.proof?.text ?? null,
          recordSha256: incident.notice.proof?.record.sha256 ?? null,
        }
      : null,
    statements: (incident.statements ?? []).map((statement) => ({ ...statement, at: formatInstant(statement.at) })),
    lateFrames: { count: incident.lateFrames.frameIds.length, contradicts: incident.lateFrames.contradicts },
    pictures: [...pictures],
    clocks,
    sufficiency: sufficiency === null ? null : sufficiencyView(sufficiency),
  };
}

const NOT_ASKED = { zh: '未启用', en: 'not in use' };

function secondReadingOf(second: SecondVote | undefined): Detail['secondReading'] {
  if (second === undefined) {
    const frames = { agrees: 0, disagrees: 0, unread: 0, unavailable: 0 };
    return { state: 'off', words: NOT_ASKED, readers: [], frames, differences: [] };
  }
  return {
    state: saidOfAll(second),
    words: secondWords(second),
    readers: second.readers.map((reader) => ({ ...reader })),
    frames: { ...second.frames },
    differences: second.differences.map((difference) => ({ ...difference })),
  };
}

const sufficiencyView = ({ checkedAt, policy, findings }: SufficiencyReport): Detail['sufficiency'] => ({
  checkedAt: formatInstant(checkedAt),
  policy,
  findings: findings.map((finding) => ({ ...finding })),
});

function endText(end: Incident['stay']['end']): Detail['end'] {
  switch (end.kind) {
    case 'departed':
      return { kind: end.kind, at: formatInstant(end.seenFreeAt) };
    case 'replaced':
      return { kind: end.kind, at: formatInstant(end.by) };
    case 'boundary':
      return { kind: end.kind, at: formatInstant(end.at) };
    case 'ongoing':
      return { kind: end.kind, at: null };
  }
}

/**
 * The frames that carry the incident, each with what to draw on it and a URL that works until `expiresAt`. A long stay
 * has hundreds: first, last and those between at even steps are enough to judge by, the package holds the rest.
 */
export async function picturesOf(
  { table, blobs }: { table: Table; blobs: Blobs },
  incident: Incident,
  { expiresAt, most = 12 }: { expiresAt: Instant; most?: number },
): Promise<readonly Picture[]> {
  const zones = new Map<string, Promise<readonly Zone[]>>();
  const versionsOf = (camera: CameraId, zone: ZoneId) => {
    const key = JSON.stringify([camera, zone]);
    const known = zones.get(key) ?? zoneVersions(table, camera, zone);
    zones.set(key, known);
    return known;
  };
  const pictures = await Promise.all(
    spread(incident.stay.sightings, most).map(async (sighting): Promise<Picture | undefined> => {
      const frame = (await getFrame(table, sighting.frameId))?.value;
      if (frame === undefined || frame.state === 'discarded') return undefined;
      const zone = (await versionsOf(sighting.cameraId, sighting.zone.zoneId)).find(
        ({ version }) => version === sighting.zone.version,
      );
      const { url } = await blobs.presignGet(frame.blobKey, { expiresAt });
      return pictureOf(sighting, zone, { url, sha256: frame.sha256, imageSize: [frame.width, frame.height] });
    }),
  );
  return pictures.filter((picture) => picture !== undefined);
}

function pictureOf(
  sighting: StaySighting,
  zone: Zone | undefined,
  file: { url: string; sha256: string; imageSize: [number, number] },
): Picture {
  const { box, plate } = sighting;
  return {
    frameId: sighting.frameId,
    cameraId: sighting.cameraId,
    capturedAt: formatInstant(sighting.capturedAt),
    ...file,
    box: [box[0], box[1], box[2], box[3]],
    plate: plate === null ? null : { text: formatPlate(plate.text), corners: plate.corners.map(([x, y]) => [x, y]) },
    zone: {
      id: sighting.zone.zoneId,
      version: sighting.zone.version,
      polygon: zone === undefined ? [] : zone.polygon.map(([x, y]) => [x, y]),
    },
  };
}

/** An incident as an officer opens it, with pictures that can be looked at for a while. */
export async function withPictures(place: Workplace, incident: Incident): Promise<Detail> {
  const now = place.clock.now();
  const [pictures, facts, entry] = await Promise.all([
    picturesOf(place, incident, { expiresAt: now + place.linkMs }),
    caseFacts(place, incident, { typedPlate: plateAlreadyGiven(incident), now }),
    readFeedItem(place.table, incident.id),
  ]);
  const clocks = clocksOf(incident, entry?.value ?? null, facts.policy, now).map(clockView);
  return detailOf(incident, pictures, now, { sufficiency: checkSufficiency(facts), clocks });
}

/** What officers of earlier stages confirmed, as far as this one is told; null while the machine's reading is all there is. */
function plateAlreadyGiven(incident: Incident): string | null {
  const presumed = presumedPlate(incident);
  return presumed === incident.stay.plate?.text ? null : presumed;
}

/** First, last and even steps between. */
export function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, index) => all[Math.round((index * (all.length - 1)) / (most - 1))]).filter(
    (item) => item !== undefined,
  );
}
