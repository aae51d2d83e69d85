/** Batches that the engine commits for a work. The same in every run: the engine runs in virtual time, on a store in memory. */
import { engineOptions } from '../../src/host/options.js';
import { startWorker } from '../../src/host/start-worker.js';
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';
import type { UserCode } from '../../src/ports/user-code.js';
import { MemoryDatabase, MemoryStore } from '../../src/storage/memory/index.js';
import { Seeded } from '../../src/testing/seeded.js';
import { TestProcess } from '../../src/testing/test-process.js';
import { VirtualTime } from '../../src/testing/virtual-clock.js';
import { WatchedCode } from '../../src/testing/watched-code.js';
import { drive } from '../measure.js';
import { everything } from '../programs.js';
import type { LoadWork } from '../work.js';

/** The batches before the measurement, and those of the measurement. */
export interface Batches {
  readonly before: readonly CommitBatch[];
  readonly measured: readonly CommitBatch[];
  /** Messages that the measured batches process. */
  readonly messages: number;
}

/** Units that run before the measurement and within it. */
export interface Units {
  readonly inFlight: number;
  readonly before: number;
  readonly measured: number;
}

/** Virtual time that passes with each commit. */
const commitMs = 2;
/** Limits of real and of virtual time, for a work that does not end. */
const limits = { realMs: 600_000, virtualMs: 60_000 };
const silent = { debug() {}, info() {}, warn() {}, error() {} };

class KeepingStore extends MemoryStore {
  readonly batches: CommitBatch[] = [];

  constructor(private readonly time: VirtualTime) {
    super(new MemoryDatabase({ alone: true }), () => time.wallMs());
  }

  override commit(batch: CommitBatch): Promise<{ nowMs: number }> {
    this.time.elapsedMs += commitMs;
    this.batches.push(batch);
    return super.commit(batch);
  }
}

export async function batchesOf(work: LoadWork, units: Units): Promise<Batches> {
  const time = new VirtualTime();
  const process = new TestProcess(time, limits.realMs, () => []);
  const store = new KeepingStore(time);
  const options = { register: everything, leaseDuration: '30 days' as const };
  const ports = {
    clock: process.clock,
    random: new Seeded(1),
    logger: silent,
    makeStore: () => process.storeOn(store),
    aroundUserCode: (code: UserCode) => new WatchedCode(code, process.work, process.plan),
  };
  const { conductor } = process;
  const worker = await conductor.start(startWorker(options, engineOptions(options, 'bench'), ports));
  process.onDeath(worker.endStrictMode);
  const run = async (from: number, to: number): Promise<void> => {
    const range = { from, to, ms: Number.POSITIVE_INFINITY };
    await conductor.until(drive(worker, work, units.inFlight, range), limits.virtualMs);
    await conductor.idle();
  };
  if (work.prepare !== undefined) await conductor.until(work.prepare(worker.client), limits.virtualMs);
  await run(0, units.before);
  const begin = store.batches.length;
  await run(units.before, units.before + units.measured);
  const before = store.batches.slice(0, begin);
  const measured = store.batches.slice(begin);
  await conductor.until(Promise.resolve(work.check?.(worker.client, units.before + units.measured)), limits.virtualMs);
  process.die('it is measured');
  return { before, measured, messages: units.measured * work.messagesPerUnit };
}
