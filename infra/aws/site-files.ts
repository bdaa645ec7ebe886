/** The files of the site, for a bucket behind CloudFront and for the Lambda that serves them where there is none. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pageFiles, type SiteFile, VERIFIER_PATHS, verifierFile } from '../console/site.ts';

/** One file as the Lambda reads it from `site.json`. */
export interface StoredFile {
  readonly path: string;
  readonly base64: string;
  readonly headers: SiteFile['headers'];
}

const allFiles = async (): Promise<SiteFile[]> => [
  ...pageFiles(),
  ...(await Promise.all(VERIFIER_PATHS.map(verifierFile))),
];

export const siteFiles = async (): Promise<StoredFile[]> =>
  (await allFiles()).map(({ path, body, headers }) => ({
    path,
    base64: Buffer.from(body).toString('base64'),
    headers,
  }));

/** Every path that the site answers. */
export const sitePaths = (): string[] => [...pageFiles().map(({ path }) => path), ...VERIFIER_PATHS];

/** As objects of a bucket: `/` is `index.html` there, and the headers are CloudFront's. */
export async function writeSite(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const { path, body } of await allFiles()) {
    if (path.endsWith('/')) continue;
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, body);
  }
}
