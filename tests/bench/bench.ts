/** What a benchmark gives: the same figures for programs and for people. */
export interface Bench {
  json: Record<string, unknown>;
  lines: readonly string[];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Tenths, of milliseconds mostly. */
export const tenth = (value: number): number => Math.round(value * 10) / 10;
/** Hundredths, of ratios mostly. */
export const hundredth = (value: number): number => Math.round(value * 100) / 100;
