/** Everything a package is made from, read by the caller: the making itself asks nobody and no clock. */

import type { AuditEntry } from '#core/audit.ts';
import type { Camera, Place, Rule, Zone } from '#core/camera.ts';
import type { Impairment } from '#core/camera-impairment.ts';
import type { CameraId, FrameId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import type { ModelVersion } from '#core/sighting.ts';
import type { SufficiencyReport } from '#core/sufficiency/requirement.ts';
import type { Instant } from '#core/time.ts';

/** A frame as it was received: the custody facts of one original. */
export interface CitedFrame {
  frameId: FrameId;
  cameraId: CameraId;
  capturedAt: Instant;
  receivedAt: Instant;
  /** Of the bytes first received, lower-case hex. */
  sha256: string;
  bytes: number;
  late: boolean;
  /** Who delivered it: the machine account's id. */
  receivedFrom: string;
  /** Pixels. */
  width: number;
  height: number;
  /** The camera's own clock minus ours when it sent the frame, milliseconds; null when it did not tell. */
  clockOffsetMs: number | null;
  /** An earlier frame that had exactly these bytes: a live sensor never yields them twice. */
  repeats: FrameId | null;
}

export interface PackageInput {
  incident: Incident;
  /** Every camera, place, zone version and rule version that the stay's sightings cite. */
  cameras: readonly Camera[];
  places: readonly Place[];
  zones: readonly Zone[];
  rules: readonly Rule[];
  /** Every frame that the stay's sightings cite. */
  frames: readonly CitedFrame[];
  /** The bytes as first received. */
  original(frameId: FrameId): Promise<Uint8Array>;
  models: readonly ModelVersion[];
  /** What ailed the cameras between first and last seen. */
  impairments?: readonly Impairment[];
  /** What holds and what fails as the package is made. */
  sufficiency?: SufficiencyReport;
  /** Request and answer of the notice as kept, to the byte. */
  noticeRecord?: Uint8Array;
  auditEntries: readonly AuditEntry[];
  sealedAt: Instant;
  systemVersion: string;
  /** 1 for the first seal. */
  revision: number;
}
