/**
 * A scene as bytes for the blob store: deflated (RFC 1951); inside, a four-byte little-endian length, that many bytes
 * of JSON that say the frame and the size, then the luma of each pixel minus that of the one left of it, which deflates
 * to some 20 KB for 240 x 135.
 */
import { deflateSync, inflateSync } from 'fflate';
import { frameId } from './ids.ts';
import { refuse } from './refusal.ts';
import type { Scene } from './sighting.ts';

const FORMAT = 'scene/1';

interface Header {
  format: string;
  frameId: string;
  width: number;
  height: number;
}

export function encodeScene({ frameId, width, height, luma }: Scene): Uint8Array {
  const header: Header = { format: FORMAT, frameId, width, height };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(4 + text.length + luma.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  const pixels = bytes.subarray(4 + text.length);
  for (let i = 0; i < luma.length; i++) pixels[i] = (luma[i] ?? 0) - (i % width === 0 ? 0 : (luma[i - 1] ?? 0));
  return deflateSync(bytes, { level: 6 });
}

/** @throws {Refusal} `scene-unreadable` */
export function decodeScene(deflated: Uint8Array): Scene {
  const bytes = inflated(deflated);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = parsed(bytes.subarray(4, 4 + length));
  const luma = bytes.slice(4 + length);
  const { format, width, height } = header;
  if (format !== FORMAT || luma.length !== width * height) throw unreadable(`${bytes.length} bytes`);
  for (let i = 0; i < luma.length; i++) if (i % width !== 0) luma[i] = (luma[i] ?? 0) + (luma[i - 1] ?? 0);
  return { frameId: frameId(header.frameId), width, height, luma };
}

function inflated(deflated: Uint8Array): Uint8Array {
  try {
    const bytes = inflateSync(deflated);
    if (bytes.length >= 4) return bytes;
  } catch {
    // Told below, with what was expected.
  }
  throw unreadable(`${deflated.length} bytes that do not inflate`);
}

function parsed(text: Uint8Array): Header {
  try {
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    throw unreadable('another header');
  }
}

const unreadable = (received: string) =>
  refuse('scene-unreadable', 500, {
    expected: `bytes of ${FORMAT}`,
    received,
    action: 'Inspect the frame again: a scene is derived from its original.',
  });
