/**
 * The structure of a JPEG (ITU-T T.81 annex B), walked marker by marker without decoding a pixel: how large it claims
 * to be, before anything is allocated for it, and whether it ends. Looking for `FF D9` alone would be fooled by the
 * thumbnail inside an Exif segment.
 */
export type JpegStructure =
  | { readonly kind: 'not-jpeg' }
  /** The walk met bytes that no JPEG has there; `at` is the offset. */
  | { readonly kind: 'malformed'; readonly at: number }
  | { readonly kind: 'truncated'; readonly width: number | null; readonly height: number | null }
  | { readonly kind: 'whole'; readonly width: number; readonly height: number; readonly scans: number };

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const TEM = 0x01;

export function jpegStructure(bytes: Uint8Array): JpegStructure {
  if (bytes[0] !== 0xff || bytes[1] !== SOI || bytes[2] !== 0xff) return { kind: 'not-jpeg' };
  let size: { width: number; height: number } | undefined;
  let scans = 0;
  let at = 2;
  const truncated = (): JpegStructure => ({
    kind: 'truncated',
    width: size?.width ?? null,
    height: size?.height ?? null,
  });
  for (;;) {
    if (bytes[at] !== 0xff) return at >= bytes.length ? truncated() : { kind: 'malformed', at };
    while (bytes[at] === 0xff) at += 1;
    const marker = bytes[at];
    if (marker === undefined) return truncated();
    at += 1;
    if (marker === EOI) return size === undefined ? { kind: 'malformed', at } : { kind: 'whole', ...size, scans };
    if (marker === TEM || isRestart(marker)) continue;
    const length = uint16(bytes, at);
    if (length === undefined || at + length > bytes.length) return truncated();
    if (length < 2) return { kind: 'malformed', at };
    if (isFrameHeader(marker)) {
      const height = uint16(bytes, at + 3);
      const width = uint16(bytes, at + 5);
      if (length < 8 || !height || !width) return { kind: 'malformed', at };
      size ??= { width, height };
    }
    at += length;
    if (marker !== SOS) continue;
    scans += 1;
    at = endOfScan(bytes, at);
  }
}

/** SOF0..SOF15 but DHT (C4), JPG (C8) and DAC (CC). */
const isFrameHeader = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;

/** The first marker after entropy-coded data, in which `FF 00` is a byte and `FF D0`..`FF D7` are restarts. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = from; ; ) {
    const marker = bytes.indexOf(0xff, at);
    if (marker === -1) return bytes.length;
    const next = bytes[marker + 1];
    if (next === undefined) return bytes.length;
    if (next !== 0 && !isRestart(next)) return marker;
    at = marker + 2;
  }
}

function uint16(bytes: Uint8Array, at: number): number | undefined {
  const high = bytes[at];
  const low = bytes[at + 1];
  return high === undefined || low === undefined ? undefined : high * 256 + low;
}
