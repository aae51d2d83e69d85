/** The tests of the acceptance suite on Restate, as mocha lists them without running them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../docs/pages.js';

export const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
export const acceptanceTests = 'dist/test/acceptance/**/*.spec.js';
export const mochaOptions = ['--no-config', '--require', 'reflect-metadata', '--timeout', '300000', '--exit'];

/**
 * The files of tests by the titles of the tests, with those of their suites.
 * @param which `listed` for the tests that the list of differences names
 */
export async function testsOnRestate(which: 'held' | 'listed'): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [mocha, ...mochaOptions, '--dry-run', '--reporter', 'json', acceptanceTests],
    { cwd: root, env: { ...process.env, ...environment(which) }, maxBuffer: 2 ** 26 },
  );
  const { tests } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { tests: { fullTitle: string; file: string }[] };
  const onRestate = tests.filter(({ fullTitle: title }) => title.includes(suiteMark));
  return new Map(onRestate.map(({ fullTitle: title, file }) => [title, file]));
}

export function environment(which: 'held' | 'listed'): Record<string, string> {
  return { DURABLE_TEST_ENGINE: 'restate', DURABLE_TEST_DIFFERENCES: which === 'listed' ? 'only' : '' };
}

const suiteMark = ' (restate) ';

/** The title of a test with that of its suite. */
export function fullTitle(theme: string, title: string): string {
  return theme + suiteMark + title;
}
