/**
 * `npm run bench -- operate [--rounds N] [--only PART ...] [--json FILE]`: measures what the dashboard, the API, the command line and the
 * telemetry cost, on a running bank of 10,000 entities, 5,000 ended orchestrations and 200 in progress, with a real browser. The parts:
 * page, answers, dashboard, modes, starts. The fixed work and the load are told in `children/bank.ts`.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import type { Browser } from 'playwright-core';
import { buildDashboard } from '../../packaging/dashboard.js';
import { chromiumPath, launch } from '../../test/dashboard/browser.js';
import { measureAnswers } from './answers.js';
import { BankProcess } from './bank-process.js';
import { lineOf, type Measured } from './budget.js';
import { measureDashboard, measureModes } from './engine.js';
import { measurePage } from './page.js';
import { measureStarts } from './starts.js';

export const parts = ['page', 'answers', 'dashboard', 'modes', 'starts'] as const;
export type Part = (typeof parts)[number];

export interface OperateOptions {
  readonly rounds: number;
  readonly only: readonly Part[];
  readonly json: string | undefined;
}

export async function measureOperation({ rounds, only, json }: OperateOptions): Promise<void> {
  const load = loadavg().map((value) => value.toFixed(2));
  console.log(
    `Node ${process.version}, ${cpus().length} cores, load averages before ${load.join(' ')}, ${rounds} rounds\n`,
  );
  if (Number(load[0]) > 0.5)
    console.log('Other programs use the machine: times and shares are larger than on a quiet one.\n');
  const figures: Measured[] = [];
  const tell = (measured: readonly Measured[]) => {
    figures.push(...measured);
    for (const one of measured) console.log(lineOf(one));
  };
  await buildDashboard();
  if (only.includes('page') || only.includes('dashboard'))
    await inBrowser((browser) => onBank(browser, rounds, only, tell));
  else if (only.includes('answers')) await onBank(undefined, rounds, only, tell);
  if (only.includes('modes')) tell(await measureModes(rounds));
  if (only.includes('starts')) tell(await measureStarts(2 * rounds + 1));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`);
}

async function onBank(
  browser: Browser | undefined,
  rounds: number,
  only: readonly Part[],
  tell: (measured: readonly Measured[]) => void,
): Promise<void> {
  const bank = await BankProcess.start('plain');
  if (browser !== undefined && only.includes('page')) tell(await measurePage(browser, bank, 2 * rounds));
  if (only.includes('answers')) tell(await measureAnswers(bank, 30 * rounds));
  if (browser !== undefined && only.includes('dashboard')) tell([await measureDashboard(browser, bank, rounds)]);
  await bank.end();
}

async function inBrowser(run: (browser: Browser) => Promise<void>): Promise<void> {
  if (chromiumPath === undefined) throw new Error('The parts page and dashboard need a browser.');
  const browser = await launch();
  try {
    await run(browser);
  } finally {
    await browser.close();
  }
}
