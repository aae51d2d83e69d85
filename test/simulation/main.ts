/**
 * Runs the engine in simulated worlds, with faults, from seeds.
 *
 *   npm run simulate -- --seeds 1..5000 [--workers-of-this-machine 2] [--seconds 40]
 *   npm run simulate -- --seed 17
 *   npm run simulate -- --several --seeds 1..5000
 *   npm run simulate -- --systematic
 *   npm run simulate -- --mutants [--slice 2/5] [--from 12] [--seconds 40]
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { runOnThreads } from './crew.js';
import { huntMutants } from './mutant-table.js';
import { draw, drawSeveral } from './plan.js';
import { troubles } from './simulation.js';
import { runSeeds, type RangeOutcome, type SeedRange } from './seeds.js';
import { shrink } from './shrink.js';
import { failEachAccess, scenarios } from './systematic.js';
import { faultsOf, type FailedSeed } from './tally.js';

/** Seeds from which on every kind of trouble must have happened. */
const coverageFrom = 1_000;
const failuresShown = 5;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1..1000' },
    seed: { type: 'string' },
    seconds: { type: 'string', default: '86400' },
    several: { type: 'boolean', default: false },
    systematic: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    from: { type: 'string', default: '1' },
    slice: { type: 'string', default: '1/1' },
    'workers-of-this-machine': { type: 'string', default: '1' },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const range = rangeOf(values.seed ?? values.seeds);
  const threads = Number(values['workers-of-this-machine']);
  const seconds = Number(values.seconds);
  if (range === undefined || !(threads >= 1) || !(seconds > 0)) {
    console.error(
      'Usage: npm run simulate -- [--seeds 1..1000 | --seed 17] [--workers-of-this-machine 1] [--seconds 40]',
    );
    return 2;
  }
  if (values.systematic) return systematic();
  if (values.mutants)
    return huntMutants({ slice: values.slice, from: Number(values.from), processes: threads, seconds });
  const plan = values.several ? drawSeveral(range.first) : draw(range.first);
  if (values.seed !== undefined) console.log(JSON.stringify(plan, null, 1));
  const startedMs = performance.now();
  const limits = { failuresMax: failuresShown, endAtMs: startedMs + seconds * 1000, onProgress: progress(startedMs) };
  const outcome = values.seed === undefined ? await runOnThreads(range, threads, limits) : await runSeeds(range);
  if (values.seed !== undefined && outcome.failed.length > 0) {
    console.log('It fails like this, too:', JSON.stringify(await shrink(plan), null, 1));
  }
  return report(outcome, range, (performance.now() - startedMs) / 1000);
}

/** One fault at every access of every scenario. */
async function systematic(): Promise<number> {
  let failures = 0;
  for (const scenario of scenarios) {
    const { counters, failed } = await failEachAccess(scenario);
    console.log(`${scenario.name}: ${counters.seeds} runs, ${faultsOf(counters)} faults, ${failed.length} violations`);
    for (const { message, tail } of failed) console.log([message, ...tail].join('\n    '));
    failures += failed.length;
  }
  return failures === 0 ? 0 : 1;
}

function rangeOf(text: string): SeedRange | undefined {
  const [, first, last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(text) ?? [];
  return first === undefined ? undefined : { first: Number(first), last: Number(last), several: values.several };
}

function progress(startedMs: number): (done: number) => void {
  let nextMs = startedMs + 10_000;
  return (done) => {
    if (performance.now() < nextMs) return;
    nextMs += 10_000;
    console.log(`${done} seeds in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  };
}

function report({ counters, failed }: RangeOutcome, range: SeedRange, seconds: number): number {
  const { seeds, repeated, acknowledged, commits, takeovers, gives, starts, events, virtualMs, faults } = counters;
  const cpu = process.cpuUsage();
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  const perMinute = (time: number) => Math.round((seeds / time) * 60).toLocaleString('en-US');
  const whole = (value: number) => Math.round(value).toLocaleString('en-US');
  const byKind = Object.entries(faults).sort(([, a], [, b]) => b - a);
  console.log(
    `seeds          ${whole(seeds)} from ${range.first} on in ${seconds.toFixed(0)} s: ${perMinute(seconds)} a minute; ${perMinute(cpuSeconds)} a minute of one core`,
  );
  console.log(
    `faults         ${whole(faultsOf(counters))}: ${byKind.map(([kind, times]) => `${kind} ${whole(times)}`).join(', ')}`,
  );
  console.log(
    `processes      ${whole(starts)} starts, ${whole(takeovers)} takeovers by another one, ${whole(gives)} partitions given away`,
  );
  console.log(`acknowledged   ${whole(acknowledged)}`);
  console.log(`commits        ${whole(commits)}, each checked`);
  console.log(`simulated      ${(virtualMs / 3_600_000).toFixed(1)} hours, ${whole(events)} events`);
  console.log(`run twice      ${whole(repeated)} seeds, with the same trace`);
  for (const each of failed.slice(0, failuresShown)) show(each);
  const missing = seeds < coverageFrom ? [] : troubles.filter((kind) => faults[kind] === undefined);
  if (missing.length > 0) console.log(`This shows nothing: ${missing.join(', ')} never happened.`);
  console.log(
    failed.length === 0 ? 'violations     0' : `violations     ${failed.length} (it stops at ${failuresShown})`,
  );
  return failed.length === 0 && missing.length === 0 ? 0 : 1;
}

function show({ seed, message, tail }: FailedSeed): void {
  console.log(`\nSEED ${seed} ${message}`);
  for (const line of tail) console.log(`    ${line.slice(0, 300)}`);
  console.log(`  npm run simulate -- --seed ${seed}\n`);
}
