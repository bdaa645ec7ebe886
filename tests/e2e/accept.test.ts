import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditStream } from '#core/audit.ts';
import { cameraId, frameId, sha256Of } from '#core/ids.ts';
import { formatInstant } from '#core/time.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { cameraWrites, readHealth } from '#platform/records/cameras.ts';
import { getFrame, inspectedPut } from '#platform/records/frames.ts';
import { acceptFrame } from '../../functions/accept/accept-frame.ts';
import { resumeFrames } from '../../functions/accept/resume.ts';
import { completeUpload, resumeUploads } from '../../functions/accept/uploads.ts';
import {
  bodyOf,
  CAMERA,
  type FrontOffice,
  MINUTE,
  NOW,
  openFrontOffice,
  picture,
  refusalOf,
  SECOND,
} from './front-office.ts';

let office: FrontOffice;
beforeEach(async () => {
  office = await openFrontOffice();
});
afterEach(() => office.close());

const hashOf = (bytes: Uint8Array) => sha256Of(createHash('sha256').update(bytes).digest('hex'));

describe('a frame is accepted', () => {
  it('answers 202 with its id and hash once bytes, record, audit entry and message are there', async () => {
    const bytes = await picture(1);
    const response = await office.push(bytes);
    const answer = await bodyOf(response);
    const id = frameId(String(answer.frameId));
    const [message] = await office.queue.receive({ max: 10, visibilityMs: MINUTE });
    const trail = await streamEntries(office.table, auditStream.camera(CAMERA.id, NOW));
    expect(response.status).toBe(202);
    expect(answer).toMatchObject({ sha256: hashOf(bytes), state: 'accepted', late: false });
    expect((await office.blobs.head(`frames/${hashOf(bytes)}.jpg`))?.sha256).toBe(hashOf(bytes));
    expect((await getFrame(office.table, id))?.value).toMatchObject({
      cameraId: CAMERA.id,
      capturedAt: NOW,
      width: 1280,
    });
    expect(trail).toMatchObject([{ act: 'frame.accepted', subject: id, actor: { kind: 'machine' } }]);
    expect(message?.body).toEqual({ frameId: id });
  });

  it('answers 200 with the same id when the same frame comes again, and does nothing', async () => {
    const bytes = await picture(1);
    const first = await bodyOf(await office.push(bytes));
    const again = await office.push(bytes);
    expect(again.status).toBe(200);
    expect(await bodyOf(again)).toEqual(first);
    expect(await office.queue.depth()).toMatchObject({ waiting: 1, working: 0 });
  });

  it('sends nothing on again while an earlier push of the same frame is being inspected', async () => {
    const bytes = await picture(1);
    await office.push(bytes);
    await office.queue.receive({ max: 1, visibilityMs: MINUTE });
    await office.push(bytes);
    expect(await office.queue.depth()).toMatchObject({ waiting: 0, working: 1 });
  });

  it('records one frame and one audit entry when twenty pushes of it race', async () => {
    const bytes = await picture(1);
    const answers = await Promise.all(Array.from({ length: 20 }, () => office.push(bytes)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array.from({ length: 19 }, () => 200), 202]);
    expect(await streamEntries(office.table, auditStream.camera(CAMERA.id, NOW))).toHaveLength(1);
    expect(await office.queue.depth()).toMatchObject({ waiting: 1 });
  });

  it('keeps the first of two pictures that claim the same instant, and names it', async () => {
    const [first, second] = [await picture(1), await picture(2)];
    await office.push(first);
    const refused = await office.push(second);
    const problem = await bodyOf(refused.clone());
    expect(await refusalOf(refused)).toEqual([409, 'frame-instant-taken']);
    expect(problem.sha256).toBe(hashOf(first));
    expect(await office.blobs.head(`frames/${hashOf(second)}.jpg`)).toBeUndefined();
  });

  it('lets exactly one win when two pictures of one instant race', async () => {
    const both = await Promise.all([office.push(await picture(1)), office.push(await picture(2))]);
    expect(both.map(({ status }) => status).sort()).toEqual([202, 409]);
  });

  it('marks a frame that comes more than ten minutes after its capture as late', async () => {
    const onTime = await bodyOf(await office.push(await picture(1), NOW - 10 * MINUTE));
    const late = await bodyOf(await office.push(await picture(2), NOW - 10 * MINUTE - SECOND));
    expect([onTime.late, late.late]).toEqual([false, true]);
  });

  it('marks a frame whose bytes were there before: a live sensor never repeats itself', async () => {
    const bytes = await picture(1);
    const first = await bodyOf(await office.push(bytes, NOW - MINUTE));
    const second = await bodyOf(await office.push(bytes, NOW));
    const frame = await getFrame(office.table, frameId(String(second.frameId)));
    expect(frame?.value.repeats).toBe(first.frameId);
  });

  it('accepts a capture time whose plus sign was not escaped', async () => {
    const path = `/v1/cameras/${CAMERA.id}/frames?capturedAt=2026-05-12T09:30:00+08:00`;
    const response = await office.call('POST', path, { token: office.pushToken, body: await picture(1) });
    expect(response.status).toBe(202);
  });

  it('accepts progressive, grey and padded JPEGs, as cameras make them', async () => {
    const plain = await picture(1);
    const progressive = await sharp(plain).jpeg({ progressive: true }).toBuffer();
    const grey = await sharp(plain).grayscale().jpeg().toBuffer();
    const padded = Buffer.concat([plain, Buffer.alloc(512)]);
    const statuses = [];
    for (const [at, bytes] of [progressive, grey, padded].entries())
      statuses.push((await office.push(bytes, NOW - at * SECOND)).status);
    expect(statuses).toEqual([202, 202, 202]);
  });

  it('notes when the camera was last heard of and how its clock stands', async () => {
    await office.push(await picture(1), NOW, { headers: { 'X-Camera-Time': formatInstant(NOW + 400) } });
    expect((await readHealth(office.table, CAMERA.id))?.value).toMatchObject({ lastSeen: NOW, clockOffsetMs: 400 });
  });
});

