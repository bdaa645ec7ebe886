/** 行政处罚法第四十一条: what a camera delivers while it is not fit is a clue, back to when it was last right, through every door. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditStream } from '#core/audit.ts';
import type { Incident } from '#core/incident.ts';
import { formatInstant } from '#core/time.ts';
import { streamEntries, verifyAll } from '#platform/records/audit.ts';
import { readingPut } from '#platform/records/camera-readings.ts';
import { camera } from '#platform/records/cameras.ts';
import { at, car, type FrameOptions, rule } from '../unit/stays/builders.ts';
import { CAMERA, openStreet, PLATE, type Street } from './street.ts';

const PATH = `/v1/cameras/${CAMERA.id}`;
const there = (plate = PLATE): FrameOptions => ({ cars: [car({ plate })] });
const gone: FrameOptions = { cars: [] };
let street: Street;

/** Nobody need be warned here. */
const open = async () => {
  street = await openStreet({ rules: [rule()] });
};
const close = async () => {
  expect((await verifyAll(street.table)).failures).toEqual([]);
  street.close();
};
/** A car comes, stands six minutes and leaves. */
async function stands(plate: string, ...times: string[]) {
  for (const time of times) await street.see(time, there(plate));
  const [hour, minute = ''] = (times.at(-1) ?? '').split(':');
  await street.see(`${hour}:${String(Number(minute) + 1).padStart(2, '0')}`, gone);
}
const grades = async () => (await street.incidents()).map(({ grade }) => grade);
const acts = async () =>
  (await streamEntries(street.table, auditStream.camera(CAMERA.id, at('12:00')))).filter(({ act }) =>
    /impair|restored|view|changed/.test(act),
  );
const actNames = async () => (await acts()).map(({ act }) => act);
/** The camera tells its time. */
async function heartbeat(time: string, offsetMs: number) {
  street.clock.set(at(time));
  const answer = await street.ask('camera network', `POST ${PATH}/heartbeat`, {
    cameraTime: new Date(at(time) + offsetMs).toISOString(),
  });
  expect(answer.status).toBe(200);
  return answer.json;
}
const health = async () => (await street.ask('admin', `GET ${PATH}/health`)).json;
async function confirm({ id }: Incident) {
  const claimed = await street.ask('reviewer', 'POST /v1/review/claim', { id });
  expect(claimed.status).toBe(200);
  const version = claimed.json.lease.version;
  return street.ask('reviewer', `POST /v1/review/${id}/decision`, { outcome: 'confirm', version });
}

describe('a dossier that ran out and was renewed', () => {
  beforeAll(async () => {
    await open();
    const dossier = async (time: string, technicalVerifiedUntil: string) => {
      street.clock.set(at(time));
      const { json } = await street.ask('admin', `GET ${PATH}`);
      const { grade: _, missing: __, health: ___, id: ____, ...fields } = json;
      const body = { ...fields, dossier: { ...fields.dossier, technicalVerifiedUntil } };
      const answer = await street.ask('admin', `PUT ${PATH}`, body);
      expect(answer.status).toBe(200);
      return answer.json;
    };
    expect((await dossier('08:10', '2026-05-12T10:00:00+08:00')).grade).toBe('evidence');
    await stands('浙A11111', '09:00', '09:03', '09:06');
    await stands('浙A22222', '09:58', '10:01', '10:04');
    expect((await health()).missing).toEqual([{ zh: '技术检定已过期', en: 'technical verification expired' }]);
    expect((await dossier('10:30', '2027-05-12T00:00:00+08:00')).grade).toBe('evidence');
    await stands('浙A33333', '11:00', '11:03', '11:06');
    await street.sealAll();
  }, 60_000);
  afterAll(close);

  it('left a clue of the gap, evidence before it and after', async () => {
    expect(await grades()).toEqual(['evidence', 'clue', 'evidence']);
    expect((await health()).grade).toBe('evidence');
  });

  it('does not let the gap be confirmed, and says why', async () => {
    const [, gap] = await street.incidents();
    const answer = await confirm(gap!);
    expect([answer.status, answer.json.code]).toEqual([422, 'grade-clue']);
    const { json } = await street.ask('reviewer', `GET /v1/review/${gap!.id}`);
    const finding = json.sufficiency.findings.find(({ id }: { id: string }) => id === 'dossier-valid');
    expect(finding.answer).toBe('fails');
    expect(JSON.stringify(finding)).toContain('技术检定已过期');
    await street.ask('reviewer', `POST /v1/review/${gap!.id}/release`);
  });

  it('leaves the gap a clue whatever is judged anew', async () => {
    await street.see('11:30', gone);
    expect(await grades()).toEqual(['evidence', 'clue', 'evidence']);
  });

  it('counts for what was captured before the camera went out of service, too', async () => {
    street.clock.set(at('12:00'));
    const { json } = await street.ask('admin', `GET ${PATH}`);
    const { grade: _, missing: __, health: ___, id: ____, ...fields } = json;
    const off = await street.ask('admin', `PUT ${PATH}`, { ...fields, enabled: false });
    expect([off.status, off.json.grade]).toEqual([200, 'off']);
    expect(off.json).not.toHaveProperty('disabledAt');
    await street.see('11:45', gone);
    expect(await grades()).toEqual(['evidence', 'clue', 'evidence']);
    // Changed while it is off, it is off since then, not since now.
    street.clock.set(at('12:30'));
    await street.ask('admin', `PUT ${PATH}`, {
      ...fields,
      name: '梧桐路 20 号',
      enabled: false,
      version: off.json.version,
    });
    expect((await camera(street.table, CAMERA.id))?.disabledAt).toBe(at('12:00'));
  });
});

