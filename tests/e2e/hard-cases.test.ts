/**
 * What happens every day on a sidewalk, shown to the whole pipeline as pictures: sample frames as they are, and composites
 * of them (composites.ts). Each test states all that a patrol may find, to the frame.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import type { Raster } from '../../functions/inspect/raster.ts';
import { characterOf, cutOut, jpegOf, paste, type SampleFrame, sampleFrame, warpInto } from './composites.ts';
import { openStudio, type SampleJson, type Shot, type Studio, sampleJson } from './composites-patrol.ts';
import {
  byNight,
  changed,
  cropped,
  exposed,
  mirrored,
  noisy,
  rainy,
  shaken,
  smeared,
  unfocused,
} from './composites-weather.ts';

const STREET = 'a_sidewalk_parking';
const OPPOSITE = 'b_second_camera';
const FIRST = '浙A·8K3F2';
const OTHER = '浙A·7C2H9';
const NEIGHBOUR = '浙A·8K3F9';
const parked = (plate: string, times: string) => `sidewalk-parking ${plate} sidewalk ${times}`;

let studio: Studio;
/** The street empty, with other passers-by each time; and with the car, likewise. */
let free: SampleFrame;
let emptied: SampleFrame;
let car: readonly [SampleFrame, SampleFrame, SampleFrame, SampleFrame];
/** Lends its plate. */
let lender: SampleFrame;

beforeAll(async () => {
  studio = await openStudio();
  const at = (time: string) => sampleFrame(STREET, `20260512T${time}`);
  [free, emptied] = [await at('093000'), await at('094600')];
  car = [await at('093230'), await at('093530'), await at('093930'), await at('094330')];
  lender = await sampleFrame('g_two_cars', '20260515T084800');
});
afterAll(() => studio?.close());

const street = async (...shots: readonly Shot[]) => studio.found(await studio.sequence(STREET, shots));
const shot = async (at: string, picture: Raster | Promise<Raster>): Promise<Shot> => [at, await jpegOf(await picture)];
const asIs = (at: string, { jpeg }: SampleFrame): Shot => [at, jpeg];

const withOtherPlate = (frame: SampleFrame) =>
  warpInto(frame.picture, frame.plateOf('car-parked'), lender.picture, lender.plateOf('car-near'));
/** The last character of its plate is another. */
const withNeighboursPlate = (frame: SampleFrame) =>
  warpInto(
    frame.picture,
    characterOf(frame.plateOf('car-parked'), 6),
    lender.picture,
    characterOf(lender.plateOf('car-near'), 6),
  );
const carOf = (frame: SampleFrame, picture = frame.picture, margin = 16) =>
  cutOut(picture, emptied.picture, frame.boxOf('car-parked'), margin);

describe('one spot', () => {
  it('taken by the same model with another plate after a gap has two incidents', async () => {
    const found = await street(
      asIs('09:00', free),
      asIs('09:03', car[1]),
      asIs('09:07', car[2]),
      asIs('09:09', emptied),
      await shot('09:11', withOtherPlate(car[1])),
      await shot('09:15', withOtherPlate(car[2])),
      asIs('09:17', free),
    );
    expect(found).toEqual([parked(OTHER, '09:11-09:15'), parked(FIRST, '09:03-09:07')]);
  });

  it('taken by the same model with another plate while nobody looked has two incidents', async () => {
    const found = await street(
      asIs('09:00', free),
      asIs('09:03', car[1]),
      asIs('09:07', car[2]),
      await shot('09:11', withOtherPlate(car[1])),
      await shot('09:15', withOtherPlate(car[2])),
    );
    expect(found).toEqual([parked(OTHER, '09:11-09:15'), parked(FIRST, '09:03-09:07')]);
  });

  it.each([
    ['two incidents when both stops are long', '09:15', [parked(FIRST, '09:03-09:07'), parked(FIRST, '09:11-09:15')]],
    ['one when only the first is', '09:12', [parked(FIRST, '09:03-09:07')]],
  ])('left and taken again by the same car has %s', async (_, until, expected) => {
    const found = await street(
      asIs('09:00', free),
      asIs('09:03', car[1]),
      asIs('09:07', car[2]),
      asIs('09:09', emptied),
      asIs('09:11', car[1]),
      asIs(until, car[2]),
      asIs('09:17', free),
    );
    expect(found).toEqual(expected);
  });

  it('left and taken again by the same car has none when each stop is short and their sum long', async () => {
    const found = await street(
      asIs('09:00', free),
      asIs('09:03', car[1]),
      asIs('09:05', car[2]),
      asIs('09:06', emptied),
      asIs('09:07', car[1]),
      asIs('09:09', car[2]),
      asIs('09:10', free),
    );
    expect(found).toEqual([]);
  });
});

