/** The stand-in for Lambda itself, with a handler that tells what it sees. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lambda, openLambda } from '../aws/lambda-runtime.ts';

const HANDLER = `
import { setTimeout as sleep } from 'node:timers/promises';
let calls = 0;
export const handler = async (event, context) => {
  calls += 1;
  if (event.throw) throw new RangeError(event.throw);
  if (event.exit) process.exit(3);
  if (event.large) return 'x'.repeat(7 * 1024 * 1024);
  if (event.sleepMs) await sleep(event.sleepMs);
  if (event.resolve) return import(event.resolve).then(() => 'found', (error) => error.code);
  return { calls, pid: process.pid, variables: Object.keys(process.env), cwd: process.cwd(),
    now: Date.now(), dated: new Date().getTime(), remaining: context.getRemainingTimeInMillis(), name: context.functionName, stage: process.env.STAGE };
};
`;

let folder: string;
const opened: Lambda[] = [];
const open = async (
  settings: { concurrency?: number; source?: string; timeoutMs?: number; aheadMs?(): number } = {},
) => {
  await writeFile(join(folder, 'index.mjs'), settings.source ?? HANDLER);
  const lambda = await openLambda({
    ...{ name: 'probe', arn: 'arn:x:lambda:y:z:function:probe', region: 'eu-west-1', folder, handler: 'index.handler' },
    ...{ variables: { STAGE: 'test' }, surroundings: {}, timeoutMs: 5_000, memoryMb: 256, ...settings },
  });
  opened.push(lambda);
  return lambda;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-probe-'));
});
afterAll(async () => {
  await Promise.all(opened.map((lambda) => lambda.stop()));
  await rm(folder, { recursive: true, force: true });
});

const seen = async (lambda: Lambda, event: unknown = {}): Promise<Record<string, unknown>> => {
  const outcome = await lambda.invoke(event);
  if (outcome.kind !== 'answered') throw new Error(`Expected an answer: ${JSON.stringify(outcome)}`);
  return Object(outcome.payload);
};

describe('an environment', () => {
  it('is kept from event to event', async () => {
    const lambda = await open();
    const first = await seen(lambda);
    const second = await seen(lambda);
    expect(second).toMatchObject({ pid: first.pid, calls: 2, name: 'probe', stage: 'test' });
    expect(lambda.starts()).toHaveLength(1);
    expect(lambda.warmMs()).toHaveLength(1);
  });

  it('has nothing of the repository: neither its variables nor its packages', async () => {
    const lambda = await open();
    const { variables, cwd } = await seen(lambda);
    expect(variables).not.toContain('HOME');
    expect(variables).not.toContain('VITEST');
    expect(cwd).not.toContain('kerbwatch-probe');
    expect(await lambda.invoke({ resolve: 'zod' })).toEqual({ kind: 'answered', payload: 'ERR_MODULE_NOT_FOUND' });
  });

  it('knows how much time it has', async () => {
    const { remaining } = await seen(await open());
    expect(remaining).toBeGreaterThan(4_000);
    expect(remaining).toBeLessThanOrEqual(5_000);
  });
});

describe('the clock', () => {
  it('may be set ahead for what has to wait its time; the time that is left stays what it is', async () => {
    const HOUR_MS = 3_600_000;
    const { now, dated, remaining } = await seen(await open({ aheadMs: () => HOUR_MS }));
    expect(Number(now) - Date.now()).toBeGreaterThan(HOUR_MS - 60_000);
    expect(dated).toBeGreaterThanOrEqual(Number(now));
    expect(remaining).toBeGreaterThan(4_000);
    expect(remaining).toBeLessThanOrEqual(5_000);
  });
});

describe('a handler that fails', () => {
  it('fails its event and stays', async () => {
    const lambda = await open();
    const { pid } = await seen(lambda);
    expect(await lambda.invoke({ throw: 'no' })).toEqual({
      ...{ kind: 'failed', errorType: 'RangeError', errorMessage: 'no' },
    });
    expect(await seen(lambda)).toMatchObject({ pid, calls: 3 });
    expect(lambda.output()).toContain('RangeError: no');
  });

  it('is killed at its timeout, and the next event finds a new process', async () => {
    const lambda = await open({ timeoutMs: 300 });
    const { pid } = await seen(lambda);
    expect(await lambda.invoke({ sleepMs: 60_000 })).toEqual({ kind: 'timed-out' });
    const after = await seen(lambda);
    expect(after).toMatchObject({ calls: 1 });
    expect(after.pid).not.toBe(pid);
  });

  it('that ends its process fails its event, and the next event finds a new process', async () => {
    const lambda = await open();
    expect(await lambda.invoke({ exit: true })).toMatchObject({ kind: 'failed', errorType: 'Runtime.ExitError' });
    expect(await seen(lambda)).toMatchObject({ calls: 1 });
  });

  it('that cannot be loaded fails its event', async () => {
    const lambda = await open({ source: "throw new TypeError('at load');" });
    expect(await lambda.invoke({})).toMatchObject({ kind: 'failed', errorType: 'TypeError', errorMessage: 'at load' });
  });

  it('that answers more than 6 MB fails', async () => {
    const lambda = await open();
    expect(await lambda.invoke({ large: true })).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });
});

it('works on as many events at once as it may, and no more', async () => {
  const lambda = await open({ concurrency: 2 });
  const pids = (await Promise.all([1, 2, 3, 4].map(() => seen(lambda, { sleepMs: 50 })))).map(({ pid }) => pid);
  expect(new Set(pids).size).toBe(2);
});
