/** The browser of all suites of this process. It starts with the first one, and ends after the last one. */
import type { Browser } from 'playwright-core';
import { launch } from './browser.js';

let shared: Promise<Browser> | undefined;

export function sharedBrowser(): Promise<Browser> {
  return (shared ??= launch());
}

// A hook of all files.
after(async () => {
  await (await shared)?.close();
});
