/** What travels between instances. A body is stored as its JSON text; user values inside it are JSON text already. */
import type { StartDetails } from './run-start.js';

/** Who holds or asks for a lock: one critical section of one execution of one orchestration. */
export interface LockOwner {
  readonly instance: string;
  readonly execution: string;
  /** The task number of the `lock` action. */
  readonly section: number;
}

/** Where a client waits: it is answered from memory in its process; elsewhere by a receipt whose request id is `answerId`. */
export interface ClientAddress {
  /** A UUID, so no user's request id is ever the same. */
  readonly process: string;
  readonly call: number;
}

export function answerId({ process, call }: ClientAddress): string {
  return `${process}/${call}`;
}

/** A request id as the owner of its target sees it; `hash` names the content of the message. */
export interface RequestReceipt {
  readonly requestId: string;
  readonly hash: string;
}

/** Where an answer goes. */
export type ReplyTo =
  | { readonly to: 'run'; readonly instance: string; readonly execution: string; readonly task: number }
  /** A client; also answered by the receipt of `requestId` where it gave one. */
  | ({ readonly to: 'client'; readonly receipt?: RequestReceipt | undefined } & ClientAddress);

export type Answer =
  | { readonly ok: true; readonly value: string | undefined }
  /** `error`: JSON text of ErrorDetails. */
  | { readonly ok: false; readonly error: string };

/** What waits in an entity's mailbox. */
export type MailboxMessage =
  | {
      readonly kind: 'operation';
      readonly operation: string;
      readonly input: string | undefined;
      /** Absent: a signal. */
      readonly reply?: ReplyTo | undefined;
      /** The critical section under which an orchestration calls. */
      readonly owner?: LockOwner | undefined;
      /** Of a scheduled signal that was given one: until it runs it can be replaced and cancelled by it. */
      readonly name?: string | undefined;
      /** Of a periodic signal: its interval, and when this one was due. */
      readonly periodic?: { readonly everyMs: number; readonly dueMs: number } | undefined;
    }
  | { readonly kind: 'lock'; readonly owner: LockOwner }
  | { readonly kind: 'release'; readonly owner: LockOwner }
  /** Its time may be over; sent to it by its owner. */
  | { readonly kind: 'expire'; readonly owner?: undefined };

/** What acts on the scheduled signals of an entity when it arrives, whatever runs or holds the lock. */
export type NameMessage =
  /** A signal for `dueMs`; the one of the same name that waits is replaced. */
  | {
      readonly kind: 'schedule';
      readonly name: string;
      /** Absent only with `everyMs`: one interval from now. */
      readonly dueMs?: number | undefined;
      /** It is delivered again after each interval. */
      readonly everyMs?: number | undefined;
      readonly operation: string;
      readonly input: string | undefined;
      /** The inbox row that the signal is to have; absent: any. */
      readonly row?: number | undefined;
    }
  /** The answer: whether one waited. */
  | { readonly kind: 'cancel'; readonly name: string; readonly reply?: ReplyTo | undefined };

export type EntityMessage = MailboxMessage | NameMessage;

export type RunMessage =
  | {
      readonly kind: 'start';
      readonly name: string;
      readonly input: string | undefined;
      /** Absent: the highest that the owner of the run knows. */
      readonly version?: number | undefined;
      /** Present: a sub-orchestration, whose end is answered there. */
      readonly parent?: (ReplyTo & { to: 'run' }) | undefined;
      /** Absent: nothing besides. */
      readonly details?: StartDetails | undefined;
      /** A parent that was rewound asks again: a run that it started before goes on, and answers there. */
      readonly again?: true | undefined;
    }
  /** An execution that continues as new begins: a message of its own, so that others get their turn in between. */
  | { readonly kind: 'begin'; readonly execution: string }
  | { readonly kind: 'answer'; readonly execution: string; readonly task: number; readonly answer: Answer }
  | { readonly kind: 'timer'; readonly execution: string; readonly task: number; readonly dueMs: number }
  | { readonly kind: 'grant'; readonly owner: LockOwner; readonly entity: string }
  | { readonly kind: 'event'; readonly name: string; readonly value: string | undefined }
  /** A rewound execution tells its code the next thing that it keeps. */
  | { readonly kind: 'recall'; readonly execution: string }
  | RunCommand;

/** What an operator tells a run. It acts when it arrives, before waiting events. */
export type RunCommand =
  /** `children`: its sub-orchestrations that go on, and theirs, are terminated too. */
  | { readonly kind: 'terminate'; readonly reason: string | undefined; readonly children?: true | undefined }
  | { readonly kind: 'suspend'; readonly reason: string | undefined }
  | { readonly kind: 'resume' }
  | { readonly kind: 'rewind'; readonly reason: string | undefined }
  /** Under the same id, after its end. */
  | { readonly kind: 'restart' }
  /** `execution`: only if this one is still the last. */
  | { readonly kind: 'purge'; readonly execution?: string | undefined; readonly children?: true | undefined };

export interface ActivityMessage {
  readonly kind: 'activity';
  readonly name: string;
  readonly input: string | undefined;
  readonly instance: string;
  readonly execution: string;
  readonly task: number;
}

/** What becomes of a dead letter. Its target is `deadLetterTarget`. */
export interface DeadLetterMessage {
  readonly kind: 'letter';
  readonly id: number;
  readonly then: 'retry' | 'discard';
}

/** Ended orchestrations that a client wants to be purged. Its target is `purgeTarget`; the answer is a `PurgeAnswer` as JSON text. */
export interface PurgeMessage {
  readonly kind: 'purgeRuns';
  /** Those whose rows still have this version. */
  readonly runs: readonly (readonly [instanceId: string, version: number])[];
}

export interface PurgeAnswer {
  /** How many are purged. */
  readonly purged: number;
  /** Those that are in use just now, or have changed: each may be asked for alone. */
  readonly left: readonly string[];
}

export const purgeTarget = 'purge:runs';

/** What clients ask of the worker itself, and of no instance. */
export type RequestMessage = DeadLetterMessage | PurgeMessage;

export function isRequest(body: MessageBody): body is RequestMessage {
  return body.kind === 'letter' || body.kind === 'purgeRuns';
}

export type MessageBody = EntityMessage | RunMessage | ActivityMessage | RequestMessage | NoMessage;

/** Cannot be read: nothing to be delivered. */
export interface NoMessage {
  readonly kind: 'none';
}

/** A body as it is stored. `origin`: what its owner must know of the client that sent it from another process, or may end up there. */
export type StoredBody = MessageBody & {
  readonly origin?: {
    /** It waits until the message is applied. */
    readonly ack?: ClientAddress | undefined;
    /** Of a signal that is not admitted yet: the owner looks it up when it takes the message in. */
    readonly receipt?: RequestReceipt | undefined;
  };
};

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
  'terminate',
  'suspend',
  'resume',
  'rewind',
  'restart',
  'purge',
] satisfies RunMessage['kind'][]);

const requestKinds = new Set<unknown>(['letter', 'purgeRuns'] satisfies RequestMessage['kind'][]);

/** Whether this is a message of a kind that this version knows, and that such a target takes. */
export function isMessageFor(target: string, body: unknown): body is MessageBody {
  const kind = (body as { kind?: unknown } | null)?.kind;
  return kind === 'activity' || requestKinds.has(kind) || (isEntityId(target) ? entityKinds : runKinds).has(kind);
}
