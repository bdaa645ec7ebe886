/** The browser's verifier in a real browser, as served and as one file from the disk, against forged packages of each kind. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '#core/evidence/check.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { edgeApp } from '#platform/http/edge.ts';
import { buildPartyCopy } from '../../functions/seal/party-copy.ts';
import { serveVerifier } from '../../infra/console/serve-site.ts';
import { offlinePage } from '../../infra/console/verifier-page.ts';
import { listen } from '../../infra/local/server.ts';
import { type Forgery, forgeries, openWorkshop, type Workshop } from '../e2e/forgeries.ts';

const CHROMIUM = '/usr/bin/chromium';
const OFFLINE = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

let directory: string;
let workshop: Workshop;
let server: Awaited<ReturnType<typeof listen>>;
let browser: Browser;
let page: Page;
const errors: string[] = [];
const requests: string[] = [];

/** What the page says: every check by its id, with the items it names. */
async function ask(on: Page, zip: Uint8Array, pins: Forgery['pins']) {
  for (const input of ['#package', '#keys', '#tsa-ca']) await on.setInputFiles(input, []);
  const file = (name: string, content: string | Uint8Array) => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  await on.locator('#pins').evaluate((details) => details.setAttribute('open', ''));
  await on.fill('#key', pins.key ?? '');
  if (pins.keys !== undefined) await on.setInputFiles('#keys', file('keys.json', JSON.stringify(pins.keys)));
  if (pins.tsaCa !== undefined) await on.setInputFiles('#tsa-ca', file('authority.pem', pins.tsaCa));
  await on.locator('body').evaluate((body) => body.setAttribute('data-state', 'asked'));
  await on.setInputFiles('#package', file('package.zip', zip));
  await on.waitForSelector('body[data-state=done]', { state: 'attached' });
  return on.locator('#checks > li').evaluateAll((items) =>
    items.map((item) => ({
      id: item.getAttribute('data-check'),
      ok: item.getAttribute('data-ok') === 'true',
      items: [...item.querySelectorAll('[data-item]')].map((line) => line.getAttribute('data-item')),
      text: item.textContent ?? '',
    })),
  );
}

const said = (checks: readonly Check[]) =>
  checks.map(({ id, ok, faults }) => ({ id, ok, items: faults.map(({ item }) => item) }));

describe.runIf(existsSync(CHROMIUM))('the verifier in the browser', () => {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'verify-page-'));
    workshop = await openWorkshop();
    const app = edgeApp();
    serveVerifier(app);
    server = await listen(app, { port: 0, hostname: '127.0.0.1' });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: OFFLINE });
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('blob:')) requests.push(`${request.method()} ${new URL(request.url()).pathname}`);
    });
    await page.goto(`http://127.0.0.1:${server.port}/verify.html`);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await workshop?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('finds a whole package whole, with its key and its authority pinned, and shows what is in it', async () => {
    const { zip, pins } = workshop;
    const checks = await ask(page, zip, pins);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ id }) => id)).toEqual((await verifyPackage(zip, workshop.options(pins))).map(({ id }) => id));
    expect(await page.locator('#verdict').textContent()).toContain('全部核验通过');
    expect(await page.locator('#open li').count()).toBe(0);
    const pictures = page.locator('#content img');
    expect(await pictures.count()).toBeGreaterThan(3);
    await pictures.first().scrollIntoViewIfNeeded();
    await expect
      .poll(() => pictures.first().evaluate((image) => 'naturalWidth' in image && Number(image.naturalWidth) > 0))
      .toBe(true);
  });

  it('checks and shows the copy of a party like a package', async () => {
    const { zip, pins, input, signer } = workshop;
    const privacy = async () => ({ imageSize: [1920, 1080] as const, regions: [], models: [] });
    const facts = {
      zip,
      decisions: [],
      auditEntries: input.auditEntries,
      madeAt: input.sealedAt,
      systemVersion: 'test',
    };
    const copy = await buildPartyCopy({ ...facts, privacy }, signer);
    const checks = await ask(page, copy.bytes, pins.keys === undefined ? {} : { keys: pins.keys });
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(await page.locator('#content').textContent()).toContain('当事人副本');
    await ask(page, zip, {});
    expect(await page.locator('#open').textContent()).toMatch(/未核对签名人.*未核对时间戳机构/s);
    expect(await page.locator('#content img').count()).toBeGreaterThan(3);
  });

  it('says of every forgery what the command line says, and names the same items', async () => {
    for (const { what, zip, pins, items } of await forgeries(workshop)) {
      const expected = await verifyPackage(zip, workshop.options(pins));
      const checks = await ask(page, zip, pins);
      expect(
        checks.map(({ id, ok, items: named }) => ({ id, ok, items: named })),
        what,
      ).toEqual(said(expected));
      for (const { zh } of expected.flatMap(({ faults }) => faults))
        expect(checks.map(({ text }) => text).join('\n'), what).toContain(zh);
      for (const item of items)
        expect(
          checks.flatMap((one) => one.items),
          what,
        ).toContain(item);
      expect(await page.locator('#verdict').getAttribute('data-ok'), what).toBe('false');
    }
  }, 300_000);

  it('works as one file from the disk', async () => {
    const path = join(directory, 'verify.html');
    writeFileSync(path, await offlinePage());
    const own = await browser.newPage();
    const outward: string[] = [];
    own.on('request', (request) => {
      if (!/^(file|blob):/.test(request.url())) outward.push(request.url());
    });
    await own.goto(pathToFileURL(path).href);
    const checks = await ask(own, workshop.zip, workshop.pins);
    expect(checks.length).toBeGreaterThan(8);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(outward).toEqual([]);
    await own.close();
  });

  it('sent nothing and threw nothing on the way', () => {
    expect(errors).toEqual([]);
    expect(requests.sort()).toEqual(['GET /verify.css', 'GET /verify.html', 'GET /verify.js']);
  });
});
