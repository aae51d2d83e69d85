import { performance } from 'node:perf_hooks';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableHost } from '../src/index.js';
import { sqliteStore } from '../src/storage/typeorm/index.js';
import type { CommitBatch } from '../src/ports/store.js';
import { everything } from './entities.js';
import { RecordingStore, written } from './recording-store.js';
import { moneyOf, type Work } from './works.js';

export interface Figure {
  readonly work: string;
  readonly inFlight: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The same rows in the same batches through the same statement, with nothing around. */
  readonly ceilingPerSecond: number;
  readonly commits: number;
  readonly rowsPerMessage: number;
  readonly bytesPerMessage: number;
  readonly cpuUsPerMessage: number;
}

/** Runs a work for about this long on a fresh SQLite file (WAL, synchronous=FULL), then its batches alone on another one. */
export async function measure(work: Work, inFlight: number, seconds: number): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'durable-entities-bench-'));
  try {
    const recording = new RecordingStore(sqliteStore(join(folder, 'engine.db'), {}));
    const host = await DurableHost.startOn(() => recording.recorded, { register: everything });
    // Warm: code compiled, entities in memory.
    await drive(host, work, Math.min(inFlight, 64), { units: 500, ms: 500 });
    const first = recording.batches.length;
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    const latencies = await drive(host, work, inFlight, { units: Number.POSITIVE_INFINITY, ms: seconds * 1_000 });
    const elapsedMs = performance.now() - startedMs;
    const { user, system } = process.cpuUsage(cpu);
    const last = recording.batches.length;
    if ((await moneyOf(host.client)) !== 0)
      throw new Error('The books do not balance: a transfer was lost or doubled.');
    await host.stop();

    const messages = latencies.length * work.messagesPerUnit;
    const measured = recording.batches.slice(first, last);
    const { commits, rows, bytes } = written(measured);
    const ceilingMs = await commitAlone(join(folder, 'ceiling.db'), recording.batches.slice(0, first), measured);
    latencies.sort((a, b) => a - b);
    return {
      work: work.name,
      inFlight,
      perSecond: (messages / elapsedMs) * 1_000,
      p50Ms: latencies[Math.floor(latencies.length * 0.5)] as number,
      p99Ms: latencies[Math.floor(latencies.length * 0.99)] as number,
      ceilingPerSecond: (messages / ceilingMs) * 1_000,
      commits,
      rowsPerMessage: rows / messages,
      bytesPerMessage: bytes / messages,
      cpuUsPerMessage: (user + system) / messages,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Keeps `inFlight` units going; returns the latency of each, in ms. */
async function drive(
  host: DurableHost,
  work: Work,
  inFlight: number,
  until: { units: number; ms: number },
): Promise<number[]> {
  const latencies: number[] = [];
  const endMs = performance.now() + until.ms;
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let begunMs = performance.now(); next < until.units && begunMs < endMs; begunMs = performance.now()) {
        await work.unit(host.client, next++);
        latencies.push(performance.now() - begunMs);
      }
    }),
  );
  return latencies;
}

/** How long the measured batches take, one after the other, by the store's statement alone. */
async function commitAlone(
  file: string,
  before: readonly CommitBatch[],
  measured: readonly CommitBatch[],
): Promise<number> {
  const store = sqliteStore(file, {});
  await store.open();
  const { incarnation } = await store.join({ name: 'ceiling', leaseMs: 15_000, names: [] });
  await store.acquire(incarnation);
  for (const batch of before) await store.commit(batch);
  const startedMs = performance.now();
  for (const batch of measured) await store.commit(batch);
  const elapsedMs = performance.now() - startedMs;
  await store.close();
  return elapsedMs;
}
