/** One look of the small reader at every outline a plate may have; the likeliest is what both readers then read. */
import { grammarBeam } from '#core/plates/ctc.ts';
import { rowsLogLikelihood } from '#core/plates/double-row.ts';
import { grammarOf } from '#core/plates/grammar.ts';
import type { Model } from './model.ts';
import type { PlateCandidate, PlateOutline } from './plate-rows.ts';
import { type OwnReading, ownPicture, readWithOwn } from './plate-text.ts';
import type { Raster } from './raster.ts';

export interface Glance {
  readonly outline: PlateOutline;
  /** What the small reader looked at. */
  readonly picture: Raster;
  readonly reading: OwnReading;
  /** Natural logarithm of how likely it is a plate that lies so. */
  readonly score: number;
}

/** Two rows are rarer than one: what the reader's likelihoods must outweigh (natural logarithm). */
const DOUBLE_PRIOR = -2;
/** No text of the grammar found at all. */
const NOTHING = -99;

/** Below this nothing that was looked at is read well. */
const POOR = -5;

/** Places looked at before one is chosen. */
const PLACES = 3;

export async function glance(own: Model, raster: Raster, outline: PlateOutline, plausibility = 1): Promise<Glance> {
  const picture = ownPicture(raster, outline);
  const reading = await readWithOwn(own, picture);
  const prior = 2 * Math.log(plausibility) + reading.logLayout[outline.layout];
  const [best] = grammarBeam(reading.emissions, grammarOf(outline.layout), { beams: 6, keep: 1 });
  if (best === undefined) return { outline, picture, reading, score: NOTHING + prior };
  const ofText =
    outline.layout === 'double' ? rowsLogLikelihood(reading.emissions, best.labels) + DOUBLE_PRIOR : best.logLikelihood;
  return { outline, picture, reading, score: Math.max(NOTHING, ofText) + prior };
}

export const better = (a: Glance | null, b: Glance): Glance => (a === null || b.score > a.score ? b : a);

/** The likeliest outline of several places, and of `start`. */
export async function choose(
  own: Model,
  raster: Raster,
  places: readonly PlateCandidate[],
  start: Glance | null = null,
): Promise<Glance | null> {
  let best = start;
  const likely = places.slice(0, PLACES);
  for (const { outlines, plausibility } of likely) {
    for (const outline of outlines) best = better(best, await glance(own, raster, outline, plausibility));
  }
  if (best !== null && best.score >= POOR) return best;
  for (const { further, plausibility } of likely) {
    for (const outline of further) best = better(best, await glance(own, raster, outline, plausibility));
  }
  return best;
}
