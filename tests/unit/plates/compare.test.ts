import { describe, expect, it } from 'vitest';
import { comparePlates } from '#core/plates/compare.ts';
import { read } from '../stays/builders.ts';

describe('two readings', () => {
  it.each([
    ['the same text', read('浙A8K3F2'), read('浙A8K3F2'), 'same'],
    ['the same text, half sure', read('浙A8K3F2', { confidence: 0.6 }), read('浙A8K3F2', { confidence: 0.6 }), 'same'],
    [
      'the same text, hopeless',
      read('浙A8K3F2', { confidence: 0.05 }),
      read('浙A8K3F2', { confidence: 0.05 }),
      'unsure',
    ],
    ['other plates', read('浙A8K3F2'), read('苏E1B48W'), 'different'],
    ['one sure character apart', read('浙A8K3F2'), read('浙A8K3F7'), 'different'],
    [
      'one confusable character apart',
      read('浙A8K3F2', { confidence: 0.95 }),
      read('浙ABK3F2', { confidence: 0.95 }),
      'unsure',
    ],
    [
      'one confusable character apart, both certain',
      read('浙A8K3F2', { confidence: 0.999 }),
      read('浙ABK3F2', { confidence: 0.999 }),
      'different',
    ],
    [
      'apart where one names the other as its second choice',
      read('浙A8K3F2', { weak: { 4: { confidence: 0.7, or: 'X' } } }),
      read('浙A8KXF2'),
      'unsure',
    ],
    [
      'apart in the province, read as the unknown one',
      read('浙A8K3F2'),
      read('皖A8K3F2', { weak: { 0: { confidence: 0.8 } } }),
      'unsure',
    ],
    ['one character lost', read('浙AF68205'), read('浙AF6805'), 'unsure'],
    ['seven and eight that share little', read('浙AF68205'), read('苏E1B48W'), 'different'],
    ['a torn one', read('浙A8K3F2'), read('浙A8K'), 'unsure'],
  ] as const)('of %s', (_case, a, b, verdict) => {
    expect(comparePlates(a, b).verdict).toBe(verdict);
    expect(comparePlates(b, a).verdict).toBe(verdict);
  });
});
