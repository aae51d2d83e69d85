import type { EntityManager } from 'typeorm';
import {
  InvalidArgumentError,
  StateDeserializationError,
  UnknownEntityError,
  UnknownOrchestrationError,
} from '../errors/index.js';
import { checkRetry, checkTimeout } from '../functions/attempts.js';
import type { OrchestrationReference } from '../functions/references.js';
import type { StartOptions } from '../functions/call-options.js';
import { recordCall, recordSignal } from '../functions/signal-lambda.js';
import { StoredStateProblem } from '../functions/state-type.js';
import type { CallProxy, EntityTarget, EntityToken, SignalProxy } from '../functions/tokens.js';
import { checkInstanceId, checkOperation, checkSignalName, checkVersion } from '../model/arguments.js';
import { EntityId, isEntityId } from '../model/entity-id.js';
import { checkStart } from '../model/run-start.js';
import { isExpired } from '../model/entity-meta.js';
import { encodeWithin } from '../model/limits.js';
import { checkFlag, isA, optionsOf } from '../model/options.js';
import { readTicket, type Ticket } from '../model/ticket.js';
import { decodeValue, type Json } from '../model/values.js';
import { unknownOrchestration } from '../ports/names.js';
import type { InstanceRow } from '../engines/sql/ports/store.js';
import { withRetries } from './call-attempts.js';
import {
  isCommitted,
  type CallOptions,
  type ClientSignalOptions,
  type EntityStateResponse,
  type ReadOptions,
  type StateOf,
  type WaitOptions,
} from './client-options.js';
import { DeadLetters } from './dead-letters.js';
import {
  entityFilter,
  lockHolderOf,
  presentState,
  summaryOf,
  type EntityQuery,
  type EntityStatus,
  type EntitySummary,
} from './entity-query.js';
import { checkMaySend, checkMayWait } from './guard.js';
import { Query } from './query.js';
import { checkRequestId, receiptOf } from './request-receipt.js';
import { RunHandle } from './run-handle.js';
import type { ClientPorts } from './client-ports.js';
import {
  countRuns,
  listedStatusOf,
  purgeRuns,
  runFilter,
  type RunCounts,
  type RunFilter,
  type RunQuery,
} from './run-query.js';
import type { OrchestrationStatus } from './run-status.js';
import { signalMessage, type NamedOperation } from './signal-message.js';
import { withTimeout } from './timeout.js';
import { StateWatch } from './watch.js';
import { TransactionSender, type WithinPorts } from './within.js';

/** Signals, calls and reads entities; starts and watches orchestrations. Works on any task hub. */
export class HubClient implements AsyncDisposable {
  /** Clients come from `DurableHost.client` and `DurableClient.connect`. @internal */
  constructor(private readonly ports: ClientPorts) {}

