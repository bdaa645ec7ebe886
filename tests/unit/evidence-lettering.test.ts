import { describe, expect, it } from 'vitest';
import { fitText, textSvg, textWidth, wrapText } from '../../functions/seal/lettering.ts';
import { runsOf } from '../../functions/seal/typeface.ts';

const style = { size: 20, weight: 400 } as const;
const drawn = (text: string) =>
  runsOf(text, 400)
    .map((run) => run.text)
    .join('');

describe('text on a machine without Chinese fonts', () => {
  it.each([
    '梧桐路 18 号前人行道违停',
    '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼学警港澳挂使领',
    '鲜果时光水果店、康民大药房（和平街 32-34 号门前）',
  ])('draws every character of %s from the main font', (text) => {
    expect(drawn(text)).toBe(text);
    expect(new Set(runsOf(text, 400).map(({ face }) => face))).toEqual(new Set(['chinese-simplified-400']));
  });

  it('takes rare characters from the slice of the font that has them', () => {
    const runs = runsOf('鬲匦①', 400);
    expect(runs.map((run) => run.text).join('')).toBe('鬲匦①');
    expect(runs.some(({ face }) => face === 'chinese-simplified-400')).toBe(false);
  });

  it('spells out a character that no font has, in place of a blank box', () => {
    expect(drawn('𠮷野')).toBe('[U+20BB7]野');
  });

  it('measures full-width characters as one em', () => {
    expect(textWidth('人行道', style)).toBeCloseTo(60);
  });

  it('leaves no text or markup in the picture, only outlines', () => {
    const svg = textSvg('<b>&号牌', 0, 20, style, '#000');
    expect(svg.match(/<path /g)).toHaveLength(6);
    expect(svg).not.toMatch(/<text|<b>|&/);
  });
});

describe('line breaking', () => {
  it('breaks between Chinese characters and between words, never inside a word', () => {
    expect(wrapText('证据 SHA-256 manifest', 100, style)).toEqual(['证据', 'SHA-256', 'manifest']);
  });

  it('never begins a line with a closing mark nor ends one with an opening mark', () => {
    for (let width = 80; width < 240; width += 7) {
      const lines = wrapText('本材料（第一版），由系统制作：未经审核，不得作为证据。', width, style);
      for (const line of lines) {
        expect(line).not.toMatch(/^[，。）：]/);
        expect(line).not.toMatch(/（$/);
      }
    }
  });

  it('cuts a hash that is longer than the line, losing nothing', () => {
    const hash = 'a1b2c3d4'.repeat(8);
    const lines = wrapText(hash, 150, style);
    expect(lines.join('')).toBe(hash);
    expect(Math.max(...lines.map((line) => textWidth(line, style)))).toBeLessThanOrEqual(150);
  });

  it('shortens what must stay on one line, and says so', () => {
    const fitted = fitText('和平街三十二号至三十四号门前', 120, style);
    expect(fitted).toMatch(/^和平街.*…$/);
    expect(textWidth(fitted, style)).toBeLessThanOrEqual(120);
  });
});
