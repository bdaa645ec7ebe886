/**
 * What docs/evidence.md tells a court's expert to run, run as it stands: the blocks are taken out of the page and run in an
 * environment that has coreutils, Python 3 and openssl, and nothing else; on a whole package, and on forged ones.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '#core/audit.ts';
import { commit } from '#platform/commit.ts';
import { httpTimeStamper } from '#platform/http-time-stamper.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { rootKey } from '#platform/records/audit-roots.ts';
import { buildPackage } from '../../functions/seal/package.ts';
import { makeAuditRoots } from '../../functions/tend/audit-roots.ts';
import { type Forgery, forgeries, openWorkshop, type Workshop } from './forgeries.ts';

/** Of coreutils, what the page uses; and the two programs. */
const TOOLS = ['sh', 'cat', 'echo', 'ls', 'wc', 'sha256sum', 'openssl', 'python3'] as const;

const page = readFileSync(new URL('../../docs/evidence.md', import.meta.url), 'utf8');
const blocksOf = (text: string) => [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
const section = (title: string) => page.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
const PACKAGE = blocksOf(section('With Python 3 and openssl alone'));
const ROOT = blocksOf(section('The whole trail, day by day'));

const found = (tool: string) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, tool))
    .find(existsSync);
/** A shim that looks for Python elsewhere is no Python in an empty environment. */
const real = (tool: string) =>
  tool === 'python3'
    ? spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim()
    : (found(tool) ?? '');
const isComplete = TOOLS.every((tool) => found(tool) !== undefined);

