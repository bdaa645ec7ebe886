/** What the officer's page says of a second reading: of a car whose plate it doubts, and of one nobody asked about. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecondOpinion } from '#core/plates/second-reader.ts';
import { servePages } from '../../infra/console/serve-site.ts';
import { type Listening, listen } from '../../infra/local/server.ts';
import { freePort } from '../e2e/house.ts';
import { openStreet, PLATE, type Street } from '../e2e/street.ts';
import { car, NEXT_SPOT, read, rule } from '../unit/stays/builders.ts';

const CHROMIUM = '/usr/bin/chromium';
const OFFLINE = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
const OTHER = '浙A7C2H9';

const second: SecondOpinion = {
  ...{ kind: 'disagrees', reader: { name: 'Amazon Rekognition DetectText', version: '3.0' } },
  characters: [null, ...[...'ABK3F2'].map((char) => ({ char, confidence: 0.99 }))],
};

let street: Street;
let server: Listening;
let browser: Browser;
let page: Page;
const errors: string[] = [];

describe.runIf(existsSync(CHROMIUM))('the second reading', () => {
  beforeAll(async () => {
    street = await openStreet({ rules: [rule()] });
    servePages(street.app);
    const cars = [car({ plate: { ...read(PLATE), second } }), car({ plate: OTHER, box: NEXT_SPOT, look: 1 })];
    for (const time of ['09:00', '09:05', '09:10']) await street.see(time, { cars });
    await street.see('09:15', {});
    await street.sealAll();
    const { accounts } = await street.credentials();
    const port = await freePort();
    server = await listen(street.app, { port, hostname: '127.0.0.1' });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: OFFLINE });
    page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
    page.setDefaultTimeout(8_000);
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.fill('input[name=account]', 'reviewer');
    await page.fill('input[name=password]', accounts.find(({ account }) => account === 'reviewer')?.password ?? '');
    await page.click('button[type=submit]');
    await page.waitForSelector('#queue li');
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    street?.close();
  });

  const factsOf = async (isMeant: (row: string) => boolean) => {
    const rows = await page.locator('#queue li').allTextContents();
    await page.locator('#queue li button').nth(rows.findIndex(isMeant)).click();
    await page.waitForSelector('#strip li');
    return (await page.textContent('#facts')) ?? '';
  };

  it('says at which character it differs, and leaves the plate to the officer', async () => {
    const facts = await factsOf((row) => !row.includes('浙A·7C2H9'));
    expect(facts).toContain('第二读数不一致（第 3 位 8↔B） second reading disagrees · 3 帧 frames');
    expect(facts).toContain('读数不一，请填写');
    expect(await page.inputValue('#plate')).toBe('');
    expect(await page.textContent('#sufficiency-failing')).toContain('第二读数与识别结果不一致');
    const shot = process.env.SECOND_SHOT;
    if (shot !== undefined) await page.screenshot({ path: shot });
  });

  it('says that nobody was asked', async () => {
    const facts = await factsOf((row) => row.includes('浙A·7C2H9'));
    expect(facts).toContain('第二读数未启用 second reading not in use');
    expect(await page.inputValue('#plate')).toBe('浙A·7C2H9');
  });

  it('without an error of the page', () => expect(errors).toEqual([]));
});
