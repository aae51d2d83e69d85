/**
 * `npm run test:restate [-- --differences] [--missing] [PATTERN…]`: runs the acceptance suite on a Restate server, and records what has
 * passed in test/restate/results.json, which makes the table of docs/restate.md. With `--missing` it runs the files that have a test without
 * a record of this version of Node. With `--differences` it runs the tests of the list of differences instead. Each must fail.
 */
import { spawnSync } from 'node:child_process';
import { root } from '../docs/pages.js';
import { environment, fullTitle, mocha, mochaOptions, testsOnRestate } from './listing.js';
import { nodeVersion, prune, results } from './results.js';

const given = process.argv.slice(2);
const which = given.includes('--differences') ? 'listed' : 'held';
const patterns = given.filter((each) => !each.startsWith('--'));
const tests = await testsOnRestate(which);
const files = patterns.length > 0 ? patterns : new Set(given.includes('--missing') ? missing() : tests.values());
if (!given.every((each) => ['--differences', '--missing'].includes(each) || !each.startsWith('--'))) {
  console.error('Usage: npm run test:restate -- [--differences | --missing | PATTERN…]');
  process.exit(2);
}
if (patterns.length === 0 && new Set(files).size === 0) {
  console.log('Each test has a record.');
  process.exit(0);
}
const { status } = spawnSync(process.execPath, [mocha, ...mochaOptions, ...files], {
  cwd: root,
  env: { ...process.env, ...environment(which) },
  stdio: 'inherit',
});
if (which === 'held') prune((theme, title) => tests.has(fullTitle(theme, title)));
process.exitCode = status ?? 1;

/** The files of tests that have not passed on this version of Node. */
function missing(): string[] {
  const passed = results().passed.filter(({ nodes }) => nodes.includes(nodeVersion));
  const titles = new Set(passed.map(({ theme, title }) => fullTitle(theme, title)));
  return [...tests].flatMap(([title, file]) => (titles.has(title) ? [] : [file]));
}
