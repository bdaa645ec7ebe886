import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditEntry, auditLines, headOf, nextEntry } from '#core/audit.ts';
import { sha256Hex } from '#core/evidence/bag.ts';
import type { PackageInput } from '#core/evidence/package-input.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import { writeZip } from '#core/evidence/zip-write.ts';
import { officerId } from '#core/ids.ts';
import type { Decision } from '#core/incident.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import type { Signer } from '#platform/signer.ts';
import { buildPackage } from '../../functions/seal/package.ts';
import { brieflyParkedCar, fruitStall, parkedCar, unreadableCar } from '../unit/evidence-samples.ts';
import {
  type Files,
  FOLDER,
  failed,
  filesOf,
  itemsAtFault,
  manifestOf,
  pack as packAt,
  rehash,
  resign,
  textOf,
  utf8,
} from './forging.ts';

const directory = mkdtempSync(join(tmpdir(), 'evidence-'));
const input = parkedCar();
let smallInput: PackageInput;
let signer: Signer;
let zip: Uint8Array;
let small: Uint8Array;

beforeAll(async () => {
  signer = await openSigner(join(directory, 'key'));
  zip = (await buildPackage(input, signer)).bytes;
  smallInput = await brieflyParkedCar();
  small = (await buildPackage(smallInput, signer)).bytes;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const pack = (files: Files) => packAt(files, smallInput.sealedAt);

describe('a package as sealed', () => {
  it('passes every check, also with its key pinned', async () => {
    const { keyId } = await signer.publicKey();
    const checks = await verifyPackage(zip, { keyId });
    expect(itemsAtFault(checks)).toEqual([]);
    expect(checks.map(({ id }) => id)).toContain('signing-key');
  });

  it('has the same bytes when it is made again, in any time zone', async () => {
    const zone = process.env.TZ;
    process.env.TZ = 'America/New_York';
    const again = await buildPackage(parkedCar(), signer);
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
    expect(again.sha256).toBe(sha256Hex(zip));
  });

  it('lets sha256sum check its files', () => {
    const files = filesOf(zip);
    const bag = join(directory, 'bag');
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(bag, path)), { recursive: true });
      writeFileSync(join(bag, path), bytes);
    }
    for (const manifest of ['manifest-sha256.txt', 'tagmanifest-sha256.txt']) {
      const report = execFileSync('sha256sum', ['-c', manifest], { cwd: bag, encoding: 'utf8' });
      expect(
        report
          .trim()
          .split('\n')
          .every((line) => line.endsWith(': OK')),
      ).toBe(true);
    }
  });

  it('holds the key originals byte for byte as received', async () => {
    const files = filesOf(zip);
    const enclosed = manifestOf(files).frames.filter(({ original }) => original !== null);
    expect(enclosed.length).toBeGreaterThanOrEqual(5);
    for (const { original, sha256 } of enclosed) expect(sha256Hex(files.get(original ?? '') ?? '')).toBe(sha256);
  });

  it('lists every sighting, also those whose original is not enclosed', () => {
    const manifest = manifestOf(filesOf(zip));
    expect(manifest.sightings).toHaveLength(input.incident.stay.sightings.length);
    expect(manifest.sightings.some(({ original }) => original === null)).toBe(true);
  });

  it('says of each item who made it, when, how, and what it proves', () => {
    for (const item of manifestOf(filesOf(zip)).items) {
      for (const words of [item.maker.zh, item.method.zh, item.proves.zh, item.proves.en]) expect(words).not.toBe('');
    }
  });

  it('marks the zone and the subject on its views and leaves the rest of the scene alone', async () => {
    const files = filesOf(zip);
    const [original, view] = await Promise.all(
      ['originals', 'views'].map((kind) =>
        sharp(files.get(`data/${kind}/01-CAM-01-20260512T093230.jpg`))
          .removeAlpha()
          .raw()
          .toBuffer({ resolveWithObject: true }),
      ),
    );
    if (original === undefined || view === undefined) throw new Error('Expected both pictures');
    const pixel = ({ data, info }: typeof view, x: number, y: number) =>
      [0, 1, 2].map((channel) => data[(y * info.width + x) * 3 + channel] ?? 0);
    const distance = (x: number, y: number) =>
      Math.max(...pixel(original, x, y).map((value, channel) => Math.abs(value - (pixel(view, x, y)[channel] ?? 0))));
    const [x0 = 0, y0 = 0, , y1 = 0] = manifestOf(files).sightings[0]?.box ?? [];
    expect(distance(Math.round(x0), Math.round((y0 + y1) / 2))).toBeGreaterThan(60);
    const calm = Array.from({ length: 200 }, (_, step) => distance(1000 + step * 4, 40));
    expect(calm.reduce((sum, value) => sum + value, 0) / calm.length).toBeLessThan(12);
    expect(view.info.height).toBeGreaterThan(original.info.height);
  });

  it('embeds every font its sheet uses', () => {
    const pdf = Buffer.from(filesOf(zip).get('data/evidence.pdf') ?? '').toString('latin1');
    expect(pdf.startsWith('%PDF-')).toBe(true);
    const described = pdf.match(/\/Type \/FontDescriptor/g)?.length ?? 0;
    expect(described).toBeGreaterThanOrEqual(2);
    expect(pdf.match(/\/FontFile2/g)?.length).toBe(described);
    expect(pdf).not.toContain('/Helvetica');
  });
});