describe('a frame is refused', () => {
  const cases: { name: string; frame: () => Promise<Uint8Array<ArrayBuffer>>; expected: [number, string] }[] = [
    { name: 'an empty body', frame: async () => new Uint8Array(), expected: [415, 'frame-not-jpeg'] },
    {
      name: 'a PNG',
      frame: async () =>
        new Uint8Array(
          await sharp(await picture(1))
            .png()
            .toBuffer(),
        ),
      expected: [415, 'frame-not-jpeg'],
    },
    {
      name: 'a JPEG cut in the middle',
      frame: async () => new Uint8Array((await picture(1)).subarray(0, 5000)),
      expected: [422, 'frame-truncated'],
    },
    {
      name: 'a JPEG without its last two bytes',
      frame: async () => new Uint8Array((await picture(1)).subarray(0, -2)),
      expected: [422, 'frame-truncated'],
    },
    {
      name: 'a JPEG cut in the middle and closed again',
      frame: async () =>
        new Uint8Array(Buffer.concat([(await noisy()).subarray(0, 50_000), Buffer.from([0xff, 0xd9])])),
      expected: [422, 'frame-truncated'],
    },
    {
      name: 'a JPEG cut in its last row and closed again',
      frame: async () => new Uint8Array(Buffer.concat([(await noisy()).subarray(0, -40), Buffer.from([0xff, 0xd9])])),
      expected: [422, 'frame-truncated'],
    },
    {
      name: 'JPEG markers around rubbish',
      frame: async () => Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 7, 7, 7, 7, 0xff, 0xd9]),
      expected: [422, 'frame-damaged'],
    },
    {
      name: 'a picture smaller than 1280 x 720',
      frame: async () => new Uint8Array(await picture(1, 1279, 720)),
      expected: [422, 'frame-too-small'],
    },
    {
      name: 'a picture of another size than the camera is registered with',
      frame: async () => new Uint8Array(await picture(1, 1920, 1080)),
      expected: [422, 'image-size-unregistered'],
    },
    {
      name: 'a small file that declares four billion pixels, before anything is decoded',
      frame: async () => declaring(await picture(1), 65_000, 65_000),
      expected: [422, 'frame-too-many-pixels'],
    },
    {
      name: 'more than fifteen million bytes',
      frame: async () => new Uint8Array(Buffer.concat([await picture(1), Buffer.alloc(15_000_000)])),
      expected: [413, 'frame-too-large'],
    },
  ];
  it.each(cases)('$name -> $expected', async ({ frame, expected }) => {
    const response = await office.push(await frame());
    expect(await refusalOf(response)).toEqual(expected);
    expect(await office.queue.depth()).toMatchObject({ waiting: 0 });
    expect(await streamEntries(office.table, auditStream.camera(CAMERA.id, NOW))).toEqual([]);
  });

  it('stops reading an endless body of unannounced length', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1_000_000;
        controller.enqueue(new Uint8Array(1_000_000));
      },
    });
    const url = `/v1/cameras/${CAMERA.id}/frames?capturedAt=${encodeURIComponent(formatInstant(NOW))}`;
    const headers = { Authorization: `Bearer ${office.pushToken}` };
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body: endless, duplex: 'half' };
    const response = await office.app.request(url, init);
    expect(await refusalOf(response)).toEqual([413, 'frame-too-large']);
    expect(sent).toBeLessThan(20_000_000);
  });

  const timeCases = [
    { name: 'no capture time', query: '', expected: [400, 'request-invalid'] },
    { name: 'a capture time that is none', query: '?capturedAt=yesterday', expected: [400, 'time-invalid'] },
    {
      name: 'a capture time without its offset',
      query: '?capturedAt=2026-05-12T09:30:00',
      expected: [400, 'time-invalid'],
    },
    {
      name: 'a capture time more than two seconds ahead',
      query: `?capturedAt=${encodeURIComponent(formatInstant(NOW + 2001))}`,
      expected: [422, 'capture-in-future'],
    },
    {
      name: 'a clock that was never set',
      query: '?capturedAt=1970-01-01T00:10:00Z',
      expected: [422, 'capture-implausible'],
    },
  ];
  it.each(timeCases)('$name -> $expected', async ({ query, expected }) => {
    const path = `/v1/cameras/${CAMERA.id}/frames${query}`;
    const response = await office.call('POST', path, { token: office.pushToken, body: await picture(1) });
    expect(await refusalOf(response)).toEqual(expected);
  });

  it.each([1001, -1001])('a camera whose own clock is %d ms off', async (offset) => {
    const headers = { 'X-Camera-Time': formatInstant(NOW + offset) };
    expect(await refusalOf(await office.push(await picture(1), NOW, { headers }))).toEqual([422, 'clock-off']);
  });

  it('a camera that is switched off', async () => {
    await office.table.transact(cameraWrites({ ...CAMERA, enabled: false, version: 2 }, CAMERA));
    expect(await refusalOf(await office.push(await picture(1)))).toEqual([409, 'camera-disabled']);
  });

  it('but a retry of what was accepted is answered alike, whatever has changed since', async () => {
    const bytes = await picture(1);
    const first = await bodyOf(await office.push(bytes));
    await office.table.transact(cameraWrites({ ...CAMERA, enabled: false, version: 2 }, CAMERA));
    const retry = await office.push(bytes, NOW, { headers: { 'X-Camera-Time': formatInstant(NOW + MINUTE) } });
    expect([retry.status, await bodyOf(retry)]).toEqual([200, first]);
  });

  it('a camera nobody registered', async () => {
    const token = await office.issue(['frames:write'], '*');
    const path = `/v1/cameras/CAM-99/frames?capturedAt=${encodeURIComponent(formatInstant(NOW))}`;
    const response = await office.call('POST', path, { token, body: await picture(1) });
    expect(await refusalOf(response)).toEqual([404, 'camera-unknown']);
  });

  it('a sender without a token, with a wrong one, without the scope, and with another camera`s token', async () => {
    const bytes = await picture(1);
    const path = `/v1/cameras/${CAMERA.id}/frames?capturedAt=${encodeURIComponent(formatInstant(NOW))}`;
    const none = await office.call('POST', path, { body: bytes });
    const wrong = await office.push(bytes, NOW, { token: `${office.pushToken.slice(0, -1)}!` });
    const changed = await office.push(bytes, NOW, {
      token: office.pushToken.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    });
    const scope = await office.push(bytes, NOW, { token: await office.issue(['violations:read']) });
    const other = await office.push(bytes, NOW, { token: await office.issue(['frames:write'], ['CAM-02']) });
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="kerbwatch"');
    expect(await refusalOf(none)).toEqual([401, 'credentials-missing']);
    expect(await refusalOf(wrong)).toEqual([401, 'credentials-missing']);
    expect(await refusalOf(changed)).toEqual([401, 'credentials-invalid']);
    expect(await refusalOf(scope)).toEqual([403, 'scope-missing']);
    expect(await refusalOf(other)).toEqual([403, 'camera-not-bound']);
  });
});

