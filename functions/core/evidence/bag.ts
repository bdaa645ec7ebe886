/** BagIt 1.0 (RFC 8493) as text: the declaration, the bag's description, and manifests of SHA-256. */
import { createHash } from 'node:crypto';
import { formatInstant, type Instant } from '#core/time.ts';
import type { ZipEntry } from './zip-write.ts';

export const BAG_DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
export const PAYLOAD_MANIFEST = 'manifest-sha256.txt';
export const TAG_MANIFEST = 'tagmanifest-sha256.txt';
export const SIGNATURE = 'signature.jws';
/**
 * The time stamp of the signature, where an authority was asked. Made after everything else, it is in no list: the manifest
 * says in advance whether there is one (`making.timeStamp`), and it proves itself.
 */
export const TIME_STAMP = 'timestamp.tsr';
/** Tag files that the tag manifest covers. It cannot cover itself, nor the signature over it, nor the stamp of that. */
export const TAG_FILES = ['bagit.txt', 'bag-info.txt', PAYLOAD_MANIFEST] as const;

export const sha256Hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** `<sha256>  <path>` lines in path order; the very form that `sha256sum -c` reads. */
export function manifestText(entries: readonly ZipEntry[]): string {
  return [...entries]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, bytes }) => `${sha256Hex(bytes)}  ${name}\n`)
    .join('');
}

/** Path -> SHA-256, or undefined when a line is not one of a manifest or names a path twice. */
export function parseManifest(text: string): ReadonlyMap<string, string> | undefined {
  const hashes = new Map<string, string>();
  if (!text.endsWith('\n')) return undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, hash, path] = /^([0-9a-f]{64}) {2}([!-~]+)$/.exec(line) ?? [];
    if (hash === undefined || path === undefined || hashes.has(path)) return undefined;
    hashes.set(path, hash);
  }
  return hashes;
}

export interface BagInfo {
  incidentId: string;
  revision: number;
  sealedAt: Instant;
  systemVersion: string;
  description: string;
}

/** Payload-Oxum (octets.files) lets a reader see at once that a transfer was cut short. */
export function bagInfoText(info: BagInfo, payload: readonly ZipEntry[]): string {
  const octets = payload.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return [
    `Bagging-Date: ${formatInstant(info.sealedAt).slice(0, 10)}`,
    `Bagging-Software: Kerbwatch ${info.systemVersion}`,
    `External-Description: ${info.description}`,
    `External-Identifier: ${info.incidentId}`,
    `Internal-Sender-Identifier: revision ${info.revision}`,
    `Payload-Oxum: ${octets}.${payload.length}`,
    `Sealed-At: ${formatInstant(info.sealedAt)}`,
    '',
  ].join('\n');
}

/** Frames, cameras and incidents as file names: ASCII letters, digits, `-` and `_`. */
export const asciiName = (id: string): string => id.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 80);
