/** Messages between instances. A body is stored as JSON text. User values inside a body are JSON text already. */
import { extended } from '../../../model/extended.js';
import type { StartDetails } from '../../../model/run-start.js';

/** The owner of a lock: one critical section of one execution of one orchestration. */
export interface LockOwner {
  readonly instance: string;
  readonly execution: string;
  /** The task number of the `lock` action. */
  readonly section: number;
}

/**
 * The address of a waiting client. The worker answers a client of its own process in memory, and a client of another process by a receipt
 * whose request id is `answerId`.
 */
export interface ClientAddress {
  /** A UUID, so that `answerId` never equals a request id of a user. */
  readonly process: string;
  readonly call: number;
}

export function answerId({ process, call }: ClientAddress): string {
  return `${process}/${call}`;
}

/** A request id (idempotency key) and the hash of the content of its message. */
export interface RequestReceipt {
  readonly requestId: string;
  readonly hash: string;
}

/** The receiver of an answer. */
export type ReplyTo =
  | { readonly to: 'run'; readonly instance: string; readonly execution: string; readonly task: number }
  /** A client. The receipt of its request id, if it gave one, holds the answer too. */
  | ({ readonly to: 'client'; readonly receipt?: RequestReceipt | undefined } & ClientAddress);

export type Answer =
  | { readonly ok: true; readonly value: string | undefined }
  /** `error` is JSON text of ErrorDetails. */
  | { readonly ok: false; readonly error: string };

/** A message that waits in the mailbox of an entity. */
export type MailboxMessage =
  | {
      readonly kind: 'operation';
      readonly operation: string;
      readonly input: string | undefined;
      /** Absent in a signal. */
      readonly reply?: ReplyTo | undefined;
      /** The critical section from which an orchestration calls. */
      readonly owner?: LockOwner | undefined;
      /** The name of a named scheduled signal. By this name the signal can be replaced or cancelled until it runs. */
      readonly name?: string | undefined;
      /** Present in a periodic signal: its interval, and the due time of this delivery. */
      readonly periodic?: { readonly everyMs: number; readonly dueMs: number } | undefined;
      /** The trace of the sender. Absent if the sender is not sampled. */
      readonly trace?: string | undefined;
    }
  | {
      readonly kind: 'lock';
      readonly owner: LockOwner;
      /** The hub time of the request. Absent in requests of version 0.1. */
      readonly at?: number | undefined;
      /** The hub time when the section asked for its first lock. Absent in the request for that one. */
      readonly begunMs?: number | undefined;
    }
  | { readonly kind: 'release'; readonly owner: LockOwner }
  /** The entity may have expired. The worker that owns the entity sends this. */
  | { readonly kind: 'expire'; readonly owner?: undefined };

export type LockRequest = MailboxMessage & { readonly kind: 'lock' };

/** A message about named scheduled signals. The worker applies it at its arrival, even while an operation runs or a lock is held. */
export type NameMessage =
  /** Schedules a signal for `dueMs`. It replaces the waiting signal with the same name. */
  | {
      readonly kind: 'schedule';
      readonly name: string;
      /** May be absent with `everyMs`: then the first delivery is one interval from now. */
      readonly dueMs?: number | undefined;
      /** The interval of a periodic signal. */
      readonly everyMs?: number | undefined;
      readonly operation: string;
      readonly input: string | undefined;
      /** The inbox row id for the signal. Absent if any will do. */
      readonly row?: number | undefined;
    }
  /** Cancels a signal. The answer says whether such a signal waited. */
  | { readonly kind: 'cancel'; readonly name: string; readonly reply?: ReplyTo | undefined };

export type EntityMessage = MailboxMessage | NameMessage;

export type RunMessage =
  | {
      readonly kind: 'start';
      readonly name: string;
      readonly input: string | undefined;
      /** Absent for the highest version that the owner of the run knows. */
      readonly version?: number | undefined;
      /** Present in the start of a sub-orchestration: the parent that receives its result. */
      readonly parent?: (ReplyTo & { to: 'run' }) | undefined;
      /** Absent if the start has no such options. */
      readonly details?: StartDetails | undefined;
      /** Sent again by a rewound parent: a run that the parent started before continues, and answers to this message. */
      readonly again?: true | undefined;
      readonly trace?: string | undefined;
    }
  /** Begins an execution after *continue as new*. A message of its own, so that other instances run in between. */
  | { readonly kind: 'begin'; readonly execution: string }
  /** `started` is the hub time when the last attempt of an activity or of an external operation began. Absent for all other answers. */
  | {
      readonly kind: 'answer';
      readonly execution: string;
      readonly task: number;
      readonly answer: Answer;
      readonly started?: number | undefined;
    }
  | { readonly kind: 'timer'; readonly execution: string; readonly task: number; readonly dueMs: number }
  | { readonly kind: 'grant'; readonly owner: LockOwner; readonly entity: string }
  | { readonly kind: 'event'; readonly name: string; readonly value: string | undefined }
  /** A rewound execution feeds its code the next recorded answer. */
  | { readonly kind: 'recall'; readonly execution: string }
  /** An activity of this task waits: its code is not registered in the worker. */
  | { readonly kind: 'missing'; readonly execution: string; readonly task: number; readonly name: string }
  | RunCommand;

