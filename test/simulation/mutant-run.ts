/**
 * Runs worlds made for one danger each, then drawn seeds, until one fails: in a copy that has a bug.
 *
 *   node mutant-run.js 1 500 [world]     the seeds of this world come first
 */
import 'reflect-metadata';
import { runSeeds } from './seeds.js';
import { simulate } from './simulation.js';
import { worlds } from './worlds.js';

const [first, last] = process.argv.slice(2, 4).map(Number) as [number, number];
const [, , , , own = ''] = process.argv;
const seedsPerWorld = 40;
let tried = 0;

// This line tells the reader of the output that the copy can run at all.
console.log('begun');
for (const [name, world] of Object.entries(worlds).toSorted(([a], [b]) => Number(b === own) - Number(a === own))) {
  for (let seed = 1; seed <= seedsPerWorld; seed++) {
    const { failure } = await simulate(world(seed));
    console.log('goes on');
    tried++;
    if (failure !== undefined)
      end({ seeds: tried, seed: `${name} ${seed}`, checker: failure.checker, message: failure.message });
  }
}
const { counters, failed } = await runSeeds({ first, last }, ({ length }) => {
  console.log('goes on');
  return length > 0;
});
const [found] = failed;
const seed = found === undefined ? '' : String(found.seed);
end({ seeds: tried + counters.seeds, seed, checker: found?.checker, message: found?.message });

function end(outcome: object): never {
  console.log(JSON.stringify(outcome));
  process.exit(0);
}
