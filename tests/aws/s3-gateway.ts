/** A real S3 for tests: Ceph's gateway, started for a test file and gone with it (s3-gateway.sh says how). */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Whether this machine has what it takes; tests that need it are skipped by name where not. */
export const hasS3Gateway = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph', 'setpriv'].every(
  (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0,
);

export interface S3Gateway {
  /** For `AWS_ENDPOINT_URL_S3`. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('s3-gateway.sh', import.meta.url));
const TRIES = 3;

/**
 * Ready when it resolves, after about 2 s. It has no buckets.
 *
 * @example
 * const gateway = await startS3Gateway();
 * Object.assign(process.env, environmentOf(gateway));
 */
export async function startS3Gateway(): Promise<S3Gateway> {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await start();
    } catch (error) {
      // Somebody may have taken a port between the look and the start.
      if (left === 0) throw error;
    }
  }
}

/** What the SDK reads: the only thing by which tests point product code at the gateway. */
export const environmentOf = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Gateway) => ({
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
});

async function start(): Promise<S3Gateway> {
  const directory = mkdtempSync(join(tmpdir(), 'kerbwatch-s3-'));
  const [port, monitorPort] = [await freePort(), await freePort()];
  const [accessKeyId, secretAccessKey] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')];
  const args = [SCRIPT, directory, `${port}`, `${monitorPort}`, accessKeyId, secretAccessKey];
  const script = spawn('bash', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  script.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<void>((resolve) => script.on('close', () => resolve()));
  const stop = async () => {
    script.stdin.end();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  const isUp = await Promise.race([
    new Promise<true>((resolve) => createInterface({ input: script.stdout }).once('line', () => resolve(true))),
    ended.then(() => false),
  ]);
  if (!isUp) {
    await stop();
    throw new Error(`The S3 gateway did not start: ${errors}`);
  }
  return { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', accessKeyId, secretAccessKey, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
