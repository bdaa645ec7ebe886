import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inForce } from '#core/camera.ts';
import { cameraId, ruleId } from '#core/ids.ts';
import { formatInstant } from '#core/time.ts';
import { verifyAll } from '#platform/records/audit.ts';
import { zonesOfCamera } from '#platform/records/cameras.ts';
import { newOfficer, type OfficerRecord, officerPut } from '#platform/records/officers.ts';
import { rulesById } from '#platform/records/rules.ts';
import { bodyOf, CAMERA, type FrontOffice, MINUTE, NOW, openFrontOffice, picture, refusalOf } from './front-office.ts';

let office: FrontOffice;
beforeEach(async () => {
  office = await openFrontOffice();
});
afterEach(() => office.close());

const DAY = 24 * 60 * MINUTE;
const DOSSIER = {
  legalReviewNumber: '法审 2026-17',
  legalReviewedAt: '2026-01-10T00:00:00+08:00',
  technicalVerificationNumber: 'JC-2026-0042',
  technicalVerifiedUntil: '2027-01-10T00:00:00+08:00',
  signInPlace: true,
  publishedAt: '2026-02-01T00:00:00+08:00',
  publicationUrl: 'https://www.example.gov.cn/cameras/17',
};
const NEW_CAMERA = {
  id: 'CAM-02',
  name: '梧桐路 20 号',
  lat: 30.28,
  lng: 120.14,
  jurisdiction: '蒋村中队',
  imageSize: [1920, 1080],
  dossier: DOSSIER,
};
const RULE = { id: 'R1', violation: 'sidewalk-parking', permittedStaySeconds: 180 };
const SQUARE = [
  [0, 0],
  [400, 0],
  [400, 300],
  [0, 300],
];
const ZONE = { id: 'sidewalk', cameraId: CAMERA.id, placeId: 'P1', type: 'sidewalk', polygon: SQUARE, ruleIds: ['R1'] };

async function placeAndRule(): Promise<void> {
  await office.admin('POST', '/v1/places', { id: 'P1', name: '梧桐路 18 号前人行道' });
  await office.admin('POST', '/v1/rules', RULE);
}

describe('cameras', () => {
  it('are registered once, read back as registered, and listed', async () => {
    const created = await office.admin('POST', '/v1/cameras', NEW_CAMERA);
    const again = await office.admin('POST', '/v1/cameras', NEW_CAMERA);
    const read = await bodyOf(await office.admin('GET', '/v1/cameras/CAM-02'));
    const list = await bodyOf(await office.admin('GET', '/v1/cameras'));
    expect(created.status).toBe(201);
    expect(await refusalOf(again)).toEqual([409, 'camera-exists']);
    expect(read).toMatchObject({ ...NEW_CAMERA, grade: 'evidence', enabled: true, version: 1, health: null });
    expect(list.items).toHaveLength(2);
  });

  it('without a dossier yield clues, switched off nothing', async () => {
    const { id, ...fields } = NEW_CAMERA;
    const clue = await bodyOf(await office.admin('POST', '/v1/cameras', { id, ...fields, dossier: null }));
    const off = await bodyOf(await office.admin('PUT', `/v1/cameras/${id}`, { ...fields, enabled: false, version: 1 }));
    expect([clue.grade, off.grade, off.version]).toEqual(['clue', 'off', 2]);
  });

  it('are changed by exactly one of two who read the same version', async () => {
    const { id, ...fields } = NEW_CAMERA;
    await office.admin('POST', '/v1/cameras', NEW_CAMERA);
    const change = (name: string) => office.admin('PUT', `/v1/cameras/${id}`, { ...fields, name, version: 1 });
    const both = await Promise.all([change('甲'), change('乙')]);
    const [loser] = both.filter(({ status }) => status !== 200);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(loser === undefined ? undefined : await refusalOf(loser)).toEqual([409, 'version-outdated']);
  });

  it('share no GB/T 28181 device id', async () => {
    const response = await office.admin('POST', '/v1/cameras', { ...NEW_CAMERA, gbDeviceId: CAMERA.gbDeviceId });
    expect(await refusalOf(response)).toEqual([409, 'gb-device-taken']);
  });

  it('keep their image size while a zone in force was drawn on it', async () => {
    await placeAndRule();
    await office.admin('POST', '/v1/zones', ZONE);
    const { name, lat, lng, jurisdiction } = CAMERA;
    const resize = () =>
      office.admin('PUT', `/v1/cameras/${CAMERA.id}`, {
        name,
        lat,
        lng,
        jurisdiction,
        imageSize: [1920, 1080],
        version: 1,
      });
    const before = await resize();
    await office.admin('DELETE', `/v1/zones/${CAMERA.id}/sidewalk?version=1`);
    expect(await refusalOf(before)).toEqual([409, 'zones-in-force']);
    expect((await resize()).status).toBe(200);
  });

  it('that are published can be read by anyone, and only those', async () => {
    await office.admin('POST', '/v1/cameras', NEW_CAMERA);
    const later = { ...DOSSIER, publishedAt: formatInstant(NOW + DAY) };
    await office.admin('POST', '/v1/cameras', { ...NEW_CAMERA, id: 'CAM-03', dossier: later });
    const response = await office.call('GET', '/v1/public/cameras');
    const { items } = await bodyOf(response);
    expect(response.status).toBe(200);
    expect(items).toEqual([
      {
        id: 'CAM-02',
        name: NEW_CAMERA.name,
        lat: 30.28,
        lng: 120.14,
        jurisdiction: '蒋村中队',
        publishedAt: DOSSIER.publishedAt,
        publicationUrl: DOSSIER.publicationUrl,
      },
    ]);
  });
});

