/**
 * What a second reader is asked and what it answers. It is somebody else's service: it reads Latin letters and digits, never
 * the Chinese character, and that it does not answer is an answer like any other.
 */
import type { Point } from '../camera.ts';

/** Who was asked; `version` as the service names its model, null where it does not. */
export interface ReaderVersion {
  readonly name: string;
  readonly version: string | null;
}

/** Why a second reader said nothing. */
export const UNAVAILABLE_WHY = [
  /** Too many were asked at once, here or in this account. */
  'throttled',
  'timeout',
  /** Its fault, as it says itself. */
  'service-failed',
  /** This account may not ask it. */
  'denied',
  /** No such service here, or no way to it. */
  'unreachable',
  'unreadable-answer',
  /** Too small, too large, or no picture to it. */
  'picture-refused',
  /** It failed so often that it is not asked for a while. */
  'paused',
] as const;
export type UnavailableWhy = (typeof UNAVAILABLE_WHY)[number];

export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reader: ReaderVersion;
  readonly why: UnavailableWhy;
}

/** A piece of text as it was found; a line is told beside the words it is made of. */
export interface TextPiece {
  readonly kind: 'word' | 'line';
  readonly text: string;
  /** 0..1 */
  readonly confidence: number;
  /** Around it, from its own top left clockwise; shares of the picture's width and height. */
  readonly outline: readonly Point[];
}

export type SecondReading =
  | { readonly kind: 'read'; readonly reader: ReaderVersion; readonly pieces: readonly TextPiece[] }
  | Unavailable;

/** Upright; shares of the picture's width and height, may reach beyond it. */
export interface FaceRegion {
  readonly box: readonly [x0: number, y0: number, x1: number, y1: number];
  /** 0..1 */
  readonly confidence: number;
}

export type FaceRegions =
  | { readonly kind: 'found'; readonly reader: ReaderVersion; readonly faces: readonly FaceRegion[] }
  | Unavailable;

/** That it looked for faces too, and how many it found. */
export type SecondLook =
  | { readonly kind: 'looked'; readonly reader: ReaderVersion; readonly faces: number }
  | Unavailable;

/** What a second reader's word comes to. */
export const SECOND_SAID = ['agrees', 'disagrees', 'unread', 'unavailable'] as const;
export type SecondSaid = (typeof SECOND_SAID)[number];

/** A letter or digit as a second reader read it. */
export interface HeardCharacter {
  readonly char: string;
  /** 0..1 */
  readonly confidence: number;
}

/** What a second reader's word means for one reading of ours. */
export type SecondOpinion =
  | {
      /** Every letter and digit is the same; or at least one is another, and as many are the same. */
      readonly kind: 'agrees' | 'disagrees';
      readonly reader: ReaderVersion;
      /** One for each of our characters; null where it cannot be held against ours: the Chinese ones, and what it did not read. */
      readonly characters: readonly (HeardCharacter | null)[];
    }
  /** It read nothing there, or not enough of the plate, or another text. */
  | { readonly kind: 'unread'; readonly reader: ReaderVersion }
  | Unavailable;

/** What a second reader's words in all frames mean for a plate that was voted. */
export interface SecondVote {
  readonly readers: readonly ReaderVersion[];
  /** Frames by what was said of them, held against the voted plate. */
  readonly frames: Readonly<Record<SecondSaid, number>>;
  /** By position, then by character. */
  readonly differences: readonly SecondDifference[];
  /** The plate that our own readers voted, which a disagreement may keep from being told; null when they voted none. */
  readonly own: string | null;
}

export interface SecondDifference {
  /** 1 is the province: counted as people count. */
  readonly position: number;
  readonly ours: string;
  readonly theirs: string;
  /** In so many frames. */
  readonly frames: number;
}
