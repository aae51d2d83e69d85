/**
 * The port between clients and engines. Every engine implements this port, and passes the suite in `test/hub`.
 *
 * Ids are texts: an entity has the id `@name@key`, an orchestration instance any other text. Inputs, results and states are JSON texts;
 * `undefined` stands for no value. A promise that a method returns resolves only when its effect or result is durable.
 */
import type { WaitReason } from '../errors/wait-reason.js';
import type { StartDetails } from '../model/run-start.js';
import type { RuntimeStatus } from '../model/runtime-status.js';
import type { Ticket } from '../model/ticket.js';
import type { RunHistory } from './inspected.js';
import type {
  DeadLetterSnapshot,
  EntityFilter,
  EntitySnapshot,
  PageRequest,
  RunEnd,
  RunFilter,
  RunSnapshot,
} from './snapshots.js';

/** An idempotency key. A message takes effect at most once under it. */
export interface IdempotencyKey {
  /** 1 to 512 UTF-8 bytes. Unique per target, not per hub. */
  readonly requestId: string;
  /** Hash of the content of the message. The same key with another hash is refused. */
  readonly hash: string;
}

/** An operation of an entity, as a client sends it. */
export interface EntityOperation {
  readonly entityId: string;
  readonly operation: string;
  readonly input: string | undefined;
  readonly idempotencyKey?: IdempotencyKey | undefined;
  /** Trace of the sender: see `HubTracer`. `undefined` if the sender is not sampled. */
  readonly trace?: string | undefined;
}

/** A one-way operation. */
export interface EntitySignal extends EntityOperation {
  /** Hub time before which the signal is not delivered: ms since 1970 (UTC). `undefined` for at once. */
  readonly dueMs?: number | undefined;
  /** Name of a scheduled signal. The signal replaces the waiting one of the same name. */
  readonly name?: string | undefined;
  /** Interval of a named signal, in ms. The signal is delivered again after each interval, until it is cancelled or replaced. */
  readonly everyMs?: number | undefined;
}

/** A start of an orchestration. */
export interface RunStart {
  readonly instanceId: string;
  readonly name: string;
  readonly input: string | undefined;
  /** `undefined` for the highest version that the worker has registered when it accepts the start. */
  readonly version?: number | undefined;
  /** Tags, a first custom status, the scheduled time, and the policy if a run of this id has ended. */
  readonly details?: StartDetails | undefined;
  /** Trace of the sender: see `HubTracer`. `undefined` if the sender is not sampled. */
  readonly trace?: string | undefined;
}

/** A command of an operator to an orchestration instance. The worker applies a command when it arrives, before events that wait. */
export type RunCommand =
  /** With `children`, its sub-orchestrations that have not ended, and theirs, are terminated too. */
  | { readonly kind: 'terminate'; readonly reason: string | undefined; readonly children?: true | undefined }
  | { readonly kind: 'suspend'; readonly reason: string | undefined }
  | { readonly kind: 'resume' }
  | { readonly kind: 'rewind'; readonly reason: string | undefined }
  /** Starts an ended instance again, under the same id. */
  | { readonly kind: 'restart' }
  /** Deletes an ended instance. With `execution`, only if that is still its last one. With `children`, its sub-orchestrations and theirs too. */
  | { readonly kind: 'purge'; readonly execution?: string | undefined; readonly children?: true | undefined };

/** Messages that wait for an entity, and the operation that runs. */
export interface EntityLoad {
  /** Number of messages that wait. The running one is not counted. */
  readonly backlog: number;
  /** The operation that runs now. `null` if none runs, or if another process runs it. */
  readonly currentOperation: string | null;
  /** Whether the worker has registered code for the entity. `null` if another process is the worker. */
  readonly registered: boolean | null;
}

/** Notifications of changes of instances and messages. Each method returns a function that stops its notifications. */
export interface HubWatcher {
  /** Calls back once: when the instance has ended and that is durable, or with the reason why the hub cannot wait for that. */
  watchRun(instanceId: string, callback: (end: RunEnd | Error) => void): () => void;
  /**
   * Calls back with the committed snapshot of an instance, and with each later one, in order, until the caller stops it. The last call may
   * be the reason why no snapshot follows. If another process runs the instance, snapshots in between may be missing.
   */
  followRun(instanceId: string, callback: (run: RunSnapshot | Error) => void): () => void;
  /** As `followRun`, for an entity. `undefined` if the entity is not stored. The same snapshot may be reported twice. */
  followEntity(entityId: string, callback: (entity: EntitySnapshot | undefined | Error) => void): () => void;
  /**
   * Calls back once: without an error when the signal of the ticket has been processed, with MessageAbandonedError if the signal became a
   * dead letter, or with the reason why its outcome cannot be known. @throws InvalidArgumentError if the text is not a ticket
   */
  whenProcessed(ticket: string, callback: (error: Error | undefined) => void): () => void;
}

