/**
 * Faces that a second reader finds are hidden beside those our own models find, never instead of them: where it is not there, or
 * fails, ours stand as they are.
 */
import type { SecondLook } from '#core/plates/second-reader.ts';
import {
  type PrivacyFinding,
  type PrivacyRegions,
  type PrivacySubject,
  planRedaction,
  plateBounds,
} from '#core/privacy.ts';
import type { SecondReader } from '#platform/second-reader.ts';
import { decodePicture, encodeSmaller } from './picture.ts';

type Privacy = (jpeg: Uint8Array, subject: PrivacySubject) => Promise<PrivacyRegions>;

/**
 * Pixels of width, and quality: under the 5 MB of a request for any camera. The picture is coded anew because the reader turns
 * pictures by their metadata, where our boxes are those of the pixels as stored; nothing else that is written in it leaves either.
 */
const WIDEST = 3840;
const QUALITY = 88;

export function withSecondFaces(privacy: Privacy, reader: SecondReader | undefined): Privacy {
  if (reader === undefined) return privacy;
  return async (jpeg, subject) => {
    // One after the other: our own models hold up the thread that would have to hear the answer.
    const ours = await privacy(jpeg, subject);
    const theirs = await reader.faces(await encodeSmaller(await decodePicture(jpeg), WIDEST, QUALITY));
    if (theirs.kind === 'unavailable') return { ...ours, second: theirs };
    const [width, height] = ours.imageSize;
    const findings = theirs.faces.map(({ box: [x0, y0, x1, y1], confidence }): PrivacyFinding => {
      return {
        kind: 'face',
        source: 'second-reader',
        box: [x0 * width, y0 * height, x1 * width, y1 * height],
        score: confidence,
      };
    });
    const keep = subject.subjectPlate === null ? [] : [plateBounds(subject.subjectPlate)];
    const second: SecondLook = { kind: 'looked', reader: theirs.reader, faces: theirs.faces.length };
    return { ...ours, regions: [...ours.regions, ...planRedaction(findings, keep, ours.imageSize)], second };
  };
}
