/**
 * What a vehicle looks like, as a vector of unit length (made in functions/inspect/appearance.ts). Only vectors of one
 * camera compare: another camera sees another side of the car.
 */

/**
 * Cosine of two appearances, -1..1; 1 is the same picture up to light. 0 when either is missing.
 *
 * It can tell that another car took the spot, never that it is the same one: two white hatchbacks of one model look
 * alike, and only their plates differ. Measured on the shipped sequences, boxes shaken by 5 %: the same standing car .92
 * or more; another car of the camera .64 in the median, .76 or less in 95 of 100 pairs, up to .94 for the same model in
 * the same colour.
 */
export function appearanceSimilarity(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return 0;
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