describe('zones', () => {
  beforeEach(placeAndRule);

  it('are judged by the version in force when the frame was taken', async () => {
    await office.admin('POST', '/v1/zones', ZONE);
    const { id, cameraId: of, ...fields } = ZONE;
    const wider = [...SQUARE.slice(0, 2), [500, 300], [0, 300]];
    const from = formatInstant(NOW + DAY);
    const next = { ...fields, polygon: wider, effectiveFrom: from, version: 1 };
    expect((await office.admin('PUT', `/v1/zones/${of}/${id}`, next)).status).toBe(200);
    const versions = await zonesOfCamera(office.table, CAMERA.id);
    const at = (instant: number) => inForce(versions, instant)?.version;
    expect([at(NOW - 1), at(NOW), at(NOW + DAY - 1), at(NOW + DAY)]).toEqual([undefined, 1, 1, 2]);
  });

  it('that were retired judge nothing from then on, and what was judged before stays explained', async () => {
    await office.admin('POST', '/v1/zones', ZONE);
    office.clock.set(NOW + MINUTE);
    await office.admin('DELETE', `/v1/zones/${CAMERA.id}/sidewalk?version=1`);
    const versions = await zonesOfCamera(office.table, CAMERA.id);
    expect([inForce(versions, NOW)?.version, inForce(versions, NOW + MINUTE)]).toEqual([1, undefined]);
  });

  it('can be drawn anew after they were retired', async () => {
    await office.admin('POST', '/v1/zones', ZONE);
    await office.admin('DELETE', `/v1/zones/${CAMERA.id}/sidewalk?version=1`);
    const { id, cameraId: of, ...fields } = ZONE;
    office.clock.set(NOW + MINUTE);
    const drawn = await office.admin('PUT', `/v1/zones/${of}/${id}`, { ...fields, version: 2 });
    const versions = await zonesOfCamera(office.table, CAMERA.id);
    expect(drawn.status).toBe(200);
    expect(inForce(versions, NOW + MINUTE)?.version).toBe(3);
  });

  it('are listed by camera and by place', async () => {
    await office.admin('POST', '/v1/zones', ZONE);
    const byCamera = await bodyOf(await office.admin('GET', `/v1/zones?cameraId=${CAMERA.id}`));
    const byPlace = await bodyOf(await office.admin('GET', '/v1/zones?placeId=P1'));
    expect(byCamera.items).toHaveLength(1);
    expect(byPlace).toEqual(byCamera);
    expect(await refusalOf(await office.admin('GET', '/v1/zones'))).toEqual([400, 'request-invalid']);
  });

  const wrong: { name: string; change: Record<string, unknown>; expected: [number, string] }[] = [
    { name: 'two corners', change: { polygon: SQUARE.slice(0, 2) }, expected: [422, 'polygon-invalid'] },
    {
      name: 'a bow tie',
      change: {
        polygon: [
          [0, 0],
          [400, 300],
          [400, 0],
          [0, 300],
        ],
      },
      expected: [422, 'polygon-invalid'],
    },
    {
      name: 'a corner outside the image',
      change: {
        polygon: [
          [0, 0],
          [1281, 0],
          [400, 300],
        ],
      },
      expected: [422, 'polygon-invalid'],
    },
    {
      name: 'three corners in a line',
      change: {
        polygon: [
          [0, 0],
          [200, 0],
          [400, 0],
        ],
      },
      expected: [422, 'polygon-invalid'],
    },
    {
      name: 'a spike that runs back over itself',
      change: {
        polygon: [
          [0, 0],
          [400, 0],
          [400, 300],
          [400, 100],
          [0, 300],
        ],
      },
      expected: [422, 'polygon-invalid'],
    },
    {
      name: 'a corner that is no number',
      change: {
        polygon: [
          [0, null],
          [1, 1],
          [2, 0],
        ],
      },
      expected: [400, 'request-invalid'],
    },
    { name: 'an unknown camera', change: { cameraId: 'CAM-99' }, expected: [422, 'camera-unknown'] },
    { name: 'an unknown place', change: { placeId: 'P9' }, expected: [422, 'place-unknown'] },
    { name: 'an unknown rule', change: { ruleIds: ['R9'] }, expected: [422, 'rule-unknown'] },
    { name: 'a rule for a marked bay', change: { type: 'legal_parking' }, expected: [422, 'zone-rules-invalid'] },
    {
      name: 'an end before its beginning',
      change: { effectiveFrom: formatInstant(NOW), effectiveTo: formatInstant(NOW - 1000) },
      expected: [422, 'period-empty'],
    },
  ];
  it.each(wrong)('are refused with $name', async ({ change, expected }) => {
    expect(await refusalOf(await office.admin('POST', '/v1/zones', { ...ZONE, ...change }))).toEqual(expected);
    expect(await zonesOfCamera(office.table, CAMERA.id)).toEqual([]);
  });
});

