import { describe, expect, it } from 'vitest';
import { cameraId } from '#core/ids.ts';
import type { OccupancyVerdict } from '#core/stays/place-day.ts';
import { streetTrading } from '#core/violations/street-trading.ts';
import { day, frame, incidents, permit, rule, stays, storefront, trading } from '../stays/builders.ts';

const FRUIT = '鲜果时光水果店';
const CHEMIST = '康民大药房';
const zones = [
  storefront('storefront-32', FRUIT),
  storefront('storefront-34', CHEMIST),
  storefront('front', FRUIT, 'CAM-02'),
];

type Verdict = OccupancyVerdict['verdict'];
const fruit = (clock: string, verdict: Verdict, share?: number) =>
  frame(clock, { shops: [{ zone: 'storefront-32', shop: FRUIT, verdict, ...(share === undefined ? {} : { share }) }] });
const chemist = (clock: string, verdict: Verdict) =>
  frame(clock, { shops: [{ zone: 'storefront-34', shop: CHEMIST, verdict }] });
const across = (clock: string, verdict: Verdict) =>
  frame(clock, { camera: 'CAM-02', shops: [{ zone: 'front', shop: FRUIT, verdict }] });

describe('a storefront', () => {
  it('occupied for longer than permitted is one incident from the first to the last occupied frame', () => {
    const shots = [
      fruit('10:00', 'clear'),
      fruit('10:06', 'occupied', 0.3),
      fruit('10:15', 'occupied', 0.5),
      fruit('10:35', 'occupied', 0.4),
      fruit('10:40', 'clear'),
    ];
    expect(incidents(shots, { zones })).toEqual([`${FRUIT} 10:06-10:35 x3 departed`]);
    expect(stays(shots, { zones })[0]?.occupiedShare).toBe(0.5);
  });

  it('occupied for less than permitted is none', () => {
    expect(
      incidents([fruit('10:00', 'occupied'), fruit('10:09', 'occupied'), fruit('10:12', 'clear')], { zones }),
    ).toEqual([]);
  });

  it('occupied in a single frame is none', () => {
    expect(
      incidents([fruit('10:00', 'clear'), fruit('10:15', 'occupied'), fruit('10:30', 'clear')], { zones }),
    ).toEqual([]);
  });

  it('cleared and occupied again is counted anew', () => {
    const shots = [
      fruit('10:00', 'occupied'),
      fruit('10:08', 'occupied'),
      fruit('10:09', 'clear'),
      fruit('10:10', 'occupied'),
      fruit('10:18', 'occupied'),
    ];
    expect(incidents(shots, { zones })).toEqual([]);
  });

  it('hidden by a van in between stays occupied', () => {
    const shots = [
      fruit('10:00', 'occupied'),
      fruit('10:06', 'hidden'),
      fruit('10:12', 'occupied'),
      fruit('10:20', 'hidden'),
    ];
    expect(incidents(shots, { zones })).toEqual([`${FRUIT} 10:00-10:12 x2 ongoing`]);
  });

  it('is neither occupied earlier nor longer by what is there in one frame only', () => {
    const passing = (clock: string) =>
      frame(clock, { shops: [{ zone: 'storefront-32', shop: FRUIT, verdict: 'occupied', lasting: false }] });
    const shots = [
      passing('10:00'),
      fruit('10:06', 'occupied'),
      passing('10:12'),
      fruit('10:20', 'occupied'),
      passing('10:30'),
    ];
    expect(incidents(shots, { zones })).toEqual([`${FRUIT} 10:06-10:20 x2 ongoing`]);
    expect(incidents([passing('10:00'), passing('10:15'), passing('10:30')], { zones })).toEqual([]);
  });

  it('of two neighbouring shops are two incidents', () => {
    const both = (clock: string) =>
      frame(clock, {
        shops: [
          { zone: 'storefront-32', shop: FRUIT, verdict: 'occupied' },
          { zone: 'storefront-34', shop: CHEMIST, verdict: 'occupied' },
        ],
      });
    expect(incidents([both('10:00'), both('10:12')], { zones }).toSorted()).toEqual([
      `${CHEMIST} 10:00-10:12 x2 ongoing`,
      `${FRUIT} 10:00-10:12 x2 ongoing`,
    ]);
  });

  it('is not occupied by what its neighbour put out', () => {
    const shots = ['10:00', '10:12'].flatMap((clock) => [fruit(clock, 'occupied'), chemist(`${clock}:30`, 'clear')]);
    expect(incidents(shots, { zones })).toEqual([`${FRUIT} 10:00-10:12 x2 ongoing`]);
  });

  it('seen by two cameras is one incident', () => {
    const shots = [
      fruit('10:00', 'occupied'),
      across('10:05', 'occupied'),
      fruit('10:08', 'occupied'),
      across('10:12', 'occupied'),
    ];
    expect(incidents(shots, { zones })).toEqual([`${FRUIT} 10:00-10:12 x4 ongoing`]);
  });

  it('seen clear by one camera ends for the other too', () => {
    const shots = [
      fruit('10:00', 'occupied'),
      across('10:01', 'occupied'),
      fruit('10:06', 'occupied'),
      across('10:07', 'clear'),
      fruit('10:10', 'occupied'),
      fruit('10:16', 'occupied'),
    ];
    expect(incidents(shots, { zones })).toEqual([]);
  });

  it('with two zones is one shop', () => {
    const two = [storefront('left', FRUIT), storefront('right', FRUIT)];
    const both = (clock: string, left: Verdict, right: Verdict) =>
      frame(clock, {
        shops: [
          { zone: 'left', shop: FRUIT, verdict: left },
          { zone: 'right', shop: FRUIT, verdict: right },
        ],
      });
    const shots = [
      both('10:00', 'occupied', 'occupied'),
      both('10:06', 'clear', 'occupied'),
      both('10:12', 'clear', 'occupied'),
    ];
    expect(incidents(shots, { zones: two })).toEqual([`${FRUIT} 10:00-10:12 x3 ongoing`]);
  });

  it('without a name is told apart by its zone', () => {
    const nameless = [storefront('left', null), storefront('right', null)];
    const shots = ['10:00', '10:12'].map((clock) =>
      frame(clock, {
        shops: [
          { zone: 'left', shop: null, verdict: 'occupied' },
          { zone: 'right', shop: null, verdict: 'occupied' },
        ],
      }),
    );
    expect(incidents(shots, { zones: nameless })).toHaveLength(2);
  });

  it('with a permit may put out goods for its time', () => {
    const shots = [fruit('10:00', 'occupied'), fruit('10:20', 'occupied'), fruit('10:40', 'occupied')];
    expect(incidents(shots, { zones, permits: [permit({ shop: FRUIT }, '09:00', '11:00')] })).toEqual([]);
    expect(incidents(shots, { zones, permits: [permit({ shop: FRUIT }, '09:00', '10:20')] })).toEqual([
      `${FRUIT} 10:20-10:40 x2 ongoing`,
    ]);
  });

  it('is judged inside the hours of its rule only', () => {
    const rules = [rule(), trading({ hours: [{ from: '10:15', to: '20:00' }] })];
    const shots = [fruit('10:00', 'occupied'), fruit('10:20', 'occupied'), fruit('10:25', 'occupied')];
    expect(incidents(shots, { zones, rules })).toEqual([]);
  });

  it('is cited by its zone in pixels of the frame, also when the zone is drawn on a picture of another size', () => {
    const { placeDay, looks } = day([fruit('10:00', 'occupied')], { zones });
    const drawnOn = new Map([[cameraId('CAM-01'), [960, 540] as const]]);
    expect(streetTrading.staysOf(placeDay, looks)[0]?.sightings[0]?.box).toEqual([0, 400, 1400, 1079]);
    expect(streetTrading.staysOf({ ...placeDay, drawnOn }, looks)[0]?.sightings[0]?.box).toEqual([0, 800, 2800, 2158]);
  });

  it('says of every frame how much was put out, and where and what in the frames that are shown', () => {
    const clocks = Array.from({ length: 12 }, (_, at) => `10:${String(at * 5).padStart(2, '0')}`);
    const outline = [
      [
        [0, 0],
        [50, 0],
        [50, 50],
      ],
    ] as const;
    const chair = { label: 'chair', score: 0.4, box: [10, 10, 30, 40] } as const;
    const elsewhere = { label: 'bench', score: 0.9, box: [800, 10, 900, 40] } as const;
    const shots = clocks.map((clock) => {
      const { observation, occupancy } = fruit(clock, 'occupied', 0.3);
      return {
        observation: {
          ...observation,
          storefronts: observation.storefronts.map((one) => ({ ...one, supporting: [elsewhere, chair] })),
        },
        occupancy: occupancy.map(([id, verdict]) => [id, { ...verdict, outline }] as const),
      };
    });
    const [stay] = stays(shots, { zones });
    const told = stay?.sightings.map(({ occupation }) => occupation) ?? [];
    expect(told.map((occupation) => occupation?.share)).toEqual(clocks.map(() => 0.3));
    const shown = told.filter((occupation) => (occupation?.outline.length ?? 0) > 0);
    expect(shown).toHaveLength(5);
    for (const occupation of shown) expect(occupation).toMatchObject({ outline, supporting: [chair] });
    expect([told[0], told.at(-1)].every((occupation) => occupation?.outline === outline)).toBe(true);
  });

  it('of which nobody could say what stands there is none', () => {
    const { placeDay, looks } = day([fruit('10:00', 'occupied'), fruit('10:20', 'occupied')], { zones });
    expect(streetTrading.staysOf(placeDay, { ...looks, occupancy: new Map() })).toEqual([]);
  });
});
