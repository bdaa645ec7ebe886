/** What a copy of a stored frame must not show, and nothing else: who makes copies reads no plates and needs no models for it. */
import { loadDetector } from './detect.ts';
import type { Inspector } from './observe.ts';
import { loadPrivacyFinder } from './privacy.ts';
import { decodeFrame } from './raster.ts';

/** @throws {Refusal} `model-hash-mismatch` */
export async function createHider(): Promise<Pick<Inspector, 'privacy'>> {
  const finder = await loadPrivacyFinder(await loadDetector());
  return { privacy: async (jpeg, subject) => finder.regionsOf(await decodeFrame(jpeg), subject) };
}