describe('rules', () => {
  it('start in their warning phase unless told otherwise', async () => {
    const rule = await bodyOf(await office.admin('POST', '/v1/rules', RULE));
    expect(rule).toMatchObject({ phase: 'warning', notice: { required: false }, version: 1 });
  });

  it('dissuade shops first unless told otherwise: whoever says nothing gets a notice and ten minutes', async () => {
    const shop = { ...RULE, violation: 'street-trading' };
    const rule = await bodyOf(await office.admin('POST', '/v1/rules', shop));
    expect(rule.notice).toEqual({ required: true, graceSeconds: 600 });
    const { id, ...fields } = shop;
    const left = await bodyOf(await office.admin('PUT', `/v1/rules/${id}`, { ...fields, version: 1 }));
    expect(left.notice).toEqual({ required: true, graceSeconds: 600 });
    const told = { ...fields, notice: { required: false }, version: 2 };
    expect((await bodyOf(await office.admin('PUT', `/v1/rules/${id}`, told))).notice).toEqual({ required: false });
  });

  it('judge by the version in force at the time', async () => {
    await office.admin('POST', '/v1/rules', RULE);
    const { id, ...fields } = RULE;
    const effectiveFrom = formatInstant(NOW + DAY);
    await office.admin('PUT', `/v1/rules/${id}`, { ...fields, permittedStaySeconds: 60, effectiveFrom, version: 1 });
    const versions = (await rulesById(office.table, [ruleId(id)])).get(ruleId(id)) ?? [];
    const at = (instant: number) => inForce(versions, instant)?.permittedStaySeconds;
    expect([at(NOW), at(NOW + DAY - 1), at(NOW + DAY)]).toEqual([180, 180, 60]);
  });

  it.each([
    { hours: [{ from: '8:00', to: '22:00' }] },
    { hours: [{ from: '08:00', to: '24:00' }] },
    { permittedStaySeconds: -1 },
    { departureFrames: 0 },
    { violation: 'loitering' },
    { notice: { required: true } },
  ])('are refused with %j', async (change) => {
    expect(await refusalOf(await office.admin('POST', '/v1/rules', { ...RULE, ...change }))).toEqual([
      400,
      'request-invalid',
    ]);
  });
});

