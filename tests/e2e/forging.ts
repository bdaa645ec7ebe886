/** What a forger does who knows the format of a package: take it apart, change it, make every hash fit again. */
import { manifestText, sha256Hex } from '#core/evidence/bag.ts';
import type { Check } from '#core/evidence/check.ts';
import { EvidenceManifest } from '#core/evidence/manifest-schema.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import { writeZip } from '#core/evidence/zip-write.ts';
import type { Signer } from '#platform/signer.ts';

export type Files = Map<string, Uint8Array>;

export const FOLDER = 'KW-20260512-000017-r1';
export const utf8 = (text: string) => new TextEncoder().encode(text);
export const filesOf = (zip: Uint8Array): Files =>
  new Map(readZip(zip).entries.map(({ name, bytes }) => [name.slice(FOLDER.length + 1), bytes]));
export const textOf = (files: Files, path: string) => new TextDecoder().decode(files.get(path));
export const manifestOf = (files: Files) => EvidenceManifest.parse(JSON.parse(textOf(files, 'data/manifest.json')));
export const pack = (files: Files, at: number) =>
  writeZip(
    [...files].map(([name, bytes]) => ({ name: `${FOLDER}/${name}`, bytes })),
    at,
  );
/** One byte of one file another. */
export function flip(files: Files, path: string, at: number): Files {
  const changed = Uint8Array.from(files.get(path) ?? []);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return files.set(path, changed);
}

/** Every hash made to fit again. Only the signature is out of reach. */
export function rehash(files: Files): Files {
  const manifest = manifestOf(files);
  for (const item of manifest.items) {
    const bytes = files.get(item.path) ?? new Uint8Array();
    item.sha256 = sha256Hex(bytes);
    item.bytes = bytes.length;
  }
  files.set('data/manifest.json', utf8(`${JSON.stringify(manifest, null, 2)}\n`));
  const list = (paths: readonly string[]) =>
    utf8(manifestText(paths.map((name) => ({ name, bytes: files.get(name) ?? new Uint8Array() }))));
  const payload = [...files.keys()].filter((path) => path.startsWith('data/'));
  const octets = payload.reduce((sum, path) => sum + (files.get(path)?.length ?? 0), 0);
  const info = textOf(files, 'bag-info.txt').replace(
    /^Payload-Oxum: .*$/m,
    `Payload-Oxum: ${octets}.${payload.length}`,
  );
  files.set('bag-info.txt', utf8(info));
  files.set('manifest-sha256.txt', list(payload));
  files.set('tagmanifest-sha256.txt', list(['bagit.txt', 'bag-info.txt', 'manifest-sha256.txt']));
  return files;
}

export async function resign(files: Files, by: Signer): Promise<Files> {
  const tagManifest = files.get('tagmanifest-sha256.txt') ?? new Uint8Array();
  return files.set('signature.jws', utf8(await by.signDetached(tagManifest)));
}

export const failed = (checks: readonly Check[]) => checks.filter(({ ok }) => !ok).map(({ id }) => id);
export const itemsAtFault = (checks: readonly Check[]) =>
  checks.flatMap(({ faults }) => faults.map(({ item }) => item));
