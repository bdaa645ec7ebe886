/**
 * How often a reading of such certainty is right. Readers are surer or less sure than they are right; a logistic curve over
 * their log odds (Platt 1999), fitted on half of labelled plates and checked on the other half, puts that straight.
 */
export interface Calibration {
  readonly slope: number;
  readonly offset: number;
}

/** No one has seen enough plates to claim more (labelled readings at the top: some hundreds, all right). */
const SUREST = 0.999;

const logOdds = (probability: number) => Math.log(probability / (1 - probability));

/** Never less for the surer of two readings. `certainty`: product of what the readers say, 0..1. */
export function calibrated(certainty: number, { slope, offset }: Calibration): number {
  const within = Math.min(1 - 1e-9, Math.max(1e-9, certainty));
  return Math.min(SUREST, 1 / (1 + Math.exp(-(offset + slope * logOdds(within)))));
}

/**
 * The curve that explains best which readings were right: logistic regression of one variable by Newton's method, with a
 * weak pull towards slope 1 and offset 0, so that a few readings, or only right ones, do not run away.
 */
export function fitCalibration(readings: readonly { certainty: number; right: boolean }[]): Calibration {
  let [slope, offset] = [1, 0];
  const pull = 1;
  for (let round = 0; round < 50; round++) {
    let [g0, g1, h00, h01, h11] = [pull * offset, pull * (slope - 1), pull, 0, pull];
    for (const { certainty, right } of readings) {
      const x = logOdds(Math.min(1 - 1e-9, Math.max(1e-9, certainty)));
      const p = 1 / (1 + Math.exp(-(offset + slope * x)));
      const [error, weight] = [p - Number(right), p * (1 - p)];
      g0 += error;
      g1 += error * x;
      h00 += weight;
      h01 += weight * x;
      h11 += weight * x * x;
    }
    const det = h00 * h11 - h01 * h01;
    const [stepOffset, stepSlope] = [(h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det];
    offset -= stepOffset;
    slope = Math.max(0, slope - stepSlope);
    if (Math.abs(stepOffset) + Math.abs(stepSlope) < 1e-9) break;
  }
  return { slope, offset };
}
