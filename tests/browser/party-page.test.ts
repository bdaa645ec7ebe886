/** The party's page in a real browser, on a phone's screen, over a confirmed violation with a real copy. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentId } from '#core/ids.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { makePartyCopy } from '../../functions/seal/copy-handler.ts';
import { buildPackage } from '../../functions/seal/package.ts';
import { servePages } from '../../infra/console/serve-site.ts';
import { type Listening, listen } from '../../infra/local/server.ts';
import { freePort } from '../e2e/house.ts';
import { type Office, openOffice } from '../e2e/review-office.ts';
import { brieflyParkedCar } from '../unit/evidence-samples.ts';
import { incident, MINUTE, T0 } from '../unit/review-incident.ts';

const CHROMIUM = '/usr/bin/chromium';
const OFFLINE = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
/** Where pictures of the page go when somebody wants to look at it. */
const SHOTS = process.env.PARTY_SHOTS;
const ID = 'I1';

let directory: string;
let office: Office;
let server: Listening;
let browser: Browser;
let page: Page;
let code: string;
const errors: string[] = [];

describe.runIf(existsSync(CHROMIUM))('the party`s page', () => {
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'party-page-'));
    office = await openOffice();
    servePages(office.app);
    const signer = await openSigner(join(directory, 'key'));
    const { bytes, sha256 } = await buildPackage(await brieflyParkedCar(), signer);
    const key = `evidence/${ID}/1-${sha256}.zip`;
    await office.blobs.putIfAbsent(key, bytes, 'application/zip');
    const { stay } = incident();
    await office.add(ID, {
      stay,
      package: { sha256, key, bytes: bytes.length, revision: 1, sealedAt: T0 + 12 * MINUTE },
    });
    await office.confirm('anna', ID);
    code = (await office.ask('case', `POST /v1/violations/${ID}/party-code`)).json.code;
    await makePartyCopy(
      {
        ...{ table: office.table, blobs: office.blobs, clock: office.clock, signer, systemVersion: 'test' },
        privacy: async () => ({ imageSize: [1920, 1080], regions: [], models: [] }),
      },
      incidentId(ID),
    );
    const port = await freePort();
    server = await listen(office.app, { port, hostname: '127.0.0.1' });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: OFFLINE });
    page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    page.setDefaultTimeout(8_000);
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('401')) errors.push(message.text());
    });
    await page.goto(`http://127.0.0.1:${port}/party.html#${ID}`);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await office?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const shot = async (name: string) => {
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  };

  it('knows the number from the address and says in Chinese what a wrong code means', async () => {
    expect(await page.inputValue('#incident')).toBe(ID);
    await page.fill('#code', 'AAAA-AAAA-AAAA');
    await page.click('#enter button');
    await page.waitForSelector('#enter-problem:not(:empty)');
    expect(await page.textContent('#enter-problem')).toMatch(/^编号或查询码不正确/);
    await shot('1-wrong-code');
  });

  it('opens by keyboard alone and shows facts, grounds and what was proven', async () => {
    await page.fill('#code', code.toLowerCase());
    await page.focus('#code');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#case:not([hidden])');
    expect(await page.textContent('#state')).toContain('已确认为违法行为');
    expect(await page.textContent('#facts')).toContain('浙A·8K3F2');
    expect(await page.textContent('#grounds')).toContain('第五十六条');
    expect(await page.locator('#proof li').count()).toBeGreaterThan(5);
    expect(await page.locator('#main:focus').count()).toBe(1);
    await shot('2-case');
  });

  it('fits a phone: nothing to scroll sideways', async () => {
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });

  it('shows the redacted pictures and gives the copy and its sheet to keep', async () => {
    await page.click('#show-copy');
    await page.waitForSelector('#pictures img');
    expect(await page.locator('#pictures img').count()).toBeGreaterThan(2);
    const widths =
      'Promise.all([...document.querySelectorAll("#pictures img")].map((img) => img.decode().then(() => img.naturalWidth)))';
    for (const width of z(await page.evaluate(widths))) expect(width).toBeGreaterThan(500);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-sheet')]);
    expect(download.suggestedFilename()).toBe(`${ID}-copy.pdf`);
    await shot('3-pictures');
  });

  it('asks before it sends an objection, keeps the words on Back, and tells that it is on record', async () => {
    await page.check('input[value=object]');
    await page.fill('#text', '当时正在装卸货物，<b>请复核</b>。');
    await page.click('#speak button');
    await page.waitForSelector('#confirm[open]');
    await shot('4-confirm');
    await page.keyboard.press('Escape');
    expect(await page.inputValue('#text')).toContain('装卸货物');
    await page.click('#speak button');
    await page.click('#confirm button[value=yes]');
    await page.waitForSelector('#speak-done:not(:empty)');
    expect(await page.textContent('#state')).toContain('另一名执法人员复核');
    expect(await page.textContent('#statements')).toContain('<b>请复核</b>');
    await shot('5-objected');
  });

  it('shows who looked, and leaves nothing behind when its party leaves', async () => {
    await page.click('#show-trail');
    await page.waitForSelector('#trail li');
    expect(await page.textContent('#trail')).toContain('执法人员 安娜');
    await page.click('#leave');
    await page.waitForSelector('#enter:not([hidden])');
    expect(await page.textContent('#facts')).toBe('');
    expect(await page.locator('#pictures img').count()).toBe(0);
    expect(await page.evaluate('JSON.stringify([localStorage.length, sessionStorage.length, document.cookie])')).toBe(
      '[0,0,""]',
    );
  });

  it('wrote every look into the chain, and no script failed on the way', async () => {
    const acts = (await streamEntries(office.table, `incident/${ID}`)).filter(({ actor }) => actor.kind === 'party');
    expect(acts.map(({ act }) => act)).toEqual(
      expect.arrayContaining([
        'party.entered',
        'party.viewed',
        'party.copy-fetched',
        'party.objected',
        'party.trail-viewed',
      ]),
    );
    expect(errors).toEqual([]);
  });
});

const z = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);
