/**
 * `npm run bench:instructions [-- WORK ...] [--functions N] [--json FILE]`: the instructions of SQLite and the bytes of the log for each
 * message. The engine runs the works in virtual time, its batches are committed to a SQLite file, and the statements of the driver run again
 * under callgrind. The figures do not depend on the load of the machine, and are the same in every run. Instructions of the kernel do not
 * count. With `--functions` the most expensive functions of SQLite follow each line.
 */
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { missingTools } from './callgrind.js';
import { headLine, linesOf } from './show.js';
import { countCommits, countedWorks, storedCosts } from './works.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { functions: { type: 'string', default: '0' }, json: { type: 'string' } },
});
const functionsShown = Number(values.functions);
const missing = missingTools();
if (positionals.some((name) => !countedWorks.includes(name)) || !(functionsShown >= 0)) {
  console.error(`Works: ${countedWorks.join(', ')}. --functions takes a number.`);
  process.exit(2);
}
if (missing !== undefined) {
  console.error(missing);
  process.exit(1);
}
console.log(headLine);
const counted = await countCommits(positionals, (each) => console.log(linesOf(each, functionsShown)));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(storedCosts(counted), null, 2)}\n`);
