/**
 * Checks a package offline, from its bytes alone. Whoever changes one byte anywhere is told which check fails and at
 * which file: contents by SHA-256, the list of contents by the signature, the container by building it again.
 */
import { z } from 'zod';
import { verifyAuditLines } from '#core/audit.ts';
import type { Bilingual } from '#core/bilingual.ts';
import {
  BAG_DECLARATION,
  PAYLOAD_MANIFEST,
  parseManifest,
  SIGNATURE,
  sha256Hex,
  TAG_FILES,
  TAG_MANIFEST,
  TIME_STAMP,
} from './bag.ts';
import { type Check, check, decode, type Fault, type Files, fault, unreadable } from './check.ts';
import { EvidenceManifest } from './manifest-schema.ts';
import { PartyCopyManifest, type SheetFacts } from './party-copy.ts';
import type { PublishedKeys } from './signing-keys.ts';
import { checkManifest } from './verify-manifest.ts';
import { checkSeal } from './verify-seal.ts';
import { readZip } from './zip-read.ts';
import { writeZip } from './zip-write.ts';

export interface VerifyOptions {
  /** RFC 7638 thumbprint that the signing key must have: without it a package says only that *some* key signed it. */
  readonly keyId?: string;
  /** The bureau's keys: the one that signed must be among them and have been in force then. */
  readonly keys?: PublishedKeys;
  /** Certificates (DER) of the time-stamp authorities that count: without them a stamp only agrees with itself. */
  readonly tsaCa?: readonly Uint8Array[];
}

/** What the answer leaves open because nothing was pinned: a forger has keys and authorities too. */
export function leftOpen({ keyId, keys, tsaCa }: VerifyOptions, checks: readonly Check[]): Bilingual[] {
  const open: Bilingual[] = [];
  if (keyId === undefined && keys === undefined) {
    open.push({
      zh: '未核对签名人：只说明有密钥签了名，未说明是谁的密钥',
      en: 'No key was pinned: some key signed it, whose is not said.',
    });
  }
  if (tsaCa === undefined && checks.some(({ id }) => id === 'time-stamp')) {
    open.push({
      zh: '未核对时间戳机构：只说明有机构盖了时间戳，未说明是哪一家',
      en: 'No authority was pinned: somebody stamped it, who is not said.',
    });
  }
  return open;
}

const MANIFEST = 'data/manifest.json';
const AUDIT = 'data/audit.jsonl';

export async function verifyPackage(zip: Uint8Array, options: VerifyOptions = {}): Promise<Check[]> {
  const { entries, problems } = readZip(zip);
  const { folder, files, stray } = unfold(entries);
  const hashes = new Map([...files].map(([path, bytes]) => [path, sha256Hex(bytes)]));
  const text = (path: string) => decode(files.get(path));
  const manifest = readManifest(text(MANIFEST));
  const checks: Check[] = [
    check(
      'container',
      { zh: 'ZIP 可读，无重名、无越界路径', en: 'ZIP readable, no name twice, none outside' },
      [...problems, ...stray],
      `${entries.length} 个文件 files, ${zip.length} 字节 bytes`,
    ),
    check('bag', { zh: 'BagIt 声明与总量相符', en: 'BagIt declaration and totals' }, checkBag(files)),
    check('files', { zh: '文件不多不少', en: 'no file missing, none added' }, checkFileSet(files, manifest)),
    check(
      'payload-hashes',
      { zh: '每个证据文件的 SHA-256 与清单一致', en: 'SHA-256 of every payload file' },
      checkHashes(files, hashes, PAYLOAD_MANIFEST),
    ),
    check(
      'tag-hashes',
      { zh: '每个标签文件的 SHA-256 与标签清单一致', en: 'SHA-256 of every tag file' },
      checkHashes(files, hashes, TAG_MANIFEST),
    ),
    check(
      'manifest',
      {
        zh: '事实清单与文件、首次收到的原图一致',
        en: 'manifest agrees with the files and the originals as first received',
      },
      manifest === undefined
        ? [unreadable(MANIFEST)]
        : checkManifest(manifest, files, hashes, text('bag-info.txt') ?? ''),
      manifest === undefined ? null : `${manifest.incident.id} 第 ${manifest.incident.revision} 版`,
    ),
    check(
      'audit-chain',
      { zh: '全过程记录完整，末条与清单一致', en: 'audit chain whole, its head as the manifest names it' },
      checkChain(manifest, text(AUDIT)),
      manifest === undefined ? null : `${manifest.audit.entries} 条 entries`,
    ),
    ...(await checkSeal(files, {
      ...options,
      sealedAt: manifest === undefined ? undefined : Date.parse(manifest.making.sealedAt),
      isStamped: manifest !== undefined && isStamped(manifest),
    })),
    check(
      'sealed-form',
      { zh: '容器与封存时逐字节一致', en: 'container byte for byte as sealed' },
      checkForm(zip, entries, manifest),
    ),
  ];
  return checks.map((one) =>
    folder === '' || one.id !== 'container' ? one : { ...one, detail: `${folder}/ ${one.detail ?? ''}` },
  );
}