it('a later revision carries the decisions that followed the first', async () => {
  const decision: Decision = {
    officerId: officerId('wang'),
    officerName: '王某',
    stage: 'first',
    outcome: 'confirm',
    reason: null,
    plate: '浙A8K3F2',
    note: '',
    at: smallInput.sealedAt + 60_000,
    packageSha256: sha256Hex(small),
  };
  const incident = { ...smallInput.incident, decisions: [decision] };
  const { bytes } = await buildPackage({ ...smallInput, incident, revision: 2 }, signer);
  const entry = readZip(bytes).entries.find(({ name }) => name.endsWith('-r2/data/manifest.json'));
  expect(failed(await verifyPackage(bytes))).toEqual([]);
  expect(JSON.parse(new TextDecoder().decode(entry?.bytes))).toMatchObject({
    incident: { revision: 2 },
    decisions: [{ officerName: '王某', outcome: 'confirm', packageSha256: sha256Hex(small) }],
  });
  expect(manifestOf(filesOf(small)).decisions).toEqual([]);
});

describe('a package without a plate', () => {
  it('leaves it to the reviewer where no frame gave a reading', async () => {
    const { bytes } = await buildPackage(unreadableCar(), signer);
    const files = filesOf(bytes);
    expect(failed(await verifyPackage(bytes))).toEqual([]);
    expect([...files.keys()].filter((path) => path.startsWith('data/plate/'))).toEqual([]);
    expect(manifestOf(files)).toMatchObject({ plate: null, plateWords: { zh: '号牌未能识别，由审核人员填写' } });
  });

  it('does not ask for one where a shop trades outside', async () => {
    const { bytes } = await buildPackage(fruitStall(), signer);
    const manifest = manifestOf(filesOf(bytes));
    expect(failed(await verifyPackage(bytes))).toEqual([]);
    expect(manifest).toMatchObject({
      plate: null,
      plateWords: { zh: '不涉及号牌' },
      incident: { shop: '鲜果时光水果店' },
    });
  });
});

