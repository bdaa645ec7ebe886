/**
 * The kind of a number plate (号牌种类) from what was read: text, ground colour, layout. GA 36-2018, table 1 (kinds, colours
 * and sizes) and 4.7 (new energy); farm machinery: NY 345.1-2005 (拖拉机号牌).
 */
import type { PlateRead } from './plate.ts';

export type PlateType =
  /** 小型汽车: white on blue. */
  | 'small'
  /** 大型汽车, front: black on yellow, one row. */
  | 'large'
  /** 大型汽车, rear: black on yellow, two rows, 440 x 220 mm. */
  | 'large-rear'
  /** 挂车: black on yellow, two rows, ends in 挂. */
  | 'trailer'
  /** 小型新能源汽车: green, eight characters, the kind of drive first. */
  | 'new-energy-small'
  /** 大型新能源汽车: yellow and green, eight characters, the kind of drive last. */
  | 'new-energy-large'
  /** 教练: black on yellow, ends in 学. */
  | 'learner'
  /** 警用: black on white, ends in 警. */
  | 'police'
  /** 港澳入出境车: white on black, ends in 港 or 澳. */
  | 'hong-kong'
  | 'macao'
  /** 使馆, 领馆: white on black. */
  | 'embassy'
  | 'consulate'
  /** 普通摩托车: black on yellow, two rows, 220 x 140 mm. */
  | 'motorcycle'
  /** 轻便摩托车: white on blue, two rows, 220 x 140 mm. */
  | 'light-motorcycle'
  /** 拖拉机, 联合收割机: white on green, two rows, figures only after the province. */
  | 'farm';

/** What the reading says of itself, and, where it is known, whether two wheels carry the plate. */
export type PlateSigns = Pick<PlateRead, 'color' | 'layout'> & {
  readonly text: string;
  readonly twoWheeler?: boolean;
};

const BY_SUFFIX: readonly (readonly [RegExp, PlateType])[] = [
  [/使/, 'embassy'],
  [/领$/, 'consulate'],
  [/港$/, 'hong-kong'],
  [/澳$/, 'macao'],
  [/警$/, 'police'],
  [/学$/, 'learner'],
  [/挂$/, 'trailer'],
  [/^.\d{7}$/, 'farm'],
];

/** Eight characters: the drive letter stands third on small vehicles and last on large ones (4.7). */
const newEnergy = (text: string): PlateType => (/\d{5}[A-Z]$/.test(text) ? 'new-energy-large' : 'new-energy-small');

/**
 * Null when the signs do not decide. Characters say more than the colour, which light and dirt change; the colour says
 * more than the layout.
 */
export function plateTypeOf({ text, color, layout, twoWheeler = false }: PlateSigns): PlateType | null {
  const suffixed = BY_SUFFIX.find(([pattern]) => pattern.test(text))?.[1];
  if (suffixed !== undefined) return suffixed;
  if ([...text].length === 8) return newEnergy(text);
  if (layout === 'double') {
    if (color === 'blue') return 'light-motorcycle';
    if (color === 'yellow') return twoWheeler ? 'motorcycle' : 'large-rear';
    return color === 'green' ? 'farm' : null;
  }
  if (color === 'blue') return 'small';
  if (color === 'yellow') return twoWheeler ? 'motorcycle' : 'large';
  // White without 警 and black without a suffix are on no plate of GA 36 (armed forces, plates of before 2007).
  return null;
}
