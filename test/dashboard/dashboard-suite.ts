/**
 * Suite with one bank and one watched page of the shared browser, which is empty before each test: each page of its own costs a process of
 * the browser. Without an installed Chromium the suite does not run.
 */
import type { BrowserContext } from 'playwright-core';
import { buildDashboard } from '../../packaging/dashboard.js';
import { Bank, type BankOptions } from './bank.js';
import { chromiumPath, plainLook, WatchedPage, type Look } from './browser.js';
import { sharedBrowser } from './shared-browser.js';

export interface Dashboard {
  readonly bank: Bank;
  /** Gives the page to a test. It is emptied after the test, which then fails if the page complained. */
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
    let page: WatchedPage | undefined;
    let isOpen = false;
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
      if (isOpen) await page?.empty();
      isOpen = false;
    });
    const open = async (look?: Look) => {
      page ??= await WatchedPage.open(context, bank.url);
      isOpen = true;
      await page.look(look ?? plainLook);
      return page;
    };
    const openForTests = () => WatchedPage.open(context, bank.url);
    suite(() => ({ bank, open, openForTests }));
  });
}
