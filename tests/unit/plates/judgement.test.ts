import { describe, expect, it } from 'vitest';
import { isSureAlone, judgeBoth, judgeOwn, type PlateView } from '#core/plates/judgement.ts';
import { PROVINCES, plateText } from '#core/plates/plate.ts';
import { spelled } from './spelled.ts';

const view = (more: Partial<PlateView> = {}): PlateView => ({ layout: 'single', color: 'blue', width: 120, ...more });
const textOf = (judgement: ReturnType<typeof judgeOwn>) => judgement && plateText(judgement);

/** All provinces alike, but for the one that `spelled` names. */
const anyProvince = (named: string, share: number) =>
  Object.fromEntries([...PROVINCES].filter((char) => char !== named).map((char) => [char, (1 - share) / 30]));

describe('when the own reader’s word is enough', () => {
  it('is enough when it is sure of every character', () => {
    const judgement = judgeOwn(spelled('浙A8K3F2'), view());
    expect(textOf(judgement)).toBe('浙A8K3F2');
    expect(isSureAlone(judgement)).toBe(true);
  });

  it('has characters as sure as the whole when it is enough', () => {
    const judgement = judgeOwn(spelled('浙A8K3F2', { 3: { X: 0.02 } }), view());
    expect(isSureAlone(judgement)).toBe(true);
    const product = judgement?.characters.reduce((all, { confidence }) => all * confidence, 1) ?? 0;
    expect(product).toBeGreaterThanOrEqual(judgement?.confidence ?? 1);
    const [other] = judgement?.characters[3]?.alternatives ?? [];
    expect(other?.char).toBe('X');
    expect((judgement?.characters[3]?.confidence ?? 1) + (other?.confidence ?? 1)).toBeLessThanOrEqual(1 + 1e-9);
  });

  it.each([
    ['one character', { 3: { X: 0.2 } }],
    ['the province', { 0: { 苏: 0.2 } }],
  ])('is not enough when it doubts %s', (_, doubts) => {
    expect(isSureAlone(judgeOwn(spelled('浙A8K3F2', doubts), view()))).toBe(false);
  });

  it('is not enough for a G, which a 6 in other lettering looks like to it', () => {
    expect(isSureAlone(judgeOwn(spelled('浙A8K3FG'), view()))).toBe(false);
  });

  it('is not enough when it finds no plate at all', () => {
    expect(isSureAlone(judgeOwn(spelled('浙A8'), view()))).toBe(false);
  });
});

describe('what both readers make of a plate', () => {
  it('is surer than either when they agree, and unsure when they do not', () => {
    const doubtful = spelled('浙A8K3F2', { 2: { B: 0.2 } });
    const alone = judgeOwn(doubtful, view());
    const agreed = judgeBoth(doubtful, spelled('浙A8K3F2', { 2: { B: 0.2 } }), view());
    expect(agreed?.certainty ?? 0).toBeGreaterThan(alone?.certainty ?? 1);
    const divided = judgeBoth(spelled('浙A8K3F2', { 2: { B: 0.01 } }), spelled('浙ABK3F2', { 2: { 8: 0.01 } }), view());
    expect(divided?.characters[2]?.confidence ?? 1).toBeLessThan(0.8);
    expect(divided?.characters[2]?.alternatives.map(({ char }) => char)).toContain('8');
  });

  it('does not take the line reader’s 皖 for a province that the own reader cannot see', () => {
    const unseen = spelled('皖A8K3F2', { 0: anyProvince('皖', 1 / 31) });
    const judgement = judgeBoth(unseen, spelled('皖A8K3F2', { 0: anyProvince('皖', 0.8) }), view());
    expect(judgement?.characters[0]?.confidence ?? 1).toBeLessThan(0.4);
    expect(judgement?.characters[3]?.confidence ?? 0).toBeGreaterThan(0.9);
  });

  it('reads 皖 where both see it', () => {
    const judgement = judgeBoth(spelled('皖A8K3F2'), spelled('皖A8K3F2'), view());
    expect(textOf(judgement)).toBe('皖A8K3F2');
    expect(judgement?.characters[0]?.confidence ?? 0).toBeGreaterThan(0.95);
  });

  it('is less sure of the same word about fewer pixels', () => {
    const doubtful = spelled('浙A8K3F2', { 2: { B: 0.1 } });
    const [near, far] = [judgeOwn(doubtful, view()), judgeOwn(doubtful, view({ width: 45 }))];
    expect(far?.confidence ?? 1).toBeLessThan(near?.confidence ?? 0);
  });

  it('reads two rows by their own grammar', () => {
    expect(textOf(judgeOwn(spelled('皖1946673'), view({ layout: 'double', color: 'green' })))).toBe('皖1946673');
  });
});
