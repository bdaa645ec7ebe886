/** What a second reader doubts takes no stay, no incident and no permit away, and makes none. */
import { describe, expect, it } from 'vitest';
import type { SecondOpinion } from '#core/plates/second-reader.ts';
import { car, frame, incidents, permit, read, stays } from './builders.ts';

const A = '浙A8K3F2';
const differs: SecondOpinion = {
  ...{ kind: 'disagrees', reader: { name: 'a reader', version: '1' } },
  characters: [null, ...[...'ABK3F2'].map((char) => ({ char, confidence: 0.99 }))],
};
const doubted = () => car({ plate: { ...read(A), second: differs } });
const sure = () => car({ plate: A });
const at = (times: readonly string[], one: typeof sure, camera = 'CAM-01') =>
  times.map((time) => frame(time, { camera, cars: [one()] }));

describe('a plate that a second reader doubts', () => {
  it('is told to nobody, of an incident that is there all the same', () => {
    const times = ['09:00', '09:05', '09:10'];
    expect(incidents(at(times, sure))).toEqual([`${A} 09:00-09:10 x3 ongoing`]);
    expect(incidents(at(times, doubted))).toEqual(['? 09:00-09:10 x3 ongoing']);
  });

  it('is one car still, seen by two cameras of which only one was doubted', () => {
    const two = [...at(['09:00', '09:06'], sure), ...at(['09:01', '09:07'], doubted, 'CAM-02')];
    const [stay, ...more] = stays(two);
    expect(more).toEqual([]);
    expect(stay?.sightings).toHaveLength(4);
    expect(stay?.second).toMatchObject({ own: A, frames: { disagrees: 2 } });
  });

  it('keeps the permit it has', () => {
    const permits = [permit({ plate: A }, '08:00', '12:00')];
    for (const one of [sure, doubted]) expect(incidents(at(['09:00', '09:10'], one), { permits })).toEqual([]);
  });

  it('keeps the sightings that its permit takes out', () => {
    const permits = [permit({ plate: A }, '08:00', '09:02')];
    const seen = [sure, doubted].map((one) => incidents(at(['09:00', '09:05', '09:10'], one), { permits }));
    expect(seen).toEqual([[`${A} 09:05-09:10 x2 ongoing`], ['? 09:05-09:10 x2 ongoing']]);
  });

  it('keeps the time its permit takes from the dwell', () => {
    const permits = [permit({ plate: A }, '09:01', '09:09:30')];
    for (const one of [sure, doubted]) expect(incidents(at(['09:00', '09:10'], one), { permits })).toEqual([]);
    for (const one of [sure, doubted]) expect(incidents(at(['09:00', '09:10'], one))).toHaveLength(1);
  });
});
