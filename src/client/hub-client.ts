import type { EntityManager } from 'typeorm';
import { InvalidArgumentError, NotSupportedError } from '../errors/index.js';
import { checkTimeout } from '../functions/attempts.js';
import type { OrchestrationReference } from '../functions/references.js';
import { recordCall, recordSignal } from '../functions/signal-lambda.js';
import type { CallProxy, EntityTarget, EntityToken, SignalProxy } from '../functions/tokens.js';
import { checkInstanceId, checkSignalName } from '../model/arguments.js';
import { rethrowAtCallSite } from '../model/call-site.js';
import { EntityId, isEntityId } from '../model/entity-id.js';
import { checkStart } from '../model/run-start.js';
import { checkFlag, checkOptions } from '../model/options.js';
import type { Ticket } from '../model/ticket.js';
import { decodeValue } from '../model/values.js';
import {
  callOptions,
  clientSignalOptions,
  clientStartOptions,
  isCommitted,
  readOptions,
  waitOptions,
  watchOptions,
  type CallOptions,
  type ClientSignalOptions,
  type ClientStartOptions,
  type EntityStateResponse,
  type ReadOptions,
  type StateOf,
  type WaitOptions,
  type WatchOptions,
} from './client-options.js';
import { DeadLetters } from './dead-letters.js';
import {
  entityFilter,
  entitySource,
  entityQueryOptions,
  entityStatusOf,
  tokenQueryOptions,
  type EntityQuery,
  type EntityStatus,
  type EntitySummary,
} from './entity-query.js';
import type { Inspector } from '../hub/inspector.js';
import { checkMaySend, checkMayWait } from './guard.js';
import { lazyInspector } from './lazy-inspector.js';
import { Query } from './query.js';
import type { ClientPorts } from './client-ports.js';
import { RunHandle } from './run-handle.js';
import { EntityMessages } from './entity-messages.js';
import { StateView } from './state-view.js';
import { isToken, TargetNames } from './target-names.js';
import {
  countRuns,
  purgeRuns,
  runFilter,
  runFilterOptions,
  runQueryOptions,
  runSource,
  type RunCounts,
  type RunFilter,
  type RunQuery,
} from './run-query.js';
import type { OrchestrationStatus } from './run-status.js';
import { withTimeout } from './timeout.js';
import { checkSignal, StateWatch } from './watch.js';
import { TransactionSender, type WithinPorts } from './within.js';

/** Signals, calls and reads entities, and starts and manages orchestrations. Works on any task hub. */
export class HubClient implements AsyncDisposable {
  /**
   * Looks into the task hub: lists, histories, locks, and why something does not move. It only reads. Its code is loaded with its first
   * call. `durable-entities/hub` has the types. Its methods throw NotSupportedError on an engine that has no inspector.
   */
  readonly inspector: Inspector;
  private readonly names: TargetNames;
  private readonly messages: EntityMessages;
  private readonly states: StateView;

  /** Created by `DurableHost.client` and `DurableClient.connect`. @internal */
  constructor(private readonly ports: ClientPorts) {
    this.names = new TargetNames(ports);
    this.messages = new EntityMessages(ports);
    this.states = new StateView(ports.classes);
    this.inspector = lazyInspector(ports);
  }

