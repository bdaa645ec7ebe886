/** What one camera saw of one vehicle standing at one spot. */
import type { CameraId } from '../ids.ts';
import type { Instant } from '../time.ts';
import type { Sight } from './likeness.ts';

export interface Departure {
  kind: 'departed' | 'replaced';
  /** Capture time of the first frame that showed it. */
  at: Instant;
}

export interface SpotTrack {
  cameraId: CameraId;
  /** By capture time, at least one. */
  sights: readonly Sight[];
  /** Null when nobody saw the spot without it afterwards. */
  departure: Departure | null;
}
