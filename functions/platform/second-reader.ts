import type { FaceRegions, SecondReading } from '#core/plates/second-reader.ts';

/**
 * The SecondReader port: an independent reader that may be asked beside our own models, where one is. Everything works without
 * it: both calls answer within a few seconds, whatever happens, and never reject.
 */
export interface SecondReader {
  /** The text in a JPEG of one upright plate and little else. */
  readPlate(crop: Uint8Array): Promise<SecondReading>;
  /** The faces in a JPEG whose pixels are stored upright (no EXIF orientation). */
  faces(picture: Uint8Array): Promise<FaceRegions>;
}