describe.runIf(isComplete)('the commands of docs/evidence.md', () => {
  const directory = mkdtempSync(join(tmpdir(), 'evidence-docs-'));
  let workshop: Workshop;
  let all: Forgery[];
  let root: Uint8Array;

  beforeAll(async () => {
    mkdirSync(join(directory, 'bin'));
    for (const tool of TOOLS) symlinkSync(real(tool), join(directory, 'bin', tool));
    workshop = await openWorkshop();
    all = await forgeries(workshop);
    root = await makeRoot();
  }, 120_000);
  afterAll(async () => {
    await workshop?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function makeRoot(): Promise<Uint8Array> {
    const { signer, authority } = workshop;
    const table = openSqliteTable(':memory:');
    const blobs = openFileBlobs(join(directory, 'blobs'), { secret: 'docs', baseUrl: 'http://localhost' });
    const now = Date.now();
    for (let one = 0; one < 11; one++) {
      const act = {
        stream: `incident/事件-${one}`,
        at: now - 86_400_000,
        actor: systemActor('test'),
        act: 'made',
        subject: 'x',
        facts: {},
      };
      await commit(table, async () => ({ writes: [], acts: [act], result: undefined }));
    }
    const timeStamper = httpTimeStamper({ url: authority.url });
    const { made } = await makeAuditRoots({ table, blobs, signer, timeStamper }, now);
    table.close();
    return (await blobs.get(rootKey(made[0] ?? ''))) ?? new Uint8Array();
  }

  let runs = 0;
  /** The blocks in one shell, with the files the page asks for beside each other. */
  function follow(blocks: readonly string[], zip: Uint8Array, { keys = workshop.keys, rootBytes = root } = {}) {
    runs += 1;
    const home = join(directory, `run-${runs}`);
    mkdirSync(home);
    writeFileSync(join(home, 'package.zip'), zip);
    writeFileSync(join(home, 'keys.json'), JSON.stringify(keys));
    writeFileSync(join(home, 'root.json'), rootBytes);
    copyFileSync(workshop.authority.caPath, join(home, 'authority.pem'));
    const { status, stdout, stderr } = spawnSync(join(directory, 'bin', 'sh'), ['-s'], {
      cwd: home,
      env: { PATH: join(directory, 'bin') },
      input: blocks.join('\n'),
      encoding: 'utf8',
    });
    rmSync(home, { recursive: true, force: true });
    return { status, said: `${stdout}\n${stderr}` };
  }

  it('are there', () => {
    expect(PACKAGE.length).toBeGreaterThanOrEqual(7);
    expect(ROOT).toHaveLength(1);
    expect(page).not.toMatch(/^```bash/m);
  });

  it('find a whole package whole, with what the page says they print', () => {
    const { status, said } = follow([...PACKAGE, ...ROOT], workshop.zip);
    expect(status, said).toBe(0);
    for (const line of [
      'Signature Verified Successfully',
      'Verification: OK',
      'chain whole, 3 entries',
      'as received',
      'in force from 2026-05-01',
    ])
      expect(said).toContain(line);
    expect(said).toMatch(/root of \d{4}-\d{2}-\d{2} over 12 streams/);
  });

  it('find a package without a stamp whole where no authority was set', async () => {
    const { bytes } = await buildPackage(workshop.input, workshop.signer);
    const { status, said } = follow(PACKAGE, bytes);
    expect(status, said).toBe(0);
    expect(said).not.toContain('Verification: OK');
  });

  const KINDS = [
    /^byte \d+ of data\/(evidence\.pdf|manifest\.json|audit\.jsonl|originals\/01.*) changed$/,
    /^byte \d+ of (bagit\.txt|bag-info\.txt|signature\.jws|tagmanifest-sha256\.txt|timestamp\.tsr) changed$/,
    /^(data\/views\/extra\.jpg|note\.txt) added$/,
    /^(data\/evidence\.pdf|timestamp\.tsr|signature\.jws|bagit\.txt) (removed|renamed)$/,
    /^the manifest edited/,
    /^the chain /,
    /^signed with another key, the keys known$/,
    /^signed with a key after it retired$/,
    /^a key nobody named among the keys$/,
    /^stamped /,
    /^the stamp of another digest$/,
  ];
  it.each(KINDS.map((kind) => [kind.source, kind] as const))('fail for: %s', (_, kind) => {
    const tried = all.filter(({ what }) => kind.test(what));
    expect(tried.length).toBeGreaterThan(0);
    for (const { what, zip, pins } of tried) {
      const { status, said } = follow(PACKAGE, zip, { keys: pins.keys ?? workshop.keys });
      expect(status, `${what}\n${said}`).not.toBe(0);
    }
  });

  it('name the file: changed, added, removed, and the entry of the chain', () => {
    const sayOf = (name: string) => {
      const forgery = all.find(({ what }) => what.includes(name));
      return forgery === undefined
        ? ''
        : follow(PACKAGE, forgery.zip, { keys: forgery.pins.keys ?? workshop.keys }).said;
    };
    expect(sayOf('of data/evidence.pdf changed')).toContain('data/evidence.pdf: FAILED');
    expect(sayOf('note.txt added')).toContain('note.txt: ADDED');
    expect(sayOf('timestamp.tsr removed')).toContain('timestamp.tsr: MISSING');
    expect(sayOf('the chain cut in its middle')).toContain('data/audit.jsonl #2');
    expect(sayOf('signed with a key after it retired')).toContain('signature.jws: signed at');
    expect(sayOf('the stamp of another digest')).toContain('message imprint mismatch');
    expect(sayOf('expired certificate')).toContain('certificate has expired');
  });

  it('find a root of the trail that was changed', () => {
    const document = JSON.parse(Buffer.from(root).toString());
    const changes: [string, object][] = [
      ['a leaf', { heads: document.heads.map((head: object, at: number) => (at === 3 ? { ...head, seq: 9 } : head)) }],
      ['the day', { statement: { ...document.statement, day: '2026-01-01' } }],
      ['the stamp', { timeStamp: Buffer.from('no stamp').toString('base64') }],
    ];
    for (const [what, change] of changes) {
      const rootBytes = Buffer.from(JSON.stringify({ ...document, ...change }));
      const { status, said } = follow([...PACKAGE, ...ROOT], workshop.zip, { rootBytes });
      expect(status, `${what}\n${said}`).not.toBe(0);
    }
  });
});
