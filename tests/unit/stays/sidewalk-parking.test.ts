import { describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import { zoneId } from '#core/ids.ts';
import { at, car, frame, incidents, NEXT_SPOT, permit, read, rule, SPOT, stays, zone } from './builders.ts';

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

describe('neighbours', () => {
  it('whose plates differ in one character are two', () => {
    const cars = [car({ plate: '浙A8K3F2' }), car({ plate: '浙A8K3F7', box: NEXT_SPOT })];
    expect(incidents([frame('09:00', { cars }), frame('09:04', { cars })])).toEqual([
      '浙A8K3F2 09:00-09:04 x2 ongoing',
      '浙A8K3F7 09:00-09:04 x2 ongoing',
    ]);
  });

  it('whose plates differ in one character are two for a second camera that sees only one of them', () => {
    const cars = [car({ plate: '浙A8K3F2' }), car({ plate: '浙A8K3F7', box: NEXT_SPOT })];
    const shots = ['09:00', '09:04'].map((clock) => frame(clock, { cars }));
    const other = ['09:01', '09:03'].map((clock) =>
      frame(clock, { camera: 'CAM-02', cars: [car({ plate: '浙A8K3F7', box: [100, 400, 500, 800] })] }),
    );
    expect(incidents([...shots, ...other])).toEqual([
      '浙A8K3F2 09:00-09:04 x2 ongoing',
      '浙A8K3F7 09:00-09:04 x4 ongoing',
    ]);
  });

  it('without readable plates are two', () => {
    const cars = [car({ look: 1 }), car({ look: 2, box: NEXT_SPOT })];
    expect(incidents([frame('09:00', { cars }), frame('09:04', { cars })])).toEqual([
      '? 09:00-09:04 x2 ongoing',
      '? 09:00-09:04 x2 ongoing',
    ]);
  });

  it('of which one leaves do not lend each other their time', () => {
    const near = car({ look: 1 });
    const far = car({ look: 1, box: NEXT_SPOT });
    const shots = [frame('09:00', { cars: [near] }), frame('09:02', { cars: [far] }), frame('09:04', { cars: [far] })];
    expect(incidents(shots)).toEqual([]);
  });

  it('tight at the kerb on the road are legal beside one on the sidewalk', () => {
    const cars = [car({ plate: A }), car({ plate: B, box: NEXT_SPOT, sidewalk: 0.15 })];
    expect(incidents([frame('09:00', { cars }), frame('09:04', { cars })])).toEqual([`${A} 09:00-09:04 x2 ongoing`]);
  });

  it('in a marked bay are legal beside one on the sidewalk', () => {
    const cars = [car({ plate: A }), car({ plate: B, box: NEXT_SPOT, sidewalk: 0.2, bay: 0.8 })];
    expect(incidents([frame('09:00', { cars }), frame('09:04', { cars })])).toEqual([`${A} 09:00-09:04 x2 ongoing`]);
  });
});

describe('two cameras', () => {
  const front = (clock: string, plate: string | null = A) => frame(clock, { cars: [car({ plate })] });
  const rear = (clock: string, plate: Parameters<typeof read>[0] | null = A) =>
    frame(clock, { camera: 'CAM-02', cars: [car({ plate, box: [1000, 580, 1580, 930], look: 4 })] });
  const nobody = (clock: string, camera = 'CAM-02') => frame(clock, { camera });

  it('that see front and rear a second apart see one stay', () => {
    expect(incidents([front('09:00:00'), rear('09:00:01'), front('09:04:00'), rear('09:03:59')])).toEqual([
      `${A} 09:00-09:04 x4 ongoing`,
    ]);
  });

  it('that see the same car in turn make one incident of what neither saw long enough', () => {
    expect(incidents([front('09:00'), front('09:02'), rear('09:03'), rear('09:05')])).toEqual([
      `${A} 09:00-09:05 x4 ongoing`,
    ]);
  });

  it('cut each other: what one saw leave had left', () => {
    const shots = [
      front('09:00'),
      rear('09:01'),
      front('09:04'),
      rear('09:04:30'),
      nobody('09:06', 'CAM-01'),
      rear('09:08'),
      rear('09:12'),
    ];
    expect(incidents(shots)).toEqual([`${A} 09:00-09:04:30 x4 departed`, `${A} 09:08-09:12 x2 ongoing`]);
  });

  it('whose clocks differ by a second see one departure', () => {
    const shots = [
      front('09:00'),
      rear('09:00:30'),
      front('09:04'),
      rear('09:05:01'),
      nobody('09:05:00', 'CAM-01'),
      nobody('09:05:30'),
    ];
    expect(incidents(shots)).toEqual([`${A} 09:00-09:05:01 x4 departed`]);
  });

  it('of which the second first notices later that the car has gone do not cut the next stay', () => {
    const shots = [
      front('09:00'),
      rear('09:01'),
      front('09:04'),
      nobody('09:05', 'CAM-01'),
      front('09:10'),
      nobody('09:12'),
      front('09:14'),
    ];
    expect(incidents(shots)).toEqual([`${A} 09:00-09:04 x3 departed`, `${A} 09:10-09:14 x2 ongoing`]);
  });

  it('never join two cars that neither could read', () => {
    expect(incidents([front('09:00', null), rear('09:01', null), front('09:04', null), rear('09:05', null)])).toEqual([
      '? 09:00-09:04 x2 ongoing',
      '? 09:01-09:05 x2 ongoing',
    ]);
  });

  it('join when the far one reads all characters alike but the province', () => {
    const blurred = read('皖A8K3F2', { weak: { 0: { confidence: 0.5, or: '浙' } } });
    const far = (clock: string) =>
      frame(clock, { camera: 'CAM-02', cars: [car({ plate: blurred, box: [1000, 580, 1580, 930] })] });
    expect(incidents([front('09:00'), far('09:01'), front('09:04'), far('09:03')])).toEqual([
      `${A} 09:00-09:04 x4 ongoing`,
    ]);
  });
});

describe('a poorly read car', () => {
  const weak = (box: Box = SPOT) =>
    car({ box, look: 5, plate: read('浙A8K3F2', { weak: { 6: { confidence: 0.5, or: '7' } } }) });
  const sure = (plate: string, box: Box = SPOT) => car({ plate, box });

  it('does not take over the plate of its neighbour that the same camera sees', () => {
    const clocks = ['09:00', '09:04'];
    const near = clocks.map((clock) => frame(clock, { cars: [sure('浙A8K3F2'), weak(NEXT_SPOT)] }));
    const far = clocks.map((clock) => frame(clock, { camera: 'CAM-02', cars: [sure('浙A8K3F2')] }));
    expect(incidents([...near, ...far])).toEqual(['浙A8K3F2 09:00-09:04 x4 ongoing', '? 09:00-09:04 x2 ongoing']);
  });

  it('takes none when two plates of the place would do', () => {
    const clocks = ['09:00', '09:04'];
    const near = clocks.map((clock) => frame(clock, { cars: [sure('浙A8K3F2'), sure('浙A8K3F7', NEXT_SPOT)] }));
    const far = clocks.map((clock) => frame(clock, { camera: 'CAM-02', cars: [weak()] }));
    expect(incidents([...near, ...far]).toSorted()).toEqual([
      '? 09:00-09:04 x2 ongoing',
      '浙A8K3F2 09:00-09:04 x2 ongoing',
      '浙A8K3F7 09:00-09:04 x2 ongoing',
    ]);
  });
});

describe('a car that moved on by a few metres', () => {
  it('and stands in the very frame that shows its old spot free has not left the place', () => {
    const shots = [
      frame('09:00', { cars: [car({ plate: A })] }),
      frame('09:02', { cars: [car({ plate: A, box: NEXT_SPOT })] }),
      frame('09:04', { cars: [car({ plate: A, box: NEXT_SPOT })] }),
    ];
    expect(incidents(shots)).toEqual([`${A} 09:00-09:04 x3 ongoing`]);
  });
});

describe('plates in one stay', () => {
  it('read three ways are one plate', () => {
    const shots = [
      frame('09:00', { cars: [car({ plate: '浙A8K3F2' })] }),
      frame('09:02', {
        cars: [car({ plate: read('浙AB K3F2'.replace(' ', ''), { weak: { 2: { confidence: 0.7, or: '8' } } }) })],
      }),
      frame('09:04', { cars: [car({ plate: read('浙A8K3FZ', { weak: { 6: { confidence: 0.6, or: '2' } } }) })] }),
      frame('09:06', { cars: [car({ plate: '浙A8K3F2' })] }),
    ];
    expect(incidents(shots)).toEqual(['浙A8K3F2 09:00-09:06 x4 ongoing']);
  });

  it("read once in six frames are the stay's plate", () => {
    const clocks = ['09:00', '09:01', '09:02', '09:03', '09:04', '09:05'];
    const shots = clocks.map((clock) => frame(clock, { cars: [car({ plate: clock === '09:03' ? A : null })] }));
    expect(incidents(shots)).toEqual([`${A} 09:00-09:05 x6 ongoing`]);
  });

  it('with one character nobody could read are left to a person', () => {
    const plate = read(A, { weak: { 5: { confidence: 0.4, or: 'E' } } });
    expect(incidents([frame('09:00', { cars: [car({ plate })] }), frame('09:04', { cars: [car({ plate })] })])).toEqual(
      ['? 09:00-09:04 x2 ongoing'],
    );
  });

  it('misread beyond recognition once, between two good readings of a picture that did not change, do not end it', () => {
    const clocks = ['09:00', '09:02', '09:04', '09:06'];
    const shots = clocks.map((clock) => frame(clock, { cars: [car({ plate: clock === '09:02' ? B : A })] }));
    expect(incidents(shots, { spot: () => 0.98 })).toEqual([`${A} 09:00-09:06 x4 ongoing`]);
    expect(incidents(shots, { spot: (a, b) => (a === '09:02' || b === '09:02' ? 0.5 : 0.98) })).toEqual([]);
  });

  it('misread in one sure character while the picture stays the same do not end it', () => {
    const shots = ['09:00', '09:02', '09:04'].map((clock) =>
      frame(clock, { cars: [car({ plate: clock === '09:02' ? '浙A8K3M2' : A })] }),
    );
    expect(incidents(shots, { spot: () => 0.98 })).toEqual([`${A} 09:00-09:04 x3 ongoing`]);
  });
});

describe('unreadable cars', () => {
  it('replaced by another unreadable car are two stays', () => {
    const shots = [
      frame('09:00', { cars: [car({ look: 1 })] }),
      frame('09:04', { cars: [car({ look: 1 })] }),
      frame('09:08', { cars: [car({ look: 2 })] }),
      frame('09:12', { cars: [car({ look: 2 })] }),
    ];
    const spot = (a: string, b: string) => (a < '09:06' === b < '09:06' ? 0.95 : 0.35);
    expect(incidents(shots, { spot })).toEqual(['? 09:00-09:04 x2 replaced', '? 09:08-09:12 x2 ongoing']);
  });

  it('keep together through jitter of the box and a part hidden by a passer-by', () => {
    const boxes: Box[] = [SPOT, [408, 492, 830, 915], [400, 500, 640, 920], [395, 505, 845, 925]];
    const shots = boxes.map((box, i) =>
      frame(`09:0${2 * i}`, {
        cars: [car({ box, look: 1 })],
        occluders: i === 2 ? [{ label: 'person', box: [640, 480, 850, 960] }] : [],
      }),
    );
    expect(incidents(shots)).toEqual(['? 09:00-09:06 x4 ongoing']);
  });

  it('passing slowly never make a stay', () => {
    const rules = [rule({ permittedStaySeconds: 0 })];
    const shots = Array.from({ length: 30 }, (_, i) =>
      frame(`09:00:${String(i).padStart(2, '0')}`, {
        cars: [car({ look: 1, box: [300 + 40 * i, 500, 700 + 40 * i, 900] })],
      }),
    );
    expect(incidents(shots, { rules })).toEqual([]);
  });

  it('passing the same place one after another are never linked', () => {
    const shots = ['09:00', '09:02', '09:04', '09:06'].map((clock, i) => frame(clock, { cars: [car({ look: i })] }));
    expect(incidents(shots, { spot: () => 0.4 })).toEqual([]);
  });
});

describe('a stay on the sidewalk', () => {
  it('is neither split nor ended by one frame that measures it on the road', () => {
    const shots = [0.6, 0.45, 0.7, 0.4].map((sidewalk, i) =>
      frame(`09:0${2 * i}`, { cars: [car({ plate: A, sidewalk })] }),
    );
    expect(incidents(shots)).toEqual([`${A} 09:00-09:06 x4 ongoing`]);
  });

  it('is none when the vehicle mostly touches the road', () => {
    const shots = [0.6, 0.3, 0.2, 0.3].map((sidewalk, i) =>
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
