/**
 * Which characters of a plate are taken for one another, and what one reading of a character makes us believe.
 *
 * Groups follow the glyphs of GA 36 and what readers confuse in practice (CCPD, Xu et al. 2018; issue trackers of open
 * readers): closed bowls, single strokes, provinces that share a radical or fall together when blurred, and 皖, which
 * readers trained on CCPD answer when they do not know.
 */
import { DIGITS, LETTERS, type PlateCharacter, PROVINCES, SUFFIXES } from './plate.ts';

const GROUPS: readonly string[] = [
  '0DQ',
  '8B',
  '2Z',
  '5S',
  '17TL',
  '6G',
  'VY',
  'MNHW',
  'UJ',
  'A4',
  'CG',
  'EF',
  'KX',
  'PR',
  '浙渝湘沪津',
  '苏赣皖',
  '京琼',
  '鲁鄂粤',
  '川贵',
  '晋青',
  '蒙豫',
  '甘吉',
  '桂陕',
  '闽云',
];
/** The answer of a reader that does not know the province. */
const UNKNOWN_PROVINCE = '皖';

const confusedWith = new Map<string, Set<string>>();
function confuse(a: string, b: string): void {
  if (a === b) return;
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const others = confusedWith.get(from) ?? new Set();
    others.add(to);
    confusedWith.set(from, others);
  }
}
for (const group of GROUPS) for (const a of group) for (const b of group) confuse(a, b);
for (const province of PROVINCES) confuse(province, UNKNOWN_PROVINCE);

export const isConfusable = (a: string, b: string): boolean => confusedWith.get(a)?.has(b) ?? false;

/** Nothing is ever surer than this, whatever a reader says of itself: neither one character nor all those it names. */
const SUREST = 0.999;
/**
 * Of what a reader leaves open, this share goes to characters that look like the one it named, times its confidence: one
 * that hardly saw a shape says little about its likes either.
 */
const CONFUSED_SHARE = 0.7;

/** What may stand first (a province; 使 on embassy plates) and elsewhere (GA 36: suffixes stand last). */
const FIRST = [...PROVINCES, '使'];
const FURTHER = [...LETTERS, ...DIGITS, ...SUFFIXES];

export const alphabetAt = (position: number): readonly string[] => (position === 0 ? FIRST : FURTHER);

/** One probability for each character of {@link alphabetAt}; sums to 1. */
export type Belief = Float64Array;

/** By character of an alphabet: where it stands, and where those stand that look like it. */
const lookups = [FIRST, FURTHER].map((alphabet) => {
  const at = new Map(alphabet.map((char, index) => [char, index]));
  const alike = new Map(
    alphabet.map((char) => [char, [...(confusedWith.get(char) ?? [])].flatMap((other) => at.get(other) ?? [])]),
  );
  return { at, alike };
});

export function beliefOf(read: PlateCharacter, position: number): Belief {
  const belief = new Float64Array(alphabetAt(position).length);
  const lookup = lookups[position === 0 ? 0 : 1];
  let open = 1;
  const name = (char: string, confidence: number) => {
    const index = lookup?.at.get(char);
    if (index === undefined || (belief[index] ?? 0) > 0) return;
    const share = Math.min(Math.max(0, open - (1 - SUREST)), Math.max(0, confidence));
    belief[index] = share;
    open -= share;
  };
  name(read.char, Math.min(SUREST, read.confidence));
  for (const { char, confidence } of read.alternatives) name(char, confidence);
  const alike = lookup?.alike.get(read.char) ?? [];
  const toAlike = alike.length > 0 ? open * CONFUSED_SHARE * Math.min(SUREST, read.confidence) : 0;
  for (const index of alike) belief[index] = (belief[index] ?? 0) + toAlike / alike.length;
  const toAll = (open - toAlike) / belief.length;
  for (let index = 0; index < belief.length; index++) belief[index] = (belief[index] ?? 0) + toAll;
  return belief;
}

/** What a reading says of each position, and the logarithm of how much more than nothing that is. */
export interface Evidence {
  beliefs: readonly Belief[];
  logarithms: readonly Float64Array[];
}

const known = new WeakMap<readonly PlateCharacter[], Evidence>();

/** Computed once for each reading. */
export function evidenceOf(characters: readonly PlateCharacter[]): Evidence {
  let evidence = known.get(characters);
  if (evidence === undefined) {
    const beliefs = characters.map(beliefOf);
    const logarithms = beliefs.map((belief) => belief.map((share) => Math.log(share * belief.length)));
    evidence = { beliefs, logarithms };
    known.set(characters, evidence);
  }
  return evidence;
}
