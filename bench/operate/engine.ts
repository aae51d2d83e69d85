/**
 * CPU time of the engine beside its observers: a fixed amount of work, by turns with and without, in one process. So both sides run the same
 * compiled code, and see the same machine.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { reportOf, startChild } from '../children/child.js';
import type { ObservedOrder, Round } from '../children/observed.js';
import { sidesOf, type ObservedMode, type Side } from '../children/sides.js';
import { percentile } from '../figure.js';
import type { BankProcess } from './bank-process.js';
import { shown, type Measured } from './budget.js';
import { byTurns, compared, type Pair } from './turns.js';
import { repeatVisit, type Visit } from './visit.js';

/** Rounds of some milliseconds, so that neighbours see the same machine: a disturbed one is one of hundreds. */
const shortRounds: readonly Round[] = [
  { work: 'w1', inFlight: 64, units: 640 },
  { work: 'w2', inFlight: 64, units: 640 },
  { work: 'w1', inFlight: 1_000, units: 2_000 },
];
/** Units before the first round that counts: code that runs once in a commit is compiled after some thousand commits. */
const warmUnits = 200_000;
/** Pairs of short rounds for each round that was asked for. */
const pairsPerRound = 160;
/** Pairs of rounds in which all callers are traced: they cost so much that a few say it. */
const tracedPairsPerRound = 10;
/** A round of a second or two, because a page reads once in a few seconds. Many, because the median of few pairs says little. */
const longRound = { signals: 200_000, payments: 2_000 };
/** Pairs of long rounds for each round that was asked for. */
const longPairsPerRound = 8;

export async function measureModes(rounds: number): Promise<Measured[]> {
  return [...(await measureStatistics(rounds)), ...(await measureTracing(rounds))];
}

/** Also, what such a measurement says about two sides between which there is no difference. */
async function measureStatistics(rounds: number): Promise<Measured[]> {
  const child = await startObserved('statistics');
  const heapBytes = await order(child, { do: 'heap' }, 'heapBytes');
  const measured: Measured[] = [];
  for (const round of shortRounds) {
    const costs = await costsOf(child, 'statistics', round, rounds * pairsPerRound);
    measured.push(
      share(`nothing attached, compared with itself, ${saidOf(round)}`, costs.get('again') ?? []),
      share(`statistics on, CPU of the engine, ${saidOf(round)}`, costs.get('counted') ?? [], 1),
    );
  }
  const heap = ((await order(child, { do: 'heap' }, 'heapBytes')) - heapBytes) / 2 ** 20;
  await end(child);
  return [...measured, { what: 'statistics on, heap', unit: 'MiB', value: heap, budget: 10 }];
}

async function measureTracing(rounds: number): Promise<Measured[]> {
  const some = await startObserved('tracing');
  const measured: Measured[] = [];
  for (const round of shortRounds) {
    const costs = await costsOf(some, 'tracing', round, rounds * pairsPerRound);
    measured.push(
      share(`1 % of the callers traced, CPU of the engine, ${saidOf(round)}`, costs.get('traced-1') ?? [], 2),
    );
  }
  await end(some);
  const all = await startObserved('tracing-all');
  const [round] = shortRounds as [Round];
  const costs = await costsOf(all, 'tracing-all', round, rounds * tracedPairsPerRound);
  measured.push(share(`all callers traced, CPU of the engine, ${saidOf(round)}`, costs.get('traced-100') ?? []));
  await end(all);
  return measured;
}

function saidOf({ work, inFlight }: Round): string {
  return `${work === 'w1' ? 'signals' : 'calls'}, ${inFlight.toLocaleString('en-US')} in flight`;
}

async function startObserved(mode: ObservedMode): Promise<ChildProcess> {
  const child = startChild('observed', mode);
  await reportOf(child);
  return child;
}

async function costsOf(child: ChildProcess, mode: ObservedMode, round: Round, pairs: number) {
  const warm = Math.ceil(warmUnits / round.units / sidesOf[mode].length);
  return byTurns<Side>(sidesOf[mode], { rounds: pairs, warm }, (side) =>
    order(child, { do: 'work', side, ...round }, 'cpuUs'),
  );
}

async function order(child: ChildProcess, given: ObservedOrder, figure: string): Promise<number> {
  const report = reportOf(child);
  child.send(given);
  return (await report)[figure] ?? Number.NaN;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.send({ do: 'end' } satisfies ObservedOrder);
  await ended;
}

/**
 * One dashboard, on the overview. Its requests are those of a real page, sent by a small client, so that the browser does not take the
 * processor. Each visit goes on where the one before has ended. The statistics count in both cases, because a page was open before.
 */
export async function measureDashboard(bank: BankProcess, visit: Visit, rounds: number): Promise<Measured> {
  let placeMs = 0;
  const turns = { rounds: longPairsPerRound * rounds, warm: 2 };
  const costs = await byTurns(['closed', 'open'] as const, turns, async (side) => {
    const leave = side === 'open' ? await repeatVisit(bank.url, visit, placeMs) : undefined;
    const cpuUs = await bank.work(longRound);
    if (leave !== undefined) placeMs = await leave();
    return cpuUs;
  });
  return share('one dashboard open, CPU of the engine', costs.get('open') ?? [], 2);
}

function share(what: string, pairs: readonly Pair[], budget?: number): Measured {
  const { more, from, to } = compared(pairs);
  const percent = (value: number) => shown(value * 100, '%');
  const without = percentile(
    pairs.map(([costUs]) => costUs),
    0.5,
  );
  const note = `in 19 of 20 measurements between ${percent(from)} and ${percent(to)}; ${pairs.length} pairs of rounds of ${shown(without / 1_000, 'ms')}`;
  return { what, unit: '%', value: more * 100, ...(budget !== undefined && { budget }), note };
}
