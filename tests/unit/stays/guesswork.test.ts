import { describe, expect, it } from 'vitest';
import { car, frame, incidents, read } from './builders.ts';

/** Dirt, glare or a towing hook: the reader answers something else each time, here and there quite sure of itself. */
const guess = (text: string) =>
  read(text, { confidence: 0.95, weak: { 0: { confidence: 0.3 }, 1: { confidence: 0.4 } } });
const shots = [
  frame('09:00', { cars: [car({ plate: guess('粤F6X8AW') })] }),
  frame('09:02', { cars: [car({ plate: guess('蒙H90N1K') })] }),
  frame('09:04', { cars: [car({ plate: guess('皖R77TC2') })] }),
];

describe('readings that are mere guesses', () => {
  it('do not tear the stay of a vehicle whose picture does not change, nor give it a plate', () => {
    expect(incidents(shots, { spot: () => 0.98 })).toEqual(['? 09:00-09:04 x3 ongoing']);
  });

  it('do not join vehicles that look different', () => {
    expect(incidents(shots, { spot: () => 0.4 })).toEqual([]);
  });

  it('do not make one of two cars of a model whose plates were read well', () => {
    const [first, second] = ['浙A8K3F2', '浙A7C2H9'].map((plate) => [car({ plate })]);
    const street = [
      frame('09:00', { cars: first ?? [] }),
      frame('09:04', { cars: first ?? [] }),
      frame('09:08', { cars: second ?? [] }),
      frame('09:12', { cars: second ?? [] }),
    ];
    expect(incidents(street, { spot: () => 0.98 })).toHaveLength(2);
  });
});