describe('what nobody may do unnoticed', () => {
  it('change one byte of any file', async () => {
    for (const [path, bytes] of filesOf(small)) {
      for (const where of new Set([0, bytes.length >> 1, bytes.length - 1])) {
        const files = filesOf(small);
        const changed = Uint8Array.from(bytes);
        changed[where] = (changed[where] ?? 0) ^ 1;
        const checks = await verifyPackage(pack(files.set(path, changed)));
        expect(itemsAtFault(checks), `${path} at byte ${where}`).toContain(
          path === 'tagmanifest-sha256.txt' ? 'signature.jws' : path,
        );
      }
    }
  });

  it('change one byte of the container around the files', async () => {
    const directoryAt = Buffer.from(small).indexOf('PK\x01\x02');
    for (const where of [4, 10, 14, 30, directoryAt + 5, directoryAt + 12, small.length - 2]) {
      const changed = Uint8Array.from(small);
      changed[where] = (changed[where] ?? 0) ^ 1;
      expect(failed(await verifyPackage(changed)), `byte ${where}`).not.toEqual([]);
    }
  });

  it('add a file', async () => {
    for (const path of ['data/views/extra.jpg', 'note.txt', 'timestamp.tsr']) {
      const checks = await verifyPackage(pack(filesOf(small).set(path, utf8('x'))));
      expect(failed(checks)).toContain('files');
      expect(itemsAtFault(checks)).toContain(path);
    }
  });

  it('remove a file', async () => {
    for (const path of filesOf(small).keys()) {
      const files = filesOf(small);
      files.delete(path);
      const checks = await verifyPackage(pack(files));
      expect(itemsAtFault(checks), path).toContain(path);
    }
  });

  it('rename a file', async () => {
    const files = filesOf(small);
    const path = 'data/originals/01-CAM-01-20260512T093230.jpg';
    files.set('data/originals/01-CAM-01-20260512T083230.jpg', files.get(path) ?? new Uint8Array()).delete(path);
    const items = itemsAtFault(await verifyPackage(pack(files)));
    expect(items).toContain(path);
    expect(items).toContain('data/originals/01-CAM-01-20260512T083230.jpg');
  });

  it('edit the manifest and make every hash fit again', async () => {
    const files = filesOf(small);
    files.set('data/manifest.json', utf8(textOf(files, 'data/manifest.json').replaceAll('浙A·8K3F2', '浙A·8K3F3')));
    const checks = await verifyPackage(pack(rehash(files)));
    expect(failed(checks)).toEqual(['signature']);
    expect(itemsAtFault(checks)).toEqual(['signature.jws']);
  });

  it('put another picture in the place of an original, even with the signing key', async () => {
    const files = filesOf(small);
    const [path, other] = [
      'data/originals/01-CAM-01-20260512T093230.jpg',
      'data/originals/02-CAM-01-20260512T093530.jpg',
    ];
    files.set(path, files.get(other) ?? new Uint8Array());
    const checks = await verifyPackage(pack(await resign(rehash(files), signer)));
    expect(failed(checks)).toEqual(['manifest']);
    expect(itemsAtFault(checks)).toContain(path);
  });

  it.each<[string, number, (entries: AuditEntry[]) => AuditEntry[]]>([
    ['cut the end of the chain', 3, (entries) => entries.slice(0, -1)],
    ['cut the beginning of the chain', 1, (entries) => entries.slice(1)],
    ['take an entry out of the chain', 2, (entries) => entries.filter(({ seq }) => seq !== 2)],
    [
      'put entries of the chain in another order',
      2,
      ([first, second, third]) => [first, third, second].flatMap((entry) => entry ?? []),
    ],
    [
      'edit an entry',
      2,
      (entries) => entries.map((entry) => (entry.seq === 2 ? { ...entry, at: entry.at + 1 } : entry)),
    ],
    [
      'write the end of the chain anew',
      3,
      ([first, second, third]) => {
        if (first === undefined || second === undefined || third === undefined) return [];
        return [first, second, nextEntry(headOf(second), { ...third, act: 'incident.dissolved' })];
      },
    ],
  ])('%s, even with every hash made to fit and the signing key', async (_, seq, change) => {
    const files = filesOf(small);
    files.set('data/audit.jsonl', utf8(auditLines(change([...smallInput.auditEntries]))));
    const checks = await verifyPackage(pack(await resign(rehash(files), signer)));
    expect(failed(checks)).toEqual(['audit-chain']);
    expect(itemsAtFault(checks)).toEqual([`data/audit.jsonl #${seq}`]);
  });

  it('sign with another key, once the right one is pinned', async () => {
    const { keyId } = await signer.publicKey();
    const stranger = await openSigner(join(directory, 'stranger'));
    const forged = pack(await resign(rehash(filesOf(small)), stranger));
    expect(failed(await verifyPackage(forged))).toEqual([]);
    const checks = await verifyPackage(forged, { keyId });
    expect(failed(checks)).toEqual(['signing-key']);
    expect(itemsAtFault(checks)).toEqual(['signature.jws']);
  });

  it('hide a second file under the name of a first, or write outside the folder', async () => {
    const entries = readZip(small).entries;
    const twice = writeZip([...entries, { name: `${FOLDER}/bagit.txt`, bytes: utf8('x') }], smallInput.sealedAt);
    expect(itemsAtFault(await verifyPackage(twice))).toContain(`${FOLDER}/bagit.txt`);
    for (const name of [`${FOLDER}/../../etc/passwd`, '/etc/passwd', 'elsewhere/file.txt']) {
      const outside = writeZip([...entries, { name, bytes: utf8('x') }], smallInput.sealedAt);
      expect(itemsAtFault(await verifyPackage(outside)), name).toContain(name);
    }
  });

  it('pass off something that is no package', async () => {
    for (const bytes of [
      new Uint8Array(),
      utf8('not a zip'),
      small.subarray(0, small.length >> 1),
      new Uint8Array(1000),
    ])
      expect(failed(await verifyPackage(bytes))).toContain('container');
  });
});

it('refuses to seal an original that is no longer what was received', async () => {
  const changed = {
    ...input,
    original: async (id: Parameters<typeof input.original>[0]) => {
      const bytes = Uint8Array.from(await input.original(id));
      bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
      return bytes;
    },
  };
  await expect(buildPackage(changed, signer)).rejects.toMatchObject({ code: 'original-changed' });
});
