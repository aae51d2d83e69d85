/**
 * `npm run bench:gate [-- --update]`: counts the instructions and bytes of all works as `bench:instructions` does, and fails if a message
 * costs more than the stored figures of `docs/performance/instructions.json` say. With `--update` the new figures are stored instead.
 */
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { folder, stored } from '../docs/stored.js';
import { missingTools } from './callgrind.js';
import { compareCosts } from './compare.js';
import { headLine, linesOf } from './show.js';
import { countCommits, storedCosts } from './works.js';

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
const { instructions } = stored();
const missing = missingTools();
if (missing !== undefined) stop(missing);
console.log(headLine);
const now = storedCosts(await countCommits([], (each) => console.log(linesOf(each, 0))));
if (values.update) {
  writeFileSync(join(folder, 'instructions.json'), `${JSON.stringify(now, null, 2)}\n`);
  process.argv.splice(2);
  await import('../../test/docs/update.js');
} else if (instructions === undefined) stop('No figures are stored. Store them with --update.');
else {
  const { worse, better } = compareCosts(instructions, now);
  if (instructions.driver !== now.driver)
    console.log(`This build of SQLite ${now.sqlite} is not the one of the stored figures (${instructions.sqlite}).`);
  for (const line of better) console.log(`better: ${line}`);
  if (better.length > 0) console.log('Store the better figures: npm run bench:gate -- --update');
  for (const line of worse) console.error(`worse: ${line}`);
  if (worse.length > 0) stop('Messages cost more than their stored figures.');
  console.log('No message costs more than its stored figures.');
}

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}