describe('permits', () => {
  const permit = {
    placeId: 'P1',
    subject: { plate: '浙A·8K3F2' },
    from: '2026-05-12T08:00:00+08:00',
    to: '2026-05-13T08:00:00+08:00',
    reason: '施工',
  };
  beforeEach(placeAndRule);

  it('are granted for a plate, which is kept as it is read from pictures', async () => {
    const granted = await bodyOf(await office.admin('POST', '/v1/permits', permit));
    const list = await bodyOf(await office.admin('GET', '/v1/permits?placeId=P1'));
    expect(granted).toMatchObject({ subject: { plate: '浙A8K3F2' }, version: 1 });
    expect(list.items).toEqual([granted]);
  });

  it('ended early still permit what happened before', async () => {
    const { id } = await bodyOf(await office.admin('POST', '/v1/permits', permit));
    const ended = await bodyOf(await office.admin('DELETE', `/v1/permits/${id}?version=1`));
    expect(ended).toMatchObject({ from: permit.from, to: formatInstant(NOW), version: 2 });
  });

  it.each([
    { change: { subject: { plate: '浙I12345' } }, expected: [422, 'plate-invalid'] },
    { change: { subject: {} }, expected: [400, 'request-invalid'] },
    { change: { to: permit.from }, expected: [422, 'period-empty'] },
    { change: { placeId: 'P9' }, expected: [422, 'place-unknown'] },
  ])('are refused with $change', async ({ change, expected }) => {
    expect(await refusalOf(await office.admin('POST', '/v1/permits', { ...permit, ...change }))).toEqual(expected);
  });

  it('leave no plate in the audit trail', async () => {
    await office.admin('POST', '/v1/permits', permit);
    const trail = await office.table.query({ partition: 'audit/system', limit: 100 });
    expect(trail.items.length).toBeGreaterThan(0);
    expect(JSON.stringify(trail.items)).not.toContain('8K3F2');
  });
});

describe('tokens', () => {
  it('work for the cameras they are bound to, and their secret is shown once', async () => {
    const issued = await bodyOf(
      await office.admin('POST', '/v1/tokens', { name: '平台', scopes: ['frames:write'], cameras: [CAMERA.id] }),
    );
    const list = JSON.stringify(await bodyOf(await office.admin('GET', '/v1/tokens')));
    const secret = String(issued.token).slice('kwt_0123456789abcdef_'.length);
    const pushed = await office.push(await picture(1), NOW, { token: String(issued.token) });
    expect(pushed.status).toBe(202);
    expect(secret).toHaveLength(43);
    expect(list).not.toContain(secret);
    expect(list).not.toContain('secretSha256');
  });

  it('stop at once when they are revoked, and at their expiry', async () => {
    const issue = async (expiresAt: string | null) =>
      bodyOf(
        await office.admin('POST', '/v1/tokens', { name: 'x', scopes: ['frames:write'], cameras: '*', expiresAt }),
      );
    const [revoked, expiring] = [await issue(null), await issue(formatInstant(NOW + MINUTE))];
    await office.admin('DELETE', `/v1/tokens/${revoked.id}`);
    const ask = async (token: unknown) => (await office.call('GET', '/v1/session', { token: String(token) })).status;
    const before = await ask(expiring.token);
    office.clock.set(NOW + MINUTE);
    expect([await ask(revoked.token), before, await ask(expiring.token)]).toEqual([401, 200, 401]);
  });

  it('can be bound to other cameras without a new secret', async () => {
    await office.admin('POST', '/v1/cameras', NEW_CAMERA);
    const scopes = ['frames:write'];
    const issued = await bodyOf(await office.admin('POST', '/v1/tokens', { name: 'x', scopes, cameras: ['CAM-02'] }));
    const before = await office.push(await picture(1), NOW, { token: String(issued.token) });
    await office.admin('PUT', `/v1/tokens/${issued.id}`, { name: 'x', scopes, cameras: [CAMERA.id], version: 1 });
    const after = await office.push(await picture(1), NOW, { token: String(issued.token) });
    expect([before.status, after.status]).toEqual([403, 202]);
  });

  it('are not bound to cameras nobody registered', async () => {
    const response = await office.admin('POST', '/v1/tokens', {
      name: 'x',
      scopes: ['frames:write'],
      cameras: ['CAM-0l'],
    });
    expect(await refusalOf(response)).toEqual([422, 'camera-unknown']);
  });
});

