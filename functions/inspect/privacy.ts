/**
 * Everything in a frame that a copy of it must not show: faces, heads, plates. Run on stored frames, when a copy is
 * made, not on every frame that arrives: see docs/decisions/0022-privacy-when-a-copy-is-made.md.
 */
import type { Box } from '#core/camera.ts';
import {
  type PrivacyFinding,
  type PrivacyRegions,
  type PrivacySubject,
  planRedaction,
  plateBounds,
} from '#core/privacy.ts';
import type { ModelVersion } from '#core/sighting.ts';
import type { Detection, Detector } from './detect.ts';
import { loadFaceFinder } from './faces.ts';
import { loadModel } from './model.ts';
import { facesAnywhere, facesNear, headsOf, peopleAmong } from './privacy-people.ts';
import { findPlatePlaces } from './privacy-plates.ts';
import type { Raster } from './raster.ts';

export interface PrivacyFinder {
  readonly versions: readonly ModelVersion[];
  /** Blocks its thread for most of its time: run it in a worker. */
  regionsOf(raster: Raster, subject: PrivacySubject): Promise<PrivacyRegions>;
}

/** Floor of the looks at the whole frame; who is who is decided by kind. */
const FLOOR = 0.1;
/** Looks at the whole frame: pixels of the detector's input, and how far a small frame is enlarged for them. */
const LOOKS = [
  { pixels: 120_000, enlarge: 1 },
  { pixels: 500_000, enlarge: 1 },
  { pixels: 2_100_000, enlarge: 2 },
] as const;
const STEP = 32;

/** @throws {Refusal} `model-hash-mismatch` */
export async function loadPrivacyFinder(detector: Detector): Promise<PrivacyFinder> {
  const [faces, text] = await Promise.all([loadFaceFinder(), loadModel('ppocr-det')]);
  const versions = [detector.model.version, faces.model.version, text.version];
  return {
    versions,
    async regionsOf(raster, subject) {
      const detections = await lookEverywhere(detector, raster);
      const people = peopleAmong(detections, raster);
      const findings: PrivacyFinding[] = [
        ...headsOf(people),
        ...(await facesNear(faces, raster, people)),
        ...(await facesAnywhere(faces, raster)),
        ...(await findPlatePlaces(text, raster, detections, subject)),
      ];
      const keep: Box[] = subject.subjectPlate === null ? [] : [plateBounds(subject.subjectPlate)];
      const imageSize = [raster.width, raster.height] as const;
      return { imageSize, regions: planRedaction(findings, keep, imageSize), models: versions };
    },
  };
}

/** All that may be a person or a vehicle, found once or more often: to hide a thing twice does no harm. */
async function lookEverywhere(detector: Detector, raster: Raster): Promise<Detection[]> {
  const { width, height } = raster;
  const found: Detection[] = [];
  for (const { pixels, enlarge } of LOOKS) {
    const scale = Math.min(enlarge, Math.sqrt(pixels / (width * height)));
    const steps = (length: number) => Math.max(STEP, Math.round((length * scale) / STEP) * STEP);
    const size = { width: steps(width), height: steps(height) };
    found.push(...(await detector.look(raster, [0, 0, width, height], size, FLOOR)).detections);
  }
  return found;
}
