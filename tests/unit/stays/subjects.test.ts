import { describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import { car, frame, incidents, NEXT_SPOT, read, rule, SPOT } from './builders.ts';

const A = '浙A8K3F2';
const B = '浙B55T21';

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
