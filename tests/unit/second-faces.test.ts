/** Faces of a second reader in the party's copy: added to ours, never instead of them. */
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Box } from '#core/camera.ts';
import { hiddenShare, type PrivacyRegions, type PrivacySubject } from '#core/privacy.ts';
import { openRekognitionReader, rekognitionClient } from '#platform/aws/rekognition-reader.ts';
import { withSecondFaces } from '../../functions/seal/second-faces.ts';
import { answering, facesAnswer, failing, openRekognition, type Rekognition } from '../aws/rekognition.ts';

const OURS: PrivacyRegions = {
  imageSize: [1000, 500],
  regions: [{ kind: 'head', source: 'person', box: [10, 20, 60, 80], score: 0.6 }],
  models: [{ name: 'blazeface', version: '1', sha256: 'a'.repeat(64) }],
};
const NOBODY: PrivacySubject = { subject: null, subjectPlate: null };
/** As shares of the picture, and as its pixels. */
const FACE = [0.5, 0.2, 0.56, 0.34] as const;
const FACE_PIXELS: Box = [500, 100, 560, 170];

let service: Rekognition;
let jpeg: Uint8Array;
beforeAll(async () => {
  service = await openRekognition();
  for (const [name, value] of Object.entries(service.environment)) vi.stubEnv(name, value);
  const picture = sharp({ create: { width: 1000, height: 500, channels: 3, background: '#888' } });
  // Some cameras write how they hang, and where.
  jpeg = await picture
    .jpeg()
    .withExif({ IFD0: { Copyright: 'a camera' } })
    .withMetadata({ orientation: 6 })
    .toBuffer();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await service.close();
});
beforeEach(() => {
  service.asked.length = 0;
});

const look = (subject = NOBODY) =>
  withSecondFaces(async () => OURS, openRekognitionReader({ client: rekognitionClient() }))(jpeg, subject);

it('hides what it finds beside what we find, with a margin', async () => {
  service.answer(answering(facesAnswer(FACE)));
  const { regions, models, second } = await look();
  expect(regions.slice(0, 1)).toEqual(OURS.regions);
  expect(hiddenShare(FACE_PIXELS, regions)).toBe(1);
  expect(regions[1]).toMatchObject({ kind: 'face', source: 'second-reader' });
  expect(regions[1]?.box[0]).toBeLessThan(500);
  expect(models).toEqual(OURS.models);
  expect(second).toEqual({
    ...{ kind: 'looked', faces: 1 },
    reader: { name: 'Amazon Rekognition DetectFaces', version: null },
  });
});

it('leaves the plate of the subject legible', async () => {
  service.answer(answering(facesAnswer(FACE)));
  const subjectPlate = [
    [520, 120],
    [540, 120],
    [540, 130],
    [520, 130],
  ] as const;
  const { regions } = await look({ subject: null, subjectPlate });
  expect(hiddenShare([520, 120, 540, 130], regions)).toBe(0);
});

it('is shown the pixels as stored, and nothing that the camera wrote beside them', async () => {
  service.answer(answering(facesAnswer()));
  await look();
  const { width, height, orientation, exif } = await sharp(service.asked[0]?.picture).metadata();
  expect([width, height]).toEqual([1000, 500]);
  expect([orientation ?? 1, exif]).toEqual([1, undefined]);
});

it('leaves ours as they are where it fails', async () => {
  service.answer(failing('AccessDeniedException', 400));
  const { second, ...rest } = await look();
  expect(rest).toEqual(OURS);
  expect(second).toMatchObject({ kind: 'unavailable', why: 'denied' });
});

it('is no part of anything where there is none', async () => {
  expect(await withSecondFaces(async () => OURS, undefined)(jpeg, NOBODY)).toEqual(OURS);
});
