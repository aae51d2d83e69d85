/**
 * Root hooks of mocha: the slowest tests and the CPU time are printed at the end of each run, so that a slow test is seen when it comes. The
 * last line of `npm test` names the commands of the tests that it leaves out.
 *
 * Stack traces of failures are mapped to the sources here. The option `--enable-source-maps` of Node.js would map the stack of every error
 * that a test provokes, and that takes a twentieth of the whole run.
 */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context, RootHookObject } from 'mocha';

const shownCount = 10;
const leftOut =
  'Left out: most tests on database servers (npm run test:servers) and in the browser (npm run test:browser). All: npm run test:all';

// The name of the command, from npm. The reporter writes its summary before the process exits.
if (process.env['npm_lifecycle_event'] === 'test') process.once('exit', () => console.log(leftOut));

const tests: { readonly ms: number; readonly title: string }[] = [];

export const mochaHooks: RootHookObject = {
  afterEach(this: Context) {
    const { currentTest } = this;
    if (currentTest?.err?.stack !== undefined) currentTest.err.stack = mapped(currentTest.err.stack);
    if (currentTest?.duration !== undefined) tests.push({ ms: currentTest.duration, title: currentTest.fullTitle() });
  },
  afterAll() {
    if (tests.length <= shownCount) return;
    const slowest = tests.toSorted((a, b) => b.ms - a.ms).slice(0, shownCount);
    console.log(`\n  The ${shownCount} slowest of ${tests.length} tests:`);
    for (const { ms, title } of slowest) console.log(`    ${(ms / 1000).toFixed(1)} s  ${title}`);
    const { own, children } = cpuSeconds();
    const ofChildren =
      children === undefined ? '' : `, and ${children.toFixed(0)} s in processes that the tests started`;
    console.log(`  CPU time: ${own.toFixed(0)} s in this process${ofChildren}`);
  },
};

/** The CPU time of this process and of its children that have ended, user and system. `children` is `undefined` except on Linux. */
function cpuSeconds(): { readonly own: number; readonly children: number | undefined } {
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1e6;
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // The fields behind the name of the program, which may contain spaces. The 14th and the 15th are in ticks of 10 ms.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { own, children: (Number(fields[13]) + Number(fields[14])) / 100 };
  } catch {
    return { own, children: undefined };
  }
}

/** The stack with places in the sources instead of the built files. Places without a source map stay. */
function mapped(stack: string): string {
  return stack.replace(/file:\/\/[^\s()]+\.js:\d+:\d+/g, (place) => {
    const [, url = '', line, column] = /^(.+):(\d+):(\d+)$/.exec(place) ?? [];
    try {
      const built = fileURLToPath(url);
      const map = new SourceMap(JSON.parse(readFileSync(`${built}.map`, 'utf8')) as SourceMapPayload);
      const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!('originalSource' in entry)) return place;
      const source = resolve(dirname(built), entry.originalSource);
      return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    } catch {
      return place;
    }
  });
}
