/** What two readings say about two sightings: one plate, two, or nothing. */
import { comparePlates } from './compare.ts';
import type { PlateRead } from './plate.ts';

/** `slip`: they differ, and a misreading would explain it. `unknown`: one was not read, or the readings say too little. */
export type PlateAgreement = 'same' | 'different' | 'slip' | 'unknown';

/** Confidence of a whole plate below which three of four readings are wrong somewhere (models/platerec/card.md). */
const GUESSWORK = 0.3;

type Read = Pick<PlateRead, 'characters' | 'confidence'>;

/** Confusable-aware; a single character, or a mere guess, may be a slip of the reader. */
export function plateAgreement(a: Read | null, b: Read | null): PlateAgreement {
  if (a === null || b === null) return 'unknown';
  const { verdict, conflicts } = comparePlates(a, b);
  if (verdict === 'same') return 'same';
  if (verdict === 'unsure') return 'unknown';
  return conflicts === 1 || Math.min(a.confidence, b.confidence) < GUESSWORK ? 'slip' : 'different';
}
