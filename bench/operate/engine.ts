/**
 * CPU time of the engine beside its observers: a fixed amount of work, by turns with and without, in one process. So both sides run the same
 * compiled code, and see the same machine.
 */
import { sidesOf, type Side } from '../children/sides.js';
import { percentile } from '../figure.js';
import { BankProcess } from './bank-process.js';
import { shown, type Measured } from './budget.js';
import { byTurns, compared, type Pair } from './turns.js';
import { repeatVisit, type Visit } from './visit.js';

/** A round of 0.2 to 0.4 s of CPU time: short, so that neighbours see the same machine. */
const shortRound = { signals: 30_000, payments: 300 };
/** A round of some seconds, because a page reads once in a few seconds. */
const longRound = { signals: 400_000, payments: 4_000 };
const warmRounds = 4;
/** Pairs of short rounds for each round that was asked for. */
const pairsPerRound = 6;

export async function measureModes(rounds: number): Promise<Measured[]> {
  return [...(await measureStatistics(rounds)), ...(await measureTracing(rounds))];
}

async function measureStatistics(rounds: number): Promise<Measured[]> {
  const bank = await BankProcess.start('statistics');
  const measure = (side: Side) => bank.work(side, shortRound);
  await byTurns(sidesOf.statistics, { rounds: 0, warm: warmRounds }, measure);
  const heapBytes = await bank.heap();
  await bank.count();
  const costs = await byTurns(sidesOf.statistics, { rounds: rounds * pairsPerRound, warm: warmRounds }, measure);
  const heap = ((await bank.heap()) - heapBytes) / 2 ** 20;
  await bank.end();
  return [
    share('statistics on, CPU of the engine', costs.get('statistics') ?? [], 1),
    { what: 'statistics on, heap', unit: 'MiB', value: heap, budget: 10 },
  ];
}

async function measureTracing(rounds: number): Promise<Measured[]> {
  const bank = await BankProcess.start('tracing');
  const costs = await byTurns(sidesOf.tracing, { rounds: rounds * pairsPerRound, warm: 2 * warmRounds }, (side: Side) =>
    bank.work(side, shortRound),
  );
  await bank.end();
  return [
    share('1 % of the callers traced, CPU of the engine', costs.get('tracing-1') ?? [], 2),
    share('all callers traced, CPU of the engine', costs.get('tracing-100') ?? []),
  ];
}

/**
 * One dashboard, on the overview. Its requests are those of a real page, sent by a small client, so that the browser does not take the
 * processor. The statistics count in both cases, because a page was open before.
 */
export async function measureDashboard(bank: BankProcess, visit: Visit, rounds: number): Promise<Measured> {
  const costs = await byTurns(['closed', 'open'] as const, { rounds: 2 * rounds, warm: 1 }, async (side) => {
    const leave = side === 'open' ? await repeatVisit(bank.url, visit) : undefined;
    const cpuUs = await bank.work('plain', longRound);
    await leave?.();
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
