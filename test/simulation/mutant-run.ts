/** Runs the seeds given on the command line until one fails, and says which: what is run in the copy that has a bug. */
import 'reflect-metadata';
import { runSeeds } from './seeds.js';

const [first, last] = process.argv.slice(2).map(Number) as [number, number];
// Whoever reads this knows that the copy can run at all.
console.log('begun');
const { counters, failed } = await runSeeds({ first, last }, ({ length }) => {
  console.log('goes on');
  return length > 0;
});
const [found] = failed;
console.log(
  JSON.stringify({ seeds: counters.seeds, seed: found?.seed, checker: found?.checker, message: found?.message }),
);
process.exit(0);
