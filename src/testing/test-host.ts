import type { Container } from 'inversify';
import type { DurableClient } from '../host/durable-client.js';
import { safeLogger } from '../ports/safe-logger.js';
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
import type { LogFields, Logger } from '../ports/log.js';
import { MemoryDatabase, MemoryStore } from '../storage/memory/index.js';
import { Faults } from './faults.js';
import { historyOf, type OrchestrationHistory } from './history.js';
import { Seeded } from './seeded.js';
import { TestProcess } from './test-process.js';
import { VirtualTime } from './virtual-clock.js';
import { waitingRows } from './waiting-rows.js';
import { WatchedCode } from './watched-code.js';

/** The options of `TestHost.start`. Only `register` is required. Options of DurableHost have the same meaning, in virtual time. */
export interface TestHostOptions extends Omit<DurableHostOptions, 'storage' | 'stallLimit'> {
  /** The start of virtual time: a Date, or ms since 1970 (UTC). Default 2026-01-01T00:00:00Z. */
  readonly startTime?: Date | number | undefined;
  /**
   * The limit of real time for any promise of the host or its client, so that a mistake gives an error instead of a test that hangs. The CPU
   * time of the process and waits for code outside count. Ignored while a debugger is attached. Default 4 s, which is less than the limit of
   * most test runners (mocha allows 2 s).
   */
  readonly timeLimit?: Duration | undefined;
  /** As in DurableHost. Default 30 days, because a move of time by months would compute every renewal of a shorter lease. */
  readonly leaseDuration?: Duration | undefined;
  /** As in DurableHost. Default true: every operation reads the stored state, and every orchestration is replayed at each event. */
  readonly evictAfterEachTurn?: boolean | undefined;
}

/** The options of `crash` and `restart`: differences of the next process. */
export interface NextProcessOptions {
  /** The code of the next process, as after a deployment. Default: the same code. */
  readonly register?: readonly unknown[] | undefined;
  readonly container?: Container | undefined;
  readonly services?: DurableHostOptions['services'];
  /** The virtual time that passes before the next process starts. Default 0. */
  readonly downFor?: Duration | undefined;
  /** Plans faults before the next process starts. Needed because waiting messages are processed at once. Default: no faults. */
  readonly faults?: ((faults: Faults) => void) | undefined;
}

/** A log line of the host or of `context.log`. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A signalled operation that failed, with its error. */
export interface RecordedFailedSignal extends FailedSignal {
  readonly error: Error;
}

/** The parts that all processes of one test share, and that survive a crash. */
interface World {
  readonly time: VirtualTime;
  readonly random: Seeded;
  readonly database: MemoryDatabase;
}

const defaultStartMs = Date.UTC(2026, 0, 1);
const { storage: _storage, stallLimit: _stallLimit, ...sharedOptions } = hostOptions;
const testOptions: OptionNames<TestHostOptions> = { ...sharedOptions, startTime: true, timeLimit: true };
const nextOptions: OptionNames<NextProcessOptions> = {
  register: true,
  container: true,
  services: true,
  downFor: true,
  faults: true,
};

/**
 * A host for tests: the real engine on a database in memory, in virtual time. Virtual time stands still unless the test moves it. Work that
 * needs no time happens by itself, as soon as the test awaits anything.
 *
 * Code that runs outside (activities, operations of `external` entities) takes real time. `idle`, `advance` and `until` wait for such code,
 * up to `timeLimit`, and virtual time does not move meanwhile, unless the code itself awaits an answer of this host.
 */
export class TestHost implements AsyncDisposable {
  /** The client of this process. Its promises reject with TestStuckError after `timeLimit`, and with TestHostCrashedError at a crash. */
  readonly client: DurableClient;
  private constructor(
    private readonly worker: Worker,
    private readonly process: TestProcess,
    /** Plans faults for this process. */
    readonly faults: Faults,
    private readonly world: World,
    private readonly options: TestHostOptions,
    private readonly log: Logger,
    /** The log lines of this process, in order. */
    readonly logs: readonly LogLine[],
    /** Signalled operations that failed in this process, as `onSignalFailed` receives them. */
    readonly failedSignals: readonly RecordedFailedSignal[],
  ) {
    this.client = worker.client;
  }

