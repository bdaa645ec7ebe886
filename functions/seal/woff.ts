/**
 * WOFF 1.0 (W3C Recommendation, 2012) back to the plain sfnt it wraps. fontkit reads WOFF too, but inflates the whole
 * outline table again for every glyph (75 ms each in a Chinese font); from the plain form a glyph takes microseconds.
 */
import { inflateSync } from 'node:zlib';
import { refuse } from '#core/refusal.ts';

const HEADER = 44;
const ENTRY = 20;

/** @throws {Refusal} `font-invalid` */
export function unwrapWoff(woff: Uint8Array): Uint8Array {
  const view = new DataView(woff.buffer, woff.byteOffset, woff.byteLength);
  if (woff.length < HEADER || view.getUint32(0) !== 0x774f4646) {
    throw refuse('font-invalid', 500, {
      expected: 'a WOFF 1.0 font',
      received: `${woff.length} bytes with another signature`,
      action: 'Reinstall the packages: npm ci.',
    });
  }
  const count = view.getUint16(12);
  const tables = Array.from({ length: count }, (_, index) => {
    const at = HEADER + index * ENTRY;
    const [tag, offset, packed, length, checksum] = [0, 4, 8, 12, 16].map((field) => view.getUint32(at + field));
    if (tag === undefined || offset === undefined || packed === undefined) throw new RangeError('WOFF directory');
    const stored = woff.subarray(offset, offset + packed);
    const bytes = packed === length ? stored : inflateSync(stored);
    return { tag, checksum: checksum ?? 0, bytes };
  });
  const start = 12 + 16 * count;
  const sfnt = new Uint8Array(tables.reduce((end, { bytes }) => end + padded(bytes.length), start));
  const out = new DataView(sfnt.buffer);
  const power = 2 ** Math.floor(Math.log2(count));
  out.setUint32(0, view.getUint32(4));
  out.setUint16(4, count);
  out.setUint16(6, power * 16);
  out.setUint16(8, Math.log2(power));
  out.setUint16(10, (count - power) * 16);
  let offset = start;
  tables.forEach(({ tag, checksum, bytes }, index) => {
    const at = 12 + index * 16;
    out.setUint32(at, tag);
    out.setUint32(at + 4, checksum);
    out.setUint32(at + 8, offset);
    out.setUint32(at + 12, bytes.length);
    sfnt.set(bytes, offset);
    offset += padded(bytes.length);
  });
  return sfnt;
}

const padded = (length: number) => Math.ceil(length / 4) * 4;
