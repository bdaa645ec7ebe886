import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_ALPHABET, CODE_LENGTH, coarseAddress, normalCode, printedCode } from '#core/party.ts';

const codes = fc
  .array(fc.constantFrom(...CODE_ALPHABET), { minLength: CODE_LENGTH, maxLength: CODE_LENGTH })
  .map((chars) => chars.join(''));

describe('a query code', () => {
  it('reads the same as printed, in small letters, in full width and with blanks', () => {
    fc.assert(
      fc.property(codes, (code) => {
        const fullWidth = [...code].map((char) => String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0)).join('');
        for (const typed of [printedCode(code), code.toLowerCase(), ` ${code.slice(0, 5)} ${code.slice(5)}`, fullWidth])
          expect(normalCode(typed)).toBe(code);
      }),
    );
  });

  it('is nothing else', () => {
    for (const typed of ['', 'ABC', `${'A'.repeat(13)}`, 'A'.repeat(11), `${'A'.repeat(11)}0`, `${'A'.repeat(11)}O`])
      expect(normalCode(typed)).toBeUndefined();
  });

  it('has no character that looks like another of them', () => {
    for (const [one, other] of ['0O', '1I', '1L', '2Z', '5S', '8B', 'UV'].map((pair) => [...pair]))
      expect(CODE_ALPHABET.includes(one ?? '') && CODE_ALPHABET.includes(other ?? '')).toBe(false);
  });
});

it.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:85a3:8d3:1319:8a2e:370:7348', '2001:db8:85a3::/48'],
  ['2001:db8::1', '2001:db8:0::/48'],
  ['::1', '0:0:0::/48'],
  ['unknown', 'unknown'],
  ['<script>', 'unknown'],
])('%s is kept as %s', (address, kept) => {
  expect(coarseAddress(address)).toBe(kept);
});
