/**
 * What a client needs of a task hub. Every engine implements this port, and passes the suite in `test/hub`.
 *
 * Ids are texts: `@name@key` of an entity, any other text of an orchestration instance. Inputs, results and states are JSON texts;
 * `undefined` stands for no value. A promise that a method returns resolves only with what is durable.
 */
import type { WaitReason } from '../errors/wait-reason.js';
import type { StartDetails } from '../model/run-start.js';
import type { RuntimeStatus } from '../model/runtime-status.js';
import type { Ticket } from '../model/ticket.js';
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
  /** 1 to 512 UTF-8 bytes; one per target. */
  readonly requestId: string;
  /** Names the content of the message: the same key with another content is refused. */
  readonly hash: string;
}

/** An operation of an entity, as a client sends it. */
export interface EntityOperation {
  readonly entityId: string;
  readonly operation: string;
  readonly input: string | undefined;
  readonly idempotencyKey?: IdempotencyKey | undefined;
}

/** A one-way operation. */
export interface EntitySignal extends EntityOperation {
  /** Hub time before which it is not delivered: ms since 1970 (UTC). `undefined` for at once. */
  readonly dueMs?: number | undefined;
  /** Of a scheduled signal: replaces the one of this name that waits. */
  readonly name?: string | undefined;
  /** Of a named signal: it is delivered again after each interval, until it is cancelled or replaced. */
  readonly everyMs?: number | undefined;
}

/** A start of an orchestration. */
export interface RunStart {
  readonly instanceId: string;
  readonly name: string;
  readonly input: string | undefined;
  /** `undefined` for the highest version that is registered where the run is taken. */
  readonly version?: number | undefined;
  /** Tags, a first custom status, the time before which it does not begin, and what becomes of the start where its run has ended. */
  readonly details?: StartDetails | undefined;
}

/** A command of an operator to an orchestration instance. It acts when it arrives, before events that wait. */
export type RunCommand =
  /** With `children`, its sub-orchestrations that go on, and theirs, are terminated too. */
  | { readonly kind: 'terminate'; readonly reason: string | undefined; readonly children?: true | undefined }
  | { readonly kind: 'suspend'; readonly reason: string | undefined }
  | { readonly kind: 'resume' }
  | { readonly kind: 'rewind'; readonly reason: string | undefined }
  /** Starts an instance that has ended again, under the same id. */
  | { readonly kind: 'restart' }
  /** Deletes an instance that has ended. With `execution`, only if that one is still its last. With `children`, theirs too. */
  | { readonly kind: 'purge'; readonly execution?: string | undefined; readonly children?: true | undefined };

/** What waits for an entity. */
export interface EntityLoad {
  /** Messages that wait, without the one that runs. */
  readonly backlog: number;
  /** The operation that runs now. `null` if none runs, or if another process runs it. */
  readonly currentOperation: string | null;
  /** Whether the worker has registered code for the entity. `null` if another process is the worker. */
  readonly registered: boolean | null;
}

/** Notifies of what becomes of instances and messages. Each method returns a function that stops the notifications. */
export interface HubWatcher {
  /** Calls back once: when the instance has ended and that is durable, or with the reason why nothing can be waited for. */
  watchRun(instanceId: string, callback: (end: RunEnd | Error) => void): () => void;
  /**
   * Calls back with the committed snapshot of an instance, and with each later one, in order, until it is stopped; at the end with the
   * reason why nothing follows. Where another process runs the instance, some snapshots in between may be left out.
   */
  followRun(instanceId: string, callback: (run: RunSnapshot | Error) => void): () => void;
  /** The same for an entity. `undefined` if it is not stored. The same snapshot may come twice. */
  followEntity(entityId: string, callback: (entity: EntitySnapshot | undefined | Error) => void): () => void;
  /**
   * Calls back once: when the signal of the ticket has been processed, with MessageAbandonedError if it was set aside, or with the reason
   * why that cannot be known. @throws InvalidArgumentError if the text is not a ticket
   */
  whenProcessed(ticket: string, callback: (error: Error | undefined) => void): () => void;
}

export interface TaskHub extends HubWatcher {
  /** Names the engine, for errors: `'sql'`. */
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

  /** The committed entity. `undefined` if nothing of it is stored. */
  readEntity(entityId: string): Promise<EntitySnapshot | undefined>;
  /** The committed orchestration instance. `undefined` if it does not exist. */
  readRun(instanceId: string): Promise<RunSnapshot | undefined>;
  /** Entities that exist, ordered by id. `withState` reads their states too. */
  queryEntities(filter: EntityFilter, page: PageRequest, withState: boolean): Promise<readonly EntitySnapshot[]>;
  /** Orchestration instances, ordered by id. */
  queryRuns(filter: RunFilter, page: PageRequest): Promise<readonly RunSnapshot[]>;
  /** How many orchestration instances there are, by status. Statuses without any are left out. */
  countRuns(filter: RunFilter): Promise<ReadonlyMap<RuntimeStatus, number>>;
  /** How many entities the filter finds, at one moment. */
  countEntities(filter: EntityFilter): Promise<number>;
  /**
   * Deletes the instances that the filter finds and that have ended. An instance that starts again meanwhile stays. Resolves with how
   * many were deleted.
   */
  purgeRuns(filter: RunFilter): Promise<number>;
  /** Id of the entity that the signal of a ticket was sent to; empty if the signal was processed at once. @throws InvalidArgumentError if the text is not a ticket */
  ticketTarget(ticket: string): string;
  entityLoad(entityId: string): Promise<EntityLoad>;
  /** Why nothing came yet of what was sent to this entity or instance. `undefined` if no reason is known. @throws StorageError, HostStoppedError */
  diagnose(target: string): Promise<WaitReason | undefined>;

  /** Dead letters by id, those with a greater id than `after`. */
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

/** What a hub in the application's own database can do besides. Each method resolves when the message is written, not yet committed. */
export interface TransactionHub {
  /** @throws InvalidArgumentError, InvalidOperationError if the transaction is not one of the hub's database */
  signalWithin(transaction: unknown, signal: EntitySignal): Promise<void>;
  startWithin(transaction: unknown, start: RunStart): Promise<void>;
  raiseWithin(transaction: unknown, instanceId: string, name: string, value: string | undefined): Promise<void>;
}
