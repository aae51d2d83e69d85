import type { Container } from 'inversify';
import { InvalidArgumentError } from '../errors/index.js';
import { quoted, shown } from '../errors/text.js';
import type { EngineOptions, RetentionMs } from '../engines/sql/options.js';
import type { EntityId } from '../model/entity-id.js';
import { defaultLimits, type Limits } from '../model/limits.js';
import { durationMs, type Duration } from '../model/duration.js';
import { checkFlag, checkOptions, hasMethod, listOf, type OptionNames } from '../model/options.js';
import type { HubObserver } from '../hub/observer.js';
import type { HubTracer } from '../hub/tracer.js';
import type { Logger } from '../ports/log.js';
import { checkStorage, type CheckedStorage, type GivenStorage } from './storage-options.js';

/** The target and the operation of a signal whose operation failed. */
export interface FailedSignal {
  readonly entityId: EntityId;
  readonly operationName: string;
}

/** A start of an orchestration without an answer, which was refused. */
export interface RefusedStart {
  readonly instanceId: string;
  readonly orchestrationName: string;
}

/**
 * Retention: how long the database keeps rows that are not needed any more. Ages count only the time during which a host was active on the
 * database, so neither a pause of a month nor a wrong clock makes rows old. Older rows are deleted in small steps, beside the load.
 */
