/** Batches that the engine commits for a work. The same in every run: the engine runs in virtual time, on a store in memory. */
import type { DurableClient } from '../../src/index.js';
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

/** Random numbers of a seed. Ids begin with the virtual time, as those of a host begin with the time: rows of one batch are neighbours. */
class SeededHost extends Seeded {
  constructor(private readonly time: VirtualTime) {
    super(1);
  }

  override uuid(): string {
    const time = this.time.wallMs().toString(16).padStart(12, '0');
    const [a, b] = [this.u32(), this.u32()].map((bits) => bits.toString(16).padStart(8, '0')) as [string, string];
    return `${time.slice(0, 8)}-${time.slice(8)}-7${a.slice(0, 3)}-8${a.slice(3, 6)}-${a.slice(6)}${b}00`;
  }
}

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

/** A worker in virtual time, on a store in memory. */
export interface VirtualWorker {
  readonly client: DurableClient;
  /** All sealed batches, in order. */
  readonly batches: readonly CommitBatch[];
  /** Resolves as the promise does. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Resolves when all messages are processed. */
  idle(): Promise<void>;
  end(): void;
}

/** @param stepMs virtual time that passes with each look at the clock, so that computing takes time */
export async function startVirtualWorker(stepMs = 0): Promise<VirtualWorker> {
  const time = new VirtualTime();
  const process = new TestProcess(time, limits.realMs, () => []);
  const store = new KeepingStore(time);
  const options = { register: everything, leaseDuration: '30 days' as const };
  const ports = {
    clock: process.clock,
    random: new SeededHost(time),
    logger: silent,
    makeStore: () => process.storeOn(store),
    aroundUserCode: (code: UserCode) => new WatchedCode(code, process.work, process.plan),
  };
  const { conductor } = process;
  const worker = await conductor.start(startWorker(options, engineOptions(options, 'bench'), ports));
  process.onDeath(worker.endStrictMode);
  time.stepMs = stepMs;
  return {
    client: worker.client,
    batches: store.batches,
    until: (promise) => conductor.until(promise, limits.virtualMs),
    idle: () => conductor.idle(),
    end: () => process.die('it is measured'),
  };
}

export async function batchesOf(work: LoadWork, units: Units): Promise<Batches> {
  const worker = await startVirtualWorker();
  const { batches, client } = worker;
  const run = async (from: number, to: number): Promise<void> => {
    await worker.until(drive(worker, work, units.inFlight, { from, to, ms: Number.POSITIVE_INFINITY }));
    await worker.idle();
  };
  if (work.prepare !== undefined) await worker.until(work.prepare(client));
  await run(0, units.before);
  const begin = batches.length;
  const to = units.before + units.measured;
  await run(units.before, to);
  const [before, measured] = [batches.slice(0, begin), batches.slice(begin)];
  await worker.until(Promise.resolve(work.check?.(client, to)));
  worker.end();
  return { before, measured, messages: units.measured * work.messagesPerUnit };
}