describe('nothing accepted is lost', () => {
  it('a frame whose message was lost in a crash is put on its way again', async () => {
    const unreachable = { ...office.queue, send: () => Promise.reject(new Error('down')) };
    const arriving = { cameraId: CAMERA.id, capturedAt: NOW, bytes: new Uint8Array(await picture(1)) };
    const from = { actor: { kind: 'machine' as const, id: 'm', name: 'm' }, address: 'test' };
    const { frame } = await acceptFrame({ ...office.accept, queue: unreachable }, { ...arriving, from });
    expect(await office.queue.depth()).toMatchObject({ waiting: 0 });
    expect(await resumeFrames(office.accept, { idleMs: 0 })).toEqual([frame.frameId]);
    expect(await office.queue.depth()).toMatchObject({ waiting: 1 });
  });

  it('the sweep leaves alone what is young, what was just sent again and what was inspected', async () => {
    const answer = await bodyOf(await office.push(await picture(1)));
    const id = frameId(String(answer.frameId));
    const young = await resumeFrames(office.accept);
    office.clock.set(NOW + 15 * MINUTE);
    const due = await resumeFrames(office.accept);
    const justSent = await resumeFrames(office.accept);
    const read = await getFrame(office.table, id);
    if (read !== undefined) await office.table.write(inspectedPut(read, { places: [], sightings: 2, at: NOW }));
    office.clock.set(NOW + 60 * MINUTE);
    const inspected = await resumeFrames(office.accept);
    expect({ young, due, justSent, inspected }).toEqual({ young: [], due: [id], justSent: [], inspected: [] });
  });

  it('the sweep finds all of a backlog of several pages, each once', async () => {
    const from = { actor: { kind: 'machine' as const, id: 'm', name: 'm' }, address: 'test' };
    const bytes = new Uint8Array(await picture(1));
    const ids = [];
    for (let at = 0; at < 12; at += 1) {
      const { frame } = await acceptFrame(office.accept, { cameraId: CAMERA.id, capturedAt: NOW - at, bytes, from });
      ids.push(frame.frameId);
    }
    const sent = await resumeFrames(office.accept, { idleMs: 0, pageSize: 5 });
    expect([...sent].sort()).toEqual([...ids].sort());
  });
});

