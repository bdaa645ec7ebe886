/**
 * Lights, told apart by what they do to a picture and not by name: day and night, sun and overcast, lamps and wet ground
 * differ in brightness, contrast and colour, and so do the shade of a tree and the open street.
 */
import type { Light } from '../sighting.ts';
import { type Instant, localMinutes } from '../time.ts';

/** What makes a difference of 1: a doubling of the brightness, contrast by a half, colour from daylight to sodium lamps. */
const OCTAVE = 1;
const CONTRAST = 0.5;
const WARMTH = 0.15;
/** Camera noise and black level: below it darkness has no degrees. */
const BLACK = 8;

/** Two looks are in one light up to this distance. Moving clouds make .4, lamps switched on 1.5 and more. */
export const ONE_LIGHT = 0.6;

/** 0 for the same light. */
export function lightDistance(a: Light, b: Light): number {
  return (
    Math.abs(Math.log2((a.luma + BLACK) / (b.luma + BLACK))) / OCTAVE +
    Math.abs(a.contrast - b.contrast) / CONTRAST +
    Math.abs(a.warmth - b.warmth) / WARMTH
  );
}

const NIGHT = 45;
const DIM = 80;
const HARD = 0.55;

/** What a person would call it, from how bright and harsh it is and the hour; for screens only, nothing is decided by it. */
export function lightWords({ luma, contrast }: Light, at: Instant): { zh: string; en: string } {
  const hour = localMinutes(at) / 60;
  if (luma < NIGHT || (luma < DIM && (hour < 5 || hour >= 20))) return { zh: '夜间', en: 'night' };
  if (luma < DIM && (hour < 8 || hour >= 16)) return { zh: '晨昏', en: 'dusk or dawn' };
  if (luma < DIM) return { zh: '阴雨', en: 'overcast or rain' };
  if (contrast > HARD) return { zh: '强光影', en: 'hard shadows' };
  return { zh: '白天', en: 'day' };
}
