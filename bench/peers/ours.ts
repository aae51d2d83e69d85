/**
 * The work of the peers, done by this library, with the same numbers, lines and variables (`RUNS`, `ONLY`, `W1N` …), on a SQLite file, on the
 * PostgreSQL server of `OURS_URL`, or on the Restate server whose ingress and admin API `OURS_RESTATE` names.
 */
import 'reflect-metadata';
import { once } from 'node:events';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DurableHost, type DurableClient } from '../../src/index.js';
import { reportOf, startChild } from '../children/child.js';
import { percentile } from '../figure.js';
import { Counter, everything, fanOut, tiny, transfer } from '../programs.js';
import { inTemporaryFolder } from '../temporary.js';
import { sumOf } from '../works/counters.js';

const count = (name: string, otherwise: number) => Number(process.env[name] ?? otherwise);
const rounds = count('RUNS', 3);
const url = process.env['OURS_URL'];
const restate = process.env['OURS_RESTATE'];
const only = (process.env['ONLY'] ?? 'w6,w2,w1,w3,w4,w5').split(',');

function emit(line: object): void {
  console.log(JSON.stringify(restate === undefined ? line : { ...line, on: 'restate' }));
}

/** A host of a task hub that no process before has used. */
async function startHost(folder: string): Promise<{ readonly client: DurableClient } & AsyncDisposable> {
  if (restate !== undefined) {
    const [ingress = '', admin = ''] = restate.split(' ');
    const { RestateHost } = await import('../../src/restate/index.js');
    const hub = `ours${process.pid}`;
    return RestateHost.start({ ingress: [ingress], admin, hub, advertise: 'http://127.0.0.1:0', register: everything });
  }
  // Each process of the comparison has tables of its own.
  const server = url === undefined ? undefined : { type: 'postgres' as const, url, schema: `ours_${process.pid}` };
  return DurableHost.start({ storage: server ?? join(folder, 'ours.db'), register: everything });
}

/** Repeats a work with a limit of concurrent units. Resolves with the latencies and the total time, in ms. */
async function pool(
  units: number,
  inFlight: number,
  unit: (index: number) => Promise<unknown>,
  settle?: () => Promise<unknown>,
): Promise<{ latencies: number[]; elapsedMs: number; perSec: number }> {
  const latencies: number[] = [];
  const startedMs = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < units) {
        const begunMs = performance.now();
        await unit(next++);
        latencies.push(performance.now() - begunMs);
      }
    }),
  );
  await settle?.();
  const elapsedMs = performance.now() - startedMs;
  return { latencies, elapsedMs, perSec: (units / elapsedMs) * 1_000 };
}

function emitLatency(w: string, latencies: number[]): void {
  emit({ w, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) });
}

await inTemporaryFolder(async (folder) => {
  if (only.includes('w6') && url === undefined && restate === undefined) {
    const begunMs = performance.now();
    const child = startChild('first-commit', join(folder, 'first.db'));
    await reportOf(child);
    emit({ w: 'W6 cold start', firstCallMs: performance.now() - begunMs });
    if (child.exitCode === null) await once(child, 'exit');
  }
  await using host = await startHost(folder);
  const { client } = host;
  const call = (i: number, requestId?: string) =>
    client.callEntity(Counter, `c${i % 100}`, (counter) => counter.increase(1), { requestId });

  if (only.includes('w2')) {
    await pool(1_000, 64, (i) => call(i));
    for (let round = 0; round < rounds; round++)
      emitLatency('W2 seq', (await pool(count('SEQ', 1_000), 1, (i) => call(i))).latencies);
    for (let round = 0; round < rounds; round++) {
      const units = count('W2N', 10_000);
      emit({ w: 'W2 c64', perSec: (await pool(units, 64, (i) => call(i))).perSec });
      const safe = await pool(units, 64, (i) => call(i, `${round} ${i}`));
      emit({ w: 'W2 c64 with request ids', perSec: safe.perSec });
    }
  }
  if (only.includes('w1')) {
    for (let round = 0; round < rounds; round++) {
      for (const inFlight of [64, 1_000]) {
        const keys = Array.from({ length: 100 }, (_, i) => `s${round}-${inFlight}-${i}`);
        const units = count('W1N', 20_000);
        const unit = (i: number) => client.signalEntity(Counter, keys[i % 100] as string, (counter) => counter.add(1));
        let sum = 0;
        const { perSec } = await pool(units, inFlight, unit, async () => (sum = await sumOf(client, 'Counter', keys)));
        if (sum !== units) throw new Error(`${units} were added, the counters say ${sum}.`);
        emit({ w: `W1 c${inFlight}`, perSec });
      }
    }
  }
  if (only.includes('w3')) {
    const run = async (i: number) => {
      const started = await client.startNew(tiny, { input: { a: `a${i % 100}`, b: `b${(i * 7) % 100}` } });
      return started.result();
    };
    for (let round = 0; round < rounds; round++)
      emit({ w: 'W3 c64', perSec: (await pool(count('W3N', 2_000), 64, run)).perSec });
    emitLatency('W3 seq', (await pool(count('W3SEQ', 300), 1, run)).latencies);
  }
  if (only.includes('w4')) {
    for (let round = 0; round < rounds; round++) {
      const { perSec } = await pool(count('W4N', 2_000), 64, async (i) => {
        const from = (i * 7_919) % 100;
        const input = { from: `m${from}`, to: `m${(from + 1 + ((i * 104_729) % 99)) % 100}`, amount: 1 + (i % 50) };
        return (await client.startNew(transfer, { input })).result();
      });
      emit({ w: 'W4', perSec });
    }
  }
  if (only.includes('w5')) {
    for (let round = 0; round < rounds; round++) {
      const { elapsedMs } = await pool(1, 1, async () => (await client.startNew(fanOut, { input: 1_000 })).result());
      emit({ w: 'W5', wall: elapsedMs / 1_000 });
    }
  }
});
