/** Suite with one browser, one bank and a watched page for each test. Without an installed Chromium the suite does not run. */
import type { Browser } from 'playwright-core';
import { buildDashboard } from '../../packaging/dashboard.js';
import { Bank, type BankOptions } from './bank.js';
import { chromiumPath, launch, WatchedPage, type Look } from './browser.js';

export interface Dashboard {
  readonly bank: Bank;
  readonly browser: Browser;
  /** Opens a page. It is closed after the test, which then fails if the page complained. */
  open(look?: Look): Promise<WatchedPage>;
}

/** @param suite declares the tests. The dashboard is there when they run */
export function dashboardSuite(title: string, options: BankOptions, suite: (dashboard: () => Dashboard) => void): void {
  if (chromiumPath === undefined) return;
  describe(title, () => {
    let browser: Browser;
    let bank: Bank;
    let pages: WatchedPage[] = [];
    before(async () => {
      await buildDashboard();
      [browser, bank] = await Promise.all([launch(), Bank.open(options)]);
    });
    after(async () => {
      await browser.close();
      await bank.close();
    });
    afterEach(async () => {
      const opened = pages;
      pages = [];
      for (const page of opened) await page.close();
    });
    const open = async (look?: Look) => {
      const page = await WatchedPage.open(browser, bank.url, look);
      pages.push(page);
      return page;
    };
    suite(() => ({ bank, browser, open }));
  });
}
