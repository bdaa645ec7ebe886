/** The house's one rule: arrows point inward. infra -> functions/* -> platform -> core. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Arrow {
  from: string;
  to: string;
  external: boolean;
}

let arrows: Arrow[] = [];

beforeAll(async () => {
  const entryPoints = ['functions', 'infra'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(root, folder, name)),
  );
  const { metafile } = await build({
    entryPoints,
    absWorkingDir: root,
    outdir: 'unwritten',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    // '#core/...' looks like a package to esbuild: point it at the folder that package.json points at.
    alias: { '#core': './functions/core', '#platform': './functions/platform' },
    logLevel: 'error',
  });
  arrows = Object.entries(metafile.inputs).flatMap(([from, { imports }]) =>
    imports.map(({ path, external }) => ({
      from: relative(root, join(root, from)),
      to: path,
      external: external ?? false,
    })),
  );
});

/** `functions/core/plates/vote.ts` -> `core`; `infra/local/main.ts` -> `infra`. */
const room = (path: string) => {
  const [top = '', second = ''] = path.split('/');
  return top === 'functions' ? second : top;
};

const broken = (isBroken: (arrow: Arrow) => boolean) =>
  arrows.filter(isBroken).map(({ from, to }) => `${from} -> ${to}`);

describe('import directions', () => {
  it('sees the imports it judges', () => {
    expect(arrows.some(({ to }) => to === 'functions/core/refusal.ts')).toBe(true);
  });

  it('core imports nothing of ours', () => {
    expect(broken(({ from, to, external }) => room(from) === 'core' && !external && room(to) !== 'core')).toEqual([]);
  });

  it('core does no I/O', () => {
    const io =
      /^(node:)?(fs|net|http|https|child_process|worker_threads|os|dns|tls|cluster)(\/|$)|^(sharp|onnxruntime-node|@aws-sdk|@photostructure)/;
    expect(broken(({ from, to, external }) => room(from) === 'core' && external && io.test(to))).toEqual([]);
  });

  it('platform imports core and itself only', () => {
    expect(
      broken(
        ({ from, to, external }) => room(from) === 'platform' && !external && !['core', 'platform'].includes(room(to)),
      ),
    ).toEqual([]);
  });

  it('functions meet through core and platform, never through each other', () => {
    const rooms = [
      'accept',
      'inspect',
      'correlate',
      'seal',
      'review',
      'release',
      'tend',
      'register',
      'withdraw',
      'replay',
      'party',
    ];
    expect(
      broken(
        ({ from, to, external }) =>
          rooms.includes(room(from)) && !external && ![room(from), 'core', 'platform'].includes(room(to)),
      ),
    ).toEqual([]);
  });

  it('functions reach storage through ports, never through an adapter', () => {
    expect(
      broken(
        ({ from, to }) =>
          from.startsWith('functions/') &&
          !from.startsWith('functions/platform/') &&
          /functions\/platform\/(local|aws)\//.test(to),
      ),
    ).toEqual([]);
  });

  it('no home knows the other, nor its adapters', () => {
    for (const [home, other] of [
      ['local', 'aws'],
      ['aws', 'local'],
    ]) {
      const mine = new RegExp(`^(infra|functions/platform)/${home}/`);
      const theirs = new RegExp(`^(infra|functions/platform)/${other}/`);
      expect(broken(({ from, to }) => mine.test(from) && theirs.test(to))).toEqual([]);
    }
  });
});