describe('presigned uploads', () => {
  const open = async (bytes: Uint8Array, change: Record<string, unknown> = {}) =>
    office.call('POST', `/v1/cameras/${CAMERA.id}/uploads`, {
      token: office.pushToken,
      json: { capturedAt: formatInstant(NOW), sha256: hashOf(bytes), bytes: bytes.byteLength, ...change },
    });
  const put = async (opened: Record<string, unknown>, bytes: Uint8Array<ArrayBuffer>) => {
    const upload: { url: string; headers: Record<string, string> } = JSON.parse(JSON.stringify(opened.upload));
    return office.app.request(upload.url, { method: 'PUT', headers: upload.headers, body: bytes });
  };

  it('take the same path as a push: the frame stands once the upload is done', async () => {
    const bytes = new Uint8Array(await picture(1));
    const opened = await bodyOf(await open(bytes));
    const waiting = await bodyOf(await office.call('GET', `/v1/frames/${opened.frameId}`, { token: office.pushToken }));
    const done = await put(opened, bytes);
    const after = await bodyOf(await office.call('GET', `/v1/frames/${opened.frameId}`, { token: office.pushToken }));
    expect([waiting.state, done.status, after.state]).toEqual(['awaiting-upload', 201, 'accepted']);
    expect(await office.queue.depth()).toMatchObject({ waiting: 1 });
    expect(await office.blobs.head(`uploads/${opened.frameId}.jpg`)).toBeUndefined();
  });

  it('and a push of the same frame are one frame', async () => {
    const bytes = new Uint8Array(await picture(1));
    const opened = await bodyOf(await open(bytes));
    await office.push(bytes);
    await put(opened, bytes);
    const again = await open(bytes);
    expect(await office.queue.depth()).toMatchObject({ waiting: 1 });
    expect(again.status).toBe(200);
    expect(await bodyOf(again)).toMatchObject({ frameId: opened.frameId, upload: null });
  });

  it('say what became of a picture that was refused', async () => {
    const bytes = new Uint8Array((await picture(1)).subarray(0, 4000));
    const opened = await bodyOf(await open(bytes));
    await put(opened, bytes);
    const report = await bodyOf(await office.call('GET', `/v1/frames/${opened.frameId}`, { token: office.pushToken }));
    expect(report).toMatchObject({ state: 'refused', problem: { code: 'frame-truncated' } });
  });

  it('may be told of twice', async () => {
    const bytes = new Uint8Array(await picture(1));
    const opened = await bodyOf(await open(bytes));
    await put(opened, bytes);
    expect(await completeUpload(office.accept, `uploads/${opened.frameId}.jpg`)).toMatchObject({ kind: 'duplicate' });
  });

  it('whose arrival nobody told are completed later, and those that never came are closed', async () => {
    const [bytes, never] = [new Uint8Array(await picture(1)), new Uint8Array(await picture(2))];
    const opened = await bodyOf(await open(bytes));
    const abandoned = await bodyOf(await open(never, { capturedAt: formatInstant(NOW - SECOND) }));
    await office.blobs.putIfAbsent(`uploads/${opened.frameId}.jpg`, bytes, 'image/jpeg');
    const early = await resumeUploads(office.accept);
    office.clock.set(NOW + 15 * MINUTE + 1);
    const due = await resumeUploads(office.accept);
    const again = await resumeUploads(office.accept);
    const states = [];
    for (const { frameId: id } of [opened, abandoned])
      states.push((await bodyOf(await office.call('GET', `/v1/frames/${id}`, { token: office.pushToken }))).state);
    expect([early, due, again]).toEqual([
      { completed: 0, abandoned: 0 },
      { completed: 1, abandoned: 1 },
      { completed: 0, abandoned: 0 },
    ]);
    expect(states).toEqual(['accepted', 'refused']);
  });

  it('that were closed can be opened again', async () => {
    const bytes = new Uint8Array(await picture(1));
    await open(bytes);
    office.clock.set(NOW + 16 * MINUTE);
    await resumeUploads(office.accept);
    const opened = await bodyOf(await open(bytes));
    await put(opened, bytes);
    const report = await bodyOf(await office.call('GET', `/v1/frames/${opened.frameId}`, { token: office.pushToken }));
    expect(report.state).toBe('accepted');
  });

  it('are refused before a byte is sent when that can be said already', async () => {
    const bytes = await picture(1);
    expect(await refusalOf(await open(bytes, { bytes: 15_000_001 }))).toEqual([413, 'frame-too-large']);
    expect(await refusalOf(await open(bytes, { sha256: 'abc' }))).toEqual([400, 'request-invalid']);
    const future = formatInstant(NOW + MINUTE);
    expect(await refusalOf(await open(bytes, { capturedAt: future }))).toEqual([422, 'capture-in-future']);
  });
});

