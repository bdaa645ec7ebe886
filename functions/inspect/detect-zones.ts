/** Everything the detector finds in the zones of a frame. */
import type { Zone } from '#core/camera.ts';
import type { Detection, Detector } from './detect.ts';
import { mergeFindings } from './merge.ts';
import type { Raster } from './raster.ts';
import { planTiles } from './tiles.ts';

/**
 * Of any label, each thing once; without zones, in the whole frame.
 * @param floor least score; the card's when left out
 */
export async function detectInZones(
  detector: Pick<Detector, 'look'>,
  raster: Raster,
  zones: readonly Zone[],
  floor?: number,
): Promise<Detection[]> {
  const imageSize = [raster.width, raster.height] as const;
  const findings = [];
  for (const { crop, size } of planTiles(zones, imageSize)) {
    const { detections } = await detector.look(raster, crop, size, floor);
    findings.push({ crop, detections });
  }
  return mergeFindings(findings, imageSize);
}
