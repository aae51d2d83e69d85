/** The record of the acceptance tests that have passed on Restate. `npm run test:restate` writes it, and the table of docs/restate.md reads it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../docs/pages.js';

interface Stored {
  /** Versions of the packages with which the last recorded test ran. */
  readonly sdk: string;
  readonly server: string;
  /** By the theme of a suite and the title of a test: the major versions of Node on which it passed, as in `20 22`. */
  readonly tests: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface PassedTest {
  readonly theme: string;
  readonly title: string;
  readonly nodes: readonly string[];
}

export interface Results {
  readonly sdk: string;
  readonly server: string;
  readonly passed: readonly PassedTest[];
}

/** The major version of Node. */
export const nodeVersion = process.versions.node.split('.')[0] as string;

const file = join(root, 'test/restate/results.json');

function stored(): Stored {
  return JSON.parse(readFileSync(file, 'utf8')) as Stored;
}

export function results(): Results {
  const { sdk, server, tests } = stored();
  const passed = Object.entries(tests).flatMap(([theme, titles]) =>
    Object.entries(titles).map(([title, nodes]): PassedTest => ({ theme, title, nodes: nodes.split(' ') })),
  );
  return { sdk, server, passed };
}

/**
 * Records the outcomes of a suite on this version of Node.
 * @param outcomes whether the tests of a title passed
 */
export function record(theme: string, outcomes: ReadonlyMap<string, boolean>): void {
  const before = stored();
  const titles = new Map(Object.entries(before.tests[theme] ?? {}));
  for (const [title, passed] of outcomes) {
    const nodes = new Set(titles.get(title)?.split(' '));
    if (passed) nodes.add(nodeVersion);
    else nodes.delete(nodeVersion);
    if (nodes.size === 0) titles.delete(title);
    else titles.set(title, [...nodes].toSorted().join(' '));
  }
  write({ ...before, ...versions(), tests: { ...before.tests, [theme]: sorted(titles) } });
}

/** Removes what no test is any more. @param exists whether there is such a test */
export function prune(exists: (theme: string, title: string) => boolean): void {
  const before = stored();
  const tests = Object.entries(before.tests).map(([theme, titles]) => {
    const left = Object.entries(titles).filter(([title]) => exists(theme, title));
    return [theme, sorted(left)] as const;
  });
  write({ ...before, tests: Object.fromEntries(tests.filter(([, titles]) => Object.keys(titles).length > 0)) });
}

function write({ sdk, server, tests }: Stored): void {
  const whole: Stored = { sdk, server, tests: sorted(Object.entries(tests)) };
  writeFileSync(file, `${JSON.stringify(whole, null, 2)}\n`);
}

function sorted<Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> {
  return Object.fromEntries([...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function versions(): Pick<Stored, 'sdk' | 'server'> {
  const versionOf = (name: string) =>
    (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
  return { sdk: versionOf('@restatedev/restate-sdk'), server: versionOf('@restatedev/restate-server') };
}
