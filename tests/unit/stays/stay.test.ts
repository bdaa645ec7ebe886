import { describe, expect, it } from 'vitest';
import { at, car, frame, incidents, NEXT_SPOT, rule, SPOT, stays } from './builders.ts';

const A = '浙A8K3F2';
const B = '浙B55T21';

describe('a stay', () => {
  it('is an incident when its sightings lie as far apart as the rule permits', () => {
    expect(
      incidents([frame('09:00', { cars: [car({ plate: A })] }), frame('09:03', { cars: [car({ plate: A })] })]),
    ).toEqual([`${A} 09:00-09:03 x2 ongoing`]);
  });

  it('of one minute never becomes an incident', () => {
    const shots = [
      frame('14:07', {}),
      frame('14:07:35', { cars: [car({ plate: A })] }),
      frame('14:08:25', { cars: [car({ plate: A })] }),
      frame('14:10', {}),
    ];
    expect(incidents(shots)).toEqual([]);
    expect(stays(shots).map(({ end }) => end)).toEqual([{ kind: 'departed', seenFreeAt: at('14:10') }]);
  });

  it('lasts from the first to the last sighting, not to the frame that shows the spot free', () => {
    const shots = ['09:32:30', '09:35:30', '09:39:30', '09:43:30'].map((clock) =>
      frame(clock, { cars: [car({ plate: A })] }),
    );
    expect(incidents([frame('09:30'), ...shots, frame('09:46')])).toEqual([`${A} 09:32:30-09:43:30 x4 departed`]);
  });

  it('needs two sightings 10 s apart even where nothing is permitted', () => {
    const rules = [rule({ permittedStaySeconds: 0 })];
    const shots = ['09:00:00', '09:00:09'].map((clock) => frame(clock, { cars: [car({ plate: A })] }));
    expect(incidents(shots, { rules })).toEqual([]);
    expect(incidents([...shots, frame('09:00:10', { cars: [car({ plate: A })] })], { rules })).toHaveLength(1);
  });

  it('counts each instant of a camera once, whatever its frame is called', () => {
    const first = frame('09:00', { cars: [car({ plate: A })] });
    const again = { ...first, observation: { ...first.observation, frameId: frame('09:01').observation.frameId } };
    const last = frame('09:03', { cars: [car({ plate: A })] });
    expect(incidents([first, again, last, last, first])).toEqual([`${A} 09:00-09:03 x2 ongoing`]);
  });
});

describe('the same spot', () => {
  it('taken by the same model and colour with another plate after a gap makes two incidents', () => {
    const shots = [
      frame('09:00', { cars: [car({ plate: A })] }),
      frame('09:04', { cars: [car({ plate: A })] }),
      frame('09:08'),
      frame('09:12', { cars: [car({ plate: B })] }),
      frame('09:16', { cars: [car({ plate: B })] }),
    ];
    expect(incidents(shots, { spot: (a, b) => (a === '09:08' || b === '09:08' ? 0.1 : 0.98) })).toEqual([
      `${A} 09:00-09:04 x2 departed`,
      `${B} 09:12-09:16 x2 ongoing`,
    ]);
  });

  it('taken by another plate with nobody watching in between makes two incidents', () => {
    const shots = [
      frame('09:00', { cars: [car({ plate: A })] }),
      frame('09:04', { cars: [car({ plate: A })] }),
      frame('09:12', { cars: [car({ plate: B })] }),
      frame('09:16', { cars: [car({ plate: B })] }),
    ];
    expect(incidents(shots, { spot: () => 0.9 })).toEqual([
      `${A} 09:00-09:04 x2 replaced`,
      `${B} 09:12-09:16 x2 ongoing`,
    ]);
  });

  it('left and taken again by the same car makes two incidents', () => {
    const shots = [
      frame('09:00', { cars: [car({ plate: A })] }),
      frame('09:04', { cars: [car({ plate: A })] }),
      frame('09:08'),
      frame('09:12', { cars: [car({ plate: A })] }),
      frame('09:16', { cars: [car({ plate: A })] }),
    ];
    expect(incidents(shots)).toEqual([`${A} 09:00-09:04 x2 departed`, `${A} 09:12-09:16 x2 ongoing`]);
  });

  it('taken for a minute again and again never adds up to an incident', () => {
    const shots = ['09:0', '09:1', '09:2'].flatMap((tens) => [
      frame(`${tens}0`, { cars: [car({ plate: A })] }),
      frame(`${tens}1`, { cars: [car({ plate: A })] }),
      frame(`${tens}5`),
    ]);
    expect(incidents(shots)).toEqual([]);
  });

  it('seen free fewer times than the rule asks is not left', () => {
    const rules = [rule({ departureFrames: 2 })];
    const shots = [
      frame('09:00', { cars: [car({ plate: A })] }),
      frame('09:02'),
      frame('09:04', { cars: [car({ plate: A })] }),
      frame('09:06'),
      frame('09:07'),
    ];
    expect(incidents(shots, { rules })).toEqual([`${A} 09:00-09:04 x2 departed`]);
  });
});

describe('a stay across midnight', () => {
  const shots = ['23:50', '23:59'].map((clock) => frame(clock, { cars: [car({ plate: A })] }));

  it('ends with the rule day once the place was observed afterwards', () => {
    expect(stays(shots, { closed: true }).map(({ end }) => end)).toEqual([
      { kind: 'boundary', at: at('23:59') + 60_000 },
    ]);
    expect(incidents(shots)).toEqual([`${A} 23:50-23:59 x2 ongoing`]);
  });

  it('leaves what was seen after the boundary to the next day', () => {
    const tomorrow = frame('00:01', { cars: [car({ plate: A })] });
    const late = { ...tomorrow, observation: { ...tomorrow.observation, capturedAt: at('23:59') + 120_000 } };
    expect(incidents([...shots, late])).toEqual([`${A} 23:50-23:59 x2 ongoing`]);
  });
});

describe('a car that moved on by a few metres', () => {
  const moved = (...clocks: readonly string[]) =>
    clocks.map((clock, i) => frame(clock, { cars: [car({ plate: A, box: i < 2 ? SPOT : NEXT_SPOT })] }));

  it('begins another stay, also in the very frame that shows its old spot free', () => {
    expect(incidents(moved('09:00', '09:04', '09:06', '09:10'))).toEqual([
      `${A} 09:00-09:04 x2 departed`,
      `${A} 09:06-09:10 x2 ongoing`,
    ]);
    expect(incidents(moved('09:00', '09:02', '09:04', '09:06'))).toEqual([]);
  });

  it('begins another stay when no frame could show its old spot', () => {
    const hidden = { spot: () => 0.3, around: () => 0.2 };
    expect(incidents(moved('09:00', '09:04', '09:06', '09:10'), hidden)).toEqual([
      `${A} 09:00-09:04 x2 replaced`,
      `${A} 09:06-09:10 x2 ongoing`,
    ]);
  });
});
