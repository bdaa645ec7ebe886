import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { frameId } from '#core/ids.ts';
import { handClock } from '#platform/clock.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSqliteQueue } from '#platform/local/sqlite-queue.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { verifyAll } from '#platform/records/audit.ts';
import { cameraWrites } from '#platform/records/cameras.ts';
import { framesInState, getFrame } from '#platform/records/frames.ts';
import type { InspectMessage } from '#platform/records/messages.ts';
import { resumeFrames } from '../../functions/accept/resume.ts';
import { startChild } from '../contract/children/process.ts';
import { CAMERA } from './front-office.ts';

const KILLS = 3;
const LATER = Date.parse('2100-01-01T00:00:00Z');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kerbwatch-crash-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const openTable = () => openSqliteTable(join(directory, 'store.db'));

it('a frame that was answered for is there after kill -9, with its bytes, once in the queue and once in the trail', async () => {
  const table = openTable();
  await table.transact(cameraWrites(CAMERA));
  table.close();
  const answered = new Set<string>();
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Each run begins with frames the one before was working on when it died.
    const first = Math.max(0, answered.size - 2);
    const child = startChild('../../e2e/children/accept-frames.ts', [directory, CAMERA.id, String(first)]);
    await child.printed(6 + 5 * kill);
    await child.kill();
    for (const line of child.lines) answered.add(line);
  }

  const after = openTable();
  const blobs = openFileBlobs(join(directory, 'blobs'), { secret: 'test', baseUrl: 'http://localhost' });
  const queue = openSqliteQueue<InspectMessage>(after.database, 'inspect', { maxDeliveries: 3 });
  await resumeFrames({ table: after, queue, clock: handClock(LATER) }, { idleMs: 0 });
  const lost: string[] = [];
  for (const id of answered) {
    const frame = (await getFrame(after, frameId(id)))?.value;
    const bytes = frame === undefined ? undefined : await blobs.get(frame.blobKey);
    if (bytes?.byteLength !== frame?.bytes || frame === undefined) lost.push(id);
  }
  const recorded = (await framesInState(after, 'accepted', { before: LATER * 2, limit: 1000 })).items;
  const queued: string[] = [];
  for (;;) {
    const messages = await queue.receive({ max: 100, visibilityMs: 600_000 });
    if (messages.length === 0) break;
    queued.push(...messages.map(({ body }) => body.frameId));
  }
  const trail = await verifyAll(after);
  after.close();

  expect(lost).toEqual([]);
  expect([...queued].sort()).toEqual(recorded.map(({ value }) => value.frameId).sort());
  // A stream of a camera is named in a list, and the list in the list of all.
  expect(trail).toMatchObject({ ok: true, entries: recorded.length + trail.streams + 1 });
  expect(answered.size).toBeGreaterThan(20);
});
