/**
 * Reads a ZIP as a suspicious clerk would: central directory and local headers must agree, no name twice, none that
 * leaves the folder, nothing encrypted, no bombs. Reads deflated entries too: a bag packed again by other tools can
 * still be looked into. Never throws on bad bytes: what is wrong comes back as problems.
 */
import { inflateSync } from 'fflate';
import { crc32 } from './crc32.ts';
import type { ZipEntry } from './zip-write.ts';

/** What is wrong with the container, and where. */
export interface ZipProblem {
  readonly item: string;
  readonly zh: string;
  readonly en: string;
}

const UNPACKED_LIMIT = 2 ** 30;

export function readZip(zip: Uint8Array): { entries: ZipEntry[]; problems: ZipProblem[] } {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const entries: ZipEntry[] = [];
  const problems: ZipProblem[] = [];
  const problem = (item: string, zh: string, en: string) => problems.push({ item, zh, en });
  const end = findEnd(view);
  if (end === undefined) {
    problem('ZIP', '不是 ZIP 文件，或文件末尾缺失', 'not a ZIP file, or its end is missing');
    return { entries, problems };
  }
  const count = view.getUint16(end + 10, true);
  const names = new Set<string>();
  let unpacked = 0;
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) {
      problem(`#${index + 1}`, '目录记录损坏', 'directory record is damaged');
      break;
    }
    const nameLength = view.getUint16(at + 28, true);
    const name = latin1(zip.subarray(at + 46, at + 46 + nameLength));
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    const packed = view.getUint32(at + 20, true);
    const length = view.getUint32(at + 24, true);
    const local = view.getUint32(at + 42, true);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (name.endsWith('/') && length === 0) continue;
    if (!safeName(name)) {
      problem(name, '文件名越出目录或含非法字符', 'name leaves the folder or is not plain ASCII');
      continue;
    }
    if (names.has(name)) {
      problem(name, '文件名重复', 'name occurs twice');
      continue;
    }
    names.add(name);
    unpacked += length;
    if (flags & 1 || (method !== 0 && method !== 8) || unpacked > UNPACKED_LIMIT) {
      problem(name, '加密、压缩方式不支持或过大', 'encrypted, packed in an unsupported way, or too large');
      continue;
    }
    const bytes = unpack(zip, view, { name, local, method, packed, length });
    if (bytes === undefined) problem(name, '内容损坏，无法解开', 'content is damaged and cannot be unpacked');
    else {
      if (crc32(bytes) !== crc) problem(name, 'CRC 校验不符', 'CRC differs');
      entries.push({ name, bytes });
    }
  }
  return { entries, problems };
}

/** The end record stands at the very end: a trailing comment is room for another reading of the same file. */
function findEnd(view: DataView): number | undefined {
  const at = view.byteLength - 22;
  if (at < 0 || view.getUint32(at, true) !== 0x06054b50) return undefined;
  return at;
}

function unpack(
  zip: Uint8Array,
  view: DataView,
  entry: { name: string; local: number; method: number; packed: number; length: number },
): Uint8Array | undefined {
  const { local, packed, length } = entry;
  if (local + 30 > zip.length || view.getUint32(local, true) !== 0x04034b50) return undefined;
  const nameLength = view.getUint16(local + 26, true);
  if (latin1(zip.subarray(local + 30, local + 30 + nameLength)) !== entry.name) return undefined;
  const start = local + 30 + nameLength + view.getUint16(local + 28, true);
  if (start + packed > zip.length) return undefined;
  const stored = zip.subarray(start, start + packed);
  if (entry.method === 0) return packed === length ? stored : undefined;
  try {
    const bytes = inflateSync(stored, { out: new Uint8Array(length) });
    return bytes.length === length ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function safeName(name: string): boolean {
  return (
    /^[!-~]+$/.test(name) &&
    !name.startsWith('/') &&
    !/[\\:]/.test(name) &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

const latin1 = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
