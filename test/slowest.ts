/** Root hooks of mocha: the slowest tests are printed at the end of each run, so that a slow one is seen when it comes. */
import type { Context, RootHookObject } from 'mocha';

const shownCount = 10;
const tests: { readonly ms: number; readonly title: string }[] = [];

export const mochaHooks: RootHookObject = {
  afterEach(this: Context) {
    const { currentTest } = this;
    if (currentTest?.duration !== undefined) tests.push({ ms: currentTest.duration, title: currentTest.fullTitle() });
  },
  afterAll() {
    if (tests.length <= shownCount) return;
    const slowest = tests.toSorted((a, b) => b.ms - a.ms).slice(0, shownCount);
    console.log(`\n  The ${shownCount} slowest of ${tests.length} tests:`);
    for (const { ms, title } of slowest) console.log(`    ${(ms / 1000).toFixed(1)} s  ${title}`);
  },
};
