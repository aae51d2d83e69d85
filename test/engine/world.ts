/** The engine under test, without a host: a database, a virtual clock, and one process after the other. */
import { ClientClosedError } from '../../src/errors/index.js';
import { DurableClient } from '../../src/client.js';
import type { CountingObserver } from '../../src/hub/operation-counts.js';
import { SqlTaskHub } from '../../src/engines/sql/sql-task-hub.js';
import { Directory } from '../../src/core/directory.js';
import { defaultLimits } from '../../src/model/limits.js';
import { ConnectedIntake } from '../../src/engines/sql/connected/connected-intake.js';
import { ClientIntake } from '../../src/engines/sql/client-intake.js';
import { Engine } from '../../src/engines/sql/engine.js';
import type { EngineOptions, SignalFailure, StartRefusal } from '../../src/engines/sql/options.js';
import { FaultStore } from './fault-store.js';
import { EntityId } from '../../src/model/entity-id.js';
import type { InstanceRow } from '../../src/engines/sql/ports/store.js';
import { announcedNames, Programs, type Definition } from '../../src/contexts/programs.js';
import type { ClassSupport } from '../../src/functions/support.js';
import { MemoryDatabase, MemoryStore, type MemoryDatabaseOptions } from '../../src/storage/memory/index.js';
import { Seeded } from '../../src/testing/seeded.js';
import { ioTurn, ProcessClock, VirtualTime } from '../../src/testing/virtual-clock.js';

export const defaults: EngineOptions = {
  leaseMs: 15_000,
  intakeTimeoutMs: 30_000,
  stopTimeoutMs: 2_000,
  startTimeoutMs: 30_000,
  maxConcurrentActivities: 64,
  maxConcurrentExternal: 256,
  maxIdleInstances: 20_000,
  maxIdleBytes: 32 * 1024 * 1024,
  maxWaitingInMemory: 1_000,
  evictAfterEachTurn: false,
  rowsPerPage: 1_000,
  receiptsCached: 10_000,
  inlineInputMax: 1_024,
  retention: {
    completed: Infinity,
    failed: Infinity,
    terminated: Infinity,
    deadLetters: Infinity,
    receipts: 24 * 3_600_000,
    workers: 24 * 3_600_000,
  },
  workerName: 'test',
  limits: defaultLimits,
};

/** Only what function programs need: names as they are. */
const classes = {
  orchestrationName: (reference: unknown) =>
    typeof reference === 'string' ? reference : (reference as { name: string }).name,
  activityName: (reference: unknown) =>
    typeof reference === 'string' ? reference : (reference as { name: string }).name,
  viewState: (_: unknown, stored: unknown) => stored,
} as unknown as ClassSupport;

export interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

export interface WorldOptions {
  readonly seed?: number;
  readonly time?: VirtualTime;
  readonly options?: Partial<EngineOptions>;
  readonly database?: MemoryDatabaseOptions;
}

export class World {
  readonly time: VirtualTime;
  readonly database: MemoryDatabase;
  readonly random: Seeded;
  readonly log: LogLine[] = [];
  readonly signalFailures: SignalFailure[] = [];
  readonly startRefusals: StartRefusal[] = [];
  readonly options: EngineOptions;
  /** Of the processes that start from now on. */
  observer: CountingObserver | undefined = undefined;
  readonly classes = classes;
  /** Called with the store and the clock of each process before they are used. */
  onStore: (store: FaultStore, clock: ProcessClock) => void = () => {};

  constructor(
    public definitions: readonly unknown[],
    { seed = 1, time = new VirtualTime(), options = {}, database = { partitionCount: 4 } }: WorldOptions = {},
  ) {
    this.time = time;
    this.random = new Seeded(seed);
    this.database = new MemoryDatabase(database);
    this.options = { ...defaults, ...options };
  }

  /** The user code of a new process. */
  protected definitionsFor(_clock: ProcessClock): readonly Definition[] {
    return this.definitions as readonly Definition[];
  }

  /** The store of a new process, below the faults. */
  protected openStore(): MemoryStore {
    return new MemoryStore(this.database, () => this.time.wallMs());
  }

  /** Starts a process on the database, and lets everything run meanwhile. */
  start(options: Partial<EngineOptions> = {}): Promise<Process> {
    return this.until(this.begin(options));
  }