describe('sessions', () => {
  const PASSWORD = '梧桐路十八号前的人行道';
  const signIn = (password = PASSWORD, account = 'wang.li') =>
    office.call('POST', '/v1/session', { json: { account, password } });
  let wang: OfficerRecord;
  beforeAll(async () => {
    const person = { account: 'Wang.Li', name: '王莉', unit: '蒋村中队', roles: ['admin', 'reviewer'] as const };
    wang = await newOfficer({ ...person, password: PASSWORD });
  });
  beforeEach(() => office.table.write(officerPut(wang)));

  it('begin with account and password, and say who one is', async () => {
    const response = await signIn();
    const { token, ...session } = await bodyOf(response);
    const me = await bodyOf(await office.call('GET', '/v1/session', { token: String(token) }));
    expect(session).toMatchObject({ kind: 'officer', id: 'wang.li', name: '王莉', roles: ['admin', 'reviewer'] });
    expect(me).toEqual(session);
    expect(response.headers.get('set-cookie')).toMatch(/^kerbwatch_session=kws_.+HttpOnly; SameSite=Strict$/);
  });

  it('refuse a wrong password and an unknown account in the same words', async () => {
    const [wrong, unknown] = [await signIn('something else'), await signIn(PASSWORD, 'nobody')];
    const words = async (response: Response) => ({ ...(await bodyOf(response)), instance: '' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await words(wrong)).toEqual(await words(unknown));
  });

  it('refuse further attempts after five wrong ones, the right password too, and forget them after five minutes', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) await signIn('something else');
    const throttled = await signIn();
    expect(throttled.headers.get('retry-after')).toBe('300');
    expect(await refusalOf(throttled)).toEqual([429, 'sign-in-throttled']);
    office.clock.set(NOW + 5 * MINUTE);
    expect((await signIn()).status).toBe(200);
  });

  it('count guesses that come all at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => signIn('something else')));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  });

  it('end by signing out, after twelve hours, with a new password, and when the account is switched off', async () => {
    const tokens: string[] = [];
    for (let at = 0; at < 3; at += 1) tokens.push(String((await bodyOf(await signIn())).token));
    const [first = '', second = '', third = ''] = tokens;
    const ask = async (token: string) => (await office.call('GET', '/v1/session', { token })).status;
    await office.call('DELETE', '/v1/session', { token: first });
    const signedOut = [await ask(first), await ask(second)];
    const json = { current: PASSWORD, next: '另一句足够长的口令，谁也猜不到' };
    const changed = await office.call('PUT', '/v1/session/password', { token: second, json });
    const afterPassword = [await ask(second), await ask(third)];
    const fresh = String((await bodyOf(await signIn(json.next))).token);
    office.clock.set(NOW + 12 * 60 * MINUTE - 1);
    const before = await ask(fresh);
    office.clock.set(NOW + 12 * 60 * MINUTE);
    expect({ signedOut, changed: changed.status, afterPassword, ends: [before, await ask(fresh)] }).toEqual({
      signedOut: [401, 200],
      changed: 204,
      afterPassword: [401, 401],
      ends: [200, 401],
    });
  });

  it('write with a cookie only from our own pages', async () => {
    const token = String((await bodyOf(await signIn())).token);
    const Cookie = `kerbwatch_session=${token}`;
    const json = { id: 'P1', name: '某处' };
    const post = async (headers: Record<string, string>) =>
      (await office.call('POST', '/v1/places', { json, headers: { Cookie, ...headers } })).status;
    const read = await office.call('GET', '/v1/places', { headers: { Cookie } });
    expect(read.status).toBe(200);
    expect(await post({})).toBe(403);
    expect(await post({ Origin: 'https://elsewhere.example' })).toBe(403);
    expect(await post({ Origin: 'null' })).toBe(403);
    expect(await post({ 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
    expect(await post({ 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost' })).toBe(403);
    expect(await post({ Origin: 'http://localhost' })).toBe(201);
  });

  it('give an officer the rights of his roles and no machine`s', async () => {
    const token = String((await bodyOf(await signIn())).token);
    const administers = await office.call('GET', '/v1/officers', { token });
    const pushes = await office.push(await picture(1), NOW, { token });
    expect(administers.status).toBe(200);
    expect(await refusalOf(pushes)).toEqual([403, 'role-missing']);
  });
});

describe('officers', () => {
  const OFFICER = {
    account: 'chen',
    name: '陈',
    unit: '蒋村中队',
    roles: ['reviewer'],
    password: '一句足够长而且好记的话',
  };

  it('are registered without their password ever being told again', async () => {
    const created = await office.admin('POST', '/v1/officers', OFFICER);
    const listed = await bodyOf(await office.admin('GET', '/v1/officers'));
    expect(created.status).toBe(201);
    expect(JSON.stringify(listed)).not.toMatch(/password|salt|hash/);
  });

  it.each(['short', 'aaaaaaaaaaaaaaaa', 'chenchenchen1234'])('are refused with the password %s', async (password) => {
    expect(await refusalOf(await office.admin('POST', '/v1/officers', { ...OFFICER, password }))).toEqual([
      422,
      'password-weak',
    ]);
  });

  it('who are no administrators administer nothing', async () => {
    await office.admin('POST', '/v1/officers', OFFICER);
    const { account, password } = OFFICER;
    const token = String(
      (await bodyOf(await office.call('POST', '/v1/session', { json: { account, password } }))).token,
    );
    const reads = await office.call('GET', '/v1/zones?placeId=P1', { token });
    const writes = await office.call('POST', '/v1/places', { token, json: { id: 'P1', name: 'x' } });
    const spies = await office.call('GET', '/v1/tokens', { token });
    expect([reads.status, await refusalOf(writes), await refusalOf(spies)]).toEqual([
      200,
      [403, 'role-missing'],
      [403, 'role-missing'],
    ]);
  });

  it('who administer cannot lock themselves out', async () => {
    await office.admin('POST', '/v1/officers', { ...OFFICER, roles: ['admin'] });
    const { account, password, ...fields } = OFFICER;
    const token = String(
      (await bodyOf(await office.call('POST', '/v1/session', { json: { account, password } }))).token,
    );
    const json = { ...fields, roles: ['admin'], enabled: false, version: 1 };
    expect(await refusalOf(await office.call('PUT', '/v1/officers/chen', { token, json }))).toEqual([
      409,
      'own-account',
    ]);
  });
});

describe('every administrative act', () => {
  it('is in the audit trail with who did it, and the trail holds', async () => {
    await placeAndRule();
    await office.admin('POST', '/v1/zones', ZONE);
    await office.admin('DELETE', `/v1/zones/${CAMERA.id}/sidewalk?version=1`);
    const { items } = await office.table.query<{ act?: string; actor?: { kind: string } }>({
      partition: 'audit/camera/CAM-01/2026-05-12',
      limit: 100,
    });
    expect(items.flatMap(({ value }) => value.act ?? [])).toEqual(['zone.registered', 'zone.retired']);
    expect(items[0]?.value.actor?.kind).toBe('machine');
    expect(await verifyAll(office.table)).toMatchObject({ ok: true });
  });

  it('that is refused leaves nothing', async () => {
    await office.admin('POST', '/v1/zones', ZONE);
    expect(await zonesOfCamera(office.table, cameraId('CAM-01'))).toEqual([]);
    expect((await office.table.query({ partition: 'audit/camera/CAM-01/2026-05-12', limit: 10 })).items).toEqual([]);
  });
});

describe('the contract of both doors', () => {
  it('names every operation once, says where credentials are needed, and has only patterns any client understands', async () => {
    const document = await bodyOf(await office.call('GET', '/openapi.json'));
    const Operation = z.object({
      operationId: z.string(),
      security: z.array(z.unknown()).optional(),
      responses: z.record(z.string(), z.unknown()),
    });
    const paths = z.record(z.string(), z.record(z.string(), Operation)).parse(document.paths);
    const operations = Object.values(paths).flatMap((item) => Object.values(item));
    const open = operations.filter(({ security }) => security === undefined);
    const guarded = operations.filter(({ security }) => security !== undefined);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    expect(open.map(({ operationId }) => operationId).sort()).toEqual(['getPublicCameras', 'postSession']);
    expect(guarded.every(({ responses }) => '401' in responses && '403' in responses)).toBe(true);
    for (const [, pattern = ''] of JSON.stringify(document).matchAll(/"pattern":"((?:[^"\\]|\\.)*)"/g))
      expect(pattern).toMatch(/\$$/);
  });

  it.each([
    { name: 'half a character in a name', path: '/v1/places', json: { id: 'P1', name: 'a\ud800b' } },
    { name: 'half a character in an account', path: '/v1/session', json: { account: 'a\ud800b', password: 'x' } },
    { name: 'a NUL in a name', path: '/v1/places', json: { id: 'P1', name: 'a\u0000b' } },
  ])('is not met by $name', async ({ path, json }) => {
    expect(await refusalOf(await office.admin('POST', path, json))).toEqual([400, 'request-invalid']);
  });

  it.each(['/v1/zones?cameraId=%00', '/v1/permits?placeId=a%2Fb', '/v1/cameras?limit=501', '/v1/cameras?cursor=x'])(
    'is not met by %s',
    async (path) => {
      expect((await office.admin('GET', path)).status).toBe(400);
    },
  );
});
