/**
 * `node dist/bench/growth/purge.js [runs] [load]`: purges many ended orchestrations from a file. Prints runs per second, and the
 * CPU time of the process for each in microseconds. With `load`, 64 callers call entities meanwhile: p50 and p99 of their calls before and during the purge.
 */
import 'reflect-metadata';
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DurableHost, EntityId } from '../../src/index.js';
import { defineEntity, defineOrchestration } from '../../src/functions/index.js';
import { number } from '../lines.js';
import { endedRunEntry, fill } from './prepared.js';

const counter = defineEntity('counter', (context) => context.setState(context.getState(() => 0) + 1));
const tiny = defineOrchestration('Tiny', async () => 1);
const quiet = { debug() {}, info() {}, warn: console.log, error: console.log };

const [runs = '100000', mode] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'durable-entities-'));
const file = join(folder, 'hub.db');
await fill(file, Number(runs), endedRunEntry);
console.log(`${number(Number(runs))} ended orchestrations: ${number(statSync(file).size / 1e6, 1)} MB`);
const host = await DurableHost.start({ storage: file, register: [counter, tiny], logger: quiet });
if (mode === 'load') await besideLoad();
else await alone();
await host.stop();
await rm(folder, { recursive: true });

async function alone(): Promise<void> {
  const [cpu, startedMs] = [process.cpuUsage(), performance.now()];
  const purged = await host.client.purgeRuns({});
  const ms = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${number((purged / ms) * 1_000)} purged a second, ${number((user + system) / purged, 1)} us of CPU each`,
  );
}

async function besideLoad(): Promise<void> {
  let calls: number[] = [];
  let over = false;
  const call = async (index: number) => {
    while (!over) {
      const startedMs = performance.now();
      await host.client.callEntity(new EntityId('counter', String(index)), 'add');
      calls.push(performance.now() - startedMs);
    }
  };
  const callers = Array.from({ length: 64 }, (_, index) => call(index));
  await setTimeout(3_000);
  for (const what of ['before', 'beside']) {
    calls = [];
    // The purge continues after the measurement. The host stops in the middle of it.
    if (what === 'beside') host.client.purgeRuns({}).catch(() => {});
    await setTimeout(10_000);
    const sorted = calls.toSorted((a, b) => a - b);
    const at = (share: number) => number(sorted[Math.floor(sorted.length * share)] ?? 0, 1);
    console.log(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${number(sorted.length)} calls`);
  }
  over = true;
  await Promise.all(callers);
}
