/** The environment of an acceptance test: hosts on one storage, and a quiet logger. The test leaves no files behind. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DurableError,
  DurableHost,
  EntityId,
  EntityOperationFailedError,
  type DurableClient,
  type DurableHostOptions,
  type FailedSignal,
  type Logger,
} from '../../src/index.js';
import { checkHostOptions } from '../../src/host/options.js';
import { durationMs, type Duration } from '../../src/model/duration.js';
import { MemoryDatabase, MemoryStore } from '../../src/storage/memory/index.js';
import { sqliteStore } from '../../src/storage/typeorm/index.js';
import { copyEmptyHub } from '../storage/empty-hub.js';
import { MovedClock } from './moved-clock.js';
import { RestateWorld } from '../restate/restate-world.js';
import { startMovedHost, type Host } from './moved-host.js';
import { createServerDatabase, isServer, type ServerDatabase, type ServerKind } from './server-database.js';

/** The storage and the cache that an acceptance suite runs on. */
export interface Setting {
  readonly storage: 'memory' | 'sqlite' | ServerKind | 'restate';
  /** Whether every instance is dropped from memory after each turn. */
  readonly evict: boolean;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: object;
}

export interface ReportedSignal extends FailedSignal {
  readonly error: Error;
}

type StartOptions = Partial<Omit<DurableHostOptions, 'register' | 'storage'>>;

/** The hosts of one test. */
export class World {
  readonly lines: LogLine[] = [];
  readonly failedSignals: ReportedSignal[] = [];
  private readonly hosts: Host[] = [];
  private readonly waiting = new Set<() => void>();
  private folder: string | undefined;
  /** The data of memory storage. It survives a restart of the host, like a file. */
  private readonly memory = new MemoryDatabase({ alone: true });
  private database: ServerDatabase | undefined;
  private clock: MovedClock | undefined;
  private restate: RestateWorld | undefined;
  private last: { register: readonly unknown[]; options: StartOptions } = { register: [], options: {} };

  constructor(readonly setting: Setting) {}

  get host(): Host {
    const host = this.hosts.at(-1);
    if (host === undefined) throw new Error('the test has started no host');
    return host;
  }

  get client(): DurableClient {
    return this.host.client;
  }

  /** Starts a host with these definitions. */
  async start(register: readonly unknown[], options: StartOptions = {}): Promise<DurableClient> {
    this.last = { register, options };
    if (this.setting.storage === 'restate') return this.startOnRestate(register, options);
    const host = await this.startHost({
      storage: await this.storage(),
      register,
      logger: this.logger,
      evictAfterEachTurn: this.setting.evict,
      onSignalFailed: (error, signal) => {
        this.failedSignals.push({ ...signal, error });
        this.changed();
      },
      ...options,
    });
    this.hosts.push(host);
    return host.client;
  }

  /** The option `storage` of the hosts. */
  private async storage(): Promise<DurableHostOptions['storage']> {
    const kind = this.setting.storage;
    if (kind === 'memory') return ':memory:';
    if (!isServer(kind)) return this.file();
    this.database ??= await createServerDatabase(kind);
    return this.database.storage;
  }

  /** Starts a host on the shared server of Restate. Hosts of one World have the same services, and a restarted one the same address. */
  private async startOnRestate(register: readonly unknown[], options: StartOptions): Promise<DurableClient> {
    this.restate ??= new RestateWorld();
    const host = await this.restate.start(register, {
      logger: this.logger,
      onSignalFailed: (error, signal) => {
        this.failedSignals.push({ ...signal, error });
        this.changed();
      },
      ...options,
    });
    this.hosts.push(host);
    return host.client;
  }

  /** Starts a host on a clock that the test moves: see `pass`. Restarts keep this clock. */
  startMoved(register: readonly unknown[], options?: StartOptions): Promise<DurableClient> {
    if (this.setting.storage === 'restate') throw new Error('the time of Restate cannot be moved');
    this.clock ??= new MovedClock();
    return this.start(register, options);
  }

  private async startHost(options: DurableHostOptions & { readonly logger: Logger }): Promise<Host> {
    const { clock, memory } = this;
    const wallMs = () => clock?.wallMs() ?? Date.now();
    const memoryStore = () => new MemoryStore(memory, wallMs);
    if (clock !== undefined) {
      const { storage } = options;
      const fileStore = () => sqliteStore(storage as string, { wallMs });
      const makeStore = this.setting.storage === 'memory' ? memoryStore : fileStore;
      return startMovedHost(clock, options, () => this.database?.store(wallMs) ?? makeStore());
    }
    if (this.setting.storage === 'memory') return DurableHost['startOn'](memoryStore, checkHostOptions(options));
    return DurableHost.start(options);
  }

  /** The current time of the hosts that `startMoved` started, in ms since 1970. */
  get now(): number {
    if (this.clock === undefined) throw new Error('the test has not called startMoved');
    return this.clock.wallMs();
  }

