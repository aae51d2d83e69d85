/**
 * `npm run test:restate [-- --differences] [PATTERN…]`: runs the acceptance suite on a Restate server, and records what has passed in
 * test/restate/results.json, which makes the table of docs/restate.md. With `--differences` it runs the tests of the list of differences
 * instead. Each must fail.
 */
import { spawnSync } from 'node:child_process';
import { root } from '../docs/pages.js';
import { environment, fullTitle, mocha, mochaOptions, testsOnRestate } from './listing.js';
import { prune } from './results.js';

const given = process.argv.slice(2);
const which = given.includes('--differences') ? 'listed' : 'held';
const patterns = given.filter((each) => each !== '--differences');
const tests = await testsOnRestate(which);
const files = patterns.length > 0 ? patterns : new Set(tests.values());
const { status } = spawnSync(process.execPath, [mocha, ...mochaOptions, ...files], {
  cwd: root,
  env: { ...process.env, ...environment(which) },
  stdio: 'inherit',
});
if (which === 'held') prune((theme, title) => tests.has(fullTitle(theme, title)));
process.exitCode = status ?? 1;
