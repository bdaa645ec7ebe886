import { describe, expect, it } from 'vitest';
import { type PlateSigns, plateTypeOf } from '#core/plates/type.ts';

const signs = (text: string, color: PlateSigns['color'], layout: PlateSigns['layout'] = 'single', twoWheeler = false) =>
  plateTypeOf({ text, color, layout, twoWheeler });

describe('the kind of a number plate (GA 36-2018, table 1)', () => {
  it.each([
    ['浙A8K3F2', 'blue', 'single', 'small'],
    ['浙A8K3F2', 'yellow', 'single', 'large'],
    ['浙A8K3F2', 'yellow', 'double', 'large-rear'],
    ['浙A1234挂', 'yellow', 'double', 'trailer'],
    ['浙AF68205', 'green', 'single', 'new-energy-small'],
    ['浙ADB8609', 'green', 'single', 'new-energy-small'],
    ['浙A12345D', 'yellow-green', 'single', 'new-energy-large'],
    ['浙A1234学', 'yellow', 'single', 'learner'],
    ['浙A1234警', 'white', 'single', 'police'],
    ['粤ZF023港', 'black', 'single', 'hong-kong'],
    ['粤ZF023澳', 'black', 'single', 'macao'],
    ['使224578', 'black', 'single', 'embassy'],
    ['224578使', 'black', 'single', 'embassy'],
    ['沪A2361领', 'black', 'single', 'consulate'],
    ['浙A8K3F2', 'blue', 'double', 'light-motorcycle'],
    ['皖1946673', 'green', 'double', 'farm'],
  ] as const)('%s on %s in %s row is %s', (text, color, layout, type) => {
    expect(signs(text, color, layout)).toBe(type);
  });

  it('tells the rear plate of a lorry from a motorcycle by what carries it', () => {
    expect(signs('浙A8K3F2', 'yellow', 'double', true)).toBe('motorcycle');
    expect(signs('浙A8K3F2', 'yellow', 'single', true)).toBe('motorcycle');
  });

  it('trusts the characters before the colour, which light changes', () => {
    expect(signs('浙A1234警', 'blue')).toBe('police');
    expect(signs('浙AF68205', 'blue')).toBe('new-energy-small');
  });

  it('says nothing where the colour alone would have to decide and is not known', () => {
    expect(signs('浙A8K3F2', null)).toBeNull();
    expect(signs('浙A8K3F2', 'white')).toBeNull();
    expect(signs('浙A8K3F2', 'black', 'double')).toBeNull();
  });
});