  /** Moves time on by such steps until the promise settles, and ends as it does. */
  async passUntil<T>(promise: Promise<T>, step: Duration): Promise<T> {
    let settled = false;
    const settle = () => void (settled = true);
    promise.then(settle, settle);
    while (!settled) {
      this.pass(step);
      await nextPoll();
    }
    return promise;
  }

  /** Moves the time of `startMoved` on by this much; what is due then begins at once. */
  pass(time: Duration): void {
    if (this.clock === undefined) throw new Error('the test has not called startMoved');
    this.clock.pass(durationMs(time, 'time'));
  }

  /** Stops the host gracefully and starts another one on the same storage; by default with the same definitions. */
  async restart(register?: readonly unknown[], options?: StartOptions): Promise<DurableClient> {
    await this.host.stop();
    return this.start(register ?? this.last.register, options ?? this.last.options);
  }

  /** The file of the storage. */
  async file(): Promise<string> {
    if (this.folder === undefined) {
      this.folder = await mkdtemp(join(tmpdir(), 'durable-entities-acceptance-'));
      await copyEmptyHub(join(this.folder, 'hub.db'));
    }
    return join(this.folder, 'hub.db');
  }

  /** Resolves when a signal to an operation of this name has failed. */
  async failedSignal(operation: string): Promise<ReportedSignal> {
    for (;;) {
      const found = this.failedSignals.find((each) => each.operationName === operation);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  private changed(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  async end(): Promise<void> {
    for (const host of this.hosts.splice(0)) await host.stop();
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
    this.folder = undefined;
    await this.database?.dispose();
    this.database = undefined;
  }

  readonly logger: Logger = {
    debug: (fields, message) => this.note('debug', fields, message),
    info: (fields, message) => this.note('info', fields, message),
    warn: (fields, message) => this.note('warn', fields, message),
    error: (fields, message) => this.note('error', fields, message),
  };

  private note(level: LogLine['level'], fields: object, message: string): void {
    this.lines.push({ level, message, fields });
  }
}

/** The error that the attempt rejects with or throws. @throws Error if the attempt succeeds, or throws a value that is no Error */
export async function failure(attempt: Promise<unknown> | (() => unknown)): Promise<Error> {
  try {
    await (typeof attempt === 'function' ? attempt() : attempt);
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error(`something was thrown that is no Error: ${String(error)}`, { cause: error });
  }
  throw new Error('it succeeded, and should have failed');
}

/** The typed error of this package that the attempt ends in, checked for its class and its code. */
export async function refusal<E extends DurableError>(
  attempt: Promise<unknown> | (() => unknown),
  // eslint-disable-next-line typescript/no-explicit-any -- any constructor
  type: abstract new (...args: any[]) => E,
  code: string,
): Promise<E> {
  return expectError(await failure(attempt), type, code);
}

/** The same of an error at hand. */
export function expectError<E extends DurableError>(
  error: unknown,
  // eslint-disable-next-line typescript/no-explicit-any -- any constructor
  type: abstract new (...args: any[]) => E,
  code: string,
): E {
  const shown =
    error instanceof Error ? `${error.name} ${(error as Partial<DurableError>).code}: ${error.message}` : String(error);
  if (!(error instanceof type)) throw new Error(`expected ${type.name}, not ${shown}`, { cause: error });
  if (error.code !== code) throw new Error(`expected the code ${code}, not ${shown}`, { cause: error });
  if (error.hint === '' || error.message === '') throw new Error(`no hint or no message: ${shown}`, { cause: error });
  return error;
}

/** The error that the operation threw, taken out of the EntityOperationFailedError around it. */
export async function thrownByOperation(attempt: Promise<unknown>): Promise<Error> {
  const outer = await refusal(attempt, EntityOperationFailedError, 'DE_OPERATION_FAILED');
  if (!(outer.cause instanceof Error)) throw new Error('it has no cause');
  return outer.cause;
}

/** How often a condition is asked for; a limit for what never comes, not a measure: minutes on an idle machine. */
const pollsMax = 40_000;
const pollMs = 5;

function nextPoll(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pollMs));
}

/** Polls a condition that nothing announces. */
export async function eventually<T>(read: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  for (let polls = 0; polls < pollsMax; polls++) {
    const value = await read();
    if (value !== undefined) return value;
    await nextPoll();
  }
  throw new Error(`it never came: ${what}`);
}

/** Something that a test opens and code under test waits for. */
export class Gate {
  readonly entered: Promise<void>;
  readonly opened: Promise<void>;
  private enter!: () => void;
  /** Lets all through. */
  open!: () => void;

  constructor() {
    this.entered = new Promise((resolve) => (this.enter = resolve));
    this.opened = new Promise((resolve) => (this.open = resolve));
  }

  /** Says that the code is here, and waits. */
  pass(): Promise<void> {
    this.enter();
    return this.opened;
  }
}

let count = 0;

/** An id that no other test uses. */
export function fresh(prefix = 'run'): string {
  return `${prefix}-${++count}`;
}

export function counterId(key: string): EntityId {
  return new EntityId('Counter', key);
}
