/**
 * From what the readers saw of one plate to its text and how sure that is. The plate's own reader is asked first; the
 * line reader is only worth its time where the first is not sure.
 */
import { type Calibration, calibrated } from './calibration.ts';
import type { Emissions } from './ctc.ts';
import { fuseReadings, type Witness } from './fuse.ts';
import { grammarOf } from './grammar.ts';
import { LINE_READER_CONTRAST, LINE_READER_LEAN, OWN_READER_CONTRAST, withContrast, withoutLean } from './lean.ts';
import type { PlateCharacter, PlateColor, PlateLayout } from './plate.ts';

/** What is known of a plate beside the readers' word. */
export interface PlateView {
  readonly layout: PlateLayout;
  readonly color: PlateColor | null;
  /** Width of the plate, pixels of the frame. */
  readonly width: number;
}

export interface Judgement {
  readonly characters: readonly PlateCharacter[];
  /** What the readers make of it: product of the characters' and the whole's share, 0..1. */
  readonly certainty: number;
  /** Calibrated probability that the whole text is right. */
  readonly confidence: number;
}

/** Fitted by models/training/calibrate-plates.ts; the reliability is on the card of `platerec`. */
const OWN_ALONE: Calibration = { slope: 1.1, offset: 1.84 };
const BOTH: Calibration = { slope: 1, offset: 1.36 };

/** From this confidence on the own reader needs no second opinion. Measured: 508 of 508 such readings right, of 1063. */
const SURE_ALONE = 0.979;
/** It learned the lettering of GA 36 only, and in other lettering takes a round 6 for this. */
const DOUBTED_ALONE = 'G';

/** The own reader's say beside the line reader's. Measured: fewer mistakes than 0.5 or 1 at the same confidence. */
const OWN_WEIGHT = 0.75;

/** The readers' probabilities are a little too sure, and more so below 70 pixels of width. */
const temperatureFor = (width: number) => 1.35 * Math.min(1.8, Math.max(1, 70 / width));

/** Eight characters are new energy, and new energy is green (or yellow-green): colour and length vouch for each other. */
const lengthPriorOf =
  ({ color, layout }: PlateView) =>
  (length: number) => {
    if (color === 'yellow' || layout === 'double') return 0;
    return (color === 'green' || color === 'yellow-green') === (length === 8) ? 0 : -2;
  };

function judge(witnesses: readonly Witness[], view: PlateView, calibration: Calibration): Judgement | null {
  const fused = fuseReadings(witnesses, grammarOf(view.layout), {
    temperature: temperatureFor(view.width),
    lengthPrior: lengthPriorOf(view),
  });
  if (fused === null) return null;
  const { characters, share } = fused;
  const certainty = characters.reduce((product, { confidence }) => product * confidence, share);
  return { characters, certainty, confidence: calibrated(certainty, calibration) };
}

/**
 * Characters that say together what the calibrated whole says: each to the same power, what else it may be in proportion.
 * Else a vote over frames would trust a sure reading no more than its softened characters.
 */
function inAccord({ characters, certainty, confidence }: Judgement): PlateCharacter[] {
  const power = Math.log(confidence) / Math.log(certainty);
  return characters.map(({ char, confidence: before, alternatives }) => {
    const after = before ** power;
    const rest = before < 1 ? (1 - after) / (1 - before) : 1;
    return {
      char,
      confidence: after,
      alternatives: alternatives.map((other) => ({ ...other, confidence: other.confidence * rest })),
    };
  });
}

/** The own reader's word alone. */
export function judgeOwn(own: Emissions, view: PlateView): Judgement | null {
  const judgement = judge([{ emissions: own, weight: 1 }], view, OWN_ALONE);
  if (judgement === null || judgement.confidence < SURE_ALONE || judgement.certainty >= judgement.confidence) {
    return judgement;
  }
  return { ...judgement, characters: inAccord(judgement) };
}

/** Whether the own reader's word is enough. */
export const isSureAlone = (judgement: Judgement | null): judgement is Judgement =>
  judgement !== null &&
  judgement.confidence >= SURE_ALONE &&
  judgement.characters.every(({ char }) => char !== DOUBTED_ALONE);

/** Both readers together. */
export const judgeBoth = (own: Emissions, line: Emissions, view: PlateView): Judgement | null =>
  judge(
    [
      { emissions: withContrast(withoutLean(line, LINE_READER_LEAN), LINE_READER_CONTRAST), weight: 1 },
      { emissions: withContrast(own, OWN_READER_CONTRAST), weight: OWN_WEIGHT },
    ],
    view,
    BOTH,
  );
