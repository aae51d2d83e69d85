import type { Container } from 'inversify';
import type { DurableClient } from '../host/durable-client.js';
import { safeLogger } from '../engines/sql/safe-logger.js';
import { InvalidArgumentError, OrchestrationNotFoundError } from '../errors/index.js';
import {
  checkHostOptions,
  engineOptions,
  hostOptions,
  type DurableHostOptions,
  type FailedSignal,
} from '../host/options.js';
import { startWorker, type Worker } from '../host/start-worker.js';
import { durationMs, instantMs, type Duration } from '../model/duration.js';
import { checkOptions, type OptionNames } from '../model/options.js';
import type { Logger } from '../ports/log.js';
import { MemoryDatabase, MemoryStore } from '../storage/memory/index.js';
import { Faults } from './faults.js';
import { historyOf, type OrchestrationHistory } from './history.js';
import { Seeded } from './seeded.js';
import { TestProcess } from './test-process.js';
import { VirtualTime } from './virtual-clock.js';
import { waitingRows } from './waiting-rows.js';
import { WatchedCode } from './watched-code.js';

/** What `TestHost.start` takes; only `register` is needed. What DurableHost takes too means the same, in virtual time. */
export interface TestHostOptions extends Omit<DurableHostOptions, 'storage' | 'stallLimit'> {
  /** Where virtual time begins: a Date, or ms since 1970 (UTC). Default 2026-01-01T00:00:00Z. */
  readonly startTime?: Date | number | undefined;
  /**
   * How much real time any promise of the host or its client may take, so that a mistake is an error and no hung test: the time
   * that is computed, and the time in which code outside is waited for. Ignored while a debugger is attached. Default 4 s: less
   * than most test runners allow; mocha allows 2 s.
   */
  readonly timeLimit?: Duration | undefined;
  /** Default 30 days: a renewal each few seconds would have to be computed whenever time is moved by months. */
  readonly leaseDuration?: Duration | undefined;
  /** Default true: every operation reads what was stored, every orchestration is replayed at each event. */
  readonly evictAfterEachTurn?: boolean | undefined;
}

/** What `crash` and `restart` take: how the next process differs. */
export interface NextProcessOptions {
  /** Other code: a deployment. Default: the same. */
  readonly register?: readonly unknown[] | undefined;
  readonly container?: Container | undefined;
  /** Virtual time that passes before the next process starts. Default 0. */
  readonly downFor?: Duration | undefined;
  /** Plans faults before the next process starts: what waits in the database goes on at once. */
  readonly faults?: ((faults: Faults) => void) | undefined;
}

/** Something that the host, or `context.log`, has logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A signalled operation that failed, with its error. */
export interface RecordedFailedSignal extends FailedSignal {
  readonly error: Error;
}

/** What the processes of one test share, and what survives them. */
interface World {
  readonly time: VirtualTime;
  readonly random: Seeded;
  readonly database: MemoryDatabase;
}

const defaultStartMs = Date.UTC(2026, 0, 1);
const { storage: _storage, stallLimit: _stallLimit, ...sharedOptions } = hostOptions;
const testOptions: OptionNames<TestHostOptions> = { ...sharedOptions, startTime: true, timeLimit: true };
const nextOptions: OptionNames<NextProcessOptions> = { register: true, container: true, downFor: true, faults: true };

/**
 * A host for tests: the real engine on a database in memory, in virtual time. Time stands still unless the test moves it; what
 * needs no time happens by itself, as soon as the test awaits anything.
 *
 * Code that runs outside (activities, operations of `external` entities) takes real time: `idle`, `advance` and `until` wait for
 * it, up to `timeLimit`, and time does not move meanwhile; unless the code itself awaits an answer of this host.
 */
export class TestHost implements AsyncDisposable {
  /** The real client of this process. Its promises reject with TestStuckError after `timeLimit`, with TestHostCrashedError at a crash. */
  readonly client: DurableClient;
  private constructor(
    private readonly worker: Worker,
    private readonly process: TestProcess,
    /** What shall go wrong. */
    readonly faults: Faults,
    private readonly world: World,
    private readonly options: TestHostOptions,
    private readonly log: Logger,
    /** What this process has logged. */
    readonly logs: readonly LogLine[],
    /** Signalled operations that failed in this process: what `onSignalFailed` is told. */
    readonly failedSignals: readonly RecordedFailedSignal[],
  ) {
    this.client = worker.client;
  }

  /**
   * Starts a host on an empty database. The same test gives the same ids and random numbers each time.
   * @throws RegistrationError, InvalidEntityInterfaceError, InvalidArgumentError
   */
  static async start(options: TestHostOptions): Promise<TestHost> {
    checkTestOptions(options);
    const startMs = options.startTime === undefined ? defaultStartMs : instantMs(options.startTime, 'startTime');
    const world = {
      time: new VirtualTime(startMs),
      random: new Seeded(1),
      database: new MemoryDatabase({ alone: true }),
    };
    return TestHost.startIn(world, options);
  }