  /** Starts a process on the database, while somebody else lets everything run. */
  async begin(options: Partial<EngineOptions> = {}): Promise<Process> {
    const clock = new ProcessClock(this.time);
    const definitions = this.definitionsFor(clock);
    const database = this.openStore();
    const store = new FaultStore(database, this.time);
    store.onKill = () => database.die();
    store.onCut = () => database.disconnect();
    store.onMend = () => database.reconnect();
    store.awake = () => clock.awake();
    this.onStore(store, clock);
    const hub = await store.open();
    const directory = new Directory(announcedNames(definitions));
    const line = (level: string) => (fields: object, message: string) => void this.log.push({ level, fields, message });
    const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
    const userCode = new Programs(definitions, { classes, directory, limits: defaultLimits }, logger);
    const died = deferred();
    store.onCrash = () => {
      clock.alive = false;
      died.resolve();
    };
    const starting = Engine.start(
      {
        store,
        relay: new ConnectedIntake({ store, clock, random: this.random }, { name: 'test', hub }),
        clock,
        random: this.random,
        userCode,
        directory,
        logger,
        observer: this.observer,
        onSignalFailed: (failure) => void this.signalFailures.push(failure),
        onStartRefused: (refusal) => void this.startRefusals.push(refusal),
      },
      { ...this.options, ...options },
      hub,
    );
    const engine = await Promise.race([starting, died.promise.then(() => undefined)]);
    if (engine === undefined) throw new ProcessDied();
    const client = new DurableClient({
      hub: new SqlTaskHub(engine),
      clock,
      classes,
      names: directory,
      limits: defaultLimits,
      learnNames: async () => directory.learn((await store.readHub()).names),
    });
    return new Process(engine, client, store, clock, died.promise, () => {
      store.kill();
      store.onCrash();
    });
  }

  /** A client in a process of its own, without a worker. */
  async connect(): Promise<Connected> {
    const clock = new ProcessClock(this.time);
    const store = new FaultStore(this.openStore(), this.time);
    store.awake = () => clock.awake();
    this.onStore(store, clock);
    const hub = await store.open();
    const names = new Directory(hub.names);
    const definitions = this.definitions as readonly Definition[];
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const userCode = new Programs(definitions, { classes, directory: names, limits: defaultLimits }, logger);
    const intake = new ClientIntake({ store, clock, random: this.random, userCode }, { name: 'client', hub });
    const learnNames = async () => names.learn((await store.readHub()).names);
    const ports = { hub: new SqlTaskHub(intake), clock, classes, names, limits: defaultLimits, learnNames };
    const close = () => intake.close(new ClientClosedError());
    return { client: new DurableClient({ ...ports, close }), intake, store, clock };
  }

  /** Lets everything run until the promise settles; time passes only when nothing else happens, at most `limitMs`. */
  async until<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    const wait = { over: false };
    const mark = () => {
      wait.over = true;
    };
    promise.then(mark, mark);
    const endMs = this.time.elapsedMs + limitMs;
    while (!wait.over) {
      await this.quiet(() => wait.over);
      if (wait.over) break;
      if (!this.time.step(endMs)) {
        await this.quiet(() => wait.over);
        if (!wait.over) throw new Stuck(`nothing happened for ${limitMs} ms of virtual time.\n${this.dump()}`);
      }
    }
    return promise;
  }

  /** Lets everything run that needs no time. */
  async quiet(enough: () => boolean = () => false): Promise<void> {
    for (let still = 0, turns = 0; still < 4 && !enough(); turns++) {
      const before = this.time.activity;
      await ioTurn();
      still = before === this.time.activity && this.time.pendingIo === 0 ? still + 1 : 0;
      if (turns > 200_000) throw new Stuck(`it is busy for ever.\n${this.dump()}`);
    }
  }

  /** Moves time by this much; everything that is due happens on the way. */
  async pass(ms: number): Promise<void> {
    const endMs = this.time.elapsedMs + ms;
    do await this.quiet();
    while (this.time.step(endMs));
    await this.quiet();
  }

  row(id: EntityId | string): InstanceRow | undefined {
    return this.database.instances.get(id.toString());
  }

  /** The committed state of an entity. */
  state(name: string, key: string): unknown {
    const text = this.row(new EntityId(name, key))?.state;
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  }

  dump(): string {
    const inbox = [...this.database.inbox.values()].map(
      (row) => `  ${row.id} ${row.target} p${row.partition} arrival ${row.arrival} due ${row.dueMs} ${row.body}`,
    );
    const rows = [...this.database.instances.values()].map(
      (row) => `  ${row.id} v${row.version} ${row.state} ${row.meta}`,
    );
    const log = this.log.slice(-12).map((line) => `  ${line.level} ${line.message} ${JSON.stringify(line.fields)}`);
    return ['inbox:', ...inbox, 'instances:', ...rows, 'log:', ...log].join('\n').slice(0, 6_000);
  }
}

export interface Connected {
  readonly client: DurableClient;
  readonly intake: ClientIntake;
  readonly store: FaultStore;
  readonly clock: ProcessClock;
}

export interface Deferred<T = void> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** A promise that the test settles. */
export function deferred<T = void>(): Deferred<T> {
  let settle!: Omit<Deferred<T>, 'promise'>;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

export class Stuck extends Error {
  override readonly name = 'Stuck';
}

export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

export class Process {
  constructor(
    readonly engine: Engine,
    readonly client: DurableClient,
    readonly store: FaultStore,
    readonly clock: ProcessClock,
    /** Resolves when the process has died of a fault. */
    readonly died: Promise<void>,
    /** Ends the process like kill -9, and resolves `died`. */
    readonly die: () => void,
  ) {}

  /** Ends the process like kill -9, without resolving `died`. */
  crash(): void {
    this.clock.alive = false;
    this.store.kill();
  }
}

/** Resolves with what the promise rejects with; fails when it resolves. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It was expected to fail.');
}