/** Takes the one top folder off; what lies elsewhere is stray. */
function unfold(entries: readonly { name: string; bytes: Uint8Array }[]) {
  const folder = entries[0]?.name.split('/')[0] ?? '';
  const files = new Map<string, Uint8Array>();
  const stray: Fault[] = [];
  for (const { name, bytes } of entries) {
    if (name.startsWith(`${folder}/`)) files.set(name.slice(folder.length + 1), bytes);
    else stray.push(fault(name, '不在证据包目录内', 'lies outside the folder of the package'));
  }
  return { folder, files, stray };
}

function checkBag(files: Files): Fault[] {
  const faults: Fault[] = [];
  if (decode(files.get('bagit.txt')) !== BAG_DECLARATION)
    faults.push(fault('bagit.txt', '不是 BagIt 1.0 UTF-8 声明', 'is not the declaration of BagIt 1.0 in UTF-8'));
  const payload = [...files].filter(([path]) => path.startsWith('data/'));
  const oxum = `${payload.reduce((sum, [, bytes]) => sum + bytes.length, 0)}.${payload.length}`;
  const declared = /^Payload-Oxum: (.*)$/m.exec(decode(files.get('bag-info.txt')) ?? '')?.[1];
  if (declared !== oxum)
    faults.push(
      fault(
        'bag-info.txt',
        `Payload-Oxum 为 ${declared ?? '无'}，实为 ${oxum}`,
        `Payload-Oxum says ${declared ?? 'nothing'}, counted ${oxum}`,
      ),
    );
  return faults;
}

function checkFileSet(files: Files, manifest: SheetFacts | undefined): Fault[] {
  const payload = parseManifest(decode(files.get(PAYLOAD_MANIFEST)) ?? '');
  const expected = new Set<string>([...TAG_FILES, TAG_MANIFEST, SIGNATURE, ...(payload?.keys() ?? [])]);
  // The one file that no list can name: the signed facts say whether it belongs. Unreadable facts cannot tell.
  if (manifest === undefined ? files.has(TIME_STAMP) : isStamped(manifest)) expected.add(TIME_STAMP);
  const missing = [...expected].filter((path) => !files.has(path));
  const added = [...files.keys()].filter((path) => !expected.has(path));
  return [
    ...missing.map((path) => fault(path, '缺失', 'is missing')),
    ...added.map((path) => fault(path, '多出，未列入清单', 'was added: no manifest lists it')),
  ];
}

const isStamped = ({ making }: SheetFacts): boolean => (making.timeStamp ?? null) !== null;

function checkHashes(files: Files, hashes: ReadonlyMap<string, string>, manifestPath: string): Fault[] {
  const listed = parseManifest(decode(files.get(manifestPath)) ?? '');
  if (listed === undefined) return [unreadable(manifestPath)];
  const faults: Fault[] = [];
  for (const [path, expected] of listed) {
    const actual = hashes.get(path);
    if (actual === undefined) faults.push(fault(path, '清单列有，包内缺失', 'is listed but missing'));
    else if (actual !== expected)
      faults.push(
        fault(
          path,
          `SHA-256 不符：清单 ${expected}，实为 ${actual}`,
          `SHA-256 differs: listed ${expected}, found ${actual}`,
        ),
      );
  }
  const required = manifestPath === TAG_MANIFEST ? TAG_FILES : [];
  for (const path of required)
    if (!listed.has(path)) faults.push(fault(path, '未列入标签清单', 'is not in the tag manifest'));
  return faults;
}

/** The facts of a package, or of a copy of one; undefined when they cannot be understood. */
export function readManifest(text: string | undefined): SheetFacts | undefined {
  try {
    return z.union([EvidenceManifest, PartyCopyManifest]).parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

function checkChain(manifest: SheetFacts | undefined, text: string | undefined): Fault[] {
  if (text === undefined) return [unreadable(AUDIT)];
  if (manifest === undefined) return [fault(AUDIT, '清单不可读，无从核对末条', 'no manifest to compare its head with')];
  const { entries, head } = manifest.audit;
  const lines = text.split('\n').filter((line) => line !== '').length;
  const result = verifyAuditLines(text, head ?? undefined);
  if (!result.ok) {
    // A last entry of the right number but another hash is itself at fault, not the one after it.
    const seq = Math.min(result.seq, Math.max(lines, head?.seq ?? 0));
    return [fault(`${AUDIT} #${seq}`, '记录链在此处断裂', `the chain breaks here: ${result.why}`)];
  }
  if (lines > 0 && head === null) return [fault(AUDIT, '清单未载明末条', 'the manifest names no last entry')];
  if (lines !== entries)
    return [fault(AUDIT, `应有 ${entries} 条，实有 ${lines} 条`, `should have ${entries} entries, has ${lines}`)];
  return [];
}

/** The container is a pure function of its files and the sealing time, so every byte between the files counts too. */
function checkForm(
  zip: Uint8Array,
  entries: readonly { name: string; bytes: Uint8Array }[],
  manifest: SheetFacts | undefined,
): Fault[] {
  if (manifest === undefined)
    return [fault('ZIP', '清单不可读，无从比对', 'no manifest to take the sealing time from')];
  const again = writeZip(entries, Date.parse(manifest.making.sealedAt));
  const at = firstDifference(again, zip);
  if (at === undefined) return [];
  return [
    fault(
      `ZIP @${at}`,
      `自第 ${at} 字节起与封存时不同（曾被改动或重新打包）`,
      `differs from the sealed form at byte ${at} (changed or packed again)`,
    ),
  ];
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) if (a[at] !== b[at]) return at;
  return a.length === b.length ? undefined : shared;
}
