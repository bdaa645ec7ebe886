/** The models on one rendered street: who walks and parks there is known. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Box, Point } from '#core/camera.ts';
import { boundsOf } from '#core/geometry.ts';
import { hiddenShare, type PrivacyRegions, plateBounds } from '#core/privacy.ts';
import { type InspectPool, openInspectPool } from '../../infra/local/inspect-pool.ts';

const FRAME = new URL('../samples/e_nothing_wrong/20260513T162000.jpg', import.meta.url);
const TRUTH = new URL('../samples/e_nothing_wrong/truth/20260513T162000.json', import.meta.url);

interface Truth {
  objects: {
    class: string;
    box: Box;
    occlusion: number;
    plates?: { corners: Point[]; occlusion: number; widthPx: number }[];
  }[];
}

let pool: InspectPool;
let truth: Truth;
let privacy: PrivacyRegions;
/** The vehicle whose plate is widest. */
let subject: { subject: Box; subjectPlate: Point[] };

beforeAll(async () => {
  pool = openInspectPool(1);
  truth = JSON.parse(await readFile(TRUTH, 'utf8'));
  const [widest] = truth.objects
    .flatMap(({ box, plates = [] }) => plates.map(({ corners, widthPx }) => ({ box, corners, widthPx })))
    .sort((a, b) => b.widthPx - a.widthPx);
  if (widest === undefined) throw new Error('Expected a plate in the frame');
  subject = { subject: widest.box, subjectPlate: widest.corners };
  privacy = await pool.privacy(await readFile(FRAME), subject);
}, 120_000);

afterAll(() => pool.close());

/** A seventh of the height, at the top. */
const headOf = ([x0, y0, x1, y1]: Box): Box => {
  const [middle, half] = [(x0 + x1) / 2, (y1 - y0) / 20];
  return [middle - half, y0, middle + half, y0 + (y1 - y0) / 7];
};

it('hides the head of everybody in the street', () => {
  const people = truth.objects.filter((object) => object.class === 'person' && object.occlusion < 0.5);
  expect(people.length).toBeGreaterThan(3);
  for (const { box } of people) expect(hiddenShare(headOf(box), privacy.regions)).toBeGreaterThan(0.9);
});

it("hides every plate but the subject's", () => {
  const plates = truth.objects.flatMap(({ plates = [] }) => plates).filter(({ occlusion }) => occlusion < 0.5);
  const others = plates
    .map(({ corners }) => boundsOf(corners))
    .filter((plate) => !sameBox(plate, boundsOf(subject.subjectPlate)));
  expect(others.length).toBeGreaterThan(1);
  for (const plate of others) expect(hiddenShare(plate, privacy.regions)).toBeGreaterThan(0.9);
});

it("leaves the subject's plate as it is", () => {
  expect(hiddenShare(plateBounds(subject.subjectPlate), privacy.regions)).toBe(0);
});

it('leaves most of the street to be seen', () => {
  expect(hiddenShare([0, 0, ...privacy.imageSize], privacy.regions)).toBeLessThan(0.15);
});

it('is plain data that names the models', () => {
  expect(JSON.parse(JSON.stringify(privacy))).toEqual(privacy);
  expect(privacy.models.map(({ name }) => name)).toEqual(['nanodet-g', 'blazeface', 'ppocr-det']);
});

it("keeps what may be the subject's plate where none was read", async () => {
  const [x0, y0, x1, y1] = subject.subject;
  const window = { left: Math.round(x0) - 20, top: Math.round(y0) - 20 };
  const size = { width: Math.round(x1 - x0) + 40, height: Math.round(y1 - y0) + 40 };
  const alone = await sharp(await readFile(FRAME))
    .extract({ ...window, ...size })
    .jpeg()
    .toBuffer();
  const shifted = ([x, y]: Point): Point => [x - window.left, y - window.top];
  const box: Box = [20, 20, size.width - 20, size.height - 20];
  const kept = await pool.privacy(alone, { subject: box, subjectPlate: null });
  const gone = await pool.privacy(alone, { subject: null, subjectPlate: null });
  const plate = boundsOf(subject.subjectPlate.map(shifted));
  expect(hiddenShare(plate, kept.regions)).toBeLessThan(0.1);
  expect(hiddenShare(plate, gone.regions)).toBeGreaterThan(0.9);
}, 60_000);

const sameBox = (a: Box, b: Box) => a.every((value, i) => Math.abs(value - (b[i] ?? 0)) < 1e-6);
