/** What a frame must keep to. */
export interface AcceptLimits {
  readonly maxBytes: number;
  /** Of a form with several snapshots. */
  readonly maxFormBytes: number;
  /** Where this door is narrower than the storage: what is larger is uploaded there. */
  readonly largerGoes: 'nowhere' | 'by-upload';
  /** Of all bodies being read at one time: memory is finite, and a sender can wait a second. */
  readonly maxBytesInFlight: number;
  /** Decoded pixels; a JPEG of a few kilobytes may declare billions. */
  readonly maxPixels: number;
  /** GA/T 832-2014: at least 1280 x 720. */
  readonly minWidth: number;
  readonly minHeight: number;
  /** How far a camera's own clock may be off, either way. GA/T 832-2014: 1.0 s. */
  readonly clockLimitMs: number;
  /** How far ahead of our clock a capture time may lie: a good clock and a good network differ by less. */
  readonly futureLimitMs: number;
  /** A frame received this long after its capture is marked late. */
  readonly lateAfterMs: number;
  /** How long a presigned upload stays open. */
  readonly uploadOpenMs: number;
}

export const DEFAULT_LIMITS: AcceptLimits = {
  maxBytes: 15_000_000,
  maxFormBytes: 64_000_000,
  largerGoes: 'nowhere',
  maxBytesInFlight: 256_000_000,
  maxPixels: 64_000_000,
  minWidth: 1280,
  minHeight: 720,
  clockLimitMs: 1_000,
  futureLimitMs: 2_000,
  lateAfterMs: 10 * 60_000,
  uploadOpenMs: 15 * 60_000,
};
