/**
 * What happens every day before a shop, shown to the whole pipeline as pictures: sample frames as they are, and composites
 * of them (composites.ts). Each test states all that a patrol may find, to the frame.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import type { Raster } from '../../functions/inspect/raster.ts';
import { cutOut, jpegOf, paste, type SampleFrame, sampleFrame } from './composites.ts';
import { openStudio, type Shot, type Studio } from './composites-patrol.ts';
import { byNight, changed, dappled, exposed, noisy, rainy, unfocused } from './composites-weather.ts';

const SHOPS = 'd_storefront_goods';
const occupied = (times: string, zone = 'storefront-32') => `street-trading - ${zone} ${times}`;

let studio: Studio;
/** Before anything is put out, and after all is taken in. */
let before: SampleFrame;
let after: SampleFrame;
/** The stall and the cartons; then with a table and chairs. */
let out: readonly [SampleFrame, SampleFrame, SampleFrame, SampleFrame];

beforeAll(async () => {
  studio = await openStudio();
  const at = (time: string) => sampleFrame(SHOPS, `20260513T${time}`);
  [before, after] = [await at('100000'), await at('104000')];
  out = [await at('100600'), await at('101500'), await at('102500'), await at('103500')];
});
afterAll(() => studio?.close());

const street = async (...shots: readonly Shot[]) => studio.found(await studio.sequence(SHOPS, shots));
const shot = async (at: string, picture: Raster | Promise<Raster>): Promise<Shot> => [at, await jpegOf(await picture)];
const asIs = (at: string, { jpeg }: SampleFrame): Shot => [at, jpeg];

describe('goods', () => {
  it('already out in the first frame are an incident from there', async () => {
    const found = await street(
      asIs('10:06', out[0]),
      asIs('10:15', out[1]),
      asIs('10:35', out[3]),
      asIs('10:40', after),
    );
    expect(found).toEqual([occupied('10:06-10:35')]);
  });

  it('never taken in are an incident to the last frame', async () => {
    const found = await street(asIs('10:00', before), asIs('10:06', out[0]), asIs('10:35', out[3]));
    expect(found).toEqual([occupied('10:06-10:35')]);
  });

  it('out in every frame of the day are an incident', async () => {
    const found = await street(
      asIs('10:06', out[0]),
      asIs('10:15', out[1]),
      asIs('10:25', out[2]),
      asIs('10:35', out[3]),
    );
    expect(found).toEqual([occupied('10:06-10:35')]);
  });

  it('out in the last two frames only are an incident', async () => {
    const found = await street(
      asIs('10:00', before),
      asIs('10:10', after),
      asIs('10:25', out[2]),
      asIs('10:35', out[3]),
    );
    expect(found).toEqual([occupied('10:25-10:35')]);
  });

  it('out twice for less than permitted are none, whatever the sum', async () => {
    const found = await street(
      asIs('10:00', before),
      asIs('10:02', out[0]),
      asIs('10:08', out[1]),
      asIs('10:10', after),
      asIs('10:15', out[2]),
      asIs('10:21', out[3]),
      asIs('10:25', before),
    );
    expect(found).toEqual([]);
  });

  it('before two neighbouring shops are two incidents', async () => {
    const stall = cutOut(out[3].picture, after.picture, [555, 379, 1026, 809]);
    const beside = ({ picture }: SampleFrame) => paste(picture, stall, { dx: 530, dy: -140, scale: 0.88 });
    const found = await street(
      asIs('10:00', before),
      asIs('10:06', out[0]),
      await shot('10:15', beside(out[1])),
      await shot('10:35', beside(out[3])),
      asIs('10:40', after),
    );
    expect(found).toEqual([occupied('10:06-10:35'), occupied('10:15-10:35', 'storefront-34')]);
  });
});