  /**
   * Closes a client of `connect`. Calls that wait reject with ClientClosedError; acknowledged messages are still processed. Idempotent.
   * On the client of a host, `close` does nothing: the host closes its client when it stops.
   */
  async close(): Promise<void> {
    await this.ports.close?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Sends a one-way operation. Resolves when the message is durable, before the entity has run it. The operation is applied exactly once.
   * Messages of one client to one entity keep the order of the calls, awaited or not, in the host's process and connected. A scheduled
   * signal is delivered when it is due. Throughput is 20 to 30 times higher if a program sends many signals without awaiting each.
   * Resolves with a ticket for `processed` and `readEntityState(…, { after })`. A repeat of a `requestId` gets the ticket of the first.
   * @throws UnknownEntityError, AmbiguousEntityError, SignalLambdaError, SerializationError, RequestIdReusedError, TimeoutError, HostStoppedError
   */
  signalEntity(id: EntityId, operation: string, input?: unknown, options?: ClientSignalOptions): Promise<Ticket>;
  signalEntity<T>(
    token: EntityToken<T>,
    target: EntityTarget,
    send: (proxy: SignalProxy<T>) => void,
    options?: ClientSignalOptions,
  ): Promise<Ticket>;
  signalEntity(first: unknown, second: unknown, third?: unknown, given?: ClientSignalOptions): Promise<Ticket> {
    // Not `async`: an async function and each promise that it awaits take as long as all other work of a signal.
    try {
      checkMaySend('signalEntity');
      const options = given === undefined ? undefined : checkOptions(given, clientSignalOptions);
      const named = this.names.operation(first, second, third, recordSignal);
      return named instanceof Promise
        ? named.then((operation) => this.messages.send(operation, options))
        : this.messages.send(named, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Cancels the scheduled signal of this name to an entity, from any sender. Resolves when that is durable: with `true` if a signal waited
   * (it will not run), with `false` if none waited or it runs already. Locks and running operations do not delay the cancellation.
   * @throws UnknownEntityError, AmbiguousEntityError, InvalidArgumentError, TimeoutError, HostStoppedError
   */
  cancelSignal(id: EntityId, name: string, options?: WaitOptions): Promise<boolean>;
  cancelSignal<T>(token: EntityToken<T>, target: EntityTarget, name: string, options?: WaitOptions): Promise<boolean>;
  async cancelSignal(first: unknown, second: unknown, third?: unknown, fourth?: WaitOptions): Promise<boolean> {
    checkMaySend('cancelSignal');
    const isId = isEntityId(first);
    const { timeout } = checkOptions(isId ? (third as WaitOptions | undefined) : fourth, waitOptions);
    const timeoutMs = checkTimeout(timeout);
    const id = isId ? first : this.ports.classes.resolveTarget(first as EntityToken<unknown>, second);
    this.names.checkKnown(id);
    const name = checkSignalName(isId ? second : third);
    const { hub, clock } = this.ports;
    const target = id.toString();
    return withTimeout(hub.cancelSignal(target, name), timeoutMs, clock, {
      what: `the cancellation of signal ${JSON.stringify(name)} of ${target} was not acknowledged`,
      diagnose: () => hub.diagnose(target),
    });
  }

  /**
   * Sends within a transaction of your own TypeORM DataSource on the same SQLite file: your rows and the messages are committed together,
   * or not at all. These messages keep their order, and come before all that this client sends after the commit. No order is guaranteed
   * against messages that are sent while the transaction is open. An open transaction blocks every commit of the host: keep it short.
   * On a SQLite file the DataSource must have the type that the host has, `sqlite` or `better-sqlite3`: two copies of SQLite in a process
   * drop each other's locks.
   * @throws NotSupportedError; from its methods InvalidArgumentError if the manager is not in a transaction, or is of another database or driver
   */
  within(entityManager: EntityManager): TransactionSender {
    checkMaySend('within');
    const { hub, classes, limits } = this.ports;
    const { transactions } = hub;
    if (transactions === undefined) throw new NotSupportedError('client.within', hub.engine);
    const ports: WithinPorts = {
      hub,
      transactions,
      classes,
      limits,
      operationOf: (first, second, third) => this.names.operation(first, second, third, recordSignal),
      checkOrchestration: (name, version) => this.names.checkOrchestration(name, version),
    };
    return new TransactionSender(ports, entityManager);
  }

  /**
   * Resolves when the signal of this ticket has been processed, successfully or not, and that is durable. Works in any process on the
   * database, and after restarts. A scheduled signal counts as processed when it was due and has run, a named one also when it was replaced
   * or cancelled.
   * @throws MessageAbandonedError if it became a dead letter, TimeoutError, InvalidArgumentError, StorageError, HostStoppedError
   */
  async processed(ticket: string, options?: WaitOptions): Promise<void> {
    const { timeout } = checkOptions(options, waitOptions);
    checkMayWait('processed', timeout);
    const timeoutMs = checkTimeout(timeout);
    const { hub, clock } = this.ports;
    const target = hub.ticketTarget(ticket);
    let cancel = () => {};
    const processed = new Promise<void>((resolve, reject) => {
      cancel = hub.whenProcessed(ticket, (error) => (error === undefined ? resolve() : reject(error)));
    });
    try {
      await withTimeout(processed, timeoutMs, clock, {
        what: `a signal to ${target} has not been processed`,
        diagnose: () => hub.diagnose(target),
      });
    } finally {
      cancel();
    }
  }

  /**
   * Calls an operation. Resolves with its result when that is durable. Signals and calls of this client to one entity keep their order.
   * The operation is applied exactly once, even if the process of the caller ends. To repeat a call whose answer was lost, give the same
   * `requestId`, or a `retry` policy. With `consistency: 'committed'` a read-only operation runs at once on the last committed state;
   * other operations are refused with InvalidOperationError.
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
      const named = this.names.operation(first, second, third, recordCall);
      const { messages } = this;
      const answer =
        named instanceof Promise ? named.then((operation) => messages.ask(operation)) : messages.ask(named);
      return answer.then(decodeValue, rethrowAtCallSite);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private async callWith(given: CallOptions, first: unknown, second: unknown, third: unknown): Promise<unknown> {
    const options = checkOptions(given, callOptions);
    if (isCommitted(options)) checkMaySend('callEntity');
    else checkMayWait('callEntity', options.timeout);
    return this.messages.call(await this.names.operation(first, second, third, recordCall), options);
  }

  /**
   * Reads the last committed state. The state of an unfinished or undurable operation is never read. Locks do not delay the read.
   * With a class, the result has its fields, and those of nested classes, without methods. No constructor runs.
   * To read your own write, give its ticket as `after`: the read waits until that signal has been processed, as `processed` does.
   * @throws UnknownEntityError, AmbiguousEntityError, StateDeserializationError; with `after` also the errors of `processed`
   */
  readEntityState<T>(
    type: EntityToken<T>,
    target: EntityTarget,
    options?: ReadOptions,
  ): Promise<EntityStateResponse<StateOf<T>>>;
  readEntityState<State = unknown>(id: EntityId, options?: ReadOptions): Promise<EntityStateResponse<State>>;
  async readEntityState(first: unknown, second?: unknown, third?: ReadOptions): Promise<EntityStateResponse<unknown>> {
    checkMaySend('readEntityState');
    const { classes, hub } = this.ports;
    const isId = isEntityId(first);
    const named = this.names.withNames(() => {
      const target = isId ? first : classes.resolveTarget(first as EntityToken<unknown>, second);
      this.names.checkKnown(target);
      return target;
    });
    const id = named instanceof Promise ? await named : named;
    const { after, timeout } = checkOptions(isId ? (second as ReadOptions | undefined) : third, readOptions);
    if (after !== undefined) await this.processed(after, { timeout });
    const entity = await hub.readEntity(id.toString(), false);
    return this.states.stateOf(first, id, entity?.state ?? null);
  }

  /**
   * Async iterable of the committed states of an entity: first the present one, then each later one. Only the newest state is buffered, so
   * a slow reader misses states in between. The iterable never yields an uncommitted state, an older state after a newer one, or the same
   * state twice in a row. It ends with the loop (`break`), or without an error when `signal` is aborted.
   * @throws UnknownEntityError, AmbiguousEntityError; during iteration StateDeserializationError, HostStoppedError
   */
  watch<T>(
    type: EntityToken<T>,
    target: EntityTarget,
    options?: WatchOptions,
  ): AsyncIterable<EntityStateResponse<StateOf<T>>>;
  watch<State = unknown>(id: EntityId, options?: WatchOptions): AsyncIterable<EntityStateResponse<State>>;
  watch(first: unknown, second?: unknown, third?: unknown): AsyncIterable<EntityStateResponse<unknown>> {
    const isId = isEntityId(first);
    const { signal } = checkOptions((isId ? second : third) as WatchOptions | undefined, watchOptions);
    checkSignal(signal);
    const check = () => checkMayWait('watch', signal, 'Give { signal: AbortSignal.timeout(30_000) } or the like.');
    check();
    const { classes, hub } = this.ports;
    const id = isId ? first : classes.resolveTarget(first as EntityToken<unknown>, second);
    this.names.checkKnown(id);
    const show = (state: string | null) => this.states.stateOf(first, id, state);
    return {
      [Symbol.asyncIterator]: () => {
        check();
        return new StateWatch({ hub, id: id.toString(), show, signal });
      },
    };
  }

  /**
   * Starts an orchestration. Resolves when the start is durable, also with a `scheduledTime`. A repeat with the same `instanceId`,
   * orchestration and input resolves with the same run. `whenEnded` decides what a repeat does after that run has ended.
   * @throws InstanceAlreadyExistsError, UnknownOrchestrationError, InvalidArgumentError, SerializationError, TimeoutError, HostStoppedError
   */
  startNew<Input, Output>(
    orchestration: OrchestrationReference<Input, Output>,
    options?: ClientStartOptions<Input>,
  ): Promise<RunHandle<Output>>;
  startNew<Output = unknown>(orchestration: string, options?: ClientStartOptions): Promise<RunHandle<Output>>;
  async startNew(orchestration: unknown, options?: ClientStartOptions): Promise<RunHandle> {
    checkMaySend('startNew');
    const { classes, hub } = this.ports;
    const name = classes.orchestrationName(orchestration);
    const checked = checkOptions(options, clientStartOptions);
    const { timeout, retry } = checked;
    const { input, instanceId, version, details } = checkStart(checked, this.ports.limits);
    const known = this.names.checkOrchestration(name, version);
    if (known instanceof Promise) await known;
    const target = instanceId ?? hub.newInstanceId();
    await this.messages.start({ instanceId: target, name, input, version, details }, { timeout, retry });
    return new RunHandle(this.ports, target, name);
  }

  /**
   * Finds entities by the conditions of the query, as committed: an async iterable ordered by id, also page by page. A class as first
   * argument, or the token of an interface that one registered class implements, selects that entity and types its states.
   * @throws InvalidArgumentError, UnknownEntityError, AmbiguousEntityError, InvalidEntityIdError
   */
  queryEntities<T>(token: EntityToken<T>, query?: Omit<EntityQuery, 'name'>): Query<EntitySummary<StateOf<T>>>;
  queryEntities<State = unknown>(query?: EntityQuery): Query<EntitySummary<State>>;
  queryEntities(first?: unknown, second?: Omit<EntityQuery, 'name'>): Query<EntitySummary> {
    const { hub, classes, names } = this.ports;
    // A token can be `undefined` because of a circular import. It must not be read as a query without conditions.
    const token = isToken(first) || second !== undefined ? (first as EntityToken<unknown>) : undefined;
    const asked =
      token === undefined && second === undefined
        ? checkOptions(first as EntityQuery | undefined, entityQueryOptions, 'query')
        : {
            ...checkOptions(second, tokenQueryOptions, 'query'),
            name: classes.entityName(token as EntityToken<unknown>),
          };
    const view =
      checkFlag(asked.includeState, 'includeState') === true
        ? (id: EntityId, stored: string) => this.states.view(token ?? id, id, stored)
        : undefined;
    const filter = entityFilter(asked, names);
    return new Query('queryEntities', entitySource(hub, filter, view), asked);
  }

  /**
   * Finds runs by the conditions of the query, as committed: an async iterable ordered by instance id, also page by page.
   * @throws InvalidArgumentError, UnknownOrchestrationError
   */
  queryRuns(query?: RunQuery): Query<OrchestrationStatus> {
    const asked = checkOptions(query, runQueryOptions, 'query');
    const source = runSource(this.ports.hub, runFilter(asked, this.ports));
    return new Query('queryRuns', source, asked);
  }

  /**
   * Resolves with the number of runs of each status among those that the filter selects, as committed.
   * @throws InvalidArgumentError, UnknownOrchestrationError
   */
  async countRuns(filter?: RunFilter): Promise<RunCounts> {
    checkMaySend('countRuns');
    return countRuns(checkOptions(filter, runFilterOptions, 'filter'), this.ports, this.ports.hub);
  }

  /**
   * Deletes all runs that were created before this call, have ended, and are selected by the filter. Resolves with their number when that
   * is durable. Runs that are started again meanwhile are kept.
   * @throws InvalidArgumentError (also for a status of runs that have not ended), UnknownOrchestrationError, HostStoppedError
   */
  async purgeRuns(filter?: RunFilter): Promise<number> {
    checkMaySend('purgeRuns');
    return purgeRuns(checkOptions(filter, runFilterOptions, 'filter'), this.ports, this.ports.hub);
  }

  /**
   * Resolves with the holder of the entity's lock, the number of waiting messages, and the running operation. Resolves with `undefined` if
   * the entity does not exist and no message waits for it. @throws UnknownEntityError, InvalidArgumentError
   */
  async entityStatus(id: EntityId): Promise<EntityStatus | undefined> {
    checkMaySend('entityStatus');
    if (!isEntityId(id)) {
      throw new InvalidArgumentError('id', 'it is not an EntityId', 'Give new EntityId(name, key).');
    }
    this.names.checkKnown(id);
    return entityStatusOf(this.ports.hub, id);
  }

  /** The messages that were set aside, because their process ended in each attempt: to read, send again, or discard. */
  deadLetters(): DeadLetters {
    return new DeadLetters(this.ports.hub);
  }

  /** A handle for an existing run. Nothing is read or checked before a method of the handle is called. */
  run<Input, Output>(orchestration: OrchestrationReference<Input, Output>, instanceId: string): RunHandle<Output>;
  run<Output = unknown>(orchestration: string, instanceId: string): RunHandle<Output>;
  run(orchestration: unknown, instanceId: string): RunHandle {
    return new RunHandle(this.ports, checkInstanceId(instanceId), this.ports.classes.orchestrationName(orchestration));
  }
}
