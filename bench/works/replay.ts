import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { DurableHost, type RunHandle } from '../../src/index.js';
import { sqliteStore } from '../../src/storage/typeorm/index.js';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { percentile, type Figure } from '../figure.js';
import { startMeter } from '../measure.js';
import { everything, longRun } from '../programs.js';
import { RecordingStore } from '../recording-store.js';
import { inTemporaryFolder } from '../temporary.js';
import type { OwnWork } from '../work.js';

/** Runs with about this number of events, which wait. After a restart each run is read, replayed and ended. */
export async function measureReplay(events: number, runs: number): Promise<Figure> {
  return inTemporaryFolder(async (folder) => {
    const file = join(folder, 'engine.db');
    const ids = Array.from({ length: runs }, (_, i) => `long-${i}`);
    const calls = Math.max(1, Math.round(events / 2));
    const first = await DurableHost.start({ storage: file, register: everything });
    const started = await Promise.all(
      ids.map((instanceId) => first.client.startNew(longRun, { instanceId, input: { calls, waits: true } })),
    );
    for (const run of started) await untilItWaits(run);
    await first.stop();

    const recording = new RecordingStore(sqliteStore(file));
    const host = await DurableHost['startOn'](() => recording.recorded, { register: everything });
    recording.begin();
    const meter = startMeter();
    const latencies: number[] = [];
    for (const id of ids) {
      const begunMs = performance.now();
      const run = host.client.run(longRun, id);
      await run.raiseEvent('end');
      if ((await run.result()) !== calls) throw new Error(`${id} does not know what its ${calls} calls answered.`);
      latencies.push(performance.now() - begunMs);
    }
    const used = meter();
    recording.end();
    await host.stop();
    const { commits, rows, bytes } = recording.written;
    const messages = events * runs;
    return {
      work: `replay-${events}`,
      inFlight: 1,
      perSecond: (messages / used.elapsedMs) * 1_000,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      ceilingPerSecond: (messages / (await readAlone(file, ids))) * 1_000,
      commits,
      rowsPerMessage: rows / messages,
      bytesPerMessage: bytes / messages,
      loopUse: used.loopUse,
      cpuUsPerMessage: used.cpuUs / messages,
    };
  });
}

async function untilItWaits(run: RunHandle<number>): Promise<void> {
  while ((await run.status())?.customStatus !== 'waiting') await setTimeout(5);
}

/** Time to read and parse the same histories without the engine, in ms. */
async function readAlone(file: string, ids: readonly string[]): Promise<number> {
  const store: Store = sqliteStore(file);
  await store.open();
  const rows = await store.loadInstances(ids);
  const startedMs = performance.now();
  for (const { id, state } of rows) {
    const { execution } = JSON.parse(state as string) as { execution: string };
    for (const chunk of await store.loadHistory(id, execution)) JSON.parse(chunk.events);
  }
  const elapsedMs = performance.now() - startedMs;
  await store.close();
  return elapsedMs;
}

export const replay: OwnWork = {
  name: 'replay',
  says: 'orchestrations with 10,000 events, after a restart: read, replayed, ended (per second: events)',
  measure: async (seconds) => [await measureReplay(10_000, seconds < 1 ? 2 : 5)],
};