  /**
   * Starts a host on an empty database. Resolves when the host serves clients. Ids and random numbers are the same in each run of a test.
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
    const logger = recorder(logs, options.logger && safeLogger(options.logger));
    const ports = {
      clock: process.clock,
      random: world.random,
      logger,
      makeStore: () => process.storeOn(new MemoryStore(world.database, () => world.time.wallMs())),
      // It takes real time, so virtual time waits for it.
      aroundPreparation: (prepare: () => Promise<void>) => process.work.run('the preparation of the host', prepare),
      aroundUserCode: (code: WatchedCode['inner']) => new WatchedCode(code, process.work, process.plan),
      aroundIntake: (intake: Parameters<TestProcess['waits']['guarded']>[0]) => process.waits.guarded(intake),
    };
    const recordFailure = (error: Error, signal: FailedSignal) => {
      failedSignals.push({ ...signal, error });
      onSignalFailed?.(error, signal);
    };
    const starting = startWorker({ ...rest, onSignalFailed: recordFailure }, settings, ports);
    const worker = await process.conductor.start(starting);
    process.onDeath(worker.endStrictMode);
    return new TestHost(worker, process, faults, world, options, logger, logs, failedSignals);
  }

  /** The present virtual time of the host. `Date.now()` in your code still returns real time: inject a clock there. */
  get now(): Date {
    return new Date(this.world.time.wallMs());
  }

  /** Whether the process of this host is dead, by `crash()` or by a planned fault. */
  get crashed(): boolean {
    return this.process.crashed;
  }

  /**
   * Resolves when nothing more can happen unless time moves: all messages that are due are applied. Resolves at once if the process is dead.
   * @throws TestStuckError if code outside runs for longer than `timeLimit`, or instances keep each other busy for ever
   */
  idle(): Promise<void> {
    return this.process.conductor.idle();
  }

  /**
   * Moves time. Timers, scheduled signals, retries and timeouts that are due on the way happen in order, each at its own time, with all
   * their consequences. Resolves when everything is idle at the new time.
   * @throws TestStuckError as `idle` does. Time then stays where it stopped
   */
  async advance(by: Duration): Promise<void> {
    await this.process.conductor.pass(durationMs(by, 'by'));
  }

  /**
   * Moves time as far as needed until the promise settles: `await host.until(run.result())`. Resolves or rejects as the promise does.
   * @param atMost the maximum move of virtual time. Default 365 days
   * @throws TestStuckError if the promise is not settled by then, and as `idle` does
   */
  async until<T>(promise: Promise<T>, atMost: Duration = '365 days'): Promise<T> {
    return this.process.conductor.until(promise, durationMs(atMost, 'atMost'));
  }

  /**
   * Ends the process as `kill -9` does. Uncommitted work is lost, and all waits of the client of this host reject with TestHostCrashedError.
   * Resolves with the next host, on the same database and at the same virtual time, when it serves clients. Your code that was running
   * continues in the process of the test, but its outcome is ignored.
   */
  async crash(next?: NextProcessOptions): Promise<TestHost> {
    const options = checkOptions(next, nextOptions);
    this.process.die('crash() was called');
    return this.next(options);
  }

  /** Stops the host gracefully. Resolves with the next host, on the same database, when it serves clients. */
  async restart(next?: NextProcessOptions): Promise<TestHost> {
    const options = checkOptions(next, nextOptions);
    await this.stop();
    return this.next(options);
  }

  private async next({ downFor = 0, faults, ...changes }: NextProcessOptions): Promise<TestHost> {
    await this.process.conductor.pass(durationMs(downFor, 'downFor'));
    const { options } = this;
    const same = {
      register: changes.register ?? options.register,
      container: changes.container ?? options.container,
      services: changes.services ?? options.services,
    };
    return TestHost.startIn(this.world, { ...options, ...same }, faults);
  }

  /**
   * The recorded history of the present execution of an orchestration (the last one after `continueAsNew`). Plain JSON, which may be saved
   * in a file and passed to `replay`.
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
   * Stops the host gracefully, and moves time as needed: code that runs outside gets `stopTimeout` (default 20 s) of virtual time.
   * Idempotent. Does nothing if the process is dead. A host that does not stop within 3 s of real time is ended, and an error is logged.
   */
  async stop(): Promise<void> {
    if (this.crashed) return;
    const stopped = await this.process.conductor.stop(this.worker.engine.stop(), 600_000);
    if (stopped) {
      this.worker.endStrictMode();
      return this.worker.store.close();
    }
    this.log.error({ state: this.process.conductor.state() }, 'The test host did not stop: its process was ended.');
    this.process.die('it did not stop');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** @param bindings fields that a child of the logger adds itself */
function recorder(lines: LogLine[], inner: Logger | undefined, bindings: object = {}): Logger {
  const write = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...bindings, ...fields }, message });
    inner?.[level](fields, message);
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    ...(inner?.child !== undefined && {
      child: (given: LogFields) => recorder(lines, inner.child?.(given), { ...bindings, ...given }),
    }),
  };
}

function checkTestOptions(options: TestHostOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError('options', 'they are not an object', 'Give { register }.');
  for (const option of ['storage', 'stallLimit']) {
    if (!(option in options)) continue;
    const hint = 'A test host runs in memory and in virtual time. For another storage use DurableHost.';
    throw new InvalidArgumentError('options', `a test host has no option ${JSON.stringify(option)}`, hint);
  }
  const { startTime: _, timeLimit: __, ...rest } = checkOptions(options, testOptions);
  checkHostOptions({ ...rest, storage: ':memory:' });
}