export interface RetentionOptions {
  /** Completed orchestrations with their history, counted from their end. Default `'forever'`. */
  readonly completed?: Duration | 'forever' | undefined;
  /** Failed orchestrations with their history, counted from their end. Default `'forever'`. */
  readonly failed?: Duration | 'forever' | undefined;
  /** Terminated orchestrations with their history, counted from their end. Default `'forever'`. */
  readonly terminated?: Duration | 'forever' | undefined;
  /** Dead letters, counted from the time when the worker set the message aside. Default `'forever'`. */
  readonly deadLetters?: Duration | 'forever' | undefined;
  /** Request ids (idempotency keys). A repeated message within this time has no second effect. At least 1 minute. Default 24 hours. */
  readonly receipts?: Duration | 'forever' | undefined;
  /**
   * Rows of hosts and clients that have ended, counted from their end. The row of a client that sends nothing for this time, or for 1 hour if
   * that is shorter, ends too. Its next message makes a new row. At least 1 minute. Default 24 hours.
   */
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

/** The retention in ms, with defaults. @throws InvalidArgumentError */
function retentionMs(given: RetentionOptions | undefined): RetentionMs {
  const options = checkOptions(given, retentionOptions, 'retention');
  const subjects = Object.keys(keptAtLeastMs) as (keyof RetentionMs)[];
  const entries = subjects.map((subject) => {
    const span = options[subject] ?? keptOtherwise[subject];
    const ms = span === 'forever' ? Number.POSITIVE_INFINITY : durationMs(span, `retention.${subject}`);
    const least = keptAtLeastMs[subject];
    if (ms < least) throw new InvalidArgumentError(`retention.${subject}`, `${ms} ms is less than ${least} ms`);
    return [subject, ms] as const;
  });
  return Object.fromEntries(entries) as unknown as RetentionMs;
}

/** The options of `DurableHost.start`. `storage` and `register` are required. */
export interface DurableHostOptions {
  /**
   * The storage: the path of a SQLite file (created if it does not exist), `':memory:'` (lost when the process ends), the URL of a
   * PostgreSQL database (`postgres://user:password@host/database`) or of a MySQL or MariaDB database (`mysql://user:password@host/database`),
   * or an object with the type and the options of the connection. The engine opens its own connections, so other options of a TypeORM
   * DataSource (`key`, `flags`, `entityPrefix` …) would have no effect, and are refused.
   */
  readonly storage: GivenStorage;
  /** Entities, orchestrations and activities: decorated classes, or values of `defineEntity`, `defineOrchestration` and `defineActivity`. */
  readonly register: readonly unknown[];
  /** The inversify container with the services of your classes. It constructs classes without a binding too. Default: an empty container. */
  readonly container?: Container | undefined;
  /**
   * A resolver of services, for applications with another container: `has` says whether it has the service of a token, and `get` returns it,
   * synchronously. It is asked before `container`, whenever an object is built. An activity or orchestration class that it has is not built:
   * `get` returns the object. Default: none.
   */
  readonly services?: { has(token: unknown): boolean; get(token: unknown): unknown } | undefined;
  /**
   * Whether classes that neither `container` nor `services` has are built automatically when an object needs them. With `false` the start
   * refuses such a class, so that no second copy of a service is made silently. Default: true.
   */
  readonly autobind?: boolean | undefined;
  /** The lease: time after the last commit of this host during which no other host may take over. At least 1 s. Default 15 s. */
  readonly leaseDuration?: Duration | undefined;
  /** The time that running activities and external operations get to end when the host stops. Default 20 s. */
  readonly stopTimeout?: Duration | undefined;
  /**
   * The time that a start waits while another connection holds the write lock of the database, or another process creates or migrates the
   * tables. The log says what the start waits for. Then the start fails with `DE_STORAGE_BUSY` or `DE_STORAGE_OWNED`. Default 30 s.
   */
  readonly startTimeout?: Duration | undefined;
  /**
   * The time after which the host ends the process with SIGKILL if its event loop is blocked (an endless loop in user code), so that a
   * supervisor restarts it. `'off'` never ends the process. Has no effect while a debugger is attached. From 1 s to 24 days. Default:
   * `leaseDuration`.
   */
  readonly stallLimit?: Duration | 'off' | undefined;
  /** The logger, with the methods of pino: `debug`, `info`, `warn`, `error`, and `child` if it has one. Default: the console, without `debug`. */
  readonly logger?: Logger | undefined;
  /** Called once for each failed operation of a signal. An error that it throws is logged. Default: failures are only logged. */
  readonly onSignalFailed?: ((error: Error, signal: FailedSignal) => void) | undefined;
  /** Receives events of this process for metrics and traces: commits, operations, orchestrations, activities. Default: no observer. */
  readonly observer?: HubObserver | undefined;
  /** Makes spans of messages and of the work that they cause, for callers that are sampled. Default: no tracer. */
  readonly tracer?: HubTracer | undefined;
  /**
   * Called once for each refused start (InstanceAlreadyExistsError) by an entity, an orchestration or `client.within`. Such a start has no
   * caller that waits for an answer. An error that it throws is logged. Default: refusals are only logged.
   */
  readonly onStartRefused?: ((error: Error, start: RefusedStart) => void) | undefined;
  /** The maximum time that a message of a client waits in the intake queue before it is refused with BackpressureError. Default 30 s. */
  readonly intakeTimeout?: Duration | undefined;
  /** The maximum number of activities that run at the same time. Whole number from 1. Default 64. */
  readonly maxConcurrentActivities?: number | undefined;
  /** The maximum number of operations of `external` entities that run at the same time. Whole number from 1. Default 256. */
  readonly maxConcurrentExternal?: number | undefined;
  /** The maximum number of idle instances in memory. Others are evicted. Whole number from 1. Default 20,000. */
  readonly maxIdleInstances?: number | undefined;
  /**
   * The maximum size of all states in memory, in bytes of their stored form. Above it, idle instances are evicted. An object takes two to
   * four times as much memory as its stored state. Whole number from 1. Default 33,554,432 (32 MiB).
   */
  readonly maxIdleBytes?: number | undefined;
  /** The maximum sizes of inputs, states, histories and turns. Defaults: see Limits. */
  readonly limits?: Partial<Limits> | undefined;
  /** The time that the database keeps rows that are not needed any more. Defaults: see RetentionOptions. */
  readonly retention?: RetentionOptions | undefined;
  /**
   * Strict mode: `'warn'` logs each place where an orchestration uses the clock, the randomness or a timer of the platform, or awaits a
   * promise of its context never, values that lose their class, states that are changed after their operation, and entities without
   * operations. `'error'` throws instead: at the start, or in the orchestration. Default: `'off'` if the environment variable
   * `NODE_ENV` is `production`, otherwise `'warn'`.
   */
  readonly strict?: 'off' | 'warn' | 'error' | undefined;
  /** Evicts every instance from memory as soon as its changes are committed. For tests. Default false. */
  readonly evictAfterEachTurn?: boolean | undefined;
}

export const hostOptions: OptionNames<DurableHostOptions> = {
  storage: true,
  register: true,
  container: true,
  services: true,
  autobind: true,
  leaseDuration: true,
  stopTimeout: true,
  startTimeout: true,
  intakeTimeout: true,
  stallLimit: true,
  logger: true,
  onSignalFailed: true,
  observer: true,
  tracer: true,
  onStartRefused: true,
  maxConcurrentActivities: true,
  maxConcurrentExternal: true,
  maxIdleInstances: true,
  maxIdleBytes: true,
  limits: true,
  retention: true,
  strict: true,
  evictAfterEachTurn: true,
};

/** A checked copy of the options, read once. @throws InvalidArgumentError */
export function checkHostOptions(
  given: DurableHostOptions,
): Omit<DurableHostOptions, 'storage'> & { readonly storage: CheckedStorage } {
  const options = checkGiven(given, hostOptions);
  if (listOf(options.register) === undefined) {
    throw new InvalidArgumentError(
      'register',
      `${quoted(options.register)} is not an array`,
      'Give [Counter, transferFunds, ...].',
    );
  }
  return { ...options, storage: checkStorage(options.storage) };
}

/** `checkOptions` for options that must be given. @throws InvalidArgumentError */
export function checkGiven<Options extends object>(given: Options, known: OptionNames<Options>): Options {
  if ((given as unknown) === undefined) {
    const needed = Object.keys(known).filter((name) => name === 'storage' || name === 'register');
    throw new InvalidArgumentError('options', 'they are missing', `Give { ${needed.join(', ')} }.`);
  }
  return checkOptions(given, known);
}

/** Checks objects and functions that the host calls later. @throws InvalidArgumentError */
export function checkCallbacks({
  logger,
  observer,
  tracer,
  onSignalFailed,
  onStartRefused,
}: Pick<DurableHostOptions, 'logger' | 'observer' | 'tracer' | 'onSignalFailed' | 'onStartRefused'>): void {
  if (logger !== undefined && !levels.every((level) => hasMethod(logger, level))) {
    throw new InvalidArgumentError(
      'logger',
      `it lacks one of the methods ${levels.join(', ')}`,
      'Give a pino-compatible logger.',
    );
  }
  if (observer !== undefined && (typeof observer !== 'object' || observer === null)) {
    throw new InvalidArgumentError(
      'observer',
      `it is ${shown(observer)}`,
      'Give an object with the methods of HubObserver.',
    );
  }
  if (tracer !== undefined && !['sending', 'within', 'ended'].every((name) => hasMethod(tracer, name))) {
    throw new InvalidArgumentError(
      'tracer',
      `it is ${shown(tracer)}`,
      'Give `durableTracer()` of durable-entities/telemetry.',
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

/** The options of the engine, checked and with defaults. @throws InvalidArgumentError */
export function engineOptions(options: Omit<DurableHostOptions, 'storage'>, workerName: string): EngineOptions {
  const { leaseDuration = 15_000, stopTimeout = 20_000, intakeTimeout = 30_000 } = options;
  checkCallbacks(options);
  const leaseMs = durationMs(leaseDuration, 'leaseDuration');
  if (leaseMs < 1_000) throw new InvalidArgumentError('leaseDuration', `${leaseMs} ms is less than 1 s`);
  return {
    leaseMs,
    stopTimeoutMs: durationMs(stopTimeout, 'stopTimeout'),
    startTimeoutMs: startTimeoutMs(options.startTimeout),
    intakeTimeoutMs: durationMs(intakeTimeout, 'intakeTimeout'),
    maxConcurrentActivities: count(options.maxConcurrentActivities, 64, 'maxConcurrentActivities'),
    maxConcurrentExternal: count(options.maxConcurrentExternal, 256, 'maxConcurrentExternal'),
    maxIdleInstances: count(options.maxIdleInstances, 20_000, 'maxIdleInstances'),
    maxIdleBytes: count(options.maxIdleBytes, 32 * 1024 * 1024, 'maxIdleBytes'),
    maxWaitingInMemory: 1_000,
    evictAfterEachTurn: checkFlag(options.evictAfterEachTurn, 'evictAfterEachTurn') ?? false,
    rowsPerPage: 1_000,
    receiptsCached: 10_000,
    inlineInputMax: 1_024,
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

/** The start timeout in ms, with its default. @throws InvalidArgumentError */
export function startTimeoutMs(given: Duration | undefined): number {
  return durationMs(given ?? 30_000, 'startTimeout');
}

/** The limits, checked and with defaults. @throws InvalidArgumentError */
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
    throw new InvalidArgumentError(argument, `${shown(value)} is not a whole number of at least 1`);
  }
  return value;
}

/** The maximum time that the event loop may be blocked, in ms. `undefined` if there is no limit. @throws InvalidArgumentError */
export function stallLimitMs(options: Omit<DurableHostOptions, 'storage'>, leaseMs: number): number | undefined {
  const { stallLimit } = options;
  if (stallLimit === 'off') return undefined;
  if (stallLimit === undefined) return leaseMs;
  const ms = durationMs(stallLimit, 'stallLimit');
  if (ms < 1_000 || ms > 2 ** 31 - 1)
    throw new InvalidArgumentError('stallLimit', `${ms} ms is not between 1 s and 24 days`);
  return ms;
}