/** A task hub, as a client sees it. */
export interface TaskHub extends HubWatcher {
  /** Name of the engine in errors, e.g. `'sql'`. */
  readonly engine: string;
  /** Sends a one-way operation. @throws RequestIdReusedError, BackpressureError, HostStoppedError */
  signal(signal: EntitySignal): Promise<Ticket>;
  /** Cancels the scheduled signal of this name. Resolves with whether one waited. @throws HostStoppedError */
  cancelSignal(entityId: string, name: string): Promise<boolean>;
  /** Calls an operation; resolves with its result. @throws EntityOperationFailedError, RequestIdReusedError, HostStoppedError */
  call(operation: EntityOperation): Promise<string | undefined>;
  /**
   * Runs a read-only operation at once, in this process, on the last committed state; resolves with its result.
   * @throws EntityOperationFailedError, InvalidOperationError if the operation is not declared readOnly, HostStoppedError
   */
  callCommitted(operation: EntityOperation): Promise<string | undefined>;
  /** Starts an orchestration. @throws InstanceAlreadyExistsError, HostStoppedError */
  start(start: RunStart): Promise<void>;
  /** Raises an event. @throws OrchestrationNotFoundError, HostStoppedError */
  raise(instanceId: string, name: string, value: string | undefined): Promise<void>;
  /** Applies a command. @throws OrchestrationNotFoundError, InvalidOperationError, RewindNotPossibleError, HostStoppedError */
  command(instanceId: string, command: RunCommand): Promise<void>;

  /**
   * The committed entity. `undefined` if it has no row.
   * @param withLock `false` if the caller does not need `lockedBy`, which some engines look for elsewhere. Default `true`
   */
  readEntity(entityId: string, withLock?: boolean): Promise<EntitySnapshot | undefined>;
  /** The committed orchestration instance. `undefined` if it does not exist. */
  readRun(instanceId: string): Promise<RunSnapshot | undefined>;
  /**
   * The events of the present execution of an instance, all of them and with whole values. `undefined` if the instance does not exist.
   * @throws StorageError if the instance cannot be read, NotSupportedError on an engine that keeps no history
   */
  history(instanceId: string): Promise<RunHistory | undefined>;
  /** Entities that exist, ordered by id. With `withState`, their states are read too. */
  queryEntities(filter: EntityFilter, page: PageRequest, withState: boolean): Promise<readonly EntitySnapshot[]>;
  /** Orchestration instances, ordered by id. */
  queryRuns(filter: RunFilter, page: PageRequest): Promise<readonly RunSnapshot[]>;
  /** Number of orchestration instances of each status. A status without instances is absent. */
  countRuns(filter: RunFilter): Promise<ReadonlyMap<RuntimeStatus, number>>;
  /** Number of entities that the filter finds, at one moment. */
  countEntities(filter: EntityFilter): Promise<number>;
  /**
   * Deletes the instances that the filter finds and that have ended. An instance that starts again meanwhile is kept. Resolves with the
   * number of deleted instances.
   */
  purgeRuns(filter: RunFilter): Promise<number>;
  /** Id of the entity that a ticket's signal was sent to. Empty if the signal was processed at once. @throws InvalidArgumentError if the text is not a ticket */
  ticketTarget(ticket: string): string;
  /** The messages that wait for an entity. */
  entityLoad(entityId: string): Promise<EntityLoad>;
  /** Why messages to this entity or instance still wait. `undefined` if no reason is known. @throws StorageError, HostStoppedError */
  diagnose(target: string): Promise<WaitReason | undefined>;

  /** Dead letters with a greater id than `after`, ordered by id. */
  deadLetters(page: { readonly after?: number; readonly limit: number }): Promise<readonly DeadLetterSnapshot[]>;
  /** Sends the message of a dead letter again, one-way. Resolves with whether there was a dead letter of this id. */
  retryDeadLetter(id: number): Promise<boolean>;
  /** Deletes a dead letter. Resolves with whether there was one of this id. */
  discardDeadLetter(id: number): Promise<boolean>;

  /** A new id for an orchestration instance. */
  newInstanceId(): string;
  /** Hub time, as far as this process knows it: ms since 1970 (UTC). */
  hubTimeMs(): number;
  /** Resolves after at least `ms`. @throws HostStoppedError if the hub stops meanwhile */
  pause(ms: number): Promise<void>;

  /** Sends within transactions of the application, on hubs that live in its database. `undefined` on others. */
  readonly transactions: TransactionHub | undefined;
}

/** Additional methods of a hub in the application's own database. Each method resolves when the message is written, before the commit. */
export interface TransactionHub {
  /** @throws InvalidArgumentError, InvalidOperationError if the transaction is not one of the hub's database */
  signalWithin(transaction: unknown, signal: EntitySignal): Promise<void>;
  startWithin(transaction: unknown, start: RunStart): Promise<void>;
  raiseWithin(transaction: unknown, instanceId: string, name: string, value: string | undefined): Promise<void>;
}
