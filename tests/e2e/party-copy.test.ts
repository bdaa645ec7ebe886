import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Box, Point } from '#core/camera.ts';
import { sha256Hex } from '#core/evidence/bag.ts';
import { EvidenceManifest } from '#core/evidence/manifest-schema.ts';
import type { PackageInput } from '#core/evidence/package-input.ts';
import { isPlateOfCase, PartyCopyManifest, subjectIn } from '#core/evidence/party-copy.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { checkManifest } from '#core/evidence/verify-manifest.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import { boundsOf } from '#core/geometry.ts';
import { officerId, sha256Of } from '#core/ids.ts';
import type { Decision, Notice } from '#core/incident.ts';
import type { SecondLook, SecondVote } from '#core/plates/second-reader.ts';
import type { PrivacyRegions, PrivacySubject } from '#core/privacy.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import type { Signer } from '#platform/signer.ts';
import { buildPackage } from '../../functions/seal/package.ts';
import { buildPartyCopy, type CopyInput } from '../../functions/seal/party-copy.ts';
import { HIDDEN } from '../../functions/seal/redact.ts';
import { brieflyParkedCar } from '../unit/evidence-samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'party-copy-'));
let signer: Signer;
let sealed: Uint8Array;
let manifest: EvidenceManifest;
let zip: Uint8Array;
let copy: PartyCopyManifest;
let input: CopyInput;

const filesOf = (bytes: Uint8Array) =>
  new Map(readZip(bytes).entries.map(({ name, bytes: content }) => [name.slice(name.indexOf('/') + 1), content]));
const textOf = (bytes: Uint8Array, path: string) => new TextDecoder().decode(filesOf(bytes).get(path));

interface Truth {
  objects: { class: string; box: Box; plates?: { corners: Point[] }[] }[];
}

/** The plates of other vehicles and the upper part of everybody, from the truth of the frame that has these bytes. */
function truthOf(sha256: string): PrivacyRegions['regions'] {
  const frame = manifest.frames.find((candidate) => candidate.sha256 === sha256);
  const stamp = frame?.capturedAt.slice(0, 19).replaceAll(/[-:]/g, '') ?? '';
  const url = new URL(`../samples/a_sidewalk_parking/truth/${stamp}.json`, import.meta.url);
  const truth: Truth = JSON.parse(readFileSync(url, 'utf8'));
  const subject = manifest.sightings.find(({ frameId }) => frameId === frame?.id)?.box;
  return truth.objects.flatMap((object): PrivacyRegions['regions'][number][] => {
    const [x0, y0, x1, y1] = object.box;
    if (object.class === 'person') {
      const box: Box = [x0, y0, x1, y0 + (y1 - y0) / 5];
      return [{ kind: 'head' as const, source: 'person' as const, box, score: 1 }];
    }
    if (JSON.stringify(object.box) === JSON.stringify(subject)) return [];
    return (object.plates ?? []).map(({ corners }) => ({
      ...{ kind: 'plate' as const, source: 'vehicle' as const, box: boundsOf(corners), score: 1 },
    }));
  });
}

/** The same, after a notice to the owner of its plate. */
function reminded(whole: PackageInput, plate = whole.incident.stay.plate?.text ?? ''): PackageInput {
  const noticeRecord = new TextEncoder().encode('{"schema":"kerbwatch-notice/1"}');
  const { stay } = whole.incident;
  const notice: Notice = {
    ...{ channel: 'webhook', reference: 'SMS-1', sentAt: stay.firstSeen, graceUntil: stay.firstSeen + 1_000 },
    proof: {
      ...{ messageId: 'notice_1', recipient: { kind: 'owner', plate }, text: `车辆${plate}`, language: 'zh-CN' },
      ...{ requestSha256: 'ab'.repeat(32), response: { status: 202, sha256: 'cd'.repeat(32) } },
      record: { key: 'notices/1/1.json', sha256: sha256Hex(noticeRecord) },
    },
  };
  return { ...whole, incident: { ...whole.incident, notice }, noticeRecord };
}

