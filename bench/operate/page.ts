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
    await firstPaint(browser, bank.url, Math.ceil(rounds / 2)),
    ...(await drawing(browser, bank.url, Math.ceil(rounds / 2))),
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
    await quietWindow();
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
 * Makes `beginList()`, which resolves with the milliseconds from the moment when the next list has been read to the frame in which its first
 * rows have their places, and to that in which a hundred have: an observer of sizes is called after the layout of a frame, in which the
 * browser also finds out which rows are seen. Nothing else looks at the page meanwhile: a driver that waits for an element runs code of its
 * own in each frame. A row below the window has a place, and its cells have none until it is near.
 */
const watchRows = `{
  const { json } = Response.prototype;
  let readMs;
  globalThis.beginList = () => {
    readMs = undefined;
    const before = document.querySelector('main tbody td');
    const placed = (selector) =>
      new Promise((resolve) => {
        const rows = new MutationObserver(() => {
          const cell = document.querySelector(selector);
          if (readMs === undefined || cell === null || document.querySelector('main tbody td') === before) return;
          rows.disconnect();
          new ResizeObserver((_, self) => {
            self.disconnect();
            resolve(performance.now() - readMs);
          }).observe(cell);
        });
        rows.observe(document, { subtree: true, childList: true });
      });
    return Promise.all([placed('main tbody tr:nth-child(20) td'), placed('main tbody tr:nth-child(100)')]);
  };
  Response.prototype.json = async function () {
    const value = await json.call(this);
    if (this.url.includes('entities?')) readMs ??= performance.now();
    return value;
  };
}`;

const drawsOfPage = 8;

/** The pages ask for 50 rows. Here the same page draws 100: when it is opened without a cache, and then lists of other keys. */
async function drawing(browser: Browser, url: string, rounds: number): Promise<Measured[]> {
  const first = { seen: [] as number[], placed: [] as number[] };
  const further = { seen: [] as number[], placed: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const watched = await WatchedPage.open(browser, url);
    const { page } = watched;
    const draw = async (times: typeof first, code: string) => {
      const [seen, placed] = await page.evaluate<[number, number]>(code);
      times.seen.push(seen);
      times.placed.push(placed);
    };
    await page.addInitScript(`${watchRows}; globalThis.firstList = beginList();`);
    await page.route('**/api/v1/entities?*', (route) => {
      const asked = new URL(route.request().url());
      asked.searchParams.set('limit', '100');
      return route.continue({ url: asked.href });
    });
    await quietWindow();
    await page.goto(`${url}/#/entities`, { waitUntil: 'commit' });
    await draw(first, 'firstList');
    for (let at = 0; at < drawsOfPage; at += 1) {
      // Everything that the opening began has ended, and no frame is awaited.
      await setTimeout(300);
      const list = `#/entities?name=account&key=a-0${(round * drawsOfPage + at) % 10}`;
      await draw(further, `(() => { const list = beginList(); location.hash = '${list}'; return list; })()`);
    }
    await watched.close();
  }
  return [
    nearlySlowest('a list of 100 rows, from the answer to the frame that shows it', further.seen, 50),
    nearlySlowest('a list of 100 rows, until the rows below the window have places', further.placed),
    slowest('the list as the first view of a page, to the frame that shows it', first.seen, 50),
    slowest('the list as the first view of a page, until all rows have places', first.placed),
  ];
}

/** A window of Chromium loads pages of its own first, for its address bar, and these are no part of a page. */
async function quietWindow(): Promise<void> {
  await setTimeout(1_500);
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

/** The budget of lists is one of 19 in 20: a single frame waits for whatever else the machine does. */
function nearlySlowest(what: string, times: number[], budget?: number): Measured {
  const [p50, most] = [0.5, 1].map((part) => shown(percentile(times, part), 'ms'));
  return {
    what: `${what}, p95 of ${times.length}`,
    unit: 'ms',
    value: percentile(times, 0.95),
    ...(budget !== undefined && { budget }),
    note: `p50 ${p50}, slowest ${most}`,
  };
}

function slowest(what: string, times: number[], budget?: number): Measured {
  const note = `p50 ${shown(percentile(times, 0.5), 'ms')}`;
  return {
    what: `${what}, slowest of ${times.length}`,
    unit: 'ms',
    value: percentile(times, 1),
    ...(budget !== undefined && { budget }),
    note,
  };
}
