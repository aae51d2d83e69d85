/**
 * Runs seeds until one fails: in a copy that has a bug. Worlds made for one danger each and drawn seeds take turns.
 *
 *   node mutant-run.js 500 [world] [several]     up to 500 drawn seeds, with several workers; all seeds of this world come first
 */
import 'reflect-metadata';
import { draw, drawSeveral, type Plan } from './plan.js';
import { simulate } from './simulation.js';
import { worlds } from './worlds.js';

const drawnMax = Number(process.argv[2]);
const own = process.argv[3] ?? '';
const several = process.argv[4] === 'several';
const drawOne = several ? drawSeveral : draw;
const seedsPerWorld = 40;
let tried = 0;

// This line tells the reader of the output that the copy can run at all.
console.log('begun');
const made = Object.entries(worlds);
for (const [name, world] of made.filter((entry) => entry[0] === own))
  for (let seed = 1; seed <= seedsPerWorld; seed++) await run(`${name} ${seed}`, world(seed));
const drawnPerRound = Math.ceil(drawnMax / seedsPerWorld);
for (let round = 1, drawn = 1; round <= seedsPerWorld; round++) {
  // The other worlds have one worker.
  if (!several) for (const [name, world] of made) if (name !== own) await run(`${name} ${round}`, world(round));
  for (; drawn <= Math.min(round * drawnPerRound, drawnMax); drawn++) await run(`seed ${drawn}`, drawOne(drawn));
}
end({ seeds: tried });

async function run(seed: string, plan: Plan): Promise<void> {
  const { failure } = await simulate(plan);
  tried++;
  console.log('goes on');
  if (failure !== undefined) end({ seeds: tried, seed, checker: failure.checker, message: failure.message });
  // An unhandled rejection is reported here, while the seed that caused it is known.
  await new Promise((resolve) => setImmediate(resolve));
}

function end(outcome: object): never {
  console.log(JSON.stringify(outcome));
  process.exit(0);
}
