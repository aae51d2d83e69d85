/**
 * `npm run build && node dist/bench/fairness/main.js [TRANSFERS] [STEP_MS]`: how long locked transfers wait, with 1,000 in flight over 100
 * accounts, and for what. Time is counted in batches, in virtual time: the figures are the same in each run, on every machine. With STEP_MS
 * each look at the clock takes so long, so that batches are sealed because computing took its time, as they are on a busy machine.
 */
import 'reflect-metadata';
import { parseHistory } from '../../src/engines/sql/core/history-text.js';
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';
import { percentile } from '../figure.js';
import { startVirtualWorker } from '../instructions/batches.js';
import { number } from '../lines.js';
import { transfer } from '../programs.js';
import { accounts } from '../works/runs.js';

const inFlight = 1_000;

/** Numbers of batches from the start of a transfer to its result. */
interface Wait {
  /** Until the worker ran it for the first time. */
  admission: number;
  /** From its request for both locks until it held them: the transfers before it in the queues of the locks. */
  locks: number;
  /** From its locks to its end: a batch was sealed between a call and its answer. */
  calls: number;
  /** Until the client had the result: the commit of the last batch. */
  commit: number;
  total: number;
  /** Messages of the transfer that became rows, because a batch was sealed before they were processed. */
  rows: number;
  /** Transfers that were started later and ended in an earlier batch. */
  overtaken: number;
}

const [transfers = 5_000, stepMs = 0] = process.argv.slice(2).map(Number);
if (!(transfers >= 1) || !(stepMs >= 0)) {
  console.error('Give a number of transfers from 1, and a step in ms from 0.');
  process.exit(2);
}
const waits = await measure();
console.log(`${number(transfers)} transfers, ${number(inFlight)} in flight, a look at the clock takes ${stepMs} ms\n`);
print('all', waits);
const slowest = [...waits].sort((a, b) => b.total - a.total).slice(0, Math.ceil(waits.length / 100));
print('the slowest 1 %', slowest);

async function measure(): Promise<Wait[]> {
  const worker = await startVirtualWorker(stepMs);
  const { client, batches } = worker;
  const begun: { id: string; from: number; to: number }[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < transfers) {
      const index = next++;
      const [from, to] = accounts(index, 2) as [string, string];
      const id = `transfer-${index}`;
      const entry = { id, from: batches.length, to: 0 };
      begun.push(entry);
      const run = await client.startNew(transfer, { instanceId: id, input: { from, to, amount: 1 } });
      await run.result();
      entry.to = batches.length;
    }
  };
  await worker.until(Promise.all(Array.from({ length: inFlight }, one)));
  worker.end();
  const stages = stagesOf(batches);
  return begun.map((entry) => {
    const { started, granted, ended, rows } = stages.get(entry.id) as Stages;
    return {
      admission: started - entry.from,
      locks: granted - started,
      calls: ended - granted,
      commit: entry.to - ended,
      total: entry.to - entry.from,
      rows,
      overtaken: begun.filter((other) => other.from > entry.from && other.to < entry.to).length,
    };
  });
}

/** The indexes of the batches in which a transfer went on, and its number of rows for messages. */
interface Stages {
  started: number;
  granted: number;
  ended: number;
  rows: number;
}

function stagesOf(batches: readonly CommitBatch[]): Map<string, Stages> {
  const all = new Map<string, Stages>();
  for (const [index, batch] of batches.entries()) {
    for (const chunk of batch.history) {
      const stages = all.get(chunk.instance) ?? { started: index, granted: index, ended: index, rows: 0 };
      all.set(chunk.instance, stages);
      stages.ended = index;
      const isGranted = parseHistory(chunk.events).some((each) => each.h === 'fed' && each.event.kind === 'granted');
      if (isGranted) stages.granted = index;
    }
    for (const { body, target } of batch.inbox) {
      const { owner } = JSON.parse(body) as { owner?: { instance: string } };
      const stages = all.get(owner?.instance ?? target);
      if (stages !== undefined) stages.rows++;
    }
  }
  return all;
}

function print(what: string, some: readonly Wait[]): void {
  console.log(
    `${what}, in batches:`.padEnd(28) + ['mean', 'p50', 'p99', 'most'].map((each) => each.padStart(9)).join(''),
  );
  for (const name of ['total', 'admission', 'locks', 'calls', 'commit', 'rows', 'overtaken'] as const) {
    const values = some.map((wait) => wait[name]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const shown = [percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)];
    console.log(
      `  ${name}`.padEnd(28) + number(mean, 2).padStart(9) + shown.map((each) => number(each).padStart(9)).join(''),
    );
  }
  console.log('');
}
