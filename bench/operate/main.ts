/**
 * `npm run bench -- operate [--rounds N] [--only PART ...] [--json FILE]`: measures what the dashboard, the API, the command line and the
 * telemetry cost, on a running bank of 10,000 entities, 5,000 ended orchestrations and 200 in progress, with a real browser. The parts:
 * page, answers, dashboard, postgres (the answers there), modes, starts. The fixed work and the load are told in `children/bank.ts`.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import type { Browser } from 'playwright-core';
import { buildDashboard } from '../../packaging/dashboard.js';
import { chromiumPath, launch } from '../../test/dashboard/browser.js';
import { hasPostgres } from '../../test/servers/postgres.js';
import { withSchema } from '../databases.js';
import { measureAnswers } from './answers.js';
import { BankProcess } from './bank-process.js';
import { lineOf, type Measured } from './budget.js';
import { measureDashboard, measureModes } from './engine.js';
import { measurePage } from './page.js';
import { measureStarts } from './starts.js';
import { recordVisit } from './visit.js';

export const parts = ['page', 'answers', 'dashboard', 'postgres', 'modes', 'starts'] as const;
export type Part = (typeof parts)[number];
/** Twice as long as the longest interval of a page. */
const visitMs = 10_000;

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
  if (only.includes('postgres')) await onPostgres(rounds, tell);
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
  const bank = await BankProcess.start();
  if (browser !== undefined && only.includes('page')) tell(await measurePage(browser, bank, 2 * rounds));
  if (only.includes('answers')) tell(await measureAnswers(bank, 30 * rounds));
  if (browser !== undefined && only.includes('dashboard')) {
    await bank.load(true);
    const visit = await recordVisit(browser, bank.url, 'overview', visitMs);
    await bank.load(false);
    tell([await measureDashboard(bank, visit, rounds)]);
  }
  await bank.end();
}

async function onPostgres(rounds: number, tell: (measured: readonly Measured[]) => void): Promise<void> {
  if (!hasPostgres()) return console.log('The answers on PostgreSQL are not measured: no server is installed.');
  await withSchema(async ({ url, schema }) => {
    const bank = await BankProcess.start({ type: 'postgres', url, schema });
    tell(await measureAnswers(bank, 10 * rounds, ' on PostgreSQL'));
    await bank.end();
  });
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