describe('a car that moves on', () => {
  it.each([
    ['by a metre and stands on', { dx: -110, dy: 60, scale: 1.06 }],
    ['by two metres and stands on', { dx: -190, dy: 110, scale: 1.12 }],
  ])('%s has two incidents, each of its own time', async (_, placing) => {
    const further = (frame: SampleFrame) => paste(free.picture, carOf(frame), placing);
    const found = await street(
      asIs('09:00', free),
      asIs('09:03', car[1]),
      asIs('09:07', car[2]),
      await shot('09:09', further(car[1])),
      await shot('09:13', further(car[2])),
      asIs('09:15', emptied),
    );
    expect(found).toEqual([parked(FIRST, '09:03-09:07'), parked(FIRST, '09:09-09:13')]);
  });
});

describe('two cars', () => {
  it('of one model beside each other, one character apart, are two incidents', async () => {
    const beside = async (frame: SampleFrame, background: SampleFrame) => {
      const other = carOf(frame, withNeighboursPlate(frame));
      const behind = await paste(background.picture, other, { dx: 425, dy: -225, scale: 0.78 });
      return paste(behind, carOf(frame));
    };
    const found = await street(
      asIs('09:00', free),
      await shot('09:03', beside(car[1], free)),
      await shot('09:07', beside(car[2], emptied)),
      asIs('09:09', emptied),
    );
    expect(found).toEqual([parked(FIRST, '09:03-09:07'), parked(NEIGHBOUR, '09:03-09:07')]);
  });

  it('of which one is tight at the kerb on the road and one has its wheels on the sidewalk are one incident', async () => {
    const alongside = (frame: SampleFrame) =>
      paste(frame.picture, carOf(frame, withNeighboursPlate(frame), 6), { dx: 570, dy: 90, scale: 1.1 });
    const found = await street(
      asIs('09:00', free),
      await shot('09:03', alongside(car[1])),
      await shot('09:11', alongside(car[2])),
      asIs('09:13', emptied),
    );
    expect(found).toEqual([parked(FIRST, '09:03-09:11')]);
  });
});

