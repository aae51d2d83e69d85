/** The commands that run the tests: which files each of them runs, as mocha itself chooses them. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { expect } from 'chai';

const root = resolve(import.meta.dirname, '../../..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

const require = createRequire(import.meta.url);
const { loadOptions } = require('mocha/lib/cli/options.cjs') as {
  readonly loadOptions: (argv: readonly string[]) => { readonly _: readonly string[] };
};
const collectFiles = require('mocha/lib/cli/collect-files.cjs') as (options: object) => { readonly files: string[] };

/** The specs of `npm test` that start a server or the browser: a slice for each of them. The other ones have a name of their own. */
const slices: Readonly<Record<string, string>> = {
  'acceptance/orchestration-basics.spec.ts': 'acceptance tests on PostgreSQL and MariaDB',
  'dashboard/live.spec.ts': 'one suite of the dashboard in the browser',
  'host/mysql-storage.spec.ts': 'two hosts and a client on MariaDB',
  'host/postgres-storage.spec.ts': 'a host and a client on PostgreSQL',
  'hub/restate.spec.ts': 'the suite of task hubs on Restate',
  'hub/sql.spec.ts': 'the suite of task hubs on PostgreSQL and MariaDB',
};

const specs = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.spec.ts'))
  .toSorted();

/** The specs that a script gives to mocha, as files of `test`. */
function specsOf(script: string): string[] {
  const [, line = ''] = /\bmocha (.*)$/.exec(scripts[script] ?? '') ?? [];
  const argv = Array.from(line.matchAll(/"([^"]*)"|\S+/g), ([whole, quoted]) => quoted ?? whole);
  const options = loadOptions(argv);
  return collectFiles({ file: [], ignore: [], ...options, spec: options._ })
    .files.map((file) => relative(join(root, 'dist/test'), file).replaceAll('\\', '/').replace(/js$/, 'ts'))
    .toSorted();
}

/** Tells whether a spec starts a server or the browser: by what it imports. */
function startsMore(spec: string): boolean {
  const text = readFileSync(join(root, 'test', spec), 'utf8');
  return /from '[^']*\/(servers\/(?!own-server|proxy)[^']*|[a-z]+-databases|dashboard-suite|shared-browser)\.js'|\bserverSettings\(/.test(
    text,
  );
}

describe('the commands that run the tests', () => {
  it('run each spec in exactly one of npm test, test:servers and test:browser', () => {
    const run = ['test', 'test:servers', 'test:browser'].flatMap(specsOf);
    // A file of an earlier build, whose source is gone, goes with `npm run clean`.
    expect(run.toSorted()).to.deep.equal(specs);
  });

  it('run all specs in test:all', () => {
    expect(specsOf('test:all')).to.deep.equal(specs);
  });

  it('start servers and the browser in npm test for the named slices only', () => {
    expect(specsOf('test').filter(startsMore)).to.deep.equal(Object.keys(slices));
  });

  it('start a server or the browser in each spec that is named so', () => {
    const named = ['test:servers', 'test:browser'].flatMap(specsOf);
    expect(named.filter((spec) => !startsMore(spec))).to.deep.equal([]);
  });
});
