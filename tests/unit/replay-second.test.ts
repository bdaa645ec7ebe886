import { expect, it } from 'vitest';
import type { SecondOpinion } from '#core/plates/second-reader.ts';
import { withSecondsOf } from '#core/replay/second.ts';
import { car, frame, NEXT_SPOT, read } from './stays/builders.ts';

const second: SecondOpinion = { kind: 'unread', reader: { name: 'a reader', version: null } };
const shot = (...plates: ReturnType<typeof read>[]) =>
  frame('09:00', { cars: plates.map((plate, at) => car({ plate, ...(at === 0 ? {} : { box: NEXT_SPOT }) })) })
    .observation;

it('what was said of a plate holds for the same plate read again, and for no other', () => {
  const before = shot({ ...read('浙A8K3F2'), second });
  const seen = withSecondsOf(before, shot(read('浙A7C2H9'), read('浙A8K3F2', { confidence: 0.6 })));
  expect(seen.vehicles.map(({ plate }) => plate?.second)).toEqual([undefined, second]);
});

it('a frame of which nobody was asked stays as it was seen', () => {
  const seen = shot(read('浙A8K3F2'));
  expect(withSecondsOf(shot(read('浙A8K3F2')), seen)).toBe(seen);
});
