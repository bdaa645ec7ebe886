/** Chinese number plates, GA 36-2018 (中华人民共和国机动车号牌). */
import type { Point } from '../camera.ts';
import type { SecondOpinion } from './second-reader.ts';
import type { PlateType } from './type.ts';

export type PlateColor = 'blue' | 'yellow' | 'green' | 'yellow-green' | 'white' | 'black';
export type PlateLayout = 'single' | 'double';

/** One character of a reading with what else it might be. */
export interface PlateCharacter {
  char: string;
  /** Probability of `char`, 0..1. */
  confidence: number;
  /** Further candidates, most likely first, with their probability; may be empty. */
  alternatives: readonly { char: string; confidence: number }[];
}

/** One plate as one frame shows it. Text without the dot: 浙A8K3F2. */
export interface PlateRead {
  characters: readonly PlateCharacter[];
  color: PlateColor | null;
  layout: PlateLayout;
  /** The kind of plate as far as text, colour and layout tell; null when they do not. Readings of before it was told have none. */
  type?: PlateType | null;
  /** Calibrated probability that the whole text is right, 0..1. */
  confidence: number;
  /** Top-left, top-right, bottom-right, bottom-left as read; pixels of the original frame. */
  corners: readonly [Point, Point, Point, Point];
  /** What a second reader said of it, where one was asked; nothing above was changed by it. */
  second?: SecondOpinion;
}

export const PROVINCES = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼';
/** I and O are not used. */
export const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
export const DIGITS = '0123456789';
export const SUFFIXES = '学警港澳挂使领';

export const plateText = (read: Pick<PlateRead, 'characters'>): string =>
  read.characters.map(({ char }) => char).join('');

/** The weakest character decides: a mean would hide one bad one. 1 for no characters never happens. */
export const weakestCharacter = (read: Pick<PlateRead, 'characters'>): number =>
  read.characters.reduce((least, { confidence }) => Math.min(least, confidence), 1);

/** 浙A8K3F2 -> 浙A·8K3F2, as it stands on the plate. */
export const formatPlate = (text: string): string => (text.length > 2 ? `${text.slice(0, 2)}·${text.slice(2)}` : text);

/** Accepts what people type: dots, spaces and lower case. 浙a·8k3f2 -> 浙A8K3F2. */
export const normalizePlate = (text: string): string => text.replaceAll(/[\s·•.・-]/g, '').toUpperCase();
