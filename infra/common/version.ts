import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What evidence packages and `/healthz` name: `0.1.0`. */
export const SYSTEM_VERSION = version;
