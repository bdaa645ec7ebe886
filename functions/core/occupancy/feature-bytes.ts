/**
 * Storefront features as bytes for the blob store: deflated (RFC 1951); inside, a four-byte little-endian length, that
 * many bytes of JSON that say the shape, then values, zone, hidden cells and clutter, one byte each. A zone across half
 * a frame comes to some 100 KB.
 */
import { deflateSync, inflateSync } from 'fflate';
import type { Box } from '../camera.ts';
import { sightingId } from '../ids.ts';
import { refuse } from '../refusal.ts';
import type { StorefrontFeatures } from '../sighting.ts';

const FORMAT = 'storefront-features/1';

interface Header {
  format: string;
  sightingId: string;
  columns: number;
  rows: number;
  channels: number;
  clutter: boolean;
  box: Box | null;
}

export function encodeFeatures(features: StorefrontFeatures): Uint8Array {
  const { values, inZone, hidden, clutter, box } = features;
  const header: Header = {
    format: FORMAT,
    sightingId: features.sightingId,
    columns: features.columns,
    rows: features.rows,
    channels: features.channels,
    clutter: clutter !== undefined,
    box: box ?? null,
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const parts = [
    new Uint8Array(new Uint32Array([text.length]).buffer),
    text,
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    inZone,
    hidden,
    clutter ?? new Uint8Array(),
  ];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return deflateSync(bytes, { level: 6 });
}

/** @throws {Refusal} `features-unreadable` */
export function decodeFeatures(deflated: Uint8Array): StorefrontFeatures {
  const bytes = inflated(deflated);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header: Header = parsed(bytes.subarray(4, 4 + length));
  const cells = header.columns * header.rows;
  const expected = 4 + length + cells * (header.channels + 2 + (header.clutter ? 1 : 0));
  if (header.format !== FORMAT || bytes.length !== expected) throw unreadable(`${bytes.length} bytes`);
  let at = 4 + length;
  const next = (size: number) => {
    at += size;
    return bytes.slice(at - size, at);
  };
  const values = new Int8Array(next(cells * header.channels).buffer);
  const inZone = next(cells);
  const hidden = next(cells);
  return {
    sightingId: sightingId(header.sightingId),
    columns: header.columns,
    rows: header.rows,
    channels: header.channels,
    values,
    inZone,
    hidden,
    ...(header.clutter ? { clutter: next(cells) } : {}),
    ...(header.box === null ? {} : { box: header.box }),
  };
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
  refuse('features-unreadable', 500, {
    expected: `bytes of ${FORMAT}`,
    received,
    action: 'Inspect the frame again: features are derived from its original.',
  });
