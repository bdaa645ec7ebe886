/** All pictures of a package from its key originals: each frame decoded once, one after the other. */
import type { Bilingual } from '#core/bilingual.ts';
import type { Camera, Polygon, Rule } from '#core/camera.ts';
import type { KeyFrame } from '#core/evidence/key-frames.ts';
import { incomplete } from '#core/evidence/manifest.ts';
import type { CitedFrame, PackageInput } from '#core/evidence/package-input.ts';
import {
  cameraWords,
  chineseTime,
  durationWords,
  plateWords,
  VIOLATION_WORDS,
  zoneWords,
} from '#core/evidence/wording.ts';
import type { StaySighting } from '#core/incident.ts';
import type { SecondVote } from '#core/plates/second-reader.ts';
import type { Instant } from '#core/time.ts';
import { overviewStrip } from './overview.ts';
import { decodePicture, encodePicture, encodeSmaller, type Picture } from './picture.ts';
import { plateCloseUp } from './plate-view.ts';
import { composeView } from './view.ts';

/** What the pictures tell. */
export interface PictureFacts {
  readonly incident: {
    readonly id: string;
    readonly placeName: string;
    readonly stay: {
      readonly type: Rule['violation'];
      readonly firstSeen: Instant;
      readonly lastSeen: Instant;
      readonly plate: { readonly text: string } | null;
      readonly second?: Pick<SecondVote, 'own'>;
    };
  };
  readonly cameras: readonly Pick<Camera, 'id' | 'name' | 'imageSize'>[];
  readonly zones: readonly {
    readonly id: string;
    readonly version: number;
    readonly cameraId: string;
    readonly polygon: Polygon;
    readonly words: Bilingual;
  }[];
}

export const pictureFacts = ({ incident, cameras, zones }: PackageInput): PictureFacts => ({
  incident,
  cameras,
  zones: zones.map((zone) => ({ ...zone, words: zoneWords(zone) })),
});

/** A key frame with the bytes to draw on. */
export interface KeyOriginal {
  readonly keyFrame: KeyFrame;
  readonly frame: Pick<CitedFrame, 'cameraId' | 'sha256'>;
  /** File name without folder, shared by original, view and plate. */
  readonly base: string;
  readonly bytes: Uint8Array;
}

export interface DrawnPicture {
  readonly name: string;
  readonly role: 'view' | 'plate' | 'overview';
  readonly keyFrame: KeyFrame | null;
  readonly jpeg: Buffer;
  /** The copy the sheet embeds. */
  readonly print: { readonly jpeg: Buffer; readonly width: number; readonly height: number };
}

const PRINT_WIDTH = 1280;
const SUBJECT: Readonly<Record<Rule['violation'], Bilingual>> = {
  'sidewalk-parking': { zh: '涉案车辆', en: 'Vehicle' },
  'street-trading': { zh: '占用范围', en: 'Occupied area' },
};

export async function drawPictures(input: PictureFacts, originals: readonly KeyOriginal[]): Promise<DrawnPicture[]> {
  const drawn: DrawnPicture[] = [];
  const compared = framesToCompare(originals);
  const kept = new Map<KeyOriginal, Picture>();
  for (const original of originals) {
    const { keyFrame, frame, base, bytes } = original;
    const picture = await decodePicture(bytes);
    if (compared.includes(original)) kept.set(original, picture);
    const camera = cameraOf(input, keyFrame.sighting);
    drawn.push(
      await finished(`data/views/${base}`, 'view', keyFrame, await view(input, picture, original, camera), 86),
    );
    if (keyFrame.sighting.plate !== null && keyFrame.reasons.includes('best-plate')) {
      const closeUp = await plateCloseUp(picture, {
        plate: keyFrame.sighting.plate,
        camera: cameraWords(camera),
        capturedAt: chineseTime(keyFrame.sighting.capturedAt),
        frameSha256: frame.sha256,
      });
      drawn.push(await finished(`data/plate/${base}`, 'plate', keyFrame, closeUp, 90));
    }
  }
  const strip = await overview(input, compared, kept);
  if (strip !== undefined) drawn.push(await finished('data/views/overview.jpg', 'overview', null, strip, 86));
  return drawn;
}

