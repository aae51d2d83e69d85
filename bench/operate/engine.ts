/**
 * CPU time of the engine beside its observers: a fixed amount of work, by turns with and without, and the least of each. Other programs on the
 * machine, garbage collection and the compiler only ever add to it.
 */
import type { Browser } from 'playwright-core';
import { WatchedPage } from '../../test/dashboard/browser.js';
import { percentile } from '../figure.js';
import { BankProcess, type BankMode } from './bank-process.js';
import { shown, type Measured } from './budget.js';

const signals = 200_000;
const payments = 2_000;
const processesOfEach = 2;

interface Costs {
  readonly cpuUs: number[];
  readonly heapBytes: number[];
}

/** Statistics and tracing are decided at the start, so each mode has processes of its own. */
export async function measureModes(rounds: number): Promise<Measured[]> {
  const modes: readonly BankMode[] = ['plain', 'statistics', 'untraced', 'tracing-1', 'tracing-100'];
  const costs = new Map<BankMode, Costs>(modes.map((mode) => [mode, { cpuUs: [], heapBytes: [] }]));
  for (let process = 0; process < processesOfEach; process += 1) {
    const banks: [BankMode, BankProcess][] = [];
    for (const mode of modes) banks.push([mode, await BankProcess.start(mode)]);
    for (let round = -1; round < rounds; round += 1) {
      for (const [mode, bank] of round % 2 === 0 ? banks : banks.toReversed()) {
        const { cpuUs, heapBytes } = await bank.work(signals, payments);
        // The first round compiles the code.
        if (round < 0) continue;
        costs.get(mode)?.cpuUs.push(cpuUs);
        costs.get(mode)?.heapBytes.push(heapBytes);
      }
    }
    for (const [, bank] of banks) await bank.end();
  }
  const of = (mode: BankMode) => costs.get(mode) as Costs;
  const heap = Math.min(...of('statistics').heapBytes) - Math.min(...of('plain').heapBytes);
  return [
    share('statistics on, CPU of the engine', of('plain').cpuUs, of('statistics').cpuUs, 1),
    { what: 'statistics on, heap', unit: 'MiB', value: heap / 2 ** 20, budget: 10 },
    share('1 % of the callers traced, CPU of the engine', of('untraced').cpuUs, of('tracing-1').cpuUs, 2),
    share('all callers traced, CPU of the engine', of('untraced').cpuUs, of('tracing-100').cpuUs),
  ];
}

/** One dashboard, on the overview. The statistics count in both cases, because a page was open before. */
export async function measureDashboard(browser: Browser, bank: BankProcess, rounds: number): Promise<Measured> {
  const without: number[] = [];
  const beside: number[] = [];
  const work = async (times: number[]) => times.push((await bank.work(signals, payments)).cpuUs);
  const watched = await WatchedPage.open(browser, bank.url);
  await watched.show('overview');
  await work([]);
  for (let round = 0; round < rounds; round += 1) {
    await watched.page.goto('about:blank');
    await work(without);
    await watched.show('overview');
    await work(beside);
  }
  await watched.close();
  return share('one dashboard open, CPU of the engine', without, beside, 2);
}

function share(what: string, without: number[], beside: number[], budget?: number): Measured {
  const [least, leastBeside] = [Math.min(...without), Math.min(...beside)];
  const middle = percentile(without, 0.5);
  const note = [
    `${shown(leastBeside / 1_000, 'ms')} instead of ${shown(least / 1_000, 'ms')}`,
    `the median without it is ${shown((middle / least - 1) * 100, '%')} above its least`,
  ].join('; ');
  const value = (leastBeside / least - 1) * 100;
  return { what, unit: '%', value, ...(budget !== undefined && { budget }), note };
}