describe('one stay', () => {
  const around = async (middle: Shot) =>
    street(asIs('09:00', free), asIs('09:03', car[1]), middle, asIs('09:11', car[3]), asIs('09:13', emptied));

  it('goes on while a truck hides the car in one frame', async () => {
    const [passing, before] = await Promise.all(
      ['140735', '140700'].map((time) => sampleFrame('c_short_stop', `20260512T${time}`)),
    );
    if (passing === undefined || before === undefined) throw new RangeError('Expected both frames');
    const truck = cutOut(passing.picture, before.picture, passing.boxOf('t2-0'));
    const hidden = await paste(car[2].picture, truck, { scale: 1.9, dx: -1300, dy: 380 });
    expect(await around(await shot('09:07', hidden))).toEqual([parked(FIRST, '09:03-09:11')]);
  });

  it.each([
    ['is far too dark', exposed(0.12)],
    ['is out of focus', unfocused(14)],
    ['is black', exposed(0)],
  ])('goes on through a frame that %s', async (_, change) => {
    const found = await around(await shot('09:07', changed(car[2].picture, change)));
    expect(found).toEqual([parked(FIRST, '09:03-09:11')]);
  });

  it('goes on while the pole sways', async () => {
    const found = await street(
      asIs('09:00', free),
      await shot('09:03', changed(car[1].picture, shaken(3, -2))),
      await shot('09:07', changed(car[2].picture, shaken(-3, 2))),
      asIs('09:09', emptied),
    );
    expect(found).toEqual([parked(FIRST, '09:03-09:07')]);
  });

  it('goes on from day through rain into the night', async () => {
    const found = await street(
      asIs('09:00', free),
      asIs('09:03', car[1]),
      await shot('09:07', changed(car[2].picture, exposed(0.8), rainy(2500, 3), noisy(4, 3))),
      await shot('09:11', changed(car[3].picture, byNight, noisy(4, 7))),
      await shot('09:15', changed(emptied.picture, byNight, noisy(4, 8))),
    );
    expect(found).toEqual([parked(FIRST, '09:03-09:11')]);
  });

  it('is found by night', async () => {
    const found = await street(
      await shot('09:00', changed(free.picture, byNight, noisy(4, 6))),
      await shot('09:03', changed(car[1].picture, byNight, noisy(4, 5))),
      await shot('09:07', changed(car[3].picture, byNight, noisy(4, 7))),
      await shot('09:09', changed(emptied.picture, byNight, noisy(4, 8))),
    );
    expect(found).toEqual([parked(FIRST, '09:03-09:07')]);
  });
});

describe('a plate', () => {
  const smearedPlate = (frame: SampleFrame) => {
    const corners = frame.plateOf('car-parked');
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    const around: Box = [Math.min(...xs) - 6, Math.min(...ys) - 4, Math.max(...xs) + 6, Math.max(...ys) + 4];
    return changed(frame.picture, smeared(around, 5));
  };

  it('that can be read in one of six frames is given', async () => {
    const [first, second, third] = await Promise.all(
      [car[0], car[1], car[2]].map((frame) => smearedPlate(frame).then((picture) => jpegOf(picture))),
    );
    if (first === undefined || second === undefined || third === undefined) throw new RangeError('Expected three');
    const found = await street(
      asIs('09:00', free),
      ['09:02', first],
      ['09:05', second],
      ['09:08', third],
      asIs('09:11', car[3]),
      ['09:14', second],
      ['09:17', third],
      asIs('09:19', emptied),
    );
    expect(found).toEqual([parked(FIRST, '09:02-09:17')]);
  });

  it('that nobody can read, though it looks like one, is left out and tears nothing', async () => {
    const { zones, ...rest } = await sampleJson(STREET);
    const mirror: SampleJson = {
      ...rest,
      zones: zones.map((zone) => ({ ...zone, polygon: zone.polygon.map(([x, y]) => [1919 - x, y]) })),
    };
    const shots = await Promise.all([
      shot('09:00', changed(free.picture, mirrored)),
      shot('09:03', changed(car[1].picture, mirrored)),
      shot('09:07', changed(car[2].picture, mirrored)),
      shot('09:11', changed(car[3].picture, mirrored)),
      shot('09:13', changed(emptied.picture, mirrored)),
    ]);
    const found = await studio.found(await studio.sequence(STREET, shots, mirror));
    expect(found).toEqual([parked('-', '09:03-09:11')]);
  });
});

