/** Suite with one bank, one context of the shared browser and a watched page for each test. Without an installed Chromium the suite does not run. */
import type { BrowserContext } from 'playwright-core';
import { buildDashboard } from '../../packaging/dashboard.js';
import { Bank, type BankOptions } from './bank.js';
import { chromiumPath, WatchedPage, type Look } from './browser.js';
import { sharedBrowser } from './shared-browser.js';

export interface Dashboard {
  readonly bank: Bank;
  /** Opens a page. It is closed after the test, which then fails if the page complained. */
  open(look?: Look): Promise<WatchedPage>;
  /** Opens a page for several tests. They close it. */
  openForTests(): Promise<WatchedPage>;
}

/** @param suite declares the tests. The dashboard is there when they run */
export function dashboardSuite(title: string, options: BankOptions, suite: (dashboard: () => Dashboard) => void): void {
  if (chromiumPath === undefined) return;
  describe(title, () => {
    let context: BrowserContext;
    let bank: Bank;
    let pages: WatchedPage[] = [];
    before(async () => {
      await buildDashboard();
      const [browser, opened] = await Promise.all([sharedBrowser(), Bank.open(options)]);
      bank = opened;
      context = await browser.newContext({ permissions: [] });
    });
    after(async () => {
      await context.close();
      await bank.close();
    });
    afterEach(async () => {
      const opened = pages;
      pages = [];
      for (const page of opened) await page.close();
    });
    const open = async (look?: Look) => {
      const page = await WatchedPage.open(context, bank.url, look);
      pages.push(page);
      return page;
    };
    const openForTests = () => WatchedPage.open(context, bank.url);
    suite(() => ({ bank, open, openForTests }));
  });
}