async function finished(
  name: string,
  role: DrawnPicture['role'],
  keyFrame: KeyFrame | null,
  picture: Picture,
  quality: number,
): Promise<DrawnPicture> {
  const jpeg = await encodePicture(picture, quality);
  const print = picture.width > PRINT_WIDTH ? await encodeSmaller(picture, PRINT_WIDTH, 78) : jpeg;
  return { name, role, keyFrame, jpeg, print: { jpeg: print, width: picture.width, height: picture.height } };
}

function view(
  input: PictureFacts,
  picture: Picture,
  { keyFrame, frame }: KeyOriginal,
  camera: PictureFacts['cameras'][number],
) {
  const { incident } = input;
  const { sighting } = keyFrame;
  const zone = zoneOf(input, sighting);
  const since = durationWords((sighting.capturedAt - incident.stay.firstSeen) / 1000);
  const isFirst = sighting.capturedAt === incident.stay.firstSeen;
  return composeView(picture, {
    sighting,
    subject: SUBJECT[incident.stay.type],
    type: VIOLATION_WORDS[incident.stay.type],
    zone: { polygon: zone.polygon, words: zone.words },
    zoneImageSize: camera.imageSize,
    incidentId: incident.id,
    placeName: incident.placeName,
    camera: cameraWords(camera),
    capturedAt: chineseTime(sighting.capturedAt),
    since: isFirst
      ? { zh: '首次见到', en: 'first seen' }
      : { zh: `首次见到后 ${since.zh}`, en: `${since.en} after first seen` },
    plate: plateWords(incident.stay.type, incident.stay.plate?.text ?? null, incident.stay.second),
    frameSha256: frame.sha256,
  });
}

/** First, middle and last key frame of the camera that has most of them; nothing to compare with fewer than two. */
function framesToCompare(originals: readonly KeyOriginal[]): KeyOriginal[] {
  const byCamera = new Map<string, KeyOriginal[]>();
  for (const original of originals) {
    const known = byCamera.get(original.frame.cameraId);
    if (known === undefined) byCamera.set(original.frame.cameraId, [original]);
    else known.push(original);
  }
  const most = [...byCamera.values()].reduce<KeyOriginal[]>((best, own) => (own.length > best.length ? own : best), []);
  const [first, last, middle] = [most[0], most.at(-1), most[Math.floor(most.length / 2)]];
  if (first === undefined || last === undefined || middle === undefined || most.length < 2) return [];
  return most.length === 2 ? [first, last] : [first, middle, last];
}

async function overview(
  input: PictureFacts,
  compared: readonly KeyOriginal[],
  kept: ReadonlyMap<KeyOriginal, Picture>,
): Promise<Picture | undefined> {
  const [first] = compared;
  if (first === undefined) return undefined;
  const moments: readonly Bilingual[] =
    compared.length === 2 ? [MOMENTS.first, MOMENTS.last] : [MOMENTS.first, MOMENTS.middle, MOMENTS.last];
  const { stay, placeName } = input.incident;
  return overviewStrip({
    panels: compared.flatMap((original, index) => {
      const picture = kept.get(original);
      const moment = moments[index];
      const { sighting } = original.keyFrame;
      if (picture === undefined || moment === undefined) return [];
      return [{ original: picture, box: sighting.box, moment, capturedAt: chineseTime(sighting.capturedAt) }];
    }),
    type: VIOLATION_WORDS[stay.type],
    placeName,
    camera: cameraWords(cameraOf(input, first.keyFrame.sighting)),
    stayed: durationWords((stay.lastSeen - stay.firstSeen) / 1000),
  });
}

const MOMENTS = {
  first: { zh: '首次', en: 'first' },
  middle: { zh: '中间', en: 'middle' },
  last: { zh: '末次', en: 'last' },
} as const;

function cameraOf(input: PictureFacts, { cameraId }: StaySighting): PictureFacts['cameras'][number] {
  const camera = input.cameras.find(({ id }) => id === cameraId);
  if (camera === undefined) throw incomplete(`camera ${cameraId}`);
  return camera;
}

/** Zone ids are unique within one camera only. */
function zoneOf(input: PictureFacts, { cameraId, zone }: StaySighting): PictureFacts['zones'][number] {
  const found = input.zones.find(
    (drawn) => drawn.cameraId === cameraId && drawn.id === zone.zoneId && drawn.version === zone.version,
  );
  if (found === undefined) throw incomplete(`zone ${zone.zoneId} version ${zone.version} of camera ${cameraId}`);
  return found;
}