  /**
   * Closes what `connect` has opened: what waits rejects with ClientClosedError, what was acknowledged goes on. Idempotent. The
   * client of a host ends with it: there this does nothing.
   */
  async close(): Promise<void> {
    await this.ports.close?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A name is unknown only when no worker has announced it meanwhile. */
  private withNames<T>(work: () => T): T | Promise<T> {
    try {
      return work();
    } catch (error) {
      return this.learnAfter(error).then(work);
    }
  }

  /** @throws the error, when names that were announced meanwhile would not help */
  private learnAfter(error: unknown): Promise<void> {
    const unknown = error instanceof UnknownEntityError || error instanceof UnknownOrchestrationError;
    const { learnNames } = this.ports;
    if (!unknown || learnNames === undefined) throw error;
    return learnNames();
  }

  /**
   * Sends a one-way operation. Resolves when the message is durable, before the entity has run it; it is applied exactly once.
   * Signals that one client sends to one entity one after the other are applied in that order; scheduled ones when due.
   * The ticket is for `processed` and for `readEntityState(…, { after })`; a repeat of a `requestId` gets the ticket of the first.
   * @throws UnknownEntityError, AmbiguousEntityError, SignalLambdaError, SerializationError, RequestIdReusedError, HostStoppedError
   */
  signalEntity(id: EntityId, operation: string, input?: unknown, options?: ClientSignalOptions): Promise<Ticket>;
  signalEntity<T>(
    token: EntityToken<T>,
    target: EntityTarget,
    send: (proxy: SignalProxy<T>) => void,
    options?: ClientSignalOptions,
  ): Promise<Ticket>;
  signalEntity(first: unknown, second: unknown, third?: unknown, options?: ClientSignalOptions): Promise<Ticket> {
    // Not `async`: an async function and each promise that it waits for cost as much as the rest of a signal.
    try {
      checkMaySend('signalEntity');
      const { intake } = this.ports;
      const named = this.named(first, second, third, recordSignal);
      return named instanceof Promise
        ? named.then((operation) => intake.send(signalMessage(operation, options)))
        : intake.send(signalMessage(named, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Cancels the scheduled signal to an entity that has this name, whoever sent it. Resolves when that is durable: true when one
   * waited, which will not run; false when there was none, or it runs already. Not held up by locks or by what runs.
   * @throws UnknownEntityError, AmbiguousEntityError, InvalidArgumentError, HostStoppedError
   */
  cancelSignal(id: EntityId, name: string): Promise<boolean>;
  cancelSignal<T>(token: EntityToken<T>, target: EntityTarget, name: string): Promise<boolean>;
  async cancelSignal(first: unknown, second: unknown, third?: unknown): Promise<boolean> {
    checkMaySend('cancelSignal');
    const isId = isEntityId(first);
    const id = isId ? first : this.ports.classes.resolveTarget(first as EntityToken<unknown>, second);
    this.checkKnown(id);
    return this.ports.intake.cancelSignal(id.toString(), checkSignalName(isId ? second : third));
  }

  /**
   * Sends within a transaction of your own TypeORM DataSource on the same SQLite file: your rows and the messages are committed
   * together, or not at all. What is sent so comes in its order, and before what this client sends after the transaction; with what
   * is sent while it is open no order is promised. A transaction that is open holds up every commit of the host: keep it short.
   * @throws InvalidArgumentError (from the methods) when the manager is in no transaction, or of another database
   */
  within(entityManager: EntityManager): TransactionSender {
    checkMaySend('within');
    const { intake, classes, limits, names } = this.ports;
    const ports: WithinPorts = {
      intake,
      classes,
      limits,
      operationOf: (first, second, third) => this.named(first, second, third, recordSignal),
      checkOrchestration: (name, version) =>
        this.withNames(() => {
          if (version !== undefined) checkVersion(version);
          const unknown = unknownOrchestration(names, name, version);
          if (unknown !== undefined) throw unknown;
        }),
    };
    return new TransactionSender(ports, entityManager);
  }

  /**
   * Resolves when the signal that this ticket names has been processed, successfully or not, and that is durable; at once when it
   * was. In any process on the database, after restarts too; a scheduled signal is processed when it was due and has run, a named
   * one also when it was replaced or cancelled.
   * @throws MessageAbandonedError when it was given up (see `deadLetters`), TimeoutError, InvalidArgumentError, StorageError, HostStoppedError
   */
  async processed(ticket: string, options?: WaitOptions): Promise<void> {
    const { timeout } = optionsOf(options);
    checkMayWait('processed', timeout);
    const { rows, target } = readTicket(ticket);
    const timeoutMs = checkTimeout(timeout);
    const { intake, clock } = this.ports;
    let cancel = () => {};
    const processed = new Promise<void>((resolve, reject) => {
      cancel = intake.whenProcessed(rows, (error) => (error === undefined ? resolve() : reject(error)));
    });
    try {
      await withTimeout(processed, timeoutMs, clock, `a signal to ${target} has not been processed`);
    } finally {
      cancel();
    }
  }

  /**
   * Calls an operation; resolves with its result when that is durable. Applied exactly once, whatever happens to the caller;
   * to repeat a call whose answer was lost, give the same `requestId`, or a `retry` policy. With
   * `consistency: 'committed'` an operation that only looks runs at once on the last committed state (InvalidOperationError for others).
   * @throws EntityOperationFailedError, TimeoutError, InvalidOperationError, InvalidArgumentError, UnknownEntityError, AmbiguousEntityError, SerializationError, RequestIdReusedError, HostStoppedError
   */
  callEntity<Result = unknown>(
    id: EntityId,
    operation: string,
    input?: unknown,
    options?: CallOptions,
  ): Promise<Result>;
  callEntity<T, Result>(
    token: EntityToken<T>,
    target: EntityTarget,
    call: (proxy: CallProxy<T>) => Promise<Result>,
    options?: CallOptions,
  ): Promise<Result>;
  callEntity(first: unknown, second: unknown, third?: unknown, options?: CallOptions): Promise<unknown> {
    if (options !== undefined) return this.callWith(options, first, second, third);
    try {
      checkMayWait('callEntity', undefined);
      const named = this.named(first, second, third, recordCall);
      const answer = named instanceof Promise ? named.then((operation) => this.ask(operation)) : this.ask(named);
      return answer.then(decodeValue);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private async callWith(options: CallOptions, first: unknown, second: unknown, third: unknown): Promise<unknown> {
    const given = optionsOf(options);
    const { timeout, requestId, retry } = given;
    const committed = isCommitted(given);
    if (committed) checkMaySend('callEntity');
    else checkMayWait('callEntity', timeout);
    const named = this.named(first, second, third, recordCall);
    const operation = named instanceof Promise ? await named : named;
    const timeoutMs = checkTimeout(timeout);
    const policy = checkRetry(retry);
    if (committed) return decodeValue(await this.askCommitted(operation, timeoutMs));
    if (policy.maxAttempts === 1) return decodeValue(await this.ask(operation, timeoutMs, requestId));
    // The longest id that may be needed.
    if (requestId !== undefined) checkRequestId(`${requestId}#${policy.maxAttempts}`);
    const attempt = (attemptId: string) => this.ask(operation, timeoutMs, attemptId);
    return decodeValue(await withRetries(this.ports, policy, requestId, attempt));
  }

  private ask(
    { id, operation, input }: NamedOperation,
    timeoutMs?: number,
    requestId?: string,
  ): Promise<string | undefined> {
    const receipt = requestId === undefined ? undefined : receiptOf(requestId, ['call', operation, input]);
    return this.inTime(this.ports.intake.call(id.toString(), operation, input, receipt), id, operation, timeoutMs);
  }

  private askCommitted(
    { id, operation, input }: NamedOperation,
    timeoutMs: number | undefined,
  ): Promise<string | undefined> {
    return this.inTime(this.ports.intake.callCommitted(id.toString(), operation, input), id, operation, timeoutMs);
  }

  private inTime<T>(answer: Promise<T>, id: EntityId, operation: string, timeoutMs: number | undefined): Promise<T> {
    if (timeoutMs === undefined) return answer;
    const what = `no answer of ${JSON.stringify(operation)} from ${id.toString()}`;
    return withTimeout(answer, timeoutMs, this.ports.clock, what);
  }

  /** As `withNames`, without a closure for each message. */
  private named(...given: Parameters<HubClient['operationOf']>): NamedOperation | Promise<NamedOperation> {
    try {
      return this.operationOf(...given);
    } catch (error) {
      return this.learnAfter(error).then(() => this.operationOf(...given));
    }
  }

  private operationOf(first: unknown, second: unknown, third: unknown, record: typeof recordSignal): NamedOperation {
    const { classes } = this.ports;
    if (isEntityId(first)) {
      this.checkKnown(first);
      return { id: first, operation: checkOperation(second), input: encodeWithin(this.ports.limits, third, 'input') };
    }
    const token = first as EntityToken<unknown>;
    const id = classes.resolveTarget(token, second);
    const { operation, input } = record(classes, token, id, third as (proxy: never) => void);
    return { id, operation, input: encodeWithin(this.ports.limits, input, 'input') };
  }

  private checkKnown(id: EntityId): void {
    const { names } = this.ports;
    if (!names.knows('entity', id.name)) throw new UnknownEntityError(id.name, names.list('entity'));
  }

  /**
   * Reads the last committed state: never one of an operation that is not finished and durable. Not held up by locks.
   * With a class, the state is read as its fields (nested classes too, without methods); no constructor runs.
   * `after` a ticket: waits until that signal has been processed, as `processed` does, and reads then: your own writes.
   * @throws UnknownEntityError, AmbiguousEntityError, StateDeserializationError; with `after` what `processed` throws
   */
  readEntityState<T>(
    type: EntityToken<T>,
    target: EntityTarget,
    options?: ReadOptions,
  ): Promise<EntityStateResponse<StateOf<T>>>;
  readEntityState<State = unknown>(id: EntityId, options?: ReadOptions): Promise<EntityStateResponse<State>>;
  async readEntityState(first: unknown, second?: unknown, third?: ReadOptions): Promise<EntityStateResponse<unknown>> {
    checkMaySend('readEntityState');
    const { classes, intake } = this.ports;
    const isId = isEntityId(first);
    const named = this.withNames(() => {
      const target = isId ? first : classes.resolveTarget(first as EntityToken<unknown>, second);
      this.checkKnown(target);
      return target;
    });
    const id = named instanceof Promise ? await named : named;
    const { after, timeout } = optionsOf(isId ? (second as ReadOptions | undefined) : third);
    if (after !== undefined) await this.processed(after, { timeout });
    const row = await intake.read(id.toString());
    return this.stateOf(first, id, presentState(row, intake));
  }

  /**
   * The committed states of an entity: an async iterable that gives the present one first and then each later one. It holds the
   * newest alone, so a reader that is slow misses states in between; it never gives one that is not committed, an older one after
   * a newer one, or the same twice in a row. It ends with the loop (`break`), or when `signal` is aborted (quietly).
   * @throws UnknownEntityError, AmbiguousEntityError; while it is iterated StateDeserializationError, HostStoppedError
   */
  watch<T>(
    type: EntityToken<T>,
    target: EntityTarget,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<EntityStateResponse<StateOf<T>>>;
  watch<State = unknown>(
    id: EntityId,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<EntityStateResponse<State>>;
  watch(first: unknown, second?: unknown, third?: unknown): AsyncIterable<EntityStateResponse<unknown>> {
    const isId = isEntityId(first);
    const { signal } = optionsOf((isId ? second : third) as { readonly signal?: AbortSignal | undefined } | undefined);
    if (signal !== undefined && !isA(signal, AbortSignal)) {
      throw new InvalidArgumentError('signal', 'it is no AbortSignal', 'Give AbortSignal.timeout(30_000) or the like.');
    }
    const check = () => checkMayWait('watch', signal, 'Give { signal: AbortSignal.timeout(30_000) } or the like.');
    check();
    const { classes, intake } = this.ports;
    const id = isId ? first : classes.resolveTarget(first as EntityToken<unknown>, second);
    this.checkKnown(id);
    const show = (state: string | null) => this.stateOf(first, id, state);
    return {
      [Symbol.asyncIterator]: () => {
        check();
        return new StateWatch({ intake, id: id.toString(), show, signal });
      },
    };
  }

  private stateOf(first: unknown, id: EntityId, stored: string | null): EntityStateResponse<unknown> {
    if (stored === null) return { entityExists: false, entityState: undefined };
    return { entityExists: true, entityState: this.view(first, id, stored) };
  }

  private view(first: unknown, id: EntityId, stored: string): unknown {
    try {
      const token = isEntityId(first) ? undefined : (first as EntityToken<unknown>);
      return this.ports.classes.viewState(id, JSON.parse(stored) as Json, token);
    } catch (error) {
      const [path, problem] =
        error instanceof StoredStateProblem
          ? [error.path, error.problem]
          : ['state', error instanceof Error ? error.message : String(error)];
      throw new StateDeserializationError(id, 'readEntityState', path, problem, error);
    }
  }

  /**
   * Starts an orchestration; resolves when it is durable, also with a `scheduledTime`. The same `instanceId`, orchestration and input
   * again give the same run; `whenEnded` says what becomes of a start where that run has ended.
   * @throws InstanceAlreadyExistsError, UnknownOrchestrationError, InvalidArgumentError, SerializationError, HostStoppedError
   */
  startNew<Input, Output>(
    orchestration: OrchestrationReference<Input, Output>,
    options?: StartOptions<Input>,
  ): Promise<RunHandle<Output>>;
  startNew<Output = unknown>(orchestration: string, options?: StartOptions): Promise<RunHandle<Output>>;
  async startNew(orchestration: unknown, options?: StartOptions): Promise<RunHandle> {
    checkMaySend('startNew');
    const { classes, intake, names } = this.ports;
    const name = classes.orchestrationName(orchestration);
    const { input, instanceId, version, details } = checkStart(options, this.ports.limits);
    const known = this.withNames(() => {
      const unknown = unknownOrchestration(names, name, version);
      if (unknown !== undefined) throw unknown;
    });
    if (known instanceof Promise) await known;
    const target = instanceId ?? intake.newInstanceId();
    await intake.apply({ target, body: { kind: 'start', name, input, version, details } });
    return new RunHandle(this.ports, target, name);
  }

  /**
   * The entities that exist and that the query lets pass, as committed, ordered by id: an async iterable, also page by page.
   * @throws InvalidArgumentError, UnknownEntityError, InvalidEntityIdError
   */
  queryEntities(query?: EntityQuery): Query<EntitySummary> {
    const { intake, names } = this.ports;
    const asked = optionsOf(query, 'query');
    const view =
      checkFlag(asked.includeState, 'includeState') === true
        ? (id: EntityId, stored: string) => this.view(id, id, stored)
        : undefined;
    const item = (row: InstanceRow) => summaryOf(row, view);
    return new Query('queryEntities', intake, entityFilter(asked, names), view !== undefined, item, asked);
  }

  /**
   * The orchestrations that the query lets pass, as committed, ordered by instance id: an async iterable, also page by page.
   * @throws InvalidArgumentError, UnknownOrchestrationError
   */
  queryRuns(query?: RunQuery): Query<OrchestrationStatus> {
    const asked = optionsOf(query, 'query');
    return new Query('queryRuns', this.ports.intake, runFilter(asked, this.ports), true, listedStatusOf, asked);
  }

  /**
   * How many of the runs that the filter lets pass have which status, as committed.
   * @throws InvalidArgumentError, UnknownOrchestrationError
   */
  async countRuns(filter?: RunFilter): Promise<RunCounts> {
    checkMaySend('countRuns');
    return countRuns(optionsOf(filter, 'filter'), this.ports, this.ports.intake);
  }

  /**
   * Deletes what is stored of all runs that were created before this call, have ended, and that the filter lets pass; resolves with
   * their number when that is durable. Runs that are started again meanwhile stay.
   * @throws InvalidArgumentError also for the status of a run that goes on, UnknownOrchestrationError, HostStoppedError
   */
  async purgeRuns(filter?: RunFilter): Promise<number> {
    checkMaySend('purgeRuns');
    return purgeRuns(optionsOf(filter, 'filter'), this.ports, this.ports.intake);
  }

  /**
   * Who holds the entity's lock, what waits for it, and what runs. `undefined`: it does not exist, and nothing waits for it.
   * @throws UnknownEntityError
   */
  async entityStatus(id: EntityId): Promise<EntityStatus | undefined> {
    checkMaySend('entityStatus');
    if (!isEntityId(id)) {
      throw new InvalidArgumentError('id', 'it is no EntityId', 'Give new EntityId(name, key).');
    }
    this.checkKnown(id);
    const { intake } = this.ports;
    const stored = await intake.read(id.toString());
    const { backlog, currentOperation } = await intake.entityLoad(id.toString());
    // What is over is kept for its lock alone.
    const gone = stored !== undefined && isExpired(stored, intake.hubTimeMs()) && lockHolderOf(stored) === null;
    const row = gone ? undefined : stored;
    if (row === undefined && backlog === 0 && currentOperation === null) return undefined;
    return {
      lockedBy: row === undefined ? null : lockHolderOf(row),
      backlog,
      currentOperation,
      lastModified: row === undefined ? undefined : new Date(row.updatedAtMs),
    };
  }

  /** The messages that ended their process each time they were tried: to be looked at, sent again, or discarded. */
  deadLetters(): DeadLetters {
    return new DeadLetters(this.ports.intake);
  }

  /** A handle for a run that exists; nothing is checked until it is used. */
  run<Input, Output>(orchestration: OrchestrationReference<Input, Output>, instanceId: string): RunHandle<Output>;
  run<Output = unknown>(orchestration: string, instanceId: string): RunHandle<Output>;
  run(orchestration: unknown, instanceId: string): RunHandle {
    return new RunHandle(this.ports, checkInstanceId(instanceId), this.ports.classes.orchestrationName(orchestration));
  }
}