describe('one occupation', () => {
  const around = (middle: Shot) =>
    street(asIs('10:00', before), asIs('10:06', out[0]), middle, asIs('10:35', out[3]), asIs('10:40', after));

  it('goes on while a van hides the stall', async () => {
    const [passing, empty] = await Promise.all(
      ['191200', '190500'].map((time) => sampleFrame('f_dusk_rain', `20260514T${time}`)),
    );
    if (passing === undefined || empty === undefined) throw new RangeError('Expected both frames');
    const van = cutOut(passing.picture, empty.picture, passing.boxOf('van-parked'));
    const hidden = paste(out[2].picture, van, { scale: 1.5, dx: 100, dy: 20 });
    expect(await around(await shot('10:15', hidden))).toEqual([occupied('10:06-10:35')]);
  });

  it.each([
    ['is black', exposed(0)],
    ['is out of focus', unfocused(14)],
  ])('goes on through a frame that %s', async (_, change) => {
    const found = await around(await shot('10:15', changed(out[1].picture, change)));
    expect(found).toEqual([occupied('10:06-10:35')]);
  });

  it('goes on through rain and night', async () => {
    const found = await street(
      asIs('10:00', before),
      asIs('10:06', out[0]),
      await shot('10:15', changed(out[1].picture, exposed(0.8), rainy(2500, 5), noisy(4, 5))),
      await shot('10:35', changed(out[3].picture, byNight, noisy(4, 3))),
      await shot('10:40', changed(after.picture, byNight, noisy(4, 4))),
    );
    expect(found).toEqual([occupied('10:06-10:35')]);
  });
});

describe('no goods', () => {
  it('are two scooters that come and stay', async () => {
    const scooter = pieceOf(out[2].picture, [1560, 410, 1725, 595]);
    const scooters = async ({ picture }: SampleFrame) =>
      paste(await paste(picture, scooter, { dx: -960, dy: 190, scale: 1.25 }), scooter, {
        dx: -780,
        dy: 150,
        scale: 1.2,
      });
    const [early, late] = [await jpegOf(await scooters(before)), await jpegOf(await scooters(after))];
    const found = await street(asIs('10:00', before), ['10:06', late], ['10:20', early], ['10:35', late]);
    expect(found).toEqual([]);
  });

  it('are people who stand about the shop, elsewhere in each frame', async () => {
    const [dark, pink] = [
      cutOut(out[3].picture, before.picture, [1390, 520, 1480, 810], 6),
      cutOut(before.picture, after.picture, [440, 545, 530, 840], 6),
    ];
    const crowd = async ({ picture }: SampleFrame, step: number) => {
      const one = await paste(picture, dark, { dx: -600 - step * 40, dy: 60 });
      const two = await paste(one, pink, { dx: 350 + step * 30, dy: -10 });
      return paste(two, dark, { dx: -450 + step * 25, dy: 10 });
    };
    const found = await street(
      asIs('10:00', before),
      await shot('10:06', crowd(after, 0)),
      await shot('10:15', crowd(before, 1)),
      await shot('10:25', crowd(after, 2)),
      await shot('10:35', crowd(after, -2)),
      asIs('10:40', after),
    );
    expect(found).toEqual([]);
  });

  it('are sun and shade under a tree, while the sun goes on', async () => {
    const found = await street(
      asIs('10:00', before),
      await shot('10:10', changed(after.picture, dappled(1, 0), noisy(3, 1))),
      await shot('10:25', changed(before.picture, dappled(1, 30), noisy(3, 2))),
      await shot('10:40', changed(after.picture, dappled(1, 30), noisy(3, 3))),
      asIs('10:50', after),
    );
    expect(found).toEqual([]);
  });

  it('are rain and nightfall', async () => {
    const found = await street(
      asIs('10:00', before),
      await shot('10:10', changed(after.picture, exposed(0.8), rainy(2500, 5), noisy(4, 5))),
      await shot('10:25', changed(before.picture, byNight, noisy(4, 3))),
      await shot('10:40', changed(after.picture, byNight, noisy(4, 4))),
    );
    expect(found).toEqual([]);
  });
});

/** A piece of a picture with soft edges, where no frame without it is at hand. */
function pieceOf({ width: stride, data }: Raster, [left, top, right, bottom]: Box) {
  const [width, height] = [right - left, bottom - top];
  const pixels = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    pixels.set(data.subarray(((top + y) * stride + left + x) * 3, ((top + y) * stride + left + x) * 3 + 3), i * 4);
    pixels[i * 4 + 3] = Math.min(255, 20 * Math.min(x, y, width - 1 - x, height - 1 - y));
  }
  return { left, top, width, height, data: pixels };
}
