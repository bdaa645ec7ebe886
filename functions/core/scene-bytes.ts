/** A scene as bytes: the luma of each pixel minus that of the one left of it deflates to some 20 KB for 240 x 135. */
import { frameId } from './ids.ts';
import { pack, unpack } from './packed.ts';
import type { Scene } from './sighting.ts';

const FORMAT = 'scene/1';

interface Header {
  format: string;
  frameId: string;
  width: number;
  height: number;
}

export function encodeScene({ frameId, width, height, luma }: Scene): Uint8Array {
  const differences = luma.map((value, i) => value - (i % width === 0 ? 0 : (luma[i - 1] ?? 0)));
  return pack({ format: FORMAT, frameId, width, height }, [differences]);
}

/** @throws {Refusal} `packed-unreadable` */
export function decodeScene(packed: Uint8Array): Scene {
  const { header, body: luma } = unpack<Header>(packed, FORMAT, ({ width, height }) => width * height);
  const { width, height } = header;
  for (let i = 0; i < luma.length; i++) if (i % width !== 0) luma[i] = (luma[i] ?? 0) + (luma[i - 1] ?? 0);
  return { frameId: frameId(header.frameId), width, height, luma };
}
