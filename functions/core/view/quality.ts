/**
 * 画面质量: what a frame's pixels say of the lens and the light, and what is too poor to prove anything. Every measure is
 * chosen to stay where it is when only the light changes, so that night is not taken for blur, nor fog for a hand.
 */

export interface ViewQuality {
  /** Mean luma (ITU-R BT.601), 0..255. */
  luma: number;
  /** The luma that one pixel in a hundred exceeds, 0..255: what the lamps show at night. */
  bright: number;
  /** Mean difference of neighbouring pixels over that of pixels eight apart, 0..1: falls towards 1/8 out of focus. */
  sharpness: number;
  /** Share of tiles of the picture in which anything can be told from anything, 0..1. */
  structure: number;
}

/** Below this nothing is lit, whatever the lamps. */
const DARK_BRIGHT = 60;
/** A picture in focus has .2 and more, smeared over eight pixels .13. */
const BLURRED_SHARPNESS = 0.145;
/** A street has structure in nearly all its tiles; a hand, a leaf or fog before the lens leaves few. */
const BLOCKED_STRUCTURE = 0.25;

/** Why a frame proves nothing; null when it does. The first of the three that holds. */
export function poorness({ bright, sharpness, structure }: ViewQuality): 'dark' | 'blocked' | 'blurred' | null {
  if (bright < DARK_BRIGHT) return 'dark';
  if (structure < BLOCKED_STRUCTURE) return 'blocked';
  return sharpness < BLURRED_SHARPNESS ? 'blurred' : null;
}