describe('GB/T 28181 snapshots', () => {
  const name = `${CAMERA.gbDeviceId}01${'20260512093000000'}01`;
  const send = async (fileName: string, bytes: Uint8Array<ArrayBuffer>, token = office.pushToken) =>
    office.call('POST', `/v1/snapshots/S1?name=${fileName}`, {
      token,
      body: bytes,
      headers: { 'Content-Type': 'image/jpeg' },
    });

  it('are frames of the camera that carries the device id, at the time in their name', async () => {
    const bytes = new Uint8Array(await picture(1));
    const answer = await bodyOf(await send(`${name}.jpg`, bytes));
    const pushed = await office.push(bytes, NOW);
    expect(answer).toMatchObject({ frames: [{ state: 'accepted', problem: null }] });
    expect(pushed.status).toBe(200);
  });

  it('may come several in a form, each with its own answer', async () => {
    const form = new FormData();
    form.append('a', new File([new Uint8Array(await picture(1))], `${name}.jpg`));
    form.append('b', new File([new Uint8Array([1, 2, 3])], `${CAMERA.gbDeviceId}01${'20260512092900000'}02.jpg`));
    const response = await office.call('POST', '/v1/snapshots/S1', { token: office.pushToken, body: form });
    expect(response.status).toBe(207);
    expect(await bodyOf(response)).toMatchObject({
      frames: [{ problem: null }, { frameId: null, problem: { code: 'frame-not-jpeg' } }],
    });
  });

  it('are refused under another name, of an unknown device, and with another camera`s token', async () => {
    const bytes = new Uint8Array(await picture(1));
    const foreign = await office.issue(['frames:write'], ['CAM-02']);
    expect(await refusalOf(await send('snapshot.jpg', bytes))).toEqual([400, 'snapshot-name-invalid']);
    expect(await refusalOf(await send(`9${name.slice(1)}`, bytes))).toEqual([404, 'gb-device-unknown']);
    expect(await refusalOf(await send(name, bytes, foreign))).toEqual([403, 'camera-not-bound']);
  });
});

