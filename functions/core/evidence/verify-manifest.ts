/** Whether `data/manifest.json` tells of these files and no others, and of the originals as they were first received. */
import type { Fault } from './check.ts';
import { COPY_SCHEMA, copyFaults, type SheetFacts } from './party-copy.ts';

export function checkManifest(
  manifest: SheetFacts,
  files: ReadonlyMap<string, Uint8Array>,
  hashes: ReadonlyMap<string, string>,
  bagInfo: string,
): Fault[] {
  return [
    ...itemFaults(manifest, files, hashes),
    ...originalFaults(manifest, hashes),
    ...sightingFaults(manifest),
    ...noticeFaults(manifest, hashes),
    ...identityFaults(manifest, bagInfo),
    ...(manifest.schema === COPY_SCHEMA ? copyFaults(manifest) : []),
  ];
}

/** Every payload file but the manifest itself is an item, and every item is a file with its hash. */
function itemFaults(
  { items, audit }: SheetFacts,
  files: ReadonlyMap<string, Uint8Array>,
  hashes: ReadonlyMap<string, string>,
): Fault[] {
  const faults: Fault[] = [];
  const listed = new Set<string>();
  for (const { path, sha256, bytes } of items) {
    if (listed.has(path)) faults.push({ item: path, zh: '事实清单重复列出', en: 'the manifest lists it twice' });
    listed.add(path);
    const file = files.get(path);
    if (file === undefined)
      faults.push({ item: path, zh: '事实清单列有，包内缺失', en: 'the manifest lists it, it is missing' });
    else if (file.length !== bytes || hashes.get(path) !== sha256)
      faults.push({ item: path, zh: '与事实清单所列哈希不符', en: 'differs from the hash in the manifest' });
  }
  for (const path of files.keys()) {
    if (path.startsWith('data/') && path !== 'data/manifest.json' && !listed.has(path))
      faults.push({ item: path, zh: '事实清单未列出', en: 'the manifest does not list it' });
  }
  if (!listed.has(audit.path))
    faults.push({ item: audit.path, zh: '事实清单未列出', en: 'the manifest does not list it' });
  return faults;
}

/** An enclosed original is, byte for byte, what the system first received. */
function originalFaults({ frames, items }: SheetFacts, hashes: ReadonlyMap<string, string>): Fault[] {
  const faults: Fault[] = [];
  const custody = new Set<string>();
  for (const { original, sha256 } of frames) {
    if (original === null) continue;
    custody.add(original);
    if (hashes.get(original) !== sha256)
      faults.push({ item: original, zh: '不是首次收到的原图', en: 'is not the original as first received' });
  }
  for (const { path, role } of items) {
    if (role === 'original' && !custody.has(path))
      faults.push({ item: path, zh: '原图无接收记录', en: 'is an original without a record of receipt' });
  }
  return faults;
}

function sightingFaults({ sightings, frames }: SheetFacts): Fault[] {
  const received = new Map(frames.map(({ id, sha256 }) => [id, sha256]));
  return sightings
    .filter(({ frameId, frameSha256 }) => received.get(frameId) !== frameSha256)
    .map(({ id }) => ({
      item: `data/manifest.json ${id}`,
      zh: '目击记录所引快照与接收记录不符',
      en: 'the sighting cites a frame that differs from its record of receipt',
    }));
}

/** The enclosed record of the notice is the one that was kept when it went out. */
function noticeFaults({ notice }: SheetFacts, hashes: ReadonlyMap<string, string>): Fault[] {
  const path = notice?.record;
  if (path === undefined || hashes.get(path) === notice?.recordSha256) return [];
  return [
    { item: path, zh: '不是发送时保存的提醒收发记录', en: 'is not the record of the notice as kept when it was sent' },
  ];
}

function identityFaults({ incident }: SheetFacts, bagInfo: string): Fault[] {
  if (bagInfo.split('\n').includes(`External-Identifier: ${incident.id}`)) return [];
  return [{ item: 'bag-info.txt', zh: '事件编号与事实清单不符', en: 'names another incident than the manifest' }];
}
