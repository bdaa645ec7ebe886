/**
 * A ZIP (PKWARE APPNOTE 6.3) that is a pure function of its entries: names in byte order, one time stamp, every entry
 * stored. Pictures do not shrink, and without a compressor in between the same package has the same bytes on every
 * machine, so that a verifier can rebuild the container and compare.
 */
import { refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import { crc32 } from './crc32.ts';

export interface ZipEntry {
  /** Path with `/`, ASCII. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const LOCAL = 30;
const CENTRAL = 46;
const END = 22;
const VERSION = 20;
/** Made by Unix, so that unzip sets the mode: regular file, rw-r--r--. */
const UNIX_FILE = (0o100644 << 16) >>> 0;
const ZIP32_LIMIT = 0xffffffff;

/** @throws {Refusal} `package-too-large` beyond 4 GiB, which ZIP64 would need. */
export function writeZip(entries: readonly ZipEntry[], at: Instant): Uint8Array {
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  const size = sorted.reduce((sum, { name, bytes }) => sum + LOCAL + CENTRAL + 2 * name.length + bytes.length, END);
  if (size > ZIP32_LIMIT || sorted.length > 0xffff) {
    throw refuse('package-too-large', 500, {
      expected: 'a package of less than 4 GiB and 65,535 files',
      received: `${size} bytes, ${sorted.length} files`,
      action: 'Choose fewer pictures.',
    });
  }
  const zip = new Uint8Array(size);
  const view = new DataView(zip.buffer);
  const { date, time } = dosTime(at);
  const fields = (offset: number, crc: number, length: number, name: number) => {
    view.setUint16(offset, VERSION, true);
    view.setUint16(offset + 2, 0, true);
    view.setUint16(offset + 4, 0, true);
    view.setUint16(offset + 6, time, true);
    view.setUint16(offset + 8, date, true);
    view.setUint32(offset + 10, crc, true);
    view.setUint32(offset + 14, length, true);
    view.setUint32(offset + 18, length, true);
    view.setUint16(offset + 22, name, true);
  };
  let offset = 0;
  const placed = sorted.map(({ name, bytes }) => {
    const entry = { name: ascii(name), length: bytes.length, crc: crc32(bytes), offset };
    view.setUint32(offset, 0x04034b50, true);
    fields(offset + 4, entry.crc, entry.length, entry.name.length);
    zip.set(entry.name, offset + LOCAL);
    zip.set(bytes, offset + LOCAL + entry.name.length);
    offset += LOCAL + entry.name.length + bytes.length;
    return entry;
  });
  const directory = offset;
  for (const { name, length, crc, offset: local } of placed) {
    view.setUint32(offset, 0x02014b50, true);
    view.setUint16(offset + 4, (3 << 8) | VERSION, true);
    fields(offset + 6, crc, length, name.length);
    view.setUint32(offset + 38, UNIX_FILE, true);
    view.setUint32(offset + 42, local, true);
    zip.set(name, offset + CENTRAL);
    offset += CENTRAL + name.length;
  }
  view.setUint32(offset, 0x06054b50, true);
  view.setUint16(offset + 8, placed.length, true);
  view.setUint16(offset + 10, placed.length, true);
  view.setUint32(offset + 12, offset - directory, true);
  view.setUint32(offset + 16, directory, true);
  return zip;
}

function ascii(name: string): Uint8Array {
  if (!/^[!-~]+$/.test(name)) {
    throw refuse('package-name-invalid', 500, {
      expected: 'a file name of printable ASCII without spaces',
      received: name,
      action: 'Name the file from ids and times.',
    });
  }
  return new TextEncoder().encode(name);
}

/** Two-second local time as DOS had it; Beijing time here, whatever zone the machine is set to. */
function dosTime(at: Instant): { date: number; time: number } {
  const local = new Date(at + 8 * 3_600_000);
  return {
    date: ((local.getUTCFullYear() - 1980) << 9) | ((local.getUTCMonth() + 1) << 5) | local.getUTCDate(),
    time: (local.getUTCHours() << 11) | (local.getUTCMinutes() << 5) | (local.getUTCSeconds() >> 1),
  };
}