describe('two cameras', () => {
  const opposite = async () => {
    const [gone, ...there] = await Promise.all(
      ['093020', '093330', '093700', '094130'].map((time) => sampleFrame(OPPOSITE, `20260512T${time}`)),
    );
    const [first, second, third] = there;
    if (gone === undefined || first === undefined || second === undefined || third === undefined) {
      throw new RangeError('Expected four frames');
    }
    return { gone, there: [first, second, third] as const };
  };

  it('whose clocks are a second apart see one stay', async () => {
    const { gone, there } = await opposite();
    const ours = await studio.sequence(STREET, [
      asIs('09:00', free),
      asIs('09:03', car[1]),
      asIs('09:07', car[2]),
      asIs('09:09', emptied),
    ]);
    // Its clock is ahead: what it sees last, it sees after the other saw the spot empty.
    const theirs = await studio.sequence(OPPOSITE, [
      asIs('09:00:01', gone),
      asIs('09:03:01', there[0]),
      asIs('09:07:01', there[1]),
      asIs('09:09:01', there[2]),
      asIs('09:11:01', gone),
    ]);
    expect(await studio.found(ours, theirs)).toEqual([parked(FIRST, '09:03-09:09:01')]);
  });

  it('shuffled, interleaved and every frame three times report the same to the letter', async () => {
    const { gone, there } = await opposite();
    const ours = [asIs('09:00', free), asIs('09:03', car[1]), asIs('09:07', car[2]), asIs('09:12', emptied)] as const;
    const theirs = [
      asIs('09:01', gone),
      asIs('09:04', there[0]),
      asIs('09:08', there[1]),
      asIs('09:13', gone),
    ] as const;
    const inOrder = await studio.patrol([await studio.sequence(STREET, ours), await studio.sequence(OPPOSITE, theirs)]);
    expect(inOrder.map(({ plate, firstSeen, lastSeen }) => [plate, firstSeen, lastSeen])).toEqual([
      [FIRST, '2026-06-01T09:03:00+08:00', '2026-06-01T09:08:00+08:00'],
    ]);

    const mixed = [];
    for (const i of [2, 0, 3, 1]) {
      const [our, their] = [ours[i], theirs[3 - i]];
      if (our === undefined || their === undefined) throw new RangeError('Expected four frames of each');
      mixed.push(await studio.sequence(OPPOSITE, [their, their]));
      mixed.push(await studio.sequence(STREET, [our, our, our]));
      mixed.push(await studio.sequence(OPPOSITE, [their]));
    }
    expect(await studio.patrol(mixed)).toEqual(inOrder);
  });
});

describe('a stay across midnight', () => {
  const at = (clock: string) => `2026-06-0${clock < '12' ? 2 : 1}T${clock}:00+08:00`;
  it.each([
    ['two incidents when both sides outlast', ['23:54', '23:58', '00:02', '00:06'], ['00:02-00:06', '23:54-23:58']],
    ['one when only the second does', ['23:57', '23:59', '00:02', '00:06'], ['00:02-00:06']],
    ['none when neither does, whatever the sum', ['23:57', '23:59', '00:00', '00:02'], []],
  ])('is %s', async (_, times, expected) => {
    const found = await street(
      asIs(at('23:50'), free),
      ...times.map((time, i) => asIs(at(time), car[i] ?? car[0])),
      asIs(at('00:10'), emptied),
    );
    expect(found).toEqual(expected.map((interval) => parked(FIRST, interval)));
  });
});

describe('nothing stands there', () => {
  it('where lit shop windows in the rain look like a bus', async () => {
    const { zones, ...rest } = await sampleJson('f_dusk_rain');
    const view: Box = [48, 27, 1872, 1053];
    const [toX, toY] = [1600 / (view[2] - view[0]), 900 / (view[3] - view[1])];
    const lens: SampleJson = {
      ...rest,
      imageSize: [1600, 900],
      zones: zones.map((zone) => ({
        ...zone,
        polygon: zone.polygon.map(([x, y]) => [
          Math.min(1599, Math.max(0, (x - view[0]) * toX)),
          Math.min(899, Math.max(0, (y - view[1]) * toY)),
        ]),
      })),
    };
    const [early, late] = await Promise.all(
      ['190500', '192100'].map((time) => sampleFrame('f_dusk_rain', `20260514T${time}`)),
    );
    if (early === undefined || late === undefined) throw new RangeError('Expected both frames');
    const dusk = await studio.sequence(
      'f_dusk_rain',
      [
        await shot('19:05', changed(early.picture, cropped(view, 1600, 900))),
        await shot('19:21', changed(late.picture, cropped(view, 1600, 900))),
      ],
      lens,
    );
    expect(await studio.found(dusk)).toEqual([]);
  });
});