/** A command of an operator to an orchestration instance. The worker applies it at its arrival, before waiting events. */
export type RunCommand =
  /** `children` terminates its running sub-orchestrations too, and theirs. */
  | { readonly kind: 'terminate'; readonly reason: string | undefined; readonly children?: true | undefined }
  | { readonly kind: 'suspend'; readonly reason: string | undefined }
  | { readonly kind: 'resume' }
  | { readonly kind: 'rewind'; readonly reason: string | undefined }
  /** Starts a run that has ended once more, under the same id. */
  | { readonly kind: 'restart' }
  /** `execution` limits the purge: nothing happens unless this execution is still the last one. */
  | { readonly kind: 'purge'; readonly execution?: string | undefined; readonly children?: true | undefined };

export interface ActivityMessage {
  readonly kind: 'activity';
  readonly name: string;
  readonly input: string | undefined;
  readonly instance: string;
  readonly execution: string;
  readonly task: number;
  readonly trace?: string | undefined;
}

/** Retries or discards a dead letter. The target of this message is `deadLetterTarget`. */
export interface DeadLetterMessage {
  readonly kind: 'letter';
  readonly id: number;
  readonly then: 'retry' | 'discard';
}

/** Purges ended orchestrations. The target of this message is `purgeTarget`. The answer is a `PurgeAnswer` as JSON text. */
export interface PurgeMessage {
  readonly kind: 'purgeRuns';
  /** Instance ids, each with the version of its row. A run whose row has another version by now is not purged. */
  readonly runs: readonly (readonly [instanceId: string, version: number])[];
}

export interface PurgeAnswer {
  /** The number of purged runs. */
  readonly purged: number;
  /** Ids of runs that are in use at present or have changed. A client may purge each of them with a message of its own. */
  readonly left: readonly string[];
}

export const purgeTarget = 'purge:runs';

/** A request of a client to the worker itself, not to an instance. */
export type RequestMessage = DeadLetterMessage | PurgeMessage;

export function isRequest(body: MessageBody): body is RequestMessage {
  return body.kind === 'letter' || body.kind === 'purgeRuns';
}

export type MessageBody = EntityMessage | RunMessage | ActivityMessage | RequestMessage | NoMessage;

/** Stands for a body that cannot be read. It is not delivered. */
export interface NoMessage {
  readonly kind: 'none';
}

/** A body as it is stored. `origin` is about a client of another process: the owner of the message needs it to answer that client. */
export type StoredBody = MessageBody & {
  readonly origin?: {
    /** The client that waits until the message is applied. */
    readonly ack?: ClientAddress | undefined;
    /** The receipt of a signal that is not admitted yet. The owner looks for an earlier use of its request id when it admits the signal. */
    readonly receipt?: RequestReceipt | undefined;
  };
};

/** The body with a trace. The same body without one, so that untraced messages are as small as before. */
export function traced<Body extends object>(body: Body, trace: string | undefined): Body & { readonly trace?: string } {
  return trace === undefined ? body : extended(body, { trace });
}

export function deadLetterTarget(id: number): string {
  return `dead-letter:${id}`;
}

export const activityPrefix = 'activity:';

export function isEntityId(instanceId: string): boolean {
  return instanceId.charCodeAt(0) === 64;
}

export function isCommand(body: RunMessage): body is RunCommand {
  switch (body.kind) {
    case 'terminate':
    case 'suspend':
    case 'resume':
    case 'rewind':
    case 'restart':
    case 'purge':
      return true;
    default:
      return false;
  }
}

export function isNameMessage(body: EntityMessage): body is NameMessage {
  return body.kind === 'schedule' || body.kind === 'cancel';
}

/** When the section of a request asked for its first lock, by hub time. Requests of version 0.1 do not tell, and are older than all others. */
export function begunOf({ begunMs, at }: LockRequest): number {
  return begunMs ?? at ?? -Infinity;
}

export function sameOwner(a: LockOwner, b: LockOwner): boolean {
  return a.section === b.section && a.instance === b.instance && a.execution === b.execution;
}

const entityKinds = new Set<unknown>([
  'operation',
  'lock',
  'release',
  'expire',
  'schedule',
  'cancel',
] satisfies EntityMessage['kind'][]);
const runKinds = new Set<unknown>([
  'start',
  'begin',
  'answer',
  'timer',
  'grant',
  'event',
  'recall',
  'missing',
  'terminate',
  'suspend',
  'resume',
  'rewind',
  'restart',
  'purge',
] satisfies RunMessage['kind'][]);

const requestKinds = new Set<unknown>(['letter', 'purgeRuns'] satisfies RequestMessage['kind'][]);

/** Tells whether this version knows the kind of the message, and whether the target accepts that kind. */
export function isMessageFor(target: string, body: unknown): body is MessageBody {
  const kind = (body as { kind?: unknown } | null)?.kind;
  return kind === 'activity' || requestKinds.has(kind) || (isEntityId(target) ? entityKinds : runKinds).has(kind);
}