const typed = (plate: string): Decision => ({
  ...{ officerId: officerId('o'), officerName: '王芳', stage: 'first', outcome: 'confirm', reason: null, note: '' },
  ...{ plate, at: 1, packageSha256: sha256Of('a'.repeat(64)) },
});

const privacy = async (jpeg: Uint8Array, _: PrivacySubject): Promise<PrivacyRegions> => {
  const { width, height } = await sharp(jpeg).metadata();
  return {
    imageSize: [width, height],
    regions: truthOf(sha256Hex(jpeg)),
    models: [{ name: 'truth', version: '1', sha256: 'a'.repeat(64) }],
  };
};

beforeAll(async () => {
  signer = await openSigner(join(directory, 'key'));
  const whole = reminded(await brieflyParkedCar());
  sealed = (await buildPackage(whole, signer)).bytes;
  manifest = EvidenceManifest.parse(JSON.parse(textOf(sealed, 'data/manifest.json')));
  input = {
    ...{ zip: sealed, decisions: [], auditEntries: whole.auditEntries, systemVersion: '0.1.0', privacy },
    madeAt: whole.sealedAt + 86_400_000,
  };
  zip = (await buildPartyCopy(input, signer)).bytes;
  copy = PartyCopyManifest.parse(JSON.parse(textOf(zip, 'data/manifest.json')));
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function pixelsOf(path: string, from: Uint8Array = zip) {
  const { data, info } = await sharp(filesOf(from).get(path)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

describe('the copy for a party', () => {
  it('is verified like a package, by the same key', async () => {
    const checks = await verifyPackage(zip, { keyId: (await signer.publicKey()).keyId });
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('has the same bytes when it is made again', async () => {
    expect((await buildPartyCopy(input, signer)).sha256).toBe(sha256Hex(zip));
  });

  it('holds no original, nor any file of the package but the chain', () => {
    const hashes = new Set([...filesOf(sealed).values()].map(sha256Hex));
    const shared = [...filesOf(zip)].filter(([, bytes]) => hashes.has(sha256Hex(bytes))).map(([path]) => path);
    expect(shared.sort()).toEqual(['bagit.txt', 'data/audit.jsonl']);
    expect(copy.frames.every(({ original }) => original === null)).toBe(true);
  });

  it('tells of the notice what was sent to its party and its hash, and leaves the exchange with the package', () => {
    const { record, ...told } = manifest.notice ?? {};
    expect(record).toBe('data/notice.json');
    expect(filesOf(sealed).has('data/notice.json')).toBe(true);
    expect(copy.notice).toEqual(told);
    expect(filesOf(zip).has('data/notice.json')).toBe(false);
  });

  it('does not tell what was sent to the owner of another plate', async () => {
    const other = (await buildPackage(reminded(await brieflyParkedCar(), '苏E1B48W'), signer)).bytes;
    const { bytes } = await buildPartyCopy({ ...input, zip: other }, signer);
    expect(textOf(bytes, 'data/manifest.json')).not.toMatch(/苏E·?1B48W/);
    expect(JSON.parse(textOf(bytes, 'data/manifest.json')).notice).toMatchObject({ reference: 'SMS-1' });
  });

  it('tells who looked for faces beside our models, where somebody did', async () => {
    const second: SecondLook = { kind: 'looked', reader: { name: 'a reader', version: null }, faces: 2 };
    const lookingTwice = async (jpeg: Uint8Array, subject: PrivacySubject) => ({
      ...(await privacy(jpeg, subject)),
      second,
    });
    const { bytes } = await buildPartyCopy({ ...input, privacy: lookingTwice }, signer);
    const looked = PartyCopyManifest.parse(JSON.parse(textOf(bytes, 'data/manifest.json')));
    const asked = looked.copy.pictures.filter(({ hidden }) => hidden !== undefined).length;
    expect(looked.copy.secondReader).toEqual({ reader: second.reader, asked, answered: asked, faces: 2 * asked });
    expect(copy.copy).not.toHaveProperty('secondReader');
  });

  it('tells what a second reader said of the plate of the case, and of no other', async () => {
    const whole = await brieflyParkedCar();
    const { incident } = whole;
    const second: SecondVote = {
      ...{ readers: [{ name: 'a reader', version: '1' }], own: incident.stay.plate?.text ?? null },
      frames: { agrees: 1, disagrees: 1, unread: 0, unavailable: 0 },
      differences: [{ position: 3, ours: '8', theirs: 'B', frames: 1 }],
    };
    const asked = { ...whole, incident: { ...incident, stay: { ...incident.stay, second } } };
    const zipOf = (await buildPackage(asked, signer)).bytes;
    const copyOf = async (decisions: readonly Decision[]) =>
      textOf((await buildPartyCopy({ ...input, zip: zipOf, decisions }, signer)).bytes, 'data/manifest.json');
    expect(await copyOf([])).toContain('第 3 位 8↔B');
    expect(await copyOf([typed('苏E1B48W')])).not.toContain('8↔B');
  });

  it('names for each picture the original it was made from, and the package', () => {
    expect(copy.copy.of.packageSha256).toBe(sha256Hex(sealed));
    const pictures = copy.items.filter(({ path }) => path.endsWith('.jpg'));
    expect(copy.copy.pictures.map(({ path }) => path).sort()).toEqual(pictures.map(({ path }) => path).sort());
    const received = new Set(manifest.frames.map(({ sha256 }) => sha256));
    for (const { madeFrom } of copy.copy.pictures)
      expect(madeFrom.every(({ sha256 }) => received.has(sha256))).toBe(true);
  });

  it('shows one grey where others were, and nothing there tells them apart', async () => {
    const pictures = copy.copy.pictures.filter(({ hidden }) => hidden !== undefined);
    expect(pictures.flatMap(({ hidden }) => hidden ?? []).length).toBeGreaterThan(4);
    for (const { path, hidden = [] } of pictures) {
      const { data, width } = await pixelsOf(path);
      for (const {
        box: [x0, y0, x1, y1],
      } of hidden) {
        for (let y = y0 + 1; y < y1 - 1; y++)
          for (let x = x0 + 1; x < x1 - 1; x++)
            expect(Math.abs((data[(y * width + x) * 3] ?? 0) - HIDDEN)).toBeLessThanOrEqual(1);
      }
    }
  });

  it('changes nothing else by more than another encoding does', async () => {
    for (const { path, hidden = [], madeFrom } of copy.copy.pictures.filter(
      (picture) => picture.hidden !== undefined,
    )) {
      const original = manifest.frames.find(({ sha256 }) => sha256 === madeFrom[0]?.sha256)?.original ?? '';
      const [before, after] = [await pixelsOf(original, sealed), await pixelsOf(path)];
      let [sum, count] = [0, 0];
      for (let y = 0; y < after.height; y += 3) {
        for (let x = 0; x < after.width; x += 3) {
          if (hidden.some(({ box: [x0, y0, x1, y1] }) => x >= x0 - 16 && x < x1 + 16 && y >= y0 - 16 && y < y1 + 16))
            continue;
          const pixel = (y * after.width + x) * 3;
          sum += Math.abs((before.data[pixel] ?? 0) - (after.data[pixel] ?? 0));
          count += 1;
        }
      }
      expect(sum / count).toBeLessThan(6);
    }
  });

  it('carries no metadata of the originals', async () => {
    for (const [path, bytes] of filesOf(zip)) {
      if (!path.endsWith('.jpg')) continue;
      const { exif, icc, xmp, iptc } = await sharp(bytes).metadata();
      expect([exif, icc, xmp, iptc]).toEqual([undefined, undefined, undefined, undefined]);
    }
  });

  it('keeps the plate of its own vehicle as it was', async () => {
    const sighting = copy.sightings.find(
      ({ plate, frameId }) => plate !== null && copy.keyFrames.chosen.some((chosen) => chosen.frameId === frameId),
    );
    const picture = copy.copy.pictures.find(
      ({ hidden, madeFrom }) => hidden !== undefined && madeFrom[0]?.frameId === sighting?.frameId,
    );
    const [x0, y0, x1, y1] = boundsOf(sighting?.plate?.corners ?? []);
    const { data, width } = await pixelsOf(picture?.path ?? '');
    const values = new Set<number>();
    for (let y = Math.ceil(y0); y < y1; y++)
      for (let x = Math.ceil(x0); x < x1; x++) values.add(data[(y * width + x) * 3] ?? 0);
    expect(values.size).toBeGreaterThan(50);
  });
});

describe('a copy somebody tampered with, whoever signed it', () => {
  const faultsOf = (change: (facts: PartyCopyManifest) => PartyCopyManifest) => {
    const files = filesOf(zip);
    const hashes = new Map([...files].map(([path, bytes]) => [path, sha256Hex(bytes)]));
    const info = new TextDecoder().decode(files.get('bag-info.txt'));
    return checkManifest(change(structuredClone(copy)), files, hashes, info).map(({ item }) => item);
  };

  it('is whole to begin with', () => {
    expect(faultsOf((facts) => facts)).toEqual([]);
  });

  it('shows a picture that does not say where it comes from', () => {
    const [first, ...pictures] = copy.copy.pictures;
    expect(faultsOf((facts) => ({ ...facts, copy: { ...facts.copy, pictures } }))).toEqual([first?.path]);
  });

  it('shows a picture said to come from something never received', () => {
    const [first, ...others] = copy.copy.pictures;
    if (first === undefined) throw new Error('Expected a picture');
    const pictures = [{ ...first, madeFrom: [{ frameId: 'F', sha256: 'b'.repeat(64) }] }, ...others];
    expect(faultsOf((facts) => ({ ...facts, copy: { ...facts.copy, pictures } }))).toEqual([first.path]);
  });

  it('shows an original that was put in', () => {
    const [first] = copy.copy.pictures;
    const items = copy.items.map((item) => (item.path === first?.path ? { ...item, role: 'original' as const } : item));
    expect(new Set(faultsOf((facts) => ({ ...facts, items })))).toEqual(new Set([first?.path]));
  });
});

describe('a package whose notice was written anew, whoever signed it', () => {
  it('names the record that is not the one kept when it was sent', () => {
    const files = new Map(filesOf(sealed)).set('data/notice.json', new TextEncoder().encode('{"schema":"another"}'));
    const hashes = new Map([...files].map(([path, bytes]) => [path, sha256Hex(bytes)]));
    const items = manifest.items.map((item) => {
      const bytes = files.get(item.path);
      return { ...item, sha256: hashes.get(item.path) ?? '', bytes: bytes?.length ?? 0 };
    });
    const info = new TextDecoder().decode(files.get('bag-info.txt'));
    expect(checkManifest({ ...manifest, items }, files, hashes, info).map(({ item }) => item)).toEqual([
      'data/notice.json',
    ]);
  });
});

describe('whose plate stays', () => {
  const corners: EvidenceManifest['sightings'][number]['plate'] = {
    ...{ text: '浙A8K3F2', confidence: 0.9, characters: null },
    corners: [
      [0, 0],
      [9, 0],
      [9, 3],
      [0, 3],
    ],
  };
  const box: EvidenceManifest['sightings'][number]['box'] = [0, 0, 100, 100];

  it('the one of the case, misread in two characters at most', () => {
    expect(isPlateOfCase('浙A8K3F2', '浙A8K3F2')).toBe(true);
    expect(isPlateOfCase('浙A8K3E7', '浙A8K3F2')).toBe(true);
    expect(isPlateOfCase('浙A7C2H9', '浙A8K3F2')).toBe(false);
    expect(isPlateOfCase('浙A8K3F2', null)).toBe(false);
  });

  it('no other: where a frame read another plate, nothing near the subject is kept', () => {
    expect(subjectIn({ box, plate: corners }, 'sidewalk-parking', '浙A8K3F2').subjectPlate).toEqual(corners.corners);
    expect(subjectIn({ box, plate: corners }, 'sidewalk-parking', '苏E12345')).toEqual({
      subject: null,
      subjectPlate: null,
    });
    expect(subjectIn({ box, plate: null }, 'street-trading', null)).toEqual({ subject: null, subjectPlate: null });
  });
});
