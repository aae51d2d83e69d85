/** Port of a client to a running engine. */
import type { Answer, MessageBody, RequestReceipt } from '../model/messages.js';
import type { Ticket } from '../../../model/ticket.js';
import type { WaitReason } from '../../../errors/wait-reason.js';
import type { RunRecord } from '../model/run-record.js';
import type {
  DeadLetter,
  ExecutionKey,
  HistoryChunk,
  InstanceFilter,
  InstanceRow,
  Receipt,
  ReceiptKey,
  StatusCount,
} from './store.js';

/** The load of an entity: `backlog` is the number of waiting messages. `currentOperation` is `null` if no operation is known to run. */
export interface EntityLoad {
  readonly backlog: number;
  readonly currentOperation: string | null;
  /** Whether the worker has the code of the entity. `null` if the worker is another process. */
  readonly registered: boolean | null;
}

/** A message from a client. */
export interface ClientMessage {
  readonly target: string;
  readonly body: MessageBody;
  readonly dueMs?: number | undefined;
  /** The idempotency key of the message, with the hash of its content. Present if the message must take effect at most once. */
  readonly receipt?: RequestReceipt | undefined;
}

/** Reports changes of stored data. */
export interface Watcher {
  /**
   * Calls back once: with the record when the end of this orchestration is durable, at once if it is already, or with an error if nothing
   * can be waited for. Returns a function that stops the wait.
   */
  watchRun(instanceId: string, callback: (end: RunRecord | Error) => void): () => void;
  /**
   * Calls back with the committed row of this orchestration, and again with each later one, in order. The last call has an error that says
   * why no more rows follow. If another process runs the orchestration, some rows in between may be skipped.
   * `input` is that of the row, if the record does not hold it and it is in memory. Returns a function that stops
   * the calls.
   */
  followRun(instanceId: string, callback: (row: InstanceRow | Error, input?: string) => void): () => void;
  /** Like `followRun` for an entity. The row is `undefined` if there is no row. The same row may be reported twice. */
  followEntity(entityId: string, callback: (row: InstanceRow | undefined | Error) => void): () => void;
  /**
   * Calls back once: without an error when none of these inbox rows is left, with MessageAbandonedError if one of them became a dead letter,
   * or with another error if the wait cannot go on. Returns a function that stops the wait.
   */
  whenProcessed(rows: readonly number[], callback: (error: Error | undefined) => void): () => void;
}

export interface Intake extends Watcher {
  /** Resolves with the ticket when the message is durable. @throws RequestIdReusedError, HostStoppedError */
  send(message: ClientMessage): Promise<Ticket>;
  /**
   * Resolves with the owner's answer when the owner has applied the message and that is durable.
   * @throws the error that the owner answers, HostStoppedError
   */
  apply(message: ClientMessage): Promise<string | undefined>;
  /**
   * Writes the message into an open transaction of the application. Resolves when the row is written: it becomes durable with the commit.
   * @throws InvalidArgumentError, InvalidOperationError
   */
  sendWithin(transaction: unknown, message: ClientMessage): Promise<void>;
  /**
   * Calls an operation of an entity. Resolves with the JSON text of its result.
   * @throws EntityOperationFailedError, RequestIdReusedError, HostStoppedError
   */
  call(
    target: string,
    operation: string,
    input: string | undefined,
    receipt: ClientMessage['receipt'],
    trace: string | undefined,
  ): Promise<string | undefined>;
  /**
   * Runs a read-only operation at once, on the last committed state. Resolves with the JSON text of its result.
   * @throws EntityOperationFailedError, InvalidOperationError if the operation is not declared readOnly, HostStoppedError
   */
  callCommitted(target: string, operation: string, input: string | undefined): Promise<string | undefined>;
  /** Cancels the scheduled signal with this name. Resolves when that is durable: `true` if such a signal waited. @throws HostStoppedError */
  cancelSignal(target: string, name: string): Promise<boolean>;
  /** A page of dead letters in the order of their ids, after the id `after`. */
  deadLetters(page: { after?: number; limit: number }): Promise<readonly DeadLetter[]>;

  /** The committed row. `undefined` if there is no row. */
  read(instanceId: string): Promise<InstanceRow | undefined>;
  /** Chunk 0 of the histories of these executions: see `Store.loadFirstChunks`. */
  firstChunks(executions: readonly ExecutionKey[]): Promise<readonly HistoryChunk[]>;
  /** The history of this execution: see `Store.loadHistory`. */
  historyOf(execution: ExecutionKey): Promise<readonly HistoryChunk[]>;
  /** The number of rows that match the filter, by status: see `Store.countInstances`. */
  count(filter: InstanceFilter): Promise<readonly StatusCount[]>;
  /** A page of committed rows: see `Store.queryInstances`. */
  query(
    filter: InstanceFilter,
    page: { after?: string; limit: number; withState: boolean },
  ): Promise<readonly InstanceRow[]>;
  /**
   * `backlog` is the number of messages that wait for an entity, without the running one. `currentOperation` is the name of the running
   * operation: `null` if none runs, or another process runs the entity.
   */
  entityLoad(entityId: string): Promise<EntityLoad>;
  /** The reason why a message to this target has no answer yet. `undefined` if no reason is known. @throws StorageError, HostStoppedError */
  diagnose(target: string): Promise<WaitReason | undefined>;
  /** The target of a request to purge this orchestration: its owner purges many at a time. */
  purgeTarget(instanceId: string): string;
  /** A new orchestration instance id. */
  newInstanceId(): string;
  /** Resolves after at least `ms` milliseconds. @throws HostStoppedError if the engine stops meanwhile */
  pause(ms: number): Promise<void>;
  /** The newest hub time that this process knows. */
  hubTimeMs(): number;
}

/** Port to the worker from another process on its database. */
export interface Relay extends Omit<Intake, 'callCommitted'> {
  /** Prepares `sendWithin`, which cannot do this itself while the application holds the write lock. */
  prepare(): Promise<void>;
  /** Resolves with the answer that the owner of the target gives by this receipt, also if it gave it earlier. Rejects when the relay is closed. */
  answerOf(key: ReceiptKey): Promise<Answer>;
  /**
   * Calls back with the receipt of this key when its owner has written it, or with an error if the wait cannot go on. Returns a function
   * that stops the wait.
   * @param wait.hash the hash of the message, if the user gave the request id
   * @param wait.early whether a receipt without an outcome is enough
   */
  watchReceipt(
    key: ReceiptKey,
    wait: { readonly hash?: string | undefined; readonly early: boolean },
    callback: (receipt: Receipt | Error) => void,
  ): () => void;
  /** Looks for answers and changes at once, because a hint says that there are some. */
  hurry(): void;
  /** Resolves when the outcome of every message sent so far is known. */
  drain(): Promise<void>;
  /** Rejects all waits and all later messages with this error. Resolves when no write is in progress. Idempotent. */
  close(error: Error): Promise<void>;
}
