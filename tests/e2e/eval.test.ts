/** `npm run eval` as a person or a script has it: one process, its output, its picture sheet and its exit code. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const samples = join(repository, 'tests/samples');
/** Each starts a process that loads models. */
const PATIENCE = 150_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-eval-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function evaluate(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/local/eval-cli.ts', ...args], { cwd: repository });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      texts[name] += chunk.toString();
    });
  }
  const [code] = await once(child, 'close');
  return { code: Number(code), ...texts };
}

/** Some frames of a sample, as a sequence folder of their own. */
async function part(
  sequence: string,
  stamps: readonly string[],
  change: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const directory = await mkdtemp(join(folder, 'part-'));
  const target = join(directory, sequence);
  await mkdir(join(target, 'truth'), { recursive: true });
  const source = join(samples, sequence);
  const whole = JSON.parse(await readFile(join(source, 'sequence.json'), 'utf8'));
  const frames = whole.frames.filter(({ file }: { file: string }) => stamps.includes(file.replace('.jpg', '')));
  await writeFile(join(target, 'sequence.json'), JSON.stringify({ ...whole, frames, ...change }));
  for (const stamp of stamps) {
    await cp(join(source, `${stamp}.jpg`), join(target, `${stamp}.jpg`));
    await cp(join(source, 'truth', `${stamp}.json`), join(target, 'truth', `${stamp}.json`));
  }
  return directory;
}

describe('eval detection on a rendered frame', () => {
  it(
    'prints classes, families and surfaces as one JSON document, and shows the errors it counts',
    async () => {
      const directory = await part('g_two_cars', ['20260515T084400']);
      const sheet = join(folder, 'detection.png');
      const { code, stdout } = await evaluate('detection', directory, '--json', '--sheet', sheet);
      expect(code).toBe(0);
      const report = JSON.parse(stdout);
      expect(report.classes.vehicle).toMatchObject({ n: 4, recall: 1 });
      expect(report.classes.car).toEqual(
        expect.objectContaining({ ap50: expect.any(Number), precision: expect.any(Number) }),
      );
      expect(report.surfaces.all).toMatchObject({ n: 4, placed: 4 });
      expect(report.errors.length).toBeGreaterThan(0);
      expect((await sharp(sheet).metadata()).format).toBe('png');
    },
    PATIENCE,
  );
});

describe('eval plates on a folder with a manifest', () => {
  it(
    'prints a table with counts, shares and intervals',
    async () => {
      const directory = await mkdtemp(join(folder, 'plates-'));
      const frame = sharp(join(samples, 'f_dusk_rain/20260514T191200.jpg'));
      const truth = JSON.parse(await readFile(join(samples, 'f_dusk_rain/truth/20260514T191200.json'), 'utf8'));
      const [plate] = truth.objects
        .flatMap((object: { plates?: unknown[] }) => object.plates ?? [])
        .filter(({ readable }: { readable: boolean }) => readable);
      const xs = plate.corners.map(([x]: [number, number]) => x);
      const ys = plate.corners.map(([, y]: [number, number]) => y);
      const [left, top] = [Math.floor(Math.min(...xs)), Math.floor(Math.min(...ys))];
      await frame
        .extract({ left, top, width: Math.ceil(Math.max(...xs)) - left, height: Math.ceil(Math.max(...ys)) - top })
        .jpeg({ quality: 95 })
        .toFile(join(directory, 'a.jpg'));
      await writeFile(
        join(directory, 'manifest.json'),
        JSON.stringify([{ file: 'a.jpg', label: plate.raw, colour: plate.color }]),
      );
      const { code, stdout } = await evaluate('plates', directory, '--sheet', join(folder, 'plates.png'));
      expect(code).toBe(0);
      expect(stdout).toMatch(/exact +1\/1 +100\.0 % +\(20\.7 % - 100\.0 %\)/);
    },
    PATIENCE,
  );
});

describe('eval scenes', () => {
  it(
    'reports an incident the folder does not expect, with its frames on the sheet',
    async () => {
      const stamps = ['20260515T084400', '20260515T084800'];
      const directory = await part('g_two_cars', stamps, { expectedIncidents: [] });
      const sheet = join(folder, 'scenes.png');
      const { code, stdout } = await evaluate('scenes', directory, '--json', '--sheet', sheet);
      expect(code).toBe(0);
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({ sequences: 1, expected: 0, matched: 0, missed: [], refused: [] });
      expect(report.extra).toHaveLength(2);
      expect((await sharp(sheet).metadata()).height).toBeGreaterThan(300);
    },
    PATIENCE,
  );
  it(
    'ends with 1 and the reason when a frame cannot be used, and still prints what the others show',
    async () => {
      const directory = await part('e_nothing_wrong', ['20260513T162000', '20260513T162300']);
      await rm(join(directory, 'e_nothing_wrong/20260513T162300.jpg'));
      const { code, stdout, stderr } = await evaluate('scenes', directory, '--json');
      expect(code).toBe(1);
      expect(stderr).toMatch(/eval-unreadable: .*1 refused.*20260513T162300\.jpg: frame-unreadable/s);
      expect(JSON.parse(stdout).refused).toHaveLength(1);
    },
    PATIENCE,
  );
});

describe('eval continuity', () => {
  it(
    'tells standing vehicles from moved and exchanged ones, and how far the rates may be believed',
    async () => {
      const directory = await part('c_short_stop', ['20260512T140500', '20260512T140735', '20260512T140825']);
      const { code, stdout } = await evaluate('continuity', directory, '--json', '--sheet', join(folder, 'pairs.png'));
      expect(code).toBe(0);
      const report = JSON.parse(stdout);
      expect(Object.keys(report.byKind)).toEqual(
        expect.arrayContaining(['aside standing', 'aside weather', 'aside swapped', 'aside moved', 'aside alike']),
      );
      const { unbroken, broken } = report.sets.aside;
      expect(broken.falseSame).toMatchObject({ count: 0, of: broken.pairs });
      expect(broken.falseSame.upper95).toBeGreaterThan(0);
      expect(unbroken.cut.count).toBe(0);
      expect(unbroken.falseBroken.count).toBeLessThan(unbroken.pairs / 10);
    },
    PATIENCE,
  );
  it(
    'refuses a folder without labels',
    async () => {
      const { code, stderr } = await evaluate('continuity', folder);
      expect(code).toBe(1);
      expect(stderr).toContain('eval-unreadable');
    },
    PATIENCE,
  );
});

describe('eval of something it does not know', () => {
  it(
    'ends with 1 and names what it knows',
    async () => {
      const { code, stderr, stdout } = await evaluate('colours', samples);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/Expected plates, detection, faces, scenes, continuity, then a folder, received colours/);
    },
    PATIENCE,
  );
});
