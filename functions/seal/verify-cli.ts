/**
 * `npm run verify -- PACKAGE.zip [--key THUMBPRINT] [--keys KEYS.json] [--tsa-ca FILE.pem] [--json]`: checks an evidence
 * package with nothing but its file.
 * Exit status: 0 when all holds, 1 when something does not, 2 when it could not be asked.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { sha256Hex } from '#core/evidence/bag.ts';
import { certificatesOfPem } from '#core/evidence/certificates.ts';
import { type Check, verdict } from '#core/evidence/check.ts';
import { readPublishedKeys } from '#core/evidence/signing-keys.ts';
import { leftOpen, type VerifyOptions, verifyPackage } from '#core/evidence/verify.ts';

const USAGE =
  '用法 Usage: npm run verify -- PACKAGE.zip [--key THUMBPRINT] [--keys KEYS.json] [--tsa-ca FILE.pem] [--json]';
/** Faults printed of one check; `--json` has them all. */
const PRINTED = 10;

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  const asked = await parse(args);
  if (asked === undefined) {
    console.error(USAGE);
    return 2;
  }
  let zip: Uint8Array;
  try {
    zip = await readFile(asked.path);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    console.error(`无法读取 Cannot read ${asked.path}: ${why}`);
    return 2;
  }
  const checks = await verifyPackage(zip, asked.options);
  const ok = checks.every((check) => check.ok);
  const sha256 = sha256Hex(zip);
  if (asked.json) console.log(JSON.stringify({ package: asked.path, sha256, ok, checks }, null, 2));
  else console.log(report(asked, sha256, checks).join('\n'));
  return ok ? 0 : 1;
}

interface Asked {
  path: string;
  options: VerifyOptions;
  json: boolean;
}

/** @returns undefined when it cannot be understood; what speaks against a named file is printed */
async function parse(args: readonly string[]): Promise<Asked | undefined> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        key: { type: 'string' },
        keys: { type: 'string' },
        'tsa-ca': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) return undefined;
    const { key, keys, 'tsa-ca': tsaCa, json } = values;
    return {
      path,
      json,
      options: {
        ...(key === undefined ? {} : { keyId: key }),
        ...(keys === undefined ? {} : { keys: readPublishedKeys(await readFile(keys, 'utf8')) }),
        ...(tsaCa === undefined ? {} : { tsaCa: certificatesOfPem(await readFile(tsaCa, 'utf8')) }),
      },
    };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function report({ path, options }: Asked, sha256: string, checks: readonly Check[]): string[] {
  const lines = [`证据包 Package: ${path}`, `SHA-256: ${sha256}`, ''];
  for (const { words, ok: holds, detail, faults } of checks) {
    lines.push(`${holds ? '✓' : '✗'} ${words.zh}  ${words.en}${holds && detail !== null ? `  [${detail}]` : ''}`);
    for (const { item, zh, en } of faults.slice(0, PRINTED)) lines.push(`    ${item}: ${zh}  ${en}`);
    if (faults.length > PRINTED)
      lines.push(`    … 另有 ${faults.length - PRINTED} 处  and ${faults.length - PRINTED} more`);
  }
  const { zh, en } = verdict(checks);
  lines.push('', `${zh}  ${en}`);
  for (const open of leftOpen(options, checks)) lines.push(`  ${open.zh}  ${open.en}`);
  return lines;
}
