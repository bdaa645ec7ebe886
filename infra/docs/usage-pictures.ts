/** The pictures of the day that is counted, no two with the same bytes. */
import { readFile } from 'node:fs/promises';
import type { Sequence } from '../local/sequence.ts';

/** From these frames of the day on a car stands, or goods lie: the second to the fifth picture of the folder. */
const BUSY_FROM = [18, 54, 96, 138];

/** The picture the day has at this moment, with bytes of its own: a comment after the marker that begins every JPEG (T.81, B.1.1.3). */
export async function picture({ frames }: Sequence, at: number, comment: string): Promise<Uint8Array> {
  const busy = BUSY_FROM.find((from) => at >= from && at < from + 4);
  const frame = frames[busy === undefined ? (at % 2) * (frames.length - 1) : 1 + at - busy];
  if (frame === undefined) throw new Error('Expected six pictures in the folder');
  const bytes = await readFile(frame.path);
  const text = Buffer.from(comment);
  const segment = Buffer.from([0xff, 0xfe, 0, text.byteLength + 2]);
  return Buffer.concat([bytes.subarray(0, 2), segment, text, bytes.subarray(2)]);
}
