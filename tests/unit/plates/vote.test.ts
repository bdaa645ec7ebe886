import { describe, expect, it } from 'vitest';
import { frameId } from '#core/ids.ts';
import { weakestCharacter } from '#core/plates/plate.ts';
import { bestGuess, VOTE_GATE, votePlate } from '#core/plates/vote.ts';
import { read } from '../stays/builders.ts';

const votes = (...reads: ReturnType<typeof read>[]) =>
  reads.map((one, i) => ({ frameId: frameId(`f${i}`), read: one }));

describe('a vote', () => {
  it('of one strong reading is that reading', () => {
    const vote = votePlate(votes(read('浙A8K3F2')));
    expect(vote).toMatchObject({ text: '浙A8K3F2', color: 'blue', reads: 1 });
    expect(weakestCharacter(vote!)).toBeGreaterThan(0.95);
  });

  it('of one strong and five hopeless readings is the strong one', () => {
    const hopeless = read('皖E5X9Z1', { confidence: 0.08 });
    const vote = votePlate(
      votes(hopeless, hopeless, read('浙A8K3F2', { confidence: 0.98 }), hopeless, hopeless, hopeless),
    );
    expect(vote?.text).toBe('浙A8K3F2');
  });

  it('of one strong reading and smears in which some characters look sure is the strong one', () => {
    const sure = { confidence: 0.95, or: '8' };
    const smear = read('粤SX0103', { confidence: 0.35, weak: { 4: sure, 5: sure } });
    expect(votePlate(votes(smear, smear, read('浙A8K3F2', { confidence: 0.99 }), smear, smear))?.text).toBe('浙A8K3F2');
    expect(votePlate(votes(smear, smear, smear, smear))).toBeNull();
  });

  it('takes each character from the frames that saw it', () => {
    const left = read('浙A8K3B2', { weak: { 5: { confidence: 0.5, or: 'F' } } });
    const right = read('皖A8K3F2', { weak: { 0: { confidence: 0.5, or: '浙' } } });
    expect(votePlate(votes(left, right))?.text).toBe('浙A8K3F2');
  });

  it('lets two readings that agree outweigh one that does not', () => {
    expect(votePlate(votes(read('浙A8K3F2'), read('浙AB K3F2'.replace(' ', '')), read('浙A8K3F2')))?.text).toBe(
      '浙A8K3F2',
    );
  });

  it('is none when two sure readings contradict each other', () => {
    expect(votePlate(votes(read('浙A8K3F2'), read('浙ABK3F2')))).toBeNull();
  });

  it('is none when its weakest character is below the gate, however sure the others are', () => {
    const blurred = votes(read('浙A8K3F2', { confidence: 0.999, weak: { 3: { confidence: 0.5, or: 'X' } } }));
    expect(bestGuess(blurred)?.text).toBe('浙A8K3F2');
    expect(weakestCharacter(bestGuess(blurred)!)).toBeLessThan(VOTE_GATE);
    expect(votePlate(blurred)).toBeNull();
  });

  it('grows surer with frames, but never as sure as independent witnesses would be', () => {
    const doubtful = read('浙A8K3F2', { weak: { 2: { confidence: 0.6, or: 'B' } } });
    const confidenceOf = (frames: number) =>
      weakestCharacter(bestGuess(votes(...Array.from({ length: frames }, () => doubtful)))!);
    expect(confidenceOf(3)).toBeGreaterThan(confidenceOf(1));
    expect(confidenceOf(500)).toBeLessThan(0.8);
  });

  it('counts the same frame once', () => {
    const one = votes(read('浙A8K3F2', { weak: { 2: { confidence: 0.6, or: 'B' } } }));
    expect(votePlate([...one, ...one, ...one])).toEqual(votePlate(one));
  });

  it('decides between seven and eight characters first', () => {
    const eight = read('浙AF68205');
    expect(votePlate(votes(eight, read('浙AF6820'), eight))).toMatchObject({
      text: '浙AF68205',
      color: 'green',
      reads: 2,
    });
    expect(votePlate(votes(eight, read('浙A68205')))).toBeNull();
  });

  it('names what else a doubtful character might be', () => {
    const doubtful = read('浙A8K3F2', { weak: { 2: { confidence: 0.8, or: 'B' } } });
    expect(votePlate(votes(doubtful))?.characters[2]?.alternatives[0]?.char).toBe('B');
  });

  it('of nothing, or of torn readings only, is none', () => {
    expect(votePlate([])).toBeNull();
    expect(votePlate(votes(read('浙A8K')))).toBeNull();
  });
});
