import { describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import { car, frame, incidents } from './builders.ts';

const A = '浙A8K3F2';

describe('a frame without the car', () => {
  const withCar = (clock: string) => frame(clock, { cars: [car({ plate: A })] });
  const bus: Box = [300, 420, 1500, 1060];

  it('in which a bus hides the spot is no departure', () => {
    const hidden = frame('09:02', { occluders: [{ label: 'bus', box: bus }] });
    expect(incidents([withCar('09:00'), hidden, withCar('09:04'), frame('09:06')], { spot: () => 0.1 })).toEqual([
      `${A} 09:00-09:04 x2 departed`,
    ]);
  });

  it('in which a vehicle on the road hides the spot is no departure', () => {
    const hidden = frame('09:02', { cars: [car({ class: 'bus', box: bus, sidewalk: 0, look: 3 })] });
    expect(incidents([withCar('09:00'), hidden, withCar('09:04')], { spot: () => 0.1 })).toEqual([
      `${A} 09:00-09:04 x2 ongoing`,
    ]);
  });

  it('in which someone stands behind the spot is a departure', () => {
    const behind = frame('09:02', { occluders: [{ label: 'person', box: [380, 300, 860, 700] }] });
    expect(incidents([withCar('09:00'), behind, withCar('09:04')], { spot: () => 0.1 })).toEqual([]);
  });

  it('in which the detector missed it is no departure: the spot looks the same', () => {
    expect(incidents([withCar('09:00'), frame('09:02'), withCar('09:04')], { spot: () => 0.95 })).toEqual([
      `${A} 09:00-09:04 x2 ongoing`,
    ]);
  });

  it('in which the detector missed it and a person covers a part is no departure', () => {
    const missed = frame('09:02', { occluders: [{ label: 'person', box: [400, 520, 500, 960] }] });
    const spot = (_a: string, _b: string, box: Box) => (box[0] >= 500 ? 0.95 : 0.3);
    expect(incidents([withCar('09:00'), missed, withCar('09:04')], { spot })).toEqual([`${A} 09:00-09:04 x2 ongoing`]);
  });

  it('in which something nobody detected stands before the lens is no departure', () => {
    const shots = [withCar('09:00'), frame('09:02'), withCar('09:04'), withCar('09:06')];
    const blocked = {
      spot: () => 0.1,
      around: (a: string, b: string) => (a === '09:02' || b === '09:02' ? 0.2 : 0.95),
    };
    expect(incidents(shots, blocked)).toEqual([`${A} 09:00-09:06 x3 ongoing`]);
    expect(incidents(shots, { spot: () => 0.1 })).toEqual([]);
  });

  it('that came hours late cuts the stay in two', () => {
    const shots = [withCar('09:00'), withCar('09:04'), withCar('09:10'), withCar('09:14')];
    expect(incidents(shots)).toEqual([`${A} 09:00-09:14 x4 ongoing`]);
    expect(incidents([...shots, frame('09:07')])).toEqual([
      `${A} 09:00-09:04 x2 departed`,
      `${A} 09:10-09:14 x2 ongoing`,
    ]);
  });
});
