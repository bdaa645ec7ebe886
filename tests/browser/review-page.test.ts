/** The review page in a real browser, over a store with one sealed incident from the samples. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCredentials } from '../../infra/local/credentials.ts';
import { patrol } from '../../infra/local/patrol.ts';
import { readSequence } from '../../infra/local/sequence.ts';
import { openStore } from '../../infra/local/store.ts';
import { call, freePort, type RunningHouse, startHouse } from '../e2e/house.ts';

const Feed = z.object({ items: z.array(z.object({ id: z.string() })) });

const CHROMIUM = '/usr/bin/chromium';
const OFFLINE = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

let folder: string;
let house: RunningHouse;
let browser: Browser;
let page: Page;
let caseToken: string;
let signIn: (account: string) => Promise<void>;
const errors: string[] = [];

describe.runIf(existsSync(CHROMIUM))('the review page', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kerbwatch-browser-'));
    const sample = await readSequence(fileURLToPath(new URL('../samples/g_two_cars', import.meta.url)));
    await patrol([sample], { out: folder });
    const port = await freePort();
    const data = join(folder, 'store');
    const store = await openStore(data, { baseUrl: `http://localhost:${port}` });
    const { accounts, tokens } = await openCredentials(store, '*');
    caseToken = tokens.case.token;
    store.close();
    house = await startHouse(data, { port, args: ['--empty'] });
    await house.printed(/试一试 Try/);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: OFFLINE });
    page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`http://localhost:${port}/`);
    signIn = async (account) => {
      await page.fill('input[name=account]', account);
      await page.fill('input[name=password]', accounts.find((one) => one.account === account)?.password ?? '');
      await page.click('button[type=submit]');
      await page.waitForSelector('#queue li');
    };
    await signIn('reviewer');
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await house?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('shows the queue in Chinese with English beside it', async () => {
    expect(await page.locator('#queue li').count()).toBe(2);
    expect(await page.locator('#queue').textContent()).toContain('银杏路 55 号前人行道');
    expect(await page.locator('nav.queue h2').textContent()).toMatch(/待审.*Queue/s);
  });

  it('lets an officer confirm by keyboard alone, with the pictures in view', async () => {
    await page.keyboard.press('n');
    await page.waitForSelector('#strip img');
    const areLoaded = () =>
      page
        .locator('#stage img, #strip img')
        .evaluateAll((images) => images.every((image) => 'naturalWidth' in image && Number(image.naturalWidth) > 0));
    await expect.poll(areLoaded, { timeout: 10_000 }).toBe(true);
    const plate = await page.inputValue('#plate');
    if (plate === '') await page.fill('#plate', '苏E1B48W');
    // What fails is in view with its reason, the rest beneath; of the car whose plate is hidden only the plate is missing.
    expect(await page.locator('#sufficiency li').count()).toBeGreaterThan(10);
    const failing = await page.locator('#sufficiency-failing li').allTextContents();
    expect(failing.map((text) => text.includes('须由执法人员依据图片填写'))).toEqual(plate === '' ? [true] : []);
    await page.click('#sufficiency-rest summary');
    expect(await page.locator('#sufficiency-list').textContent()).toContain('全景快照共 3 张');
    await page.click('#sufficiency-rest summary');
    await page.locator('#stage').click();
    await page.keyboard.press('a');
    await expect.poll(() => page.locator('#said-text').textContent(), { timeout: 10_000 }).toContain('确认');
    await expect.poll(() => page.locator('#queue li').count()).toBe(1);
  });

  it('shows an objection to another officer, with the party’s words, and takes the answer with its reason', async () => {
    const ask = async (method: string, path: string, body?: unknown) =>
      (await call(page.url(), method, path, { token: caseToken, body })).body;
    const { items } = Feed.parse(await ask('GET', '/v1/violations'));
    const violation = `/v1/violations/${items[0]?.id}`;
    await ask('POST', `${violation}/outcome`, { outcome: 'objected', note: '当时在装卸货物' });
    await page.click('#sign-out');
    await signIn('reviewer2');
    await page.selectOption('#filter-state', 'objected');
    await expect.poll(() => page.locator('#queue li').count()).toBe(1);
    await page.click('#queue li button');
    await expect.poll(() => page.locator('#hint').textContent(), { timeout: 10_000 }).toContain('异议');
    expect(await page.locator('#statements').textContent()).toContain('当时在装卸货物');
    expect(await page.locator('#confirm').textContent()).toContain('维持');
    expect(await page.locator('[data-outcome=educate]').isVisible()).toBe(false);
    expect(await page.locator('#facts').textContent()).toMatch(/复核异议.*剩余/s);
    await page.click('#confirm');
    await expect.poll(() => page.locator('#said-text').textContent()).toContain('说明理由');
    await page.fill('#note', '照片未见装卸');
    await page.click('#confirm');
    await expect.poll(() => page.locator('#said-text').textContent(), { timeout: 10_000 }).toContain('维持');
    expect(await page.locator('#undo').isVisible()).toBe(false);
    expect((await ask('GET', violation)).outcomes).toMatchObject([{ outcome: 'objected' }, { outcome: 'upheld' }]);
  });

  it('shows a supervisor the deadlines that come near', async () => {
    await page.click('#sign-out');
    await signIn('supervisor');
    await expect.poll(() => page.locator('#alarms').isVisible()).toBe(true);
  });

  it('threw nothing on the way', () => {
    expect(errors).toEqual([]);
  });
});
