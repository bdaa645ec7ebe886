import { describe, expect, it } from 'vitest';
import { zoneId } from '#core/ids.ts';
import { at, car, frame, incidents, permit, rule, stays, zone } from '../stays/builders.ts';

const A = '浙A8K3F2';
const B = '浙B55T21';

describe('a stay on the sidewalk', () => {
  it('is neither split nor ended by one frame that measures it on the road', () => {
    const shots = [0.6, 0.25, 0.7, 0.2].map((sidewalk, i) =>
      frame(`09:0${2 * i}`, { cars: [car({ plate: A, sidewalk })] }),
    );
    expect(incidents(shots)).toEqual([`${A} 09:00-09:06 x4 ongoing`]);
  });

  it('is none for a vehicle tight at the kerb, though one frame measures it on the sidewalk', () => {
    const shots = [0.6, 0.22, 0.16, 0.22].map((sidewalk, i) =>
      frame(`09:0${2 * i}`, { cars: [car({ plate: A, sidewalk })] }),
    );
    expect(incidents(shots)).toEqual([]);
  });

  it('by a two-wheeler counts only where the rule says so', () => {
    const shots = ['09:00', '09:04'].map((clock) => frame(clock, { cars: [car({ class: 'motorcycle' })] }));
    expect(incidents(shots)).toEqual([]);
    expect(incidents(shots, { rules: [rule({ twoWheelers: true })] })).toHaveLength(1);
  });
});

describe('rules in force', () => {
  const every2 = (from: number, to: number, options = {}) =>
    Array.from({ length: (to - from) / 2 + 1 }, (_, i) =>
      frame(`09:${String(from + 2 * i).padStart(2, '0')}`, { cars: [car({ plate: A, ...options })] }),
    );

  it('judge each sighting by the zone version of its time', () => {
    const zones = [zone({ effectiveTo: at('09:05') }), zone({ version: 2, effectiveFrom: at('09:05') })];
    const shots = [...every2(0, 4), ...every2(6, 8, { zone: { version: 2 } })];
    expect(incidents(shots, { zones })).toEqual([`${A} 09:00-09:08 x5 ongoing`]);
    expect(stays(shots, { zones })[0]?.sightings.map((sighting) => sighting.zone)).toEqual([
      ...[1, 1, 1].map((version) => ({ zoneId: zoneId('sidewalk'), version })),
      ...[2, 2].map((version) => ({ zoneId: zoneId('sidewalk'), version })),
    ]);
  });

  it('do not count time after the zone was drawn away from the spot', () => {
    const zones = [zone({ effectiveTo: at('09:03') }), zone({ version: 2, effectiveFrom: at('09:03') })];
    const outside = { sidewalk: 0, zone: null };
    expect(incidents([...every2(0, 2), ...every2(4, 10, outside)], { zones })).toEqual([]);
    const back = [
      ...zones.slice(0, 1),
      { ...zones[1]!, effectiveTo: at('09:07') },
      zone({ version: 3, effectiveFrom: at('09:07') }),
    ];
    expect(
      incidents([...every2(0, 2), ...every2(4, 6, outside), ...every2(8, 10, { zone: { version: 3 } })], {
        zones: back,
      }),
    ).toEqual([`${A} 09:00-09:10 x4 ongoing`]);
  });

  it('do not count time in which no zone was in force', () => {
    const zones = [zone({ effectiveTo: at('09:02') }), zone({ version: 2, effectiveFrom: at('09:58') })];
    const shots = [...every2(0, 0), ...every2(58, 58, { zone: { version: 2 } })];
    expect(incidents(shots, { zones })).toEqual([]);
  });

  it('permit what the most lenient version touched permits', () => {
    const rules = [
      rule({ permittedStaySeconds: 600, effectiveTo: at('09:03') }),
      rule({ version: 2, permittedStaySeconds: 60, effectiveFrom: at('09:03') }),
    ];
    expect(incidents(every2(0, 8), { rules })).toEqual([]);
    expect(incidents(every2(0, 10), { rules })).toHaveLength(1);
    expect(incidents(every2(4, 6), { rules })).toHaveLength(1);
  });

  it('count only inside their hours', () => {
    const rules = [rule({ hours: [{ from: '09:04', to: '22:00' }] })];
    expect(incidents(every2(0, 6), { rules })).toEqual([]);
    expect(incidents(every2(0, 8), { rules })).toEqual([`${A} 09:04-09:08 x3 ongoing`]);
  });

  it('do not count the hours they rest in between', () => {
    const rules = [
      rule({
        hours: [
          { from: '08:00', to: '09:01' },
          { from: '09:59', to: '22:00' },
        ],
      }),
    ];
    expect(incidents([...every2(0, 0), frame('10:00', { cars: [car({ plate: A })] })], { rules })).toEqual([]);
  });

  it('exempt a plate with a permit for its time', () => {
    expect(incidents(every2(0, 8), { permits: [permit({ plate: A }, '08:00', '10:00')] })).toEqual([]);
    expect(incidents(every2(0, 8), { permits: [permit({ plate: B }, '08:00', '10:00')] })).toHaveLength(1);
    expect(incidents(every2(0, 8), { permits: [permit({ plate: A }, '08:00', '09:04')] })).toEqual([
      `${A} 09:04-09:08 x3 ongoing`,
    ]);
  });
});
