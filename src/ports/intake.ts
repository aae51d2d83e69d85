/** The door of a running engine, as the client sees it. */
import type { Answer, MessageBody, RequestReceipt } from '../model/messages.js';
import type { Ticket } from '../model/ticket.js';
import type { WaitReason } from '../errors/wait-reason.js';
import type { RunRecord } from '../model/run-record.js';
import type { DeadLetter, InstanceFilter, InstanceRow, ReceiptKey, StatusCount } from '../engines/sql/ports/store.js';

/** A message from a client. */
export interface ClientMessage {
  readonly target: string;
  readonly body: MessageBody;
  readonly dueMs?: number | undefined;
  /** Takes effect at most once under this id; `hash` names its content. */
  readonly receipt?: RequestReceipt | undefined;
}

/** Tells what becomes of what is stored. */
export interface Watcher {
  /** Calls back once: when this orchestration has ended and that is durable, at once when it had; or with why there is nothing to wait for. Returns how to stop waiting. */
  watchRun(instanceId: string, callback: (end: RunRecord | Error) => void): () => void;
  /**
   * Calls back with the committed row of this orchestration, and again with each later one, in order, until it is told to stop; at
   * the end with why there is nothing more to follow. Where another process runs it, some rows in between may be passed over.
   * Returns how to stop.
   */
  followRun(instanceId: string, callback: (row: InstanceRow | Error) => void): () => void;
  /** The same of this entity, `undefined` for no row. The same row may come twice. */
  followEntity(entityId: string, callback: (row: InstanceRow | undefined | Error) => void): () => void;
  /**
   * Calls back once: when none of these inbox rows is left, with `MessageAbandonedError` when one was set aside; or with why that
   * cannot be told. Returns how to stop waiting.
   */
  whenProcessed(rows: readonly number[], callback: (error: Error | undefined) => void): () => void;
}

export interface Intake extends Watcher {
  /** Resolves when the message is durable, with where it waits. @throws RequestIdReusedError, HostStoppedError */
  send(message: ClientMessage): Promise<Ticket>;
  /** Resolves when the owner has applied the message and that is durable, with what it answers. @throws what the owner says, HostStoppedError */
  apply(message: ClientMessage): Promise<string | undefined>;
  /** Writes the message into an open transaction of the application; resolves when it is written. @throws InvalidArgumentError, InvalidOperationError */
  sendWithin(transaction: unknown, message: ClientMessage): Promise<void>;
  /** Calls an operation of an entity; resolves with the JSON text of its result. @throws EntityOperationFailedError, RequestIdReusedError, HostStoppedError */
  call(
    target: string,
    operation: string,
    input: string | undefined,
    receipt: ClientMessage['receipt'],
  ): Promise<string | undefined>;
  /**
   * Runs an operation that only looks at once, on the last committed state; resolves with the JSON text of its result.
   * @throws EntityOperationFailedError, InvalidOperationError when the operation is none that only looks, HostStoppedError
   */
  callCommitted(target: string, operation: string, input: string | undefined): Promise<string | undefined>;
  /** Cancels the scheduled signal of this name; resolves when that is durable, with whether one waited. @throws HostStoppedError */
  cancelSignal(target: string, name: string): Promise<boolean>;
  /** Dead letters by id, after `after`. */
  deadLetters(page: { after?: number; limit: number }): Promise<readonly DeadLetter[]>;
  /** Sends a dead letter's message again, one-way, at the end of its target's queue; resolves when that is durable. False: there is none with this id. */
  retryDeadLetter(id: number): Promise<boolean>;
  /** Deletes a dead letter; resolves when that is durable. False: there is none with this id. */
  discardDeadLetter(id: number): Promise<boolean>;

  /** The committed row. */
  read(instanceId: string): Promise<InstanceRow | undefined>;
  /** How many rows the filter lets pass, by status: see `Store.countInstances`. */
  count(filter: InstanceFilter): Promise<readonly StatusCount[]>;
  /** A page of committed rows: see `Store.queryInstances`. With `present`, none whose time is over now. */
  query(
    filter: InstanceFilter,
    page: { after?: string; limit: number; withState: boolean },
  ): Promise<readonly InstanceRow[]>;
  /** What waits for an entity, without what runs, and the operation that runs; where another process runs it, that one is not known. */
  entityLoad(entityId: string): Promise<{ readonly backlog: number; readonly currentOperation: string | null }>;
  /** Why nothing has come yet of what was sent to this target; `undefined` if no reason is known. @throws StorageError, HostStoppedError */
  diagnose(target: string): Promise<WaitReason | undefined>;
  /** A new orchestration instance id. */
  newInstanceId(): string;
  /** Resolves after at least `ms`. @throws HostStoppedError when it stops meanwhile */
  pause(ms: number): Promise<void>;
  /** Hub time, as far as it is known here. */
  hubTimeMs(): number;
}

/** The way to the worker from another process on its database. */
export interface Relay extends Omit<Intake, 'callCommitted'> {
  /** Gets ready for `sendWithin`, which cannot do it while the application holds the write lock. */
  prepare(): Promise<void>;
  /** The answer that the owner of this target has given, or gives, by this receipt. Rejects when the relay is closed. */
  answerOf(key: ReceiptKey): Promise<Answer>;
  /** Resolves when it is known of everything sent so far whether it is durable. */
  drain(): Promise<void>;
  /** Refuses what is sent from now on, and all that waits, with this error. Resolves when nothing is under way. Idempotent. */
  close(error: Error): Promise<void>;
}
