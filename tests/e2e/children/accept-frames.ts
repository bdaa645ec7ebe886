/** Accepts frames until somebody kills it; prints the id of a frame once it would have answered 202 or 200. */
import { writeSync } from 'node:fs';
import sharp from 'sharp';
import { systemActor } from '#core/audit.ts';
import { cameraId } from '#core/ids.ts';
import { systemClock } from '#platform/clock.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSqliteQueue } from '#platform/local/sqlite-queue.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import type { InspectMessage } from '#platform/records/messages.ts';
import { acceptFrame } from '../../../functions/accept/accept-frame.ts';
import { DEFAULT_LIMITS } from '../../../functions/accept/limits.ts';

const [directory = '', camera = '', first = '0'] = process.argv.slice(2);
const table = openSqliteTable(`${directory}/store.db`);
const dependencies = {
  table,
  blobs: openFileBlobs(`${directory}/blobs`, { secret: 'test', baseUrl: 'http://localhost' }),
  queue: openSqliteQueue<InspectMessage>(table.database, 'inspect', { maxDeliveries: 3 }),
  clock: systemClock,
  limits: DEFAULT_LIMITS,
  log: () => undefined,
};
const from = { actor: systemActor('test'), address: 'test' };

/** The same number is the same frame in every run. */
async function accept(number: number): Promise<void> {
  const background = { r: number % 256, g: (number * 7) % 256, b: (number * 31) % 256 };
  const bytes = await sharp({ create: { width: 1280, height: 720, channels: 3, background } })
    .jpeg()
    .toBuffer();
  const capturedAt = Date.parse('2026-05-12T09:30:00+08:00') + number * 1000;
  const { frame } = await acceptFrame(dependencies, { cameraId: cameraId(camera), capturedAt, bytes, from });
  writeSync(1, `${frame.frameId}\n`);
}

for (let number = Number(first); ; number += 4)
  await Promise.all([0, 1, 2, 3].map((offset) => accept(number + offset)));
