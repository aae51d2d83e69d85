import type { Container } from 'inversify';
import { InvalidArgumentError } from '../errors/index.js';
import { shown } from '../errors/text.js';
import type { EngineOptions, RetentionMs } from '../engines/sql/options.js';
import type { EntityId } from '../model/entity-id.js';
import { defaultLimits, type Limits } from '../model/limits.js';
import { durationMs, type Duration } from '../model/duration.js';
import { checkFlag, checkOptions, listOf, type OptionNames } from '../model/options.js';
import type { HubObserver } from '../hub/observer.js';
import type { Logger } from '../ports/log.js';
import { checkStorage, type SqliteStorage } from './storage-options.js';

/** A signalled operation that failed. */
export interface FailedSignal {
  readonly entityId: EntityId;
  readonly operationName: string;
}

/** A one-way start that was refused. */
export interface RefusedStart {
  readonly instanceId: string;
  readonly orchestrationName: string;
}

/**
 * How long rows are kept that nothing needs any more. Ages count the time during which a host was active on the database: neither a pause
 * of a month nor a wrong clock makes anything old. What is older is deleted in bounded steps that give way to the load.
 */
export interface RetentionOptions {
  /** Orchestrations that completed, with their history, since they ended. Default `'forever'`. */
  readonly completed?: Duration | 'forever' | undefined;
  /** Orchestrations that failed. Default `'forever'`. */
  readonly failed?: Duration | 'forever' | undefined;
  /** Orchestrations that were terminated. Default `'forever'`. */
  readonly terminated?: Duration | 'forever' | undefined;
  /** Dead letters, since their message was given up. Default `'forever'`. */
  readonly deadLetters?: Duration | 'forever' | undefined;
  /** Request ids: a repeat within this time has no second effect. At least 1 minute. Default 24 hours. */
  readonly receipts?: Duration | 'forever' | undefined;
  /** Rows of hosts and clients that are gone, since they ended. At least 1 minute. Default 24 hours. */
  readonly workers?: Duration | 'forever' | undefined;
}

const keptAtLeastMs = { completed: 0, failed: 0, terminated: 0, deadLetters: 0, receipts: 60_000, workers: 60_000 };
const keptOtherwise: Required<RetentionOptions> = {
  completed: 'forever',
  failed: 'forever',
  terminated: 'forever',
  deadLetters: 'forever',
  receipts: '24 hours',
  workers: '24 hours',
};

const retentionOptions: OptionNames<RetentionOptions> = {
  completed: true,
  failed: true,
  terminated: true,
  deadLetters: true,
  receipts: true,
  workers: true,
};

/** With defaults. @throws InvalidArgumentError */
function retentionMs(given: RetentionOptions | undefined): RetentionMs {
  const options = checkOptions(given, retentionOptions, 'retention');
  const subjects = Object.keys(keptAtLeastMs) as (keyof RetentionMs)[];
  const entries = subjects.map((subject) => {
    const span = options[subject] ?? keptOtherwise[subject];
    const ms = span === 'forever' ? Number.POSITIVE_INFINITY : durationMs(span as Duration, `retention.${subject}`);
    const least = keptAtLeastMs[subject];
    if (ms < least) throw new InvalidArgumentError(`retention.${subject}`, `${ms} ms is less than ${least} ms`);
    return [subject, ms] as const;
  });
  return Object.fromEntries(entries) as unknown as RetentionMs;
}

