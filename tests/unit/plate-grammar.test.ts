import { describe, expect, it } from 'vitest';
import { symbolsOf } from '#core/plates/alphabet.ts';
import { grammarBeam } from '#core/plates/ctc.ts';
import { fuseReadings } from '#core/plates/fuse.ts';
import { isPlateText, PLATE_GRAMMAR } from '#core/plates/grammar.ts';
import { PROVINCES, plateText } from '#core/plates/plate.ts';
import { spelled } from './plates/spelled.ts';

describe('the grammar of plates (GA 36-2018)', () => {
  it.each([
    ['浙A8K3F2', 'an ordinary plate'],
    ['浙AF68205', 'a small new-energy car'],
    ['浙ADB8609', 'a small new-energy car with two letters'],
    ['浙A12345D', 'a large new-energy vehicle'],
    ['浙A1234挂', 'a trailer'],
    ['浙A1234学', 'a learner'],
    ['浙A1234警', 'the police'],
    ['粤ZF023港', 'a Hong Kong car'],
    ['沪A2361领', 'a consulate'],
    ['224578使', 'an embassy'],
    ['使224578', 'an embassy, the character first'],
    ['粤0A2160', 'an old O plate, its O written 0'],
    ['皖1946673', 'a tractor'],
  ])('accepts %s, %s', (text) => {
    expect(isPlateText(text)).toBe(true);
  });

  it.each([
    ['浙A8K3F', 'six characters'],
    ['浙I8K3F2', 'the letter I'],
    ['浙A8K3O2', 'the letter O'],
    ['A浙8K3F2', 'the province second'],
    ['浙警A1234', 'a suffix that is not last'],
    ['浙AF6820K5', 'nine characters'],
    ['浙A868205D', 'nine characters of a large vehicle'],
    ['浙AL68205', 'a new-energy number without its letter'],
    ['浙A1234港', 'Hong Kong outside Guangdong Z'],
    ['', 'nothing'],
  ])('refuses %s, %s', (text) => {
    expect(isPlateText(text)).toBe(false);
  });

  it('knows every province of the standard', () => {
    for (const province of PROVINCES) expect(isPlateText(`${province}A12345`)).toBe(true);
  });
});

describe('reading under the grammar', () => {
  it('gives back a plainly spelled plate', () => {
    expect(
      plateText(fuseReadings([{ emissions: spelled('浙AF68205'), weight: 1 }], PLATE_GRAMMAR) ?? { characters: [] }),
    ).toBe('浙AF68205');
  });

  it('takes the legal character where the reader prefers an illegal one', () => {
    const frames = spelled('浙A1234学', { 0: { A: 0.9 } });
    expect(grammarBeam(frames, PLATE_GRAMMAR)[0]?.labels).toEqual(symbolsOf('浙A1234学'));
  });

  it('says of 8 and B how sure it is, and what else it could be', () => {
    const read = fuseReadings([{ emissions: spelled('浙A8K3F2', { 2: { B: 0.3 } }), weight: 1 }], PLATE_GRAMMAR);
    const doubtful = read?.characters[2];
    expect(doubtful?.char).toBe('8');
    expect(doubtful?.confidence).toBeCloseTo(0.7, 2);
    expect(doubtful?.alternatives[0]?.char).toBe('B');
    expect(doubtful?.alternatives[0]?.confidence).toBeCloseTo(0.3, 2);
    expect(read?.characters[3]?.confidence).toBeGreaterThan(0.99);
  });

  it('is unsure of a province that no reader can see', () => {
    const even = Object.fromEntries([...PROVINCES].filter((char) => char !== '皖').map((char) => [char, 0.03]));
    const read = fuseReadings([{ emissions: spelled('皖A8K3F2', { 0: even }), weight: 1 }], PLATE_GRAMMAR);
    expect(read?.characters[0]?.confidence).toBeLessThan(0.2);
  });

  it('loses confidence when two sure readers disagree', () => {
    const read = fuseReadings(
      [
        { emissions: spelled('浙A8K3F2', { 2: { B: 0.02 } }), weight: 1 },
        { emissions: spelled('浙ABK3F2', { 2: { '8': 0.02 } }), weight: 1 },
      ],
      PLATE_GRAMMAR,
    );
    expect(read?.characters[2]?.confidence).toBeCloseTo(0.5, 1);
    expect(read?.share).toBeLessThan(0.6);
  });

  it('takes from each reader the half it sees', () => {
    const read = fuseReadings(
      [
        { emissions: spelled('浙A8K3F2', { 2: { B: 0.6 } }), weight: 1 },
        { emissions: spelled('浙A8K3F2', { 6: { Z: 0.6 } }), weight: 1 },
      ],
      PLATE_GRAMMAR,
    );
    expect(plateText(read ?? { characters: [] })).toBe('浙A8K3F2');
  });

  it('finds nothing where there are too few frames for a plate', () => {
    expect(fuseReadings([{ emissions: spelled('浙A8'), weight: 1 }], PLATE_GRAMMAR)).toBeNull();
  });
});
