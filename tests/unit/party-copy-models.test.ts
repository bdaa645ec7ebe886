/** Our own models, set on what a party's copy shows: what they read and find in the original they do not in the copy. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Box, Point } from '#core/camera.ts';
import { boundsOf, boxArea, boxIntersection } from '#core/geometry.ts';
import { plateText } from '#core/plates/plate.ts';
import { type PrivacySubject, plateBounds } from '#core/privacy.ts';
import { loadFaceFinder } from '../../functions/inspect/faces.ts';
import { loadPlateReader, type PlateReader } from '../../functions/inspect/plate-reader.ts';
import { facesAnywhere } from '../../functions/inspect/privacy-people.ts';
import { decodeFrame, type Raster } from '../../functions/inspect/raster.ts';
import { decodePicture, encodePicture } from '../../functions/seal/picture.ts';
import { redacted } from '../../functions/seal/redact.ts';
import { type InspectPool, openInspectPool } from '../../infra/local/inspect-pool.ts';

interface Truth {
  objects: {
    class: string;
    box: Box;
    plates?: { raw: string; corners: Point[]; inImage: boolean; readable: boolean }[];
  }[];
}

const sample = (path: string) => new Uint8Array(readFileSync(new URL(`../samples/${path}`, import.meta.url)));
const truthOf = (path: string): Truth =>
  JSON.parse(
    readFileSync(
      new URL(`../samples/${path.replace('/', '/truth/').replace('.jpg', '.json')}`, import.meta.url),
      'utf8',
    ),
  );

let pool: InspectPool;
let reader: PlateReader;
beforeAll(async () => {
  pool = openInspectPool(1);
  reader = await loadPlateReader();
}, 120_000);
afterAll(() => pool.close());

/** The frame as a copy shows it. */
async function copyOf(jpeg: Uint8Array, subject: PrivacySubject): Promise<Raster> {
  const { regions } = await pool.privacy(jpeg, subject);
  const kept = subject.subjectPlate === null ? null : plateBounds(subject.subjectPlate);
  const boxes = regions.map(({ box }) => box);
  return decodeFrame(await encodePicture(redacted(await decodePicture(jpeg), boxes, kept), 88));
}

const readIn = async (raster: Raster, box: Box) => {
  const read = await reader.readPlate(raster, box, []);
  return read === null ? null : plateText(read);
};

describe.each([
  'g_two_cars/20260515T084400.jpg',
  'c_short_stop/20260512T141000.jpg',
  'a_sidewalk_parking/20260512T093230.jpg',
])('in the copy of %s', (path) => {
  it('no reader reads a plate that it read before, but the subject`s', async () => {
    const original = await decodeFrame(sample(path));
    const legible: { box: Box; text: string; corners: Point[] }[] = [];
    for (const { box, plates = [] } of truthOf(path).objects) {
      for (const { raw, corners, inImage } of plates) {
        if (inImage && (await readIn(original, box)) === raw) legible.push({ box, text: raw, corners });
      }
    }
    const [subject, ...others] = legible.sort((a, b) => boxArea(boundsOf(b.corners)) - boxArea(boundsOf(a.corners)));
    if (subject === undefined) throw new Error('Expected a plate that can be read');
    // Its own copy, and the copy of somebody else, in which it is a bystander.
    const own = await copyOf(sample(path), { subject: subject.box, subjectPlate: subject.corners });
    expect(await readIn(own, subject.box)).toBe(subject.text);
    for (const { box, text } of others) expect(await readIn(own, box)).not.toBe(text);
    const theirs = await copyOf(sample(path), { subject: null, subjectPlate: null });
    for (const { box, text } of legible) expect(await readIn(theirs, box)).not.toBe(text);
  }, 120_000);
});

it('no face is found on anybody any more', async () => {
  const path = 'd_storefront_goods/20260513T101500.jpg';
  const finder = await loadFaceFinder();
  const heads = truthOf(path)
    .objects.filter((object) => object.class === 'person')
    .map(({ box: [x0, y0, x1, y1] }): Box => [x0, y0, x1, y0 + (y1 - y0) / 5]);
  const onHeads = async (raster: Raster) =>
    (await facesAnywhere(finder, raster)).filter(({ box }) =>
      heads.some((head) => boxArea(boxIntersection(box, head)) > 0.3 * Math.min(boxArea(box), boxArea(head))),
    );
  expect((await onHeads(await decodeFrame(sample(path)))).length).toBeGreaterThan(0);
  expect(await onHeads(await copyOf(sample(path), { subject: null, subjectPlate: null }))).toEqual([]);
}, 120_000);
