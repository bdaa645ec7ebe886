import { describe, expect, it } from 'vitest';
import type { Point } from '#core/camera.ts';
import type { SecondReading, TextPiece } from '#core/plates/second-reader.ts';
import { opinionOf } from '#core/plates/second-reading.ts';

const reader = { name: 'Amazon Rekognition DetectText', version: '3.0' };

/** A word at a place of the crop: level, or turned by `angle` radians about the middle of the crop. */
function word(text: string, [left, top]: Point = [0.1, 0.3], { confidence = 0.98, angle = 0 } = {}): TextPiece {
  const width = 0.1 * text.length;
  const turned = ([x, y]: Point): Point => {
    const [dx, dy] = [x - 0.5, y - 0.5];
    return [0.5 + dx * Math.cos(angle) - dy * Math.sin(angle), 0.5 + dx * Math.sin(angle) + dy * Math.cos(angle)];
  };
  const corners: Point[] = [
    [left, top],
    [left + width, top],
    [left + width, top + 0.4],
    [left, top + 0.4],
  ];
  return { kind: 'word', text, confidence, outline: corners.map(turned) };
}
const line = (text: string): TextPiece => ({ ...word(text), kind: 'line' });
const read = (...pieces: TextPiece[]): SecondReading => ({ kind: 'read', reader, pieces });
const ours = (text: string) => ({
  characters: [...text].map((char) => ({ char, confidence: 0.95, alternatives: [] })),
});

const said = (reading: SecondReading, plate = '浙A8K3F2') => {
  const opinion = opinionOf(reading, ours(plate));
  const characters = opinion.kind === 'agrees' || opinion.kind === 'disagrees' ? opinion.characters : [];
  return `${opinion.kind} ${characters.map((one) => one?.char ?? '_').join('')}`.trim();
};

describe('what a second reading says of 浙A8K3F2', () => {
  it.each<[string, SecondReading, string]>([
    ['the same, in one piece', read(word('A8K3F2')), 'agrees _A8K3F2'],
    ['the same, with the dot', read(word('A·8K3F2')), 'agrees _A8K3F2'],
    ['the same, torn at the dot', read(word('8K3F2', [0.3, 0.3]), word('A', [0.1, 0.32])), 'agrees _A8K3F2'],
    ['the province taken for a letter', read(word('XA8K3F2')), 'agrees _A8K3F2'],
    ['the province taken for a sign', read(word('#A8K3F2')), 'agrees _A8K3F2'],
    ['the name of the make beside it', read(word('BYD', [0, 0.9]), word('A8K3F2')), 'agrees _A8K3F2'],
    ['a line, told beside its words', read(line('A 8K3F2'), word('A'), word('8K3F2', [0.3, 0.3])), 'agrees _A8K3F2'],
    ['a line without words', read(line('A 8K3F2')), 'agrees _A8K3F2'],
    ['small letters that look like capitals', read(word('A8k3F2')), 'agrees _A8K3F2'],
    ['another character', read(word('ABK3F2')), 'disagrees _ABK3F2'],
    ['two others', read(word('ABK3E2')), 'disagrees _ABK3E2'],
    ['a character that it guesses only', read(word('A'), word('8K3F2', [0.3, 0.3], { confidence: 0.4 })), 'unread'],
    ['all but the last', read(word('A8K3F')), 'unread'],
    ['a small letter that no plate shows', read(word('A8K3Fa')), 'unread'],
    ['another text altogether', read(word('TOYOTA')), 'unread'],
    ['nothing', read(), 'unread'],
    ['no answer', { kind: 'unavailable', reader, why: 'timeout' }, 'unavailable'],
  ])('%s', (_, reading, expected) => {
    expect(said(reading)).toBe(expected);
  });
});

describe('what plates do not show is not held against them', () => {
  it.each<[string, string, string, string]>([
    ['O is 0', '浙A8K302', 'A8K3O2', 'agrees _A8K302'],
    ['I is 1', '浙A8K312', 'A8K3I2', 'agrees _A8K312'],
    ['a small l is 1', '浙A8K312', 'A8K3l2', 'agrees _A8K312'],
    ['no digit stands after the province', '浙D8K3F2', '08K3F2', 'unread'],
    ['no letter among the digits of a new-energy plate', '浙AF68205', 'AF6B205', 'unread'],
    ['but another digit there', '浙AF68205', 'AF69205', 'disagrees _AF69205'],
    ['the Chinese end is not compared', '浙A8K3F学', 'A8K3F', 'agrees _A8K3F_'],
    ['an embassy begins with digits', '224578使', '224578', 'agrees 224578_'],
    ['the old plates with O', '粤0A2160', 'OA2160', 'agrees _0A2160'],
  ])('%s', (_, plate, text, expected) => {
    expect(said(read(word(text)), plate)).toBe(expected);
  });
});

describe('the order in which one reads', () => {
  it.each([0, 0.4, -0.4, 1.2, -1.2])('follows the text where it is turned by %s', (angle) => {
    const pieces = [word('8K3F2', [0.3, 0.3], { angle }), word('A', [0.1, 0.3], { angle })];
    expect(said(read(...pieces))).toBe('agrees _A8K3F2');
  });

  it('goes from the upper row to the lower', () => {
    expect(said(read(word('8K3F2', [0.1, 0.5]), word('A', [0.5, 0])))).toBe('agrees _A8K3F2');
  });
});
