/** Whatever `eval` cannot read is refused with the file, the place in it and what was expected there. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evalDetection } from '../../infra/local/eval-detection.ts';
import { readYolo } from '../../infra/local/eval-labels.ts';
import { evalPlates } from '../../infra/local/eval-plates.ts';
import { evalScenes } from '../../infra/local/eval-scenes-run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-eval-input-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('a folder that is not there', () => {
  it.each([
    ['plates', evalPlates],
    ['detection', evalDetection],
    ['scenes', evalScenes],
  ])('is named by eval %s', async (_, evaluate) => {
    await expect(evaluate(join(folder, 'nowhere'))).rejects.toEqual(
      refused('eval-unreadable', /folder .*nowhere.*no such file or folder/),
    );
  });
});

describe('eval detection', () => {
  it.each([
    ['an empty folder', {}, /images\/ and labels\/, a manifest.json, or sequences/],
    ['a manifest that is no JSON', { 'manifest.json': '[{' }, /manifest.json to be JSON/],
    ['a manifest of another form', { 'manifest.json': '[{"label": "a.txt"}]' }, /manifest.json .*0\.file/],
    ['a manifest without YOLO labels', { 'manifest.json': '[{"file": "a.jpg", "label": "x"}]' }, /no entry that does/],
    ['images without labels', { 'images/a.jpg': 'x' }, /folder .*labels/],
    ['labels without a picture', { 'images/a.jpg': 'x', 'labels/b.txt': '' }, /picture for labels\/b\.txt/],
    ['no pictures', { 'images/readme.md': 'x', 'labels/readme.md': '' }, /pictures in .*images.*none/],
    ['a picture that does not decode', { 'images/a.jpg': 'x', 'labels/a.txt': '' }, /a\.jpg to be a picture.*1 bytes/],
    [
      'a manifest that names a missing picture',
      { 'manifest.json': '[{"file": "a.jpg", "label": "a.txt"}]', 'a.txt': '' },
      /a picture .*a\.jpg.*no such file/,
    ],
    [
      'truth of another form',
      {
        's/sequence.json': '{"cameraId":"C","place":"P","imageSize":[2,2],"zones":[],"frames":[]}',
        's/truth/f.json': '{"objects":[{"class":"car"}]}',
      },
      /truth\/f\.json .*objects\.0\.cocoClasses/,
    ],
  ])('refuses %s', async (_, files, message) => {
    await write(files);
    await expect(evalDetection(folder)).rejects.toEqual(refused('eval-unreadable', message));
  });
});

describe('a YOLO line', () => {
  const read = async (text: string) => {
    await write({ 'a.txt': text });
    return readYolo(join(folder, 'a.txt'), ['person', 'bicycle']);
  };
  it('is a class and four shares; empty lines say nothing', async () => {
    expect(await read('1 0.5 0.5 0.25 0.125\n\n')).toEqual([{ name: 'bicycle', shares: [0.5, 0.5, 0.25, 0.125] }]);
  });
  it.each(['2 .5 .5 .1 .1', '0 .5 .5 .1', '0 .5 .5 .1 .1 .9', '0 .5 .5 1.5 .1', 'car .5 .5 .1 .1', '0.5 .5 .5 .1 .1'])(
    'that reads "%s" is refused with file and line',
    async (line) => {
      await expect(read(`0 .5 .5 .1 .1\n${line}\n`)).rejects.toEqual(refused('eval-unreadable', /a\.txt:2/));
    },
  );
});

describe('eval plates', () => {
  it.each([
    ['a manifest of another form', { 'manifest.json': '[{"file": "a.jpg", "label": 7}]' }, /manifest\.json .*0\.label/],
    ['a missing picture', { 'manifest.json': '[{"file": "a.jpg", "label": "x"}]' }, /a picture .*a\.jpg/],
    ['nothing labelled', { 'manifest.json': '[]' }, /labelled plates in .*none/],
  ])('refuses %s', async (_, files, message) => {
    await write(files);
    await expect(evalPlates(folder)).rejects.toEqual(refused('eval-unreadable', message));
  });
});

describe('eval scenes', () => {
  it.each([
    ['a folder without sequences', { 'a.txt': '' }, 'eval-unreadable', /sequence folder/],
    ['a sequence that is no JSON', { 's/sequence.json': '{' }, 'sequence-invalid', /sequence\.json to be JSON/],
    ['a sequence of another form', { 's/sequence.json': '{"cameraId":"C"}' }, 'sequence-invalid', /place/],
  ])('refuses %s', async (_, files, code, message) => {
    await write(files);
    await expect(evalScenes(folder)).rejects.toEqual(refused(code, message));
  });
});
