/**
 * Harms real processes on a real database, over and over, and looks for what was lost or doubled: `npm run chaos -- --help`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chaos } from './chaos.js';
import { faultKinds } from './faults/index.js';
import { readOptions } from './options.js';
import { prove } from './power/prove.js';
import { runAgainWhereMountable } from './small-disk.js';

const options = readOptions(faultKinds);
const exitCode = runAgainWhereMountable();
if (exitCode !== undefined) process.exit(exitCode);
const kinds = options.kinds.filter((kind) => {
  const reason = kind.unavailable?.();
  if (reason !== undefined) console.log(`${kind.name} is left out: ${reason}`);
  return reason === undefined;
});
if (kinds.length === 0) process.exit(1);
const folder = await mkdtemp(join(tmpdir(), 'durable-entities-chaos-'));
if (options.prove) process.exit(await prove(options, folder));
const names = kinds.map(({ name }) => name).join(',');
console.log(`chaos: ${options.cycles} cycles of ${names}, seed ${options.seed}`);

const startedAt = performance.now();
const chaos = new Chaos(options, folder, kinds);
await chaos.run();

const { tally } = chaos;
console.log(tally.table());
console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
if (tally.problems.length === 0) {
  await rm(folder, { recursive: true });
  console.log('nothing lost, nothing doubled');
} else {
  console.log(`repeat with: npm run chaos -- --cycles ${options.cycles} --seed ${options.seed} --only ${names}`);
  console.log(`databases and histories are in ${folder}`);
}
process.exitCode = tally.problems.length === 0 ? 0 : 1;