  private static async startIn(
    world: World,
    options: TestHostOptions,
    planFaults: NextProcessOptions['faults'] = () => {},
  ): Promise<TestHost> {
    const { startTime: _, timeLimit = '4s', onSignalFailed, ...rest } = options;
    const { leaseDuration = '30 days', evictAfterEachTurn = true } = rest;
    const settings = engineOptions({ ...rest, leaseDuration, evictAfterEachTurn }, 'test');
    const process = new TestProcess(world.time, durationMs(timeLimit, 'timeLimit'), () => waitingRows(world.database));
    const faults = new Faults(process.plan);
    planFaults(faults);
    const logs: LogLine[] = [];
    const failedSignals: RecordedFailedSignal[] = [];
    const logger = recorder(logs, options.logger);
    const ports = {
      clock: process.clock,
      random: world.random,
      logger,
      makeStore: () => process.storeOn(new MemoryStore(world.database, () => world.time.wallMs())),
      aroundUserCode: (code: WatchedCode['inner']) => new WatchedCode(code, process.work, process.plan),
      aroundIntake: (intake: Parameters<TestProcess['waits']['guarded']>[0]) => process.waits.guarded(intake),
    };
    const recordFailure = (error: Error, signal: FailedSignal) => {
      failedSignals.push({ ...signal, error });
      onSignalFailed?.(error, signal);
    };
    const starting = startWorker({ ...rest, onSignalFailed: recordFailure }, settings, ports);
    const worker = await process.conductor.start(starting);
    return new TestHost(worker, process, faults, world, options, logger, logs, failedSignals);
  }

  /** Virtual time, as the host sees it. `Date.now()` in your own code goes on showing real time: inject a clock there. */
  get now(): Date {
    return new Date(this.world.time.wallMs());
  }

  /** Whether the process of this host is dead: `crash()` was called, or a planned fault has come. */
  get crashed(): boolean {
    return this.process.crashed;
  }

  /**
   * Resolves when nothing more can happen without time moving: all that was sent is applied, as far as it is due. At once when the
   * process is dead.
   * @throws TestStuckError when code outside runs for longer than `timeLimit`, or instances keep each other busy for ever
   */
  idle(): Promise<void> {
    return this.process.conductor.idle();
  }

  /**
   * Moves time. Timers, scheduled signals, retries and timeouts that are due on the way happen in their order, each at its own
   * time, with all that follows from it. Resolves when all is idle at the new time.
   * @throws TestStuckError as `idle` does; time then stands where it came to
   */
  async advance(by: Duration): Promise<void> {
    await this.process.conductor.pass(durationMs(by, 'by'));
  }

  /**
   * Moves time, as far as needed, until the promise settles: `await host.until(run.result())`. Resolves or rejects as the promise.
   * @param atMost virtual time that may pass; default 365 days
   * @throws TestStuckError when the promise is not settled then, and as `idle` does
   */
  async until<T>(promise: Promise<T>, atMost: Duration = '365 days'): Promise<T> {
    return this.process.conductor.until(promise, durationMs(atMost, 'atMost'));
  }

  /**
   * The process is gone, as by kill -9: what was not committed is gone too, and whoever waits for this host's client is told
   * (TestHostCrashedError). Resolves with the next host, on the same database and in the same time, when it serves clients. Your
   * code that was running goes on in the process of the test, but nobody hears of it.
   */
  async crash(next?: NextProcessOptions): Promise<TestHost> {
    const options = checkOptions(next, nextOptions);
    this.process.die('crash() was called');
    return this.next(options);
  }

  /** Stops gracefully, and resolves with the next host, on the same database and in the same time. */
  async restart(next?: NextProcessOptions): Promise<TestHost> {
    const options = checkOptions(next, nextOptions);
    await this.stop();
    return this.next(options);
  }

  private async next({ downFor = 0, register, container, faults }: NextProcessOptions): Promise<TestHost> {
    await this.process.conductor.pass(durationMs(downFor, 'downFor'));
    const { options } = this;
    const same = { register: register ?? options.register, container: container ?? options.container };
    return TestHost.startIn(this.world, { ...options, ...same }, faults);
  }

  /**
   * What is recorded of an orchestration's present execution (after `continueAsNew`: the last one). Plain JSON: to be kept in a
   * file and given to `replay`.
   * @throws OrchestrationNotFoundError
   */
  async history(run: string | { readonly instanceId: string }): Promise<OrchestrationHistory> {
    const instanceId = typeof run === 'string' ? run : run.instanceId;
    const { instances, history } = this.world.database;
    const found = historyOf(instances.get(instanceId), [...(history.get(instanceId)?.values() ?? [])]);
    if (found === undefined) throw new OrchestrationNotFoundError(instanceId);
    return found;
  }

  /**
   * Stops gracefully, moving time by what that takes: code that runs outside gets `stopTimeout` (20 s) of virtual time. Idempotent;
   * nothing happens when the process is dead. A host that does not stop within a few seconds of real time is ended, which is logged.
   */
  async stop(): Promise<void> {
    if (this.crashed) return;
    const stopped = await this.process.conductor.stop(this.worker.engine.stop(), 600_000);
    if (stopped) return this.worker.store.close();
    this.log.error({ state: this.process.conductor.state() }, 'The test host did not stop: its process was ended.');
    this.process.die('it did not stop');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function recorder(lines: LogLine[], also: Logger | undefined): Logger {
  const inner = also === undefined ? undefined : safeLogger(also);
  const write = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
    inner?.[level](fields, message);
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function checkTestOptions(options: TestHostOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError('options', 'they are no object', 'Give { register }.');
  for (const option of ['storage', 'stallLimit']) {
    if (!(option in options)) continue;
    const hint = 'A test host keeps everything in memory, in virtual time; for others there is DurableHost.';
    throw new InvalidArgumentError('options', `a test host has no option ${JSON.stringify(option)}`, hint);
  }
  const { startTime: _, timeLimit: __, ...rest } = checkOptions(options, testOptions);
  checkHostOptions({ ...rest, storage: ':memory:' });
}