describe('what became of a frame', () => {
  it('is told to the camera`s own network, to administrators, and to nobody else', async () => {
    const { frameId: id } = await bodyOf(await office.push(await picture(1)));
    const ask = async (token: string) => (await office.call('GET', `/v1/frames/${id}`, { token })).status;
    const stranger = await office.issue(['frames:write'], ['CAM-02']);
    const caseSystem = await office.issue(['violations:read']);
    expect([await ask(office.pushToken), await ask(office.adminToken)]).toEqual([200, 200]);
    expect([await ask(stranger), await ask(caseSystem)]).toEqual([403, 403]);
  });

  it.each([
    'no-frame',
    'CAM-01.20260512T013000000Z.0000000000000000',
    'CAM-01.20269912T013000000Z.0000000000000000',
    '%00',
  ])('is unknown for the id %s', async (id) => {
    const response = await office.call('GET', `/v1/frames/${id}`, { token: office.adminToken });
    expect(await refusalOf(response)).toEqual([404, 'frame-unknown']);
  });

  it('can be listed by capture time, a page at a time', async () => {
    for (let at = 0; at < 5; at += 1) await office.push(await picture(at), NOW - at * SECOND);
    const range = `from=${encodeURIComponent(formatInstant(NOW - 3 * SECOND))}&to=${encodeURIComponent(formatInstant(NOW))}`;
    const seen: unknown[] = [];
    let cursor: unknown = '';
    do {
      const path = `/v1/cameras/${CAMERA.id}/frames?${range}&limit=2${cursor === '' ? '' : `&cursor=${String(cursor)}`}`;
      const page = await bodyOf(await office.call('GET', path, { token: office.pushToken }));
      if (Array.isArray(page.items)) seen.push(...page.items.map((item: { capturedAt: string }) => item.capturedAt));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([3, 2, 1].map((at) => formatInstant(NOW - at * SECOND)));
  });
});

describe('a heartbeat', () => {
  it('answers how far the clock of the camera is off, and remembers it', async () => {
    const path = `/v1/cameras/${CAMERA.id}/heartbeat`;
    const json = { cameraTime: formatInstant(NOW - 5 * SECOND) };
    const answer = await bodyOf(await office.call('POST', path, { token: office.pushToken, json }));
    const silent = await bodyOf(await office.call('POST', path, { token: office.pushToken, json: {} }));
    expect(answer).toEqual({ time: formatInstant(NOW), clockOffsetMs: -5000, clockOk: false });
    expect(silent).toMatchObject({ clockOffsetMs: -5000 });
    expect((await readHealth(office.table, cameraId('CAM-01')))?.value.lastSeen).toBe(NOW);
  });
});

/** Something a JPEG cannot make small, so that a cut falls into picture data. */
async function noisy(): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 40 };
  return sharp({ create: { width: 1280, height: 720, channels: 3, background: '#000', noise } })
    .jpeg()
    .toBuffer();
}

/** The same file with another size in its frame header. */
function declaring(jpeg: Buffer, width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(jpeg);
  const header = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  new DataView(bytes.buffer).setUint16(header + 5, height);
  new DataView(bytes.buffer).setUint16(header + 7, width);
  return bytes;
}
