/** Storefront features as bytes: values, zone, hidden cells and clutter. A zone across half a frame comes to some 100 KB. */
import type { Box } from '../camera.ts';
import { sightingId } from '../ids.ts';
import { pack, unpack } from '../packed.ts';
import type { Light, StorefrontFeatures } from '../sighting.ts';

const FORMAT = 'storefront-features/1';

interface Header {
  format: string;
  sightingId: string;
  columns: number;
  rows: number;
  channels: number;
  clutter: boolean;
  box: Box | null;
  model?: string;
  light?: Light;
}

export function encodeFeatures(features: StorefrontFeatures): Uint8Array {
  const { sightingId: id, columns, rows, channels, values, inZone, hidden, clutter, box, model, light } = features;
  const header: Header = {
    ...{ format: FORMAT, sightingId: id, columns, rows, channels },
    clutter: clutter !== undefined,
    box: box ?? null,
    ...(model === undefined ? {} : { model }),
    ...(light === undefined ? {} : { light }),
  };
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return pack({ ...header }, [bytes, inZone, hidden, clutter ?? new Uint8Array()]);
}

/** @throws {Refusal} `packed-unreadable` */
export function decodeFeatures(packed: Uint8Array): StorefrontFeatures {
  const cellsOf = ({ columns, rows }: Header) => columns * rows;
  const { header, body } = unpack<Header>(
    packed,
    FORMAT,
    (said) => cellsOf(said) * (said.channels + 2 + (said.clutter ? 1 : 0)),
  );
  const { columns, rows, channels, clutter, box, model, light } = header;
  const cells = cellsOf(header);
  let at = 0;
  const next = (size: number) => {
    at += size;
    return body.slice(at - size, at);
  };
  return {
    ...{ sightingId: sightingId(header.sightingId), columns, rows, channels },
    values: new Int8Array(next(cells * channels).buffer),
    inZone: next(cells),
    hidden: next(cells),
    ...(clutter ? { clutter: next(cells) } : {}),
    ...(box === null ? {} : { box }),
    ...(model === undefined ? {} : { model }),
    ...(light === undefined ? {} : { light }),
  };
}
