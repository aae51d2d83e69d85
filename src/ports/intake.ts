/** The door of a running engine, as the client sees it. */
import type { MessageBody } from '../model/messages.js';
import type { RunRecord } from '../model/run-record.js';
import type { InstanceRow } from './store.js';

/** A message from a client. */
export interface ClientMessage {
  readonly target: string;
  readonly body: MessageBody;
  readonly dueMs?: number | undefined;
  /** Takes effect at most once under this id; `hash` names its content. */
  readonly receipt?: { readonly requestId: string; readonly hash: string } | undefined;
}

export interface Intake {
  /** Resolves when the message is durable. @throws RequestIdReusedError, HostStoppedError */
  send(message: ClientMessage): Promise<void>;
  /** Resolves when the owner has applied the message and that is durable. @throws what the owner says, HostStoppedError */
  apply(message: ClientMessage): Promise<void>;
  /** Calls an operation of an entity; resolves with the JSON text of its result. @throws EntityOperationFailedError, RequestIdReusedError, HostStoppedError */
  call(
    target: string,
    operation: string,
    input: string | undefined,
    receipt: ClientMessage['receipt'],
  ): Promise<string | undefined>;
  /** The committed row. */
  read(instanceId: string): Promise<InstanceRow | undefined>;
  /** Calls back once: when this orchestration has ended and that is durable, at once when it had; or with why there is nothing to wait for. Returns how to stop waiting. */
  watchRun(instanceId: string, callback: (end: RunRecord | Error) => void): () => void;
  /** A new orchestration instance id. */
  newInstanceId(): string;
  hubTimeMs(): number;
}
