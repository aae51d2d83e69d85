/** Visit of a page, as its requests: recorded in a real browser, and then sent again by a small client that draws nothing. */
import { setTimeout } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import type { Browser } from 'playwright-core';
import { WatchedPage } from '../../test/dashboard/browser.js';

export interface Visit {
  /** Addresses of the streams that the page keeps open, from the root of the server. */
  readonly streams: readonly string[];
  /** What the page reads, from the moment when its data were there. */
  readonly reads: readonly { readonly path: string; readonly atMs: number }[];
  readonly ms: number;
}

/** Watches a view for a while. The bank should have work, because pages read again after changes. */
export async function recordVisit(browser: Browser, url: string, view: string, ms: number): Promise<Visit> {
  const watched = await WatchedPage.open(browser, url);
  const streams: string[] = [];
  const reads: { path: string; atMs: number }[] = [];
  let beganMs = Number.POSITIVE_INFINITY;
  watched.page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (!pathname.startsWith('/api/')) return;
    const path = `${pathname}${search}`;
    if (request.resourceType() === 'eventsource') streams.push(path);
    else if (performance.now() >= beganMs) reads.push({ path, atMs: performance.now() - beganMs });
  });
  await watched.show(view);
  beganMs = performance.now();
  await setTimeout(ms);
  await watched.close();
  if (streams.length === 0 || reads.length === 0) throw new Error(`The view ${view} sent no requests.`);
  return { streams, reads, ms };
}

/**
 * Sends the requests of a visit again and again, beginning at a place of it in ms. Resolves, when its streams are open, with a function that
 * leaves, and resolves with the place where it has left.
 */
export async function repeatVisit(
  url: string,
  { streams, reads, ms }: Visit,
  fromMs = 0,
): Promise<() => Promise<number>> {
  const leaving = new AbortController();
  const { signal } = leaving;
  const drain = async ({ body }: Response) => {
    if (body !== null) for await (const _ of body);
  };
  const opened = await Promise.all(streams.map((path) => fetch(`${url}${path}`, { signal })));
  const firstMs = performance.now() - fromMs;
  const running = [...opened.map(drain), readAgain()];
  async function readAgain(): Promise<void> {
    for (let beganMs = firstMs; ; beganMs += ms) {
      for (const { path, atMs } of reads) {
        if (beganMs === firstMs && atMs < fromMs) continue;
        await setTimeout(Math.max(0, beganMs + atMs - performance.now()), undefined, { signal });
        void fetch(`${url}${path}`, { signal }).then(drain, () => {});
      }
      await setTimeout(Math.max(0, beganMs + ms - performance.now()), undefined, { signal });
    }
  }
  return async () => {
    leaving.abort();
    await Promise.allSettled(running);
    return (performance.now() - firstMs) % ms;
  };
}
