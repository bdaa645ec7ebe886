import { describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import { CONTINUITY_ERROR } from '#core/continuity/error.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';
import { wilson } from '../../infra/local/eval-figures.ts';
import { type CarOptions, car, type DayOptions, frame, incidents, read, rule, SPOT, stays } from './stays/builders.ts';

const A = '浙A8K3F2';
const B = '浙B55T21';
const PROVEN = DEFAULT_POLICY.continuityFrom;
const moved = (dx: number, dy = 0): Box => [SPOT[0] + dx, SPOT[1] + dy, SPOT[2] + dx, SPOT[3] + dy];

/** A car at the given clocks. */
const seen = (shots: Readonly<Record<string, CarOptions>>) =>
  Object.entries(shots).map(([clock, options]) => frame(clock, { cars: [car(options)] }));

/** The continuity of each stay, nothing permitted. */
const continuities = (shots: Parameters<typeof stays>[0], options: DayOptions = {}) =>
  stays(shots, { rules: [rule({ permittedStaySeconds: 0 })], ...options }).map(({ continuity }) => continuity);

describe('continuity', () => {
  it('of a car that stands to the pixel and is read each time is proven, and says by which pairs', () => {
    const [proof] = continuities(seen({ '09:00': { plate: A }, '09:04': { plate: A }, '09:08': { plate: A } }), {
      spot: () => 0.98,
    });
    expect(proof?.score).toBeGreaterThanOrEqual(PROVEN);
    expect(proof).toMatchObject({ links: 2, weakest: { overlap: 1, shift: 0, samePlate: true } });
  });

  it('of a car whose plate nobody can read is proven by pictures that did not change', () => {
    const [proof] = continuities(seen({ '09:00': {}, '09:04': {} }), { spot: () => 0.97 });
    expect(proof?.score).toBeGreaterThanOrEqual(PROVEN);
  });

  it('is not proven by one sighting', () => {
    expect(continuities(seen({ '09:00': { plate: A } }))).toEqual([{ score: 0, links: 0, weakest: null }]);
  });

  it('is not proven over hours that nobody saw, though a look-alike stands there', () => {
    const [proof, ...more] = continuities(seen({ '09:00': {}, '15:00': { box: moved(20) } }), { spot: () => 0.8 });
    expect(proof?.score).toBeLessThan(0.5);
    expect(more).toEqual([]);
  });

  it('does not suffer from one frame in which a passer-by and a misreading spoil the comparison', () => {
    const shots = [
      ...seen({ '09:00': { plate: A }, '09:04': { plate: A } }),
      frame('09:02', {
        cars: [car({ plate: read('浙A8K3M2', { confidence: 0.9 }), look: 1, box: [400, 500, 700, 920] })],
        occluders: [{ label: 'person', box: [690, 480, 850, 960] }],
      }),
    ];
    const [proof, ...more] = continuities(shots, { spot: (a, b) => (a === '09:02' || b === '09:02' ? 0.8 : 0.98) });
    expect(more).toEqual([]);
    expect(proof?.score).toBeGreaterThanOrEqual(PROVEN);
  });

  it('is lost by a car that creeps, though no two neighbouring frames show it', () => {
    const creeping = Object.fromEntries(
      ['09:00', '09:01', '09:02', '09:03', '09:04', '09:05'].map((clock, i) => [clock, { box: moved(30 * i) }]),
    );
    const [proof] = continuities(seen(creeping), { spot: () => 0.85 });
    expect(proof?.score).toBeLessThan(PROVEN);
  });
});

describe('broken continuity', () => {
  it.each([
    ['nearly half its length, so that its boxes overlap', 180, 'replaced'],
    ['more, so that its old spot is seen free', 210, 'departed'],
  ])('makes two stays of a car that moved on by %s', (_, dx, end) => {
    const there = { plate: A, box: moved(dx, dx === 180 ? 0 : 90) };
    const shots = seen({ '09:00': { plate: A }, '09:04': { plate: A }, '09:08': there, '09:12': there });
    expect(incidents(shots, { spot: (a, b) => (a < '09:06' === b < '09:06' ? 0.98 : 0.3) })).toEqual([
      `${A} 09:00-09:04 x2 ${end}`,
      `${A} 09:08-09:12 x2 ongoing`,
    ]);
  });

  it('seen by one camera cuts the stay for all', () => {
    const other = (clock: string) =>
      frame(clock, { camera: 'CAM-02', cars: [car({ plate: A, box: [1000, 580, 1580, 930] })] });
    const shots = [
      ...seen({ '09:00': { plate: A }, '09:04': { plate: A } }),
      ...seen({ '09:08': { plate: A, box: moved(210, 90) }, '09:12': { plate: A, box: moved(210, 90) } }),
      other('09:03'),
      other('09:11'),
    ];
    expect(incidents(shots, { spot: (a, b) => (a < '09:06' === b < '09:06' ? 0.98 : 0.3) })).toEqual([
      `${A} 09:00-09:04 x3 departed`,
      `${A} 09:08-09:12 x3 ongoing`,
    ]);
  });
});

describe('two cameras', () => {
  it('each of which saw the car through prove it together', () => {
    const rear = (clock: string) => frame(clock, { camera: 'CAM-02', cars: [car({ plate: A, look: 3 })] });
    const shots = [...seen({ '09:00': { plate: A }, '09:04': { plate: A } }), rear('09:01'), rear('09:06')];
    const [proof] = continuities(shots, { spot: () => 0.98 });
    expect(proof?.links).toBe(2);
    expect(proof?.score).toBeGreaterThanOrEqual(PROVEN);
  });

  it('one after the other leave a time between that only the plate speaks for', () => {
    const rear = (clock: string, plate: string | null) =>
      frame(clock, { camera: 'CAM-02', cars: [car({ plate, look: 3 })] });
    const shots = [...seen({ '09:00': { plate: A }, '09:04': { plate: A } }), rear('11:30', A), rear('11:34', A)];
    const [proof] = continuities(shots, { spot: () => 0.98 });
    expect(proof?.weakest).toMatchObject({ overlap: null, shift: null, samePlate: true });
    expect(proof?.score).toBeLessThan(PROVEN);
  });
});

it('two plates of which one camera read both are two vehicles', () => {
  const shots = seen({ '09:00': { plate: A }, '09:04': { plate: A }, '09:08': { plate: B }, '09:12': { plate: B } });
  expect(continuities(shots, { spot: () => 0.98 })).toHaveLength(2);
});

it('states an error rate whose bounds follow from its counts', () => {
  const { falseSame, of, upper95, vehicles, doubtful } = CONTINUITY_ERROR;
  expect(upper95).toBeCloseTo(wilson(falseSame, of)[1], 4);
  expect(vehicles.upper95).toBeCloseTo(wilson(vehicles.falseSame, vehicles.of)[1], 4);
  expect(doubtful.upper95).toBeCloseTo(wilson(doubtful.count, doubtful.of)[1], 4);
});
