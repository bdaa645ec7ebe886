import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EvidenceManifest } from '#core/evidence/manifest-schema.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import { buildPackage } from '../../functions/seal/package.ts';
import { evidenceSheet } from '../../functions/seal/sheet.ts';
import { brieflyParkedCar } from '../unit/evidence-samples.ts';

const hasPdftotext = (() => {
  try {
    execFileSync('pdftotext', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const directory = mkdtempSync(join(tmpdir(), 'sheet-'));
const SEALED = new Date('2026-05-12T10:00:00+08:00');
const KEY = '2sXprg8Dk-J_gSOz8Egz2RUhzqbkkZgIx9KfrmQsCSw';
let facts: EvidenceManifest;

beforeAll(async () => {
  const { bytes } = await buildPackage(await brieflyParkedCar(), await openSigner(join(directory, 'key')));
  const manifest = readZip(bytes).entries.find(({ name }) => name.endsWith('/data/manifest.json'));
  facts = EvidenceManifest.parse(JSON.parse(new TextDecoder().decode(manifest?.bytes)));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The text of a sheet without pictures, as a reader of PDF finds it, without blanks. */
async function printed(change: Partial<EvidenceManifest> = {}): Promise<string> {
  const path = join(directory, 'sheet.pdf');
  writeFileSync(path, await evidenceSheet({ ...facts, ...change }, [], { sealedAt: SEALED, keyId: KEY }));
  return execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' }).replaceAll(/\s/g, '');
}

const finding = (answer: 'holds' | 'fails', blocking: boolean) => ({
  id: 'two-panoramas',
  words: { zh: '两张全景', en: 'two panoramas' },
  source: { zh: 'GA/T 832-2014', en: 'GA/T 832-2014' },
  facts: { zh: '共五张全景', en: 'five panoramas' },
  ...{ answer, blocking },
});
const reportOf = (answer: 'holds' | 'fails', blocking = true): EvidenceManifest['sufficiency'] => ({
  checkedAt: '2026-05-12T10:00:00+08:00',
  policy: { jurisdiction: '*', version: 0 },
  findings: [finding(answer, blocking)],
});

describe.skipIf(!hasPdftotext)('the evidence sheet', () => {
  it('has a cover with the case, the key and a list of its parts', async () => {
    const text = await printed();
    for (const words of [facts.incident.id, '非现场执法证据材料', KEY, '卷内目录', '不得作为行政处罚的证据'])
      expect(text).toContain(words.replaceAll(/\s/g, ''));
  });

  it('says of every item what it proves', async () => {
    const text = await printed();
    expect(facts.items.length).toBeGreaterThan(4);
    for (const { sha256 } of facts.items.filter(({ role }) => role !== 'sheet')) expect(text).toContain(sha256);
  });

  it('prints each requirement with its answer, facts and article', async () => {
    const text = await printed({ sufficiency: reportOf('holds') });
    for (const words of ['两张全景', '符合', '共五张全景', 'GA/T832-2014']) expect(text).toContain(words);
    expect(text).not.toContain('依法不得确认');
  });

  it('says that it may not be confirmed when something compulsory fails, and only then', async () => {
    expect(await printed({ sufficiency: reportOf('fails') })).toContain('依法不得确认为违法行为');
    expect(await printed({ sufficiency: reportOf('fails', false) })).not.toContain('依法不得确认');
  });

  it('prints the notice to the letter with what proves it', async () => {
    const text = await printed({
      notice: {
        ...{ channel: '短信', reference: 'SMS-1', text: '请在五分钟内驶离', recordSha256: 'c'.repeat(64) },
        sentAt: facts.stay.firstSeen,
        graceUntil: facts.stay.firstSeen,
      },
    });
    for (const words of ['SMS-1', '请在五分钟内驶离', 'c'.repeat(64), '仍见到']) expect(text).toContain(words);
  });

  it('says so where a rule asks for a notice and none was sent', async () => {
    const rules = facts.rules.map((rule) => ({ ...rule, noticeGraceSeconds: 300 }));
    expect(await printed({ notice: null, rules })).toContain('本件封存时无提醒记录');
    expect(await printed({ notice: null })).toContain('未要求先行劝导提醒');
  });

  it('prints no impairment where none was asked for, and each one that was found', async () => {
    expect(await printed()).toContain('封存时未查询');
    const cameras = facts.cameras.map((camera) => ({
      ...camera,
      impairments: [
        {
          kind: 'blurred',
          words: { zh: '画面模糊', en: 'blurred' },
          from: facts.stay.firstSeen,
          to: null,
          facts: { zh: '清晰度降至四成', en: '' },
        },
      ],
    }));
    expect(await printed({ cameras })).toContain('清晰度降至四成');
  });

  it('has blank boxes before anybody decided, and the decisions afterwards', async () => {
    expect(await printed()).toContain('□确认');
    const decided = await printed({
      decisions: [
        {
          ...{ officerId: 'wang', officerName: '王某', stage: 'first', outcome: 'confirm', reason: null },
          ...{ plate: '浙A8K3F2', note: '已核对', at: '2026-05-12T11:00:00+08:00', packageSha256: 'd'.repeat(64) },
        },
      ],
    });
    for (const words of ['■确认', '王某', '已核对']) expect(decided).toContain(words);
  });

  it('cuts nothing off: a note longer than a page goes on over the next', async () => {
    const note = Array.from({ length: 2_000 }, (_, at) => `${at}、`).join('');
    const text = await printed({
      decisions: [
        {
          ...{ officerId: 'wang', officerName: '王某', stage: 'first', outcome: 'reject', reason: 'other' },
          ...{ plate: null, note, at: '2026-05-12T11:00:00+08:00', packageSha256: 'd'.repeat(64) },
        },
      ],
    });
    for (const at of [0, 500, 1000, 1500, 1999]) expect(text).toContain(`${at}、`);
  });
});
