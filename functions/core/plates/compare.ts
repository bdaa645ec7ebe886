/**
 * Are two readings of one plate? A likelihood ratio for every position (the same character behind both, against two
 * independent ones), judged by the worst position: neighbours may differ in a single character, and a sum would let six
 * that agree outvote it.
 */
import { type Belief, evidenceOf } from './confusable.ts';
import type { PlateRead } from './plate.ts';

export type PlateVerdict = 'same' | 'different' | 'unsure';

export interface PlateComparison {
  verdict: PlateVerdict;
  /** Sum of the logarithms over all positions: how much likelier one plate is than two. */
  logRatio: number;
  /** Positions that speak against one plate. */
  conflicts: number;
}

type Characters = Pick<PlateRead, 'characters'>;

/** A position below this speaks against one plate (natural logarithm). */
const CONFLICT = -1;
/**
 * Conflicting positions together below this make two plates: one plain mismatch read at .9 and .9 (-2.9), or a
 * confusable one read at .998 both times. Less stays `unsure`.
 */
const DIFFERENT = -2.5;
/** The same text must be this much likelier as one plate: seven characters read at about .35 each. */
const SAME = 9;

/** Logarithm of P(both readings | one character) over P(both | two independent characters). */
function positionRatio(a: Belief, b: Belief): number {
  let shared = 0;
  for (let i = 0; i < a.length; i++) shared += (a[i] ?? 0) * (b[i] ?? 0);
  return Math.log(shared * a.length);
}

function compareAligned(a: Characters['characters'], b: Characters['characters']): PlateComparison {
  let logRatio = 0;
  let against = 0;
  let conflicts = 0;
  let sameText = true;
  const [{ beliefs: beliefsA }, { beliefs: beliefsB }] = [evidenceOf(a), evidenceOf(b)];
  for (let position = 0; position < a.length; position++) {
    const [left, right] = [beliefsA[position], beliefsB[position]];
    if (left === undefined || right === undefined) continue;
    const ratio = positionRatio(left, right);
    logRatio += ratio;
    if (a[position]?.char !== b[position]?.char) sameText = false;
    if (ratio < CONFLICT) conflicts++;
    if (ratio < 0) against += ratio;
  }
  if (conflicts > 0 && against <= DIFFERENT) return { verdict: 'different', logRatio, conflicts };
  return { verdict: sameText && logRatio >= SAME ? 'same' : 'unsure', logRatio, conflicts };
}

/**
 * Compares two readings (or votes). `same` needs the same text; `unsure` means that nothing speaks against one plate
 * but a misreading would have to explain the difference.
 */
export function comparePlates(a: Characters, b: Characters): PlateComparison {
  const [short, long] = a.characters.length <= b.characters.length ? [a, b] : [b, a];
  const missing = long.characters.length - short.characters.length;
  if (missing === 0) return compareAligned(a.characters, b.characters);
  // A torn reading says nothing; one character more or less is a reader's slip if the others agree.
  if (missing > 1 || short.characters.length < 7) return { verdict: 'unsure', logRatio: 0, conflicts: 0 };
  let best: PlateComparison | undefined;
  for (let left = 0; left < long.characters.length; left++) {
    const comparison = compareAligned(short.characters, long.characters.toSpliced(left, 1));
    if (best === undefined || comparison.logRatio > best.logRatio) best = comparison;
  }
  if (best === undefined) return { verdict: 'unsure', logRatio: 0, conflicts: 0 };
  return { ...best, verdict: best.verdict === 'same' ? 'unsure' : best.verdict };
}
