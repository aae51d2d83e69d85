/** Runs worlds made for one danger each, then the seeds given on the command line, until one fails: in a copy that has a bug. */
import 'reflect-metadata';
import { runSeeds } from './seeds.js';
import { simulate } from './simulation.js';
import { busyReceipts, lockedVaults, longQueues, refusingStorage, sentBehind, volleys } from './worlds.js';

const [first, last] = process.argv.slice(2).map(Number) as [number, number];
// This line tells the reader of the output that the copy can run at all.
console.log('begun');
for (const world of [volleys, longQueues, sentBehind, lockedVaults, busyReceipts, refusingStorage]) {
  for (let seed = 1; seed <= 40; seed++) {
    const { failure } = await simulate(world(seed));
    console.log('goes on');
    if (failure !== undefined)
      end({ seeds: seed, checker: failure.checker, message: `${world.name}: ${failure.message}` });
  }
}
const { counters, failed } = await runSeeds({ first, last }, ({ length }) => {
  console.log('goes on');
  return length > 0;
});
const [found] = failed;
end({ seeds: counters.seeds, checker: found?.checker, message: found?.message });

function end(outcome: object): never {
  console.log(JSON.stringify(outcome));
  process.exit(0);
}
