/** The dashboard in a real browser while the bank works: sizes, first paint, drawing of a list, live changes. */
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { WatchedPage } from '../../test/dashboard/browser.js';
import { percentile } from '../figure.js';
import type { BankProcess } from './bank-process.js';
import { shown, type Measured } from './budget.js';

/** Neither locked nor a part of the load. */
const listened = '@account@a-04999';
const pagesOfScripts = ['locks?form=graph', 'runs?run=t-010', `entities?entity=${encodeURIComponent(listened)}`];

export async function measurePage(browser: Browser, bank: BankProcess, rounds: number): Promise<Measured[]> {
  await bank.load(true);
  const measured = [
    ...(await sizes(browser, bank.url)),
    await firstPaint(browser, bank.url, rounds),
    await drawing(browser, bank.url, rounds),
    await liveChange(browser, bank.url, rounds),
    await updates(browser, bank.url),
  ];
  await bank.load(false);
  return measured;
}

async function sizes(browser: Browser, url: string): Promise<Measured[]> {
  const watched = await WatchedPage.open(browser, url);
  const zipped = new Map<string, number>();
  const read: Promise<void>[] = [];
  watched.page.on('response', (response) => {
    if (!['script', 'stylesheet'].includes(response.request().resourceType())) return;
    read.push(response.body().then((body) => void zipped.set(response.url(), gzipSync(body).length)));
  });
  const total = async () => {
    await Promise.all(read);
    return [...zipped.values()].reduce((sum, bytes) => sum + bytes, 0) / 1_000;
  };
  await watched.show('overview');
  const first = await total();
  for (const view of pagesOfScripts) await watched.show(view);
  const all = await total();
  await watched.close();
  return [
    { what: 'scripts and styles of the first page, zipped', unit: 'kB', value: first, budget: 60 },
    { what: 'scripts and styles of all pages, zipped', unit: 'kB', value: all, budget: 130 },
  ];
}

/** In a new profile each time: nothing is in the browser's cache. */
async function firstPaint(browser: Browser, url: string, rounds: number): Promise<Measured> {
  const paints: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const watched = await WatchedPage.open(browser, url);
    await watched.show('overview');
    paints.push(
      await watched.page.evaluate<number>(
        `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity`,
      ),
    );
    await watched.close();
  }
  return slowest('first paint of the overview, without a cache', paints, 1_000);
}

/**
 * Marks when the rows have been read, and when they have their places in a frame: an observer of sizes is called after the layout of a frame,
 * in which the browser also finds out which rows are seen.
 */
const watchRows = `{
  const { json } = Response.prototype;
  Response.prototype.json = async function () {
    const value = await json.call(this);
    if (this.url.includes('entities?')) globalThis.readMs ??= performance.now();
    return value;
  };
  const rows = new MutationObserver(() => {
    const [cell] = document.querySelectorAll('main tbody td');
    if (document.querySelectorAll('main tbody tr').length < 100) return;
    rows.disconnect();
    new ResizeObserver(() => (globalThis.drawnMs ??= performance.now())).observe(cell);
  });
  rows.observe(document, { subtree: true, childList: true });
}`;

/** The pages ask for 50 rows. Here the same page draws 100. */
async function drawing(browser: Browser, url: string, rounds: number): Promise<Measured> {
  const drawn: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const watched = await WatchedPage.open(browser, url);
    const { page } = watched;
    await page.addInitScript(watchRows);
    await page.route('**/api/v1/entities?*', (route) => {
      const asked = new URL(route.request().url());
      asked.searchParams.set('limit', '100');
      return route.continue({ url: asked.href });
    });
    await watched.show('entities');
    await page.waitForFunction('globalThis.drawnMs !== undefined');
    drawn.push(await page.evaluate<number>('globalThis.drawnMs - globalThis.readMs'));
    await watched.close();
  }
  return slowest('a list of 100 rows, from the answer to its frame', drawn, 50);
}

/** Notes when a text appears in the state of the open entity. */
const noteText = (text: string) => `{
  let resolve;
  globalThis.seenAtMs = new Promise((seen) => (resolve = seen));
  const observer = new MutationObserver(() => {
    if (!document.querySelector('.drawer section[aria-label=State]')?.textContent.includes('${text}')) return;
    observer.disconnect();
    resolve(Date.now());
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
}`;

/** From the request of a client to the new state on the screen. */
async function liveChange(browser: Browser, url: string, rounds: number): Promise<Measured> {
  const watched = await WatchedPage.open(browser, url);
  await watched.show(`entities?entity=${encodeURIComponent(listened)}`);
  await watched.page.locator('.drawer section[aria-label=State] .leaf').first().waitFor();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const cents = 7_770_000 + round;
    await watched.page.evaluate(noteText(String(cents)));
    // Not in step with the stream, which sends at most four times a second.
    await setTimeout(300 + 37 * (round % 10));
    const begunMs = Date.now();
    await keep(watched.page, url, cents);
    times.push((await watched.page.evaluate<number>('globalThis.seenAtMs')) - begunMs);
  }
  await watched.close();
  return slowest('a change, from the call of a client to the screen', times, 1_000);
}

async function keep(page: Page, url: string, cents: number): Promise<void> {
  const response = await page.request.post(
    `${url}/api/v1/entities/account/${listened.slice('@account@'.length)}/call`,
    {
      headers: { 'content-type': 'application/json', 'x-durable-entities': '1' },
      data: JSON.stringify({ operation: 'keep', input: { owner: 'Measured', cents } }),
    },
  );
  if (!response.ok()) throw new Error(`The call answered ${response.status()}.`);
}

async function updates(browser: Browser, url: string): Promise<Measured> {
  const watched = await WatchedPage.open(browser, url);
  await watched.show('entities');
  const session = await watched.page.context().newCDPSession(watched.page);
  let count = 0;
  session.on('Network.eventSourceMessageReceived', ({ eventName }) => {
    if (eventName === 'changes') count += 1;
  });
  await session.send('Network.enable');
  const seconds = 5;
  await setTimeout(seconds * 1_000);
  const value = Math.round((count / seconds) * 10) / 10;
  await watched.close();
  return { what: 'updates of an open page', unit: '/s', value, budget: 4 };
}

function slowest(what: string, times: number[], budget: number): Measured {
  const note = `p50 ${shown(percentile(times, 0.5), 'ms')}`;
  return { what: `${what}, slowest of ${times.length}`, unit: 'ms', value: percentile(times, 1), budget, note };
}
