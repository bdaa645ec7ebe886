/** Shares as `eval` states them: counts, per cent, and how far the true share may lie from the measured one. */

/** 95 % interval of a share (Wilson 1927), sound for small counts and shares near 0 and 1; [0, 1] when nothing was counted. */
export function wilson(part: number, whole: number): readonly [low: number, high: number] {
  if (whole === 0) return [0, 1];
  const z = 1.96;
  const share = part / whole;
  const middle = (share + (z * z) / (2 * whole)) / (1 + (z * z) / whole);
  const half = (z / (1 + (z * z) / whole)) * Math.sqrt((share * (1 - share)) / whole + (z * z) / (4 * whole * whole));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Columns of one share: `34/38`, `89.5 %`, `(75.9 % - 95.8 %)`. */
export function shareCells(part: number, whole: number): readonly [count: string, share: string, interval: string] {
  if (whole === 0) return ['0/0', '-', ''];
  const [low, high] = wilson(part, whole);
  return [`${part}/${whole}`, percent(part / whole), `(${percent(low)} - ${percent(high)})`];
}