/** What `DurableHost.start` takes; `storage` and `register` are needed. */
export interface DurableHostOptions {
  /**
   * Where everything is kept: the path of a SQLite file (created when it is missing), `':memory:'` (nothing survives the
   * process), or an object that names the type and the file. The engine opens its own connections: other options of a
   * TypeORM DataSource (`key`, `flags`, `entityPrefix` …) would have no effect, and are refused.
   */
  readonly storage: string | SqliteStorage;
  /** Entities, orchestrations and activities: decorated classes, or what `defineEntity` and its kin return. */
  readonly register: readonly unknown[];
  /** Where the constructors of your classes get their services. Default: an empty container. Unbound classes are built (autobinding). */
  readonly container?: Container | undefined;
  /** How long after its last commit this host may be taken over by another one. At least 1 s. Default 15 s. */
  readonly leaseDuration?: Duration | undefined;
  /** How long running activities and external operations may go on when the host stops. Default 20 s. */
  readonly stopTimeout?: Duration | undefined;
  /**
   * How long the event loop of this process may stand still (an endless loop in user code) before the process is ended, so that
   * a supervisor starts it again; `'off'`: for ever. Rests while a debugger is attached. At least 1 s. Default: leaseDuration.
   */
  readonly stallLimit?: Duration | 'off' | undefined;
  /** pino-compatible. Default: the console, without `debug`. */
  readonly logger?: Logger | undefined;
  /** Called once for each signalled operation that failed. Default: none; failures are logged in any case. */
  readonly onSignalFailed?: ((error: Error, signal: FailedSignal) => void) | undefined;
  /** Learns what happens in this process, for metrics: commits, operations, orchestrations, activities. Default: nobody does. */
  readonly observer?: HubObserver | undefined;
  /**
   * Called once for each start by an entity, an orchestration or `client.within` that was refused (InstanceAlreadyExistsError):
   * nobody waits for its answer. Default: none; refusals are logged in any case.
   */
  readonly onStartRefused?: ((error: Error, start: RefusedStart) => void) | undefined;
  /** How long a client's message may wait to be let in before it is refused (BackpressureError). Default 30 s. */
  readonly intakeTimeout?: Duration | undefined;
  /** Activities that run at the same time. Default 64. */
  readonly maxConcurrentActivities?: number | undefined;
  /** Operations of `external` entities that run at the same time. Default 256. */
  readonly maxConcurrentExternal?: number | undefined;
  /** Instances kept in memory although nothing waits for them. Default 20,000. */
  readonly maxIdleInstances?: number | undefined;
  /** How large inputs, states, histories and turns may be. Defaults: see Limits. */
  readonly limits?: Partial<Limits> | undefined;
  /** How long rows are kept that nothing needs any more. Defaults: see RetentionOptions. */
  readonly retention?: RetentionOptions | undefined;
  /** Drops every instance from memory as soon as nothing of it is uncommitted; for tests. Default false. */
  readonly evictAfterEachTurn?: boolean | undefined;
}

export const hostOptions: OptionNames<DurableHostOptions> = {
  storage: true,
  register: true,
  container: true,
  leaseDuration: true,
  stopTimeout: true,
  intakeTimeout: true,
  stallLimit: true,
  logger: true,
  onSignalFailed: true,
  observer: true,
  onStartRefused: true,
  maxConcurrentActivities: true,
  maxConcurrentExternal: true,
  maxIdleInstances: true,
  limits: true,
  retention: true,
  evictAfterEachTurn: true,
};

/** The options, read once. @throws InvalidArgumentError */
export function checkHostOptions(given: DurableHostOptions): DurableHostOptions & { readonly storage: string } {
  const options = checkGiven(given, hostOptions);
  if (listOf(options.register) === undefined) {
    throw new InvalidArgumentError('register', 'it is no array', 'Give [Counter, transferFunds, ...].');
  }
  return { ...options, storage: checkStorage(options.storage) };
}

/** As `checkOptions`, for options that must be given. @throws InvalidArgumentError */
export function checkGiven<Options extends object>(given: Options, known: OptionNames<Options>): Options {
  if ((given as unknown) === undefined) {
    const needed = Object.keys(known).filter((name) => name === 'storage' || name === 'register');
    throw new InvalidArgumentError('options', 'they are missing', `Give { ${needed.join(', ')} }.`);
  }
  return checkOptions(given, known);
}

