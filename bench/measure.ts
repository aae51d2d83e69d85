import { performance } from 'node:perf_hooks';
import { DurableHost } from '../src/index.js';
import type { CommitBatch, Store } from '../src/engines/sql/ports/store.js';
import type { RowByRow } from './ceiling/row-by-row.js';
import { withDatabases, type DatabaseKind } from './databases.js';
import { percentile, type Figure } from './figure.js';
import { everything } from './programs.js';
import { RecordingStore } from './recording-store.js';
import type { LoadWork } from './work.js';

/**
 * Runs a work for about this time on a new database that syncs each commit, and then batches of it alone on another one. These are kept in a
 * run of half the time before.
 */
export function measureLoad(
  work: LoadWork,
  inFlight: number,
  seconds: number,
  { kind = 'sqlite', statistics = false }: { readonly kind?: DatabaseKind; readonly statistics?: boolean } = {},
): Promise<Figure> {
  return withDatabases(kind, async (databases) => {
    const recording = new RecordingStore(await databases.store('engine'));
    const host = await DurableHost['startOn'](() => recording.recorded, { register: everything });
    // From its first use on, an inspector counts.
    if (statistics) await host.inspector.statistics();
    await work.prepare?.(host.client);
    // Warm up: the code is compiled, entities are in memory, and the first wave of all clients has ended.
    const warm = Math.max(work.warmUnits ?? 500, 2 * inFlight);
    let units = (await drive(host, work, inFlight, { from: 0, to: warm, ms: 1_000 })).length;
    recording.keep();
    units += (await drive(host, work, inFlight, { from: units, to: Number.POSITIVE_INFINITY, ms: seconds * 500 }))
      .length;
    await work.settle?.(host.client);
    recording.begin();
    const serverBeforeUs = (await databases.serverCpuUs?.()) ?? Number.NaN;
    const meter = startMeter();
    const to = work.unitsMax === undefined ? Number.POSITIVE_INFINITY : units + work.unitsMax;
    const latencies = await drive(host, work, inFlight, { from: units, to, ms: seconds * 1_000 });
    await work.settle?.(host.client);
    const used = meter();
    const serverUs = ((await databases.serverCpuUs?.()) ?? Number.NaN) - serverBeforeUs;
    recording.end();
    units += latencies.length;
    await work.check?.(host.client, units);
    await host.stop();

    const messages = latencies.length * work.messagesPerUnit;
    const { commits, rows, bytes } = recording.written;
    const ceilingMs = await commitAlone(await databases.store('ceiling'), recording);
    const rowByRow = await databases.rowByRow?.();
    const fixedMs = rowByRow && (await rowsAlone(rowByRow, recording));
    const elapsedMs = work.timed === true ? latencies.reduce((sum, ms) => sum + ms, 0) : used.elapsedMs;
    return {
      work: work.name,
      inFlight,
      perSecond: (messages / elapsedMs) * 1_000,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      ceilingPerSecond: (messages / ceilingMs) * 1_000,
      ...(fixedMs !== undefined && { fixedCeilingPerSecond: (messages / fixedMs) * 1_000 }),
      commits,
      rowsPerMessage: rows / messages,
      bytesPerMessage: bytes / messages,
      loopUse: used.loopUse,
      cpuUsPerMessage: used.cpuUs / messages,
      ...(Number.isNaN(serverUs) ? {} : { more: { 'server cpu us/msg': serverUs / messages } }),
    };
  });
}

/** Starts to measure this process. The returned function ends the measurement. */
export function startMeter(): () => { elapsedMs: number; cpuUs: number; loopUse: number } {
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  const startedMs = performance.now();
  return () => {
    const elapsedMs = performance.now() - startedMs;
    const { user, system } = process.cpuUsage(cpu);
    return { elapsedMs, cpuUs: user + system, loopUse: performance.eventLoopUtilization(loop).utilization };
  };
}

/** Keeps `inFlight` units running. Resolves with the latency of each, in ms. Runs at least one unit. */
export async function drive(
  { client }: Pick<DurableHost, 'client'>,
  work: LoadWork,
  inFlight: number,
  { from, to, ms }: { from: number; to: number; ms: number },
): Promise<number[]> {
  const latencies: number[] = [];
  const endMs = performance.now() + ms;
  let next = from;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      let begunMs = performance.now();
      while (next < to && (begunMs < endMs || next === from)) {
        const own = await work.unit(client, next++);
        const endedMs = performance.now();
        latencies.push(work.timed === true ? (own as number) : endedMs - begunMs);
        begunMs = endedMs;
      }
    }),
  );
  return latencies;
}

/** Time of as many batches as were measured, one after the other, through the statement of the store alone, in ms. */
async function commitAlone(store: Store, recording: RecordingStore): Promise<number> {
  await store.open();
  const { incarnation } = await store.join({ name: 'ceiling', leaseMs: 15_000, names: [] });
  await store.acquire(incarnation);
  const elapsedMs = await alone((batch) => store.commit(batch), recording);
  await store.close();
  return elapsedMs;
}

/** Time of their rows one by one, in ms. */
async function rowsAlone(database: RowByRow, recording: RecordingStore): Promise<number> {
  const elapsedMs = await alone((batch) => database.commit(batch), recording);
  await database.close();
  return elapsedMs;
}

async function alone(commit: (batch: CommitBatch) => Promise<unknown>, recording: RecordingStore): Promise<number> {
  const { before, kept } = recording.batches;
  for (const batch of before) await commit(batch);
  const startedMs = performance.now();
  for (const batch of kept) await commit(batch);
  return ((performance.now() - startedMs) * recording.written.commits) / kept.length;
}
