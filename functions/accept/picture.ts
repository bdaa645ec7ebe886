/** Whether bytes are a whole picture that can serve as evidence. Cheap checks first; pixels are decoded last. */
import sharp from 'sharp';
import type { Camera } from '#core/camera.ts';
import { refuse } from '#core/refusal.ts';
import { type JpegStructure, jpegStructure } from './jpeg.ts';
import type { AcceptLimits } from './limits.ts';
import { tooLarge } from './too-large.ts';

/** Progressive files have about ten; hundreds are made to keep a decoder busy. */
const MAX_SCANS = 50;

/**
 * @throws {Refusal} `frame-too-large`, `frame-not-jpeg`, `frame-truncated`, `frame-damaged`, `frame-too-many-pixels`,
 * `frame-too-small`, `image-size-unregistered`
 */
export async function checkPicture(
  bytes: Uint8Array,
  camera: Pick<Camera, 'id' | 'imageSize'>,
  limits: AcceptLimits,
): Promise<{ width: number; height: number }> {
  if (bytes.byteLength > limits.maxBytes) throw tooLarge(`${bytes.byteLength} bytes`, limits);
  const structure = jpegStructure(bytes);
  const { width, height } = wholeSize(structure, bytes.byteLength);
  const size = `${width} x ${height}`;
  if (width * height > limits.maxPixels) {
    throw refuse('frame-too-many-pixels', 422, {
      expected: `at most ${limits.maxPixels} pixels`,
      received: `${size}, ${width * height} pixels`,
      action: 'Send the picture in the size the camera is registered with.',
    });
  }
  if (width < limits.minWidth || height < limits.minHeight) {
    throw refuse('frame-too-small', 422, {
      expected: `at least ${limits.minWidth} x ${limits.minHeight} pixels (GA/T 832-2014)`,
      received: size,
      action: 'Raise the resolution of the camera.',
    });
  }
  const [registeredWidth, registeredHeight] = camera.imageSize;
  if (width !== registeredWidth || height !== registeredHeight) {
    throw refuse('image-size-unregistered', 422, {
      expected: `${registeredWidth} x ${registeredHeight}, the size zones of camera ${camera.id} are drawn on`,
      received: size,
      action: 'Restore the size on the camera, or register the new one and redraw its zones.',
    });
  }
  await assertDecodable(bytes, limits);
  return { width, height };
}

function wholeSize(structure: JpegStructure, bytes: number): { width: number; height: number } {
  switch (structure.kind) {
    case 'whole':
      if (structure.scans >= 1 && structure.scans <= MAX_SCANS) return structure;
      throw damaged(`${structure.scans} scans`);
    case 'truncated':
      throw truncated(`${bytes} bytes that end before the end-of-image marker`);
    case 'malformed':
      throw damaged(`bytes that fit no JPEG at offset ${structure.at}`);
    case 'not-jpeg':
      throw refuse('frame-not-jpeg', 415, {
        expected: 'a JPEG (it begins FF D8 FF)',
        received: bytes === 0 ? 'an empty body' : `${bytes} bytes of something else`,
        action: 'Send the bytes of the JPEG as the body, not a form, text or another format.',
      });
  }
}

/**
 * Decodes every row at full size, since a shrinking load never reads the last ones; one channel is enough and keeps the
 * memory to a byte a pixel. Warnings count: a file cut and closed again (a cut, then `FF D9`) earns no more than one.
 * Only stray bytes between segments, which some cameras' encoders leave, do not.
 */
async function assertDecodable(bytes: Uint8Array, { maxPixels }: AcceptLimits): Promise<void> {
  const complaint = await complaintOf(bytes, maxPixels, 'warning');
  if (complaint === undefined) return;
  if (/extraneous bytes/i.test(complaint) && (await complaintOf(bytes, maxPixels, 'error')) === undefined) return;
  throw /premature end/i.test(complaint)
    ? truncated('a picture that breaks off before its last row')
    : damaged('one that does not decode');
}

async function complaintOf(bytes: Uint8Array, maxPixels: number, failOn: 'warning' | 'error') {
  try {
    await sharp(bytes, { failOn, limitInputPixels: maxPixels, sequentialRead: true })
      .extractChannel(0)
      .raw()
      .toBuffer();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const truncated = (received: string) =>
  refuse('frame-truncated', 422, {
    expected: 'a whole JPEG',
    received,
    action: 'Send the same frame again, whole.',
  });

const damaged = (received: string) =>
  refuse('frame-damaged', 422, {
    expected: 'a JPEG that decodes without error',
    received,
    action: 'Send the frame again from the camera; if it recurs, check its storage and line.',
  });