/** What is called later must be there now. */
export function checkCallbacks({
  logger,
  observer,
  onSignalFailed,
  onStartRefused,
}: Pick<DurableHostOptions, 'logger' | 'observer' | 'onSignalFailed' | 'onStartRefused'>): void {
  if (logger !== undefined && !levels.every((level) => hasMethod(logger, level))) {
    throw new InvalidArgumentError('logger', `it lacks one of ${levels.join(', ')}`, 'Give a pino-compatible logger.');
  }
  if (observer !== undefined && (typeof observer !== 'object' || observer === null)) {
    throw new InvalidArgumentError(
      'observer',
      `it is ${shown(observer)}`,
      'Give an object with the methods of HubObserver.',
    );
  }
  if (onSignalFailed !== undefined && typeof onSignalFailed !== 'function') {
    throw new InvalidArgumentError('onSignalFailed', `it is ${typeof onSignalFailed}`, 'Give a function.');
  }
  if (onStartRefused !== undefined && typeof onStartRefused !== 'function') {
    throw new InvalidArgumentError('onStartRefused', `it is ${typeof onStartRefused}`, 'Give a function.');
  }
}

const levels = ['debug', 'info', 'warn', 'error'] as const;

function hasMethod(value: unknown, name: string): boolean {
  try {
    return typeof (value as Record<string, unknown>)[name] === 'function';
  } catch {
    return false;
  }
}

/** The engine's options, checked and with defaults. @throws InvalidArgumentError */
export function engineOptions(options: Omit<DurableHostOptions, 'storage'>, workerName: string): EngineOptions {
  const { leaseDuration = 15_000, stopTimeout = 20_000, intakeTimeout = 30_000 } = options;
  checkCallbacks(options);
  const leaseMs = durationMs(leaseDuration, 'leaseDuration');
  if (leaseMs < 1_000) throw new InvalidArgumentError('leaseDuration', `${leaseMs} ms is less than 1 s`);
  return {
    leaseMs,
    stopTimeoutMs: durationMs(stopTimeout, 'stopTimeout'),
    intakeTimeoutMs: durationMs(intakeTimeout, 'intakeTimeout'),
    maxConcurrentActivities: count(options.maxConcurrentActivities, 64, 'maxConcurrentActivities'),
    maxConcurrentExternal: count(options.maxConcurrentExternal, 256, 'maxConcurrentExternal'),
    maxIdleInstances: count(options.maxIdleInstances, 20_000, 'maxIdleInstances'),
    maxWaitingInMemory: 1_000,
    evictAfterEachTurn: checkFlag(options.evictAfterEachTurn, 'evictAfterEachTurn') ?? false,
    rowsPerPage: 1_000,
    receiptsCached: 10_000,
    retention: retentionMs(options.retention),
    workerName,
    limits: checkLimits(options.limits),
  };
}

const limitNames: OptionNames<Limits> = {
  inputBytes: true,
  stateBytes: true,
  historyBytes: true,
  turnMessages: true,
  turnBytes: true,
};

/** With defaults. @throws InvalidArgumentError */
export function checkLimits(given: Partial<Limits> = {}): Limits {
  const limits: Record<string, number> = { ...defaultLimits };
  for (const [name, value] of Object.entries(checkOptions(given, limitNames, 'limits'))) {
    limits[name] = count(value, limits[name] as number, `limits.${name}`);
  }
  return limits as unknown as Limits;
}

function count(value: number | undefined, otherwise: number, argument: string): number {
  if (value === undefined) return otherwise;
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError(argument, `it is ${shown(value)}, not a whole number of at least 1`);
  }
  return value;
}

/** How long the event loop may stand still, in ms; `undefined`: for ever. @throws InvalidArgumentError */
export function stallLimitMs(options: Omit<DurableHostOptions, 'storage'>, leaseMs: number): number | undefined {
  const { stallLimit } = options;
  if (stallLimit === 'off') return undefined;
  if (stallLimit === undefined) return leaseMs;
  const ms = durationMs(stallLimit, 'stallLimit');
  if (ms < 1_000 || ms > 2 ** 31 - 1)
    throw new InvalidArgumentError('stallLimit', `${ms} ms is not between 1 s and 24 days`);
  return ms;
}
