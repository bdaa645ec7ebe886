/** 画面偏移: somebody turns a camera in the middle of a sequence that the real models inspect. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditStream } from '#core/audit.ts';
import { cameraId } from '#core/ids.ts';
import { formatInstant } from '#core/time.ts';
import { streamEntries, verifyAll } from '#platform/records/audit.ts';
import { correlateKey } from '#platform/records/messages.ts';
import { tableOf } from '#platform/table-rights.ts';
import { tend } from '../../functions/tend/tend.ts';
import { startPipeline } from '../../infra/local/pipeline.ts';
import type { Sequence } from '../../infra/local/sequence.ts';
import { type City, type CityPlan, planCity } from './city.ts';

let directory: string;
let plan: CityPlan;
let city: City;
let frames: Sequence['frames'];
const PATH = '/v1/cameras/CAM-06';
const at = (index: number) => frames[index]?.capturedAt ?? 0;

/** What the camera shows after it was turned by a twentieth of its picture: what it saw before, and a strip of something new. */
async function turned(path: string, to: string) {
  const { width = 0, height = 0 } = await sharp(path).metadata();
  const by = Math.round(width / 20);
  const rest = { left: by, top: 0, width: width - by, height };
  await sharp(path).extract(rest).extend({ right: by, extendWith: 'mirror' }).jpeg({ quality: 90 }).toFile(to);
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kerbwatch-turned-'));
  const source = new URL('../samples/g_two_cars/', import.meta.url);
  for (const name of ['20260515T084800.jpg', '20260515T085200.jpg']) {
    await turned(new URL(name, source).pathname, join(directory, name));
  }
  plan = await planCity({
    change(sequence) {
      frames = sequence.frames.map((frame, i) => (i < 2 ? frame : { ...frame, path: join(directory, frame.file) }));
      return { ...sequence, frames };
    },
  });
  city = await plan.open();
  city.clock.set(at(3) + 60_000);
}, 180_000);
afterAll(() => {
  city.close();
  plan.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A round of the clock as the scheduler makes it, and what it asks for, worked off. */
async function round() {
  const { store, clock } = city;
  const report = await tend(
    {
      ...{ table: tableOf(store.table, 'tend'), blobs: store.blobs },
      correlate: (day) => store.queues.correlate.send(day, { dedupeKey: correlateKey(day) }),
    },
    clock.now(),
  );
  const pipeline = startPipeline({
    ...{ store, clock, log: () => {}, systemVersion: 'test', settling: { quietMs: 0, patienceMs: 0 } },
    // Nothing here has frames to inspect.
    pool: { size: 1, inspect: () => Promise.reject(new Error('Expected no frame to be inspected')) },
    stages: ['correlate'],
  });
  await pipeline.drained();
  await pipeline.stop();
  return report.conditions;
}
/** Of each incident: its grade, and whether it rests on frames after the turn. */
async function graded() {
  const incidents = [...(await city.inState('pending')), ...(await city.inState('open'))];
  return incidents.map(({ grade, stay }) => [grade, stay.sightings.some(({ capturedAt }) => capturedAt >= at(2))]);
}
/** Of the day on which the patrol was made, and of the day on which somebody looks at it. */
async function acts() {
  const days = [Date.now(), city.clock.now()].map((day) => auditStream.camera(cameraId('CAM-06'), day));
  const entries = await Promise.all(days.map((stream) => streamEntries(city.store.table, stream)));
  return entries
    .flat()
    .flatMap(({ act, facts }) =>
      /impair|restored|view/.test(act) ? [[act, facts.kind ?? null, facts.from ?? null, facts.to ?? null]] : [],
    );
}
const health = async () => (await city.ask('admin', `GET ${PATH}/health`)).json;

describe('a camera that was turned by a twentieth of its picture', () => {
  it('gives clues from then on, and evidence of what it saw before', async () => {
    const incidents = await graded();
    expect(incidents.length).toBeGreaterThan(0);
    expect(incidents.some(([, after]) => after)).toBe(true);
    for (const [grade, after] of incidents) expect(grade).toBe(after ? 'clue' : 'evidence');
  });

  it('is said to be, by its health and in the trail, since it was last right', async () => {
    expect(await round()).toEqual({ changed: [], impaired: 1 });
    const { grade, reading, impairments } = await health();
    expect([grade, reading.view]).toEqual(['clue', 'moved']);
    expect(impairments).toMatchObject([
      { kind: 'view-moved', from: formatInstant(at(1) + 1), to: null, words: { zh: '画面偏移' } },
    ]);
    expect(impairments[0].facts.zh).toMatch(/^画面水平偏移 -[45]\.\d%/);
    expect(await acts()).toEqual([['camera.impaired', 'view-moved', at(1) + 1, null]]);
  });

  it('is right again from the frame on of which somebody responsible says that zones lie right', async () => {
    const stored = await city.ask('admin', `GET ${PATH}/health`);
    const last = stored.json.reading.frameId;
    const confirm = (who: 'admin' | 'reviewer', frameId: string) =>
      city.ask(who, `POST ${PATH}/view-reference`, { frameId });
    expect((await confirm('reviewer', last)).status).toBe(403);
    expect((await confirm('admin', 'CAM-06-none')).json.code).toBe('frame-unknown');
    const confirmed = await confirm('admin', last);
    expect([confirmed.status, confirmed.json.from]).toEqual([200, formatInstant(at(3))]);
    expect(await round()).toEqual({ changed: ['CAM-06'], impaired: 0 });
    expect(await acts()).toEqual([
      ['camera.impaired', 'view-moved', at(1) + 1, null],
      ['camera.view-confirmed', null, null, null],
      ['camera.restored', 'view-moved', at(1) + 1, at(3)],
    ]);
    // What it saw in between is a clue for ever.
    for (const [grade, after] of await graded()) expect(grade).toBe(after ? 'clue' : 'evidence');
    expect((await health()).grade).toBe('evidence');
    expect((await verifyAll(city.store.table)).failures).toEqual([]);
  });
});
