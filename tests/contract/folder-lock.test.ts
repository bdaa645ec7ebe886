import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '#platform/local/folder-lock.ts';
import { startChild } from './children/process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kerbwatch-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the lock of a data folder', () => {
  it('is held by one process, and free again the moment that one is killed', async () => {
    const holder = startChild('hold-folder.ts', [folder]);
    await holder.printed(1);
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'folder-in-use' }));
    await holder.kill();
    lockFolder(folder).release();
  });

  it('is free after its release', () => {
    lockFolder(folder).release();
    lockFolder(folder).release();
  });
});
