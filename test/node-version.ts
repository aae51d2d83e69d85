/**
 * `npm run test:node -- 22`: runs the tests on another version of Node, which comes from the npm package `node-<platform>-<arch>`. More
 * arguments are the files of tests, as patterns; without any, all tests run, but those of better-sqlite3: its native part was built for the
 * version of Node that installed it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const [version, ...files] = process.argv.slice(2);
if (version === undefined || !/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error('Usage: npm run test:node -- VERSION [PATTERN…], for example: npm run test:node -- 24');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'durable-entities-node-'));
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
try {
  process.exitCode = install() && test() ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Runs a program to its end. Returns whether it succeeded. */
function run(command: string, given: readonly string[], env = process.env): boolean {
  return spawnSync(command, given, { stdio: 'inherit', env }).status === 0;
}

function install(): boolean {
  return run('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`]);
}

/** The programs that tests start run on that version too. */
function test(): boolean {
  const bin = join(folder, 'node_modules', name, 'bin');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` };
  const mocha = resolve('node_modules/mocha/bin/mocha.js');
  const node = join(bin, 'node');
  console.log('Tests of better-sqlite3 do not run: its native part is built for the Node that installed it.');
  const given = [
    mocha,
    '--grep',
    'better-sqlite3',
    '--invert',
    ...(files.length > 0 ? files : ['dist/test/**/*.spec.js']),
  ];
  return run(node, ['--version'], env) && run(node, given, env);
}