describe('a clock that is off', () => {
  beforeAll(async () => {
    await open();
    await heartbeat('08:00', 100);
    await stands('浙A11111', '08:30', '08:33', '08:36');
    await heartbeat('08:40', -400);
    await stands('浙A22222', '09:00', '09:03', '09:06');
    await street.sealAll();
  }, 60_000);
  afterAll(close);

  it('makes clues since the camera was last right of what already waits, after a round', async () => {
    expect((await street.incidents()).map(({ state, grade }) => [state, grade])).toEqual([
      ['pending', 'evidence'],
      ['pending', 'evidence'],
    ]);
    expect((await heartbeat('09:10', 1_200)).clockOk).toBe(false);
    const { conditions } = await street.tend('09:11');
    expect(conditions).toEqual({ changed: [CAMERA.id], impaired: 1 });
    expect(await grades()).toEqual(['evidence', 'clue']);
    expect(await street.sealAll()).toEqual(['sealed']);
    const [, affected] = await street.incidents();
    expect(affected?.state).toBe('pending');
    expect((await confirm(affected!)).json.code).toBe('grade-clue');
    await street.ask('reviewer', `POST /v1/review/${affected!.id}/release`);
  });

  it('is no evidence even for who already holds the case, and sees it as it was', async () => {
    await stands('浙A33333', '09:20', '09:23', '09:26');
    await heartbeat('09:30', 0);
    await street.tend('09:31');
    await stands('浙A44444', '09:40', '09:43', '09:46');
    await street.sealAll();
    const held = (await street.incidents()).find(({ stay }) => stay.plate?.text === '浙A44444');
    expect(held?.grade).toBe('evidence');
    const claimed = await street.ask('reviewer', 'POST /v1/review/claim', { id: held?.id });
    await heartbeat('09:50', -1_001);
    await street.tend('09:51');
    // In an officer's hands it is not rewritten; the list looks at the camera.
    const decision = { outcome: 'confirm', version: claimed.json.lease.version };
    const answer = await street.ask('reviewer', `POST /v1/review/${held?.id}/decision`, decision);
    expect([answer.status, answer.json.code]).toEqual([422, 'evidence-insufficient']);
    expect(answer.json.findings.map(({ id }: { id: string }) => id)).toContain('clock');
    await street.ask('reviewer', `POST /v1/review/${held?.id}/release`);
  });

  it('and is right again is on record, with what was measured', async () => {
    await heartbeat('10:00', 300);
    await street.tend('10:01');
    expect((await acts()).map(({ act, facts }) => [act, facts.kind, facts.from, facts.to])).toEqual([
      ['camera.impaired', 'clock-off', at('08:40') + 1, null],
      ['camera.restored', 'clock-off', at('08:40') + 1, at('09:30')],
      ['camera.impaired', 'clock-off', at('09:30') + 1, null],
      ['camera.restored', 'clock-off', at('09:30') + 1, at('10:00')],
    ]);
    expect((await acts())[0]?.facts.measured).toBe('时钟偏差 1.2 秒，限值 1 秒。');
    await stands('浙A55555', '10:10', '10:13', '10:16');
    expect((await grades()).at(-1)).toBe('evidence');
    expect((await grades()).slice(0, 3)).toEqual(['evidence', 'clue', 'clue']);
  });

  it('stands in the health of the camera, for its time and not for now', async () => {
    const day = `from=2026-05-12T00:00:00%2B08:00&to=2026-05-12T10:00:00%2B08:00`;
    const then = (await street.ask('reviewer', `GET ${PATH}/health?${day}`)).json;
    expect(then.grade).toBe('evidence');
    expect(then.clockOffsetMs).toBe(300);
    expect(then.impairments.map(({ kind, from, to }: Record<string, unknown>) => [kind, from, to])).toEqual([
      ['clock-off', formatInstant(at('08:40') + 1), formatInstant(at('09:30'))],
      ['clock-off', formatInstant(at('09:30') + 1), formatInstant(at('10:00'))],
    ]);
    expect(then.impairments[0].words).toEqual({ zh: '时钟偏差超过 1.0 秒', en: 'clock off by more than 1.0 s' });
  });

  it('touches the incidents that rest on what it saw then', async () => {
    const during = 'from=2026-05-12T08:40:00%2B08:00&to=2026-05-12T09:30:00%2B08:00';
    const { json } = await street.ask('admin', `GET ${PATH}/affected?${during}`);
    expect(json.items.map(({ grade }: { grade: string }) => grade)).toEqual(['clue', 'clue']);
    const long = await street.ask('admin', `GET ${PATH}/affected?from=2026-01-01T00:00:00%2B08:00`);
    expect([long.status, long.json.code]).toEqual([422, 'period-too-long']);
    expect((await street.ask('admin', 'GET /v1/cameras/CAM-99/affected')).json.code).toBe('camera-unknown');
    expect((await street.ask('nobody', `GET ${PATH}/affected`)).status).toBe(401);
  });

  it('is learned from a frame that is refused for it, too', async () => {
    street.clock.set(at('10:30'));
    const path = `${PATH}/frames?capturedAt=2026-05-12T10:30:00%2B08:00`;
    const { tokens } = await street.credentials();
    const answer = await street.app.request(path, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${tokens.camera.token}`,
        'Content-Type': 'image/jpeg',
        'X-Camera-Time': new Date(at('10:30') + 5_000).toISOString(),
      },
      body: new Uint8Array([0xff, 0xd8]),
    });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('clock-off');
    await street.tend('10:31');
    expect((await grades()).at(-1)).toBe('clue');
    expect((await health()).grade).toBe('clue');
  });
});

describe('what a person declares', () => {
  beforeAll(async () => {
    await open();
    await stands('浙A11111', '08:30', '08:33', '08:36');
    await stands('浙A22222', '09:00', '09:03', '09:06');
  }, 60_000);
  afterAll(close);
  const note = '标志被广告遮挡';
  const declare = (who: 'admin' | 'reviewer' | 'camera network', body: unknown) =>
    street.ask(who, `POST ${PATH}/impairments`, body);

  it('makes clues of its time, and evidence again of what lies after its end', async () => {
    street.clock.set(at('09:30'));
    const { json: declared, status } = await declare('admin', { from: '2026-05-12T08:50:00+08:00', note });
    expect(status).toBe(201);
    await street.tend('09:31');
    expect(await grades()).toEqual(['evidence', 'clue']);
    await stands('浙A33333', '09:40', '09:43', '09:46');
    expect(await grades()).toEqual(['evidence', 'clue', 'clue']);
    street.clock.set(at('10:00'));
    const path = `POST ${PATH}/impairments/${declared.id}/end`;
    const ended = await street.ask('admin', path, {
      to: '2026-05-12T09:35:00+08:00',
      note: '已清除遮挡',
      version: declared.version,
    });
    expect([ended.status, ended.json.to]).toEqual([200, '2026-05-12T09:35:00+08:00']);
    await street.tend('10:01');
    expect(await grades()).toEqual(['evidence', 'clue', 'evidence']);
    expect(await actNames()).toEqual([
      'camera.impairment-declared',
      'camera.impaired',
      'camera.impairment-ended',
      'camera.restored',
    ]);
    const again = await street.ask('admin', path, { note: '再次', version: declared.version });
    expect([again.status, again.json.code]).toEqual([409, 'version-outdated']);
  });

  it('stands in the list with its note, and in the health', async () => {
    const { json } = await street.ask('admin', `GET ${PATH}/impairments`);
    expect(json.items).toMatchObject([{ note, version: 2 }]);
    const [declared] = (await health()).impairments;
    expect(declared).toMatchObject({ kind: 'declared', facts: { zh: note } });
  });

  it('is an administrator’s word, about a camera and a time there are', async () => {
    const from = '2026-05-12T08:50:00+08:00';
    expect((await declare('reviewer', { from, note })).status).toBe(403);
    expect((await declare('camera network', { from, note })).status).toBe(403);
    expect((await declare('admin', { from, to: from, note })).json.code).toBe('period-empty');
    const unknown = await street.ask('admin', 'POST /v1/cameras/CAM-99/impairments', { from, note });
    expect([unknown.status, unknown.json.code]).toEqual([404, 'camera-unknown']);
    const end = await street.ask('admin', `POST ${PATH}/impairments/none/end`, { note, version: 1 });
    expect([end.status, end.json.code]).toEqual([404, 'impairment-unknown']);
  });
});

describe('the view that zones lie right on', () => {
  beforeAll(open, 60_000);
  afterAll(close);
  const confirmed = async (frameId: string) =>
    (await street.ask('admin', `POST ${PATH}/view-reference`, { frameId })).json.code;

  it('is confirmed only of a clear frame of that camera that was inspected', async () => {
    street.clock.set(at('09:00'));
    const frame = await street.accept(at('08:59'));
    expect(await confirmed('CAM-02-none')).toBe('frame-unknown');
    expect(await confirmed(frame)).toBe('frame-not-inspected');
    const quality = { luma: 9, bright: 30, sharpness: 0.2, structure: 1 };
    await street.table.write(readingPut(CAMERA.id, { at: at('08:59'), frameId: frame, quality, compared: null }, null));
    expect(await confirmed(frame)).toBe('frame-too-poor');
    expect(await actNames()).toEqual([]);
  });
});

describe('the published list', () => {
  beforeAll(async () => {
    await open();
    const { id: _, version: __, dossier, ...fields } = CAMERA;
    const times = {
      legalReviewedAt: '2026-01-01T00:00:00+08:00',
      technicalVerifiedUntil: '2027-01-01T00:00:00+08:00',
      publishedAt: '2026-05-20T00:00:00+08:00',
    };
    for (const [id, own] of [
      ['CAM-02', null],
      ['CAM-03', { ...dossier, ...times }],
      ['CAM-04', { ...dossier, ...times, publicationUrl: '' }],
    ] as const) {
      const answer = await street.ask('admin', 'POST /v1/cameras', { id, ...fields, dossier: own });
      expect(answer.status).toBe(201);
    }
  }, 60_000);
  afterAll(close);
  const listed = (query = '', accept = 'application/json') =>
    street.ask('nobody', `GET /v1/public/cameras${query}`, undefined, accept);

  it('names who is published and nobody else, to anyone', async () => {
    const { status, json, headers } = await listed();
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toMatch(/^application\/json/);
    expect(json.items.map(({ id }: { id: string }) => id)).toEqual([CAMERA.id]);
    expect(JSON.stringify(json)).not.toMatch(/enabled|health|legalReview/);
  });

  it('is a map by Accept, and by ?format whatever is accepted', async () => {
    const maps = [await listed('', 'application/geo+json'), await listed('?format=geojson')];
    for (const { json, headers } of maps) {
      expect(headers.get('Content-Type')).toMatch(/^application\/geo\+json/);
      expect(headers.get('Vary')).toContain('Accept');
      expect(json).toMatchObject({
        type: 'FeatureCollection',
        features: [
          {
            type: 'Feature',
            id: CAMERA.id,
            geometry: { type: 'Point', coordinates: [CAMERA.lng, CAMERA.lat] },
            properties: { name: CAMERA.name, jurisdiction: CAMERA.jurisdiction },
          },
        ],
      });
      expect(json.features).toHaveLength(1);
    }
    expect((await listed('?format=json', 'application/geo+json')).json.items).toHaveLength(1);
  });

  it('names a camera from the day of its publication on', async () => {
    street.clock.set(Date.parse('2026-05-20T00:00:00+08:00'));
    expect((await listed()).json.items.map(({ id }: { id: string }) => id)).toEqual([CAMERA.id, 'CAM-03']);
  });
});
