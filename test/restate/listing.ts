/** The tests of the acceptance suite on Restate, as mocha lists them without running them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../docs/pages.js';
import { isListed } from './differences.js';

export const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
export const acceptanceTests = 'dist/test/acceptance/**/*.spec.js';
export const mochaOptions = ['--no-config', '--require', 'reflect-metadata', '--timeout', '300000', '--exit'];

interface Listed {
  readonly title: string;
  readonly fullTitle: string;
  readonly file: string;
}

let listed: Promise<readonly Listed[]> | undefined;

/**
 * The files of tests by the titles of the tests, with those of their suites.
 * @param which `listed` for the tests that the list of differences names
 */
export async function testsOnRestate(which: 'held' | 'listed'): Promise<ReadonlyMap<string, string>> {
  listed ??= listAll();
  const wanted = (await listed).filter((test) => isListed(themeOf(test), test.title) === (which === 'listed'));
  return new Map(wanted.map((test) => [test.fullTitle, test.file]));
}

/** All tests, in a process of its own: the load of the files takes most of its time, so it lists both kinds. */
async function listAll(): Promise<readonly Listed[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [mocha, ...mochaOptions, '--dry-run', '--reporter', 'json', acceptanceTests],
    { cwd: root, env: { ...process.env, ...environment('all') }, maxBuffer: 2 ** 26 },
  );
  const { tests } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { tests: readonly Listed[] };
  return tests.filter((test) => test.fullTitle.includes(suiteMark));
}

function themeOf(test: Listed): string {
  return test.fullTitle.slice(0, test.fullTitle.indexOf(suiteMark));
}

export function environment(which: 'held' | 'listed' | 'all'): Record<string, string> {
  const differences = { held: '', listed: 'only', all: 'all' };
  return { DURABLE_TEST_ENGINE: 'restate', DURABLE_TEST_DIFFERENCES: differences[which] };
}

const suiteMark = ' (restate) ';

/** The title of a test with that of its suite. */
export function fullTitle(theme: string, title: string): string {
  return theme + suiteMark + title;
}
