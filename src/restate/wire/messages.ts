/** Messages between clients and handlers, and between handlers. They are JSON. User values inside them are JSON texts. */
import type { RunOutcome } from '../../model/orchestration-events.js';
import type { RunTags, StartDetails } from '../../model/run-start.js';
import type { RuntimeStatus } from '../../model/runtime-status.js';

export type Answer =
  | { readonly ok: true; readonly value?: string | undefined }
  /** `error` is JSON text of ErrorDetails. */
  | { readonly ok: false; readonly error: string };

// ---- entities

export interface OperationMessage {
  readonly operation: string;
  readonly input?: string | undefined;
  /** Whether the sender waits for the outcome. Absent in a signal, whose failure is reported to the host. */
  readonly awaited?: true | undefined;
  /** Hash of the content, if the sender gave an idempotency key. The answer repeats it. */
  readonly hash?: string | undefined;
}

/** Signals of one client, in their order. */
export interface SignalsMessage {
  readonly operations: readonly OperationMessage[];
}

export interface OperationAnswer {
  readonly answer: Answer;
  /** When the operation ended: ms since 1970 (UTC). */
  readonly atMs: number;
  readonly hash?: string | undefined;
}

/** A named signal: it waits for its time, and the next one of the same name replaces it. */
export interface ScheduleMessage {
  readonly name: string;
  readonly operation: string;
  readonly input?: string | undefined;
  readonly dueMs?: number | undefined;
  readonly everyMs?: number | undefined;
  readonly hash?: string | undefined;
}

/** The delivery of a named signal. It does nothing if another signal has the name by then. */
export interface TickMessage extends ScheduleMessage {
  readonly dueMs: number;
  readonly token: string;
}

/** A request of a lock. The entity sends it on to the next entity of the section when it has the lock itself. */
export interface SectionMessage {
  /** Instance id of the orchestration. */
  readonly owner: string;
  /** Invocation of its execution, which receives the grant and the outcomes. */
  readonly invocation: string;
  /** The name of the signal that grants the section. Its value is the list of the invocations that hold the locks. */
  readonly grant: string;
  /** All entities of the section, in the order of their locks. */
  readonly targets: readonly string[];
  /** The invocations that hold the locks before this one. */
  readonly held: readonly string[];
}

/** The end of the invocation that held a lock. */
export interface SectionEnd {
  /** The entity whose lock was lost, so that this one is released too. Absent if the holder has released it. */
  readonly lost?: string | undefined;
}

/** A message of a lock holder to the section that it holds. */
export type SectionOrder =
  ({ readonly kind: 'operation'; readonly reply: string } & OperationMessage) | { readonly kind: 'release' };

export interface EntityView {
  /** JSON text. */
  readonly state?: string | undefined;
  readonly atMs: number;
  readonly expiresAtMs?: number | undefined;
}

// ---- orchestrations

/** The execution that waits for the end of a sub-orchestration. */
export interface Parent {
  readonly instance: string;
  readonly invocation: string;
  readonly signal: string;
}

export interface StartMessage {
  readonly name: string;
  readonly input?: string | undefined;
  readonly version?: number | undefined;
  readonly details?: StartDetails | undefined;
  readonly parent?: Parent | undefined;
  /** The clock of the sender. */
  readonly atMs: number;
  /** Whether nobody waits for the answer, so that a refusal is reported to the host. */
  readonly oneWay?: true | undefined;
}

export interface EventMessage {
  readonly name: string;
  readonly value?: string | undefined;
  readonly atMs: number;
}

export type CommandMessage = { readonly atMs: number } & (
  | { readonly kind: 'terminate'; readonly reason?: string | undefined; readonly children?: true | undefined }
  | { readonly kind: 'suspend'; readonly reason?: string | undefined }
  | { readonly kind: 'resume' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'purge'; readonly execution?: string | undefined }
);

/** The input of an execution. */
export interface ExecutionMessage {
  readonly instance: string;
  readonly execution: string;
  readonly name: string;
  readonly version: number;
  readonly input?: string | undefined;
  /** Events that came before the execution. */
  readonly events: readonly EventMessage[];
  /** Number of the first mail. */
  readonly mail: number;
  readonly tags?: RunTags | undefined;
  readonly customStatus?: string | undefined;
  readonly atMs: number;
}

/** A message of the record of an instance to its running execution. Mails are numbered, and each is a signal `m<number>`. */
export type Mail =
  | ({ readonly kind: 'event' } & EventMessage)
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume'; readonly atMs: number }
  /** The instance has ended. `children` terminates its sub-orchestrations too. */
  | { readonly kind: 'stop'; readonly children?: { readonly reason?: string | undefined } | undefined };

/** The parts of a status that change while an execution runs. */
export interface Progress {
  readonly customStatus?: string | undefined;
  readonly tags?: RunTags | undefined;
  readonly unread?: { readonly names: readonly string[]; readonly count: number } | undefined;
  readonly awaited?: readonly string[] | undefined;
}

export interface ProgressMessage {
  readonly execution: string;
  readonly progress: Progress;
  readonly atMs: number;
}

export interface EndedMessage {
  readonly execution: string;
  readonly status: RuntimeStatus;
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly reason?: string | undefined;
  readonly progress?: Progress | undefined;
  readonly atMs?: number | undefined;
  /** Whether the execution does not know it, and has to be stopped. */
  readonly outside?: true | undefined;
}

export interface ContinuedMessage {
  readonly execution: string;
  readonly outcome: RunOutcome & { kind: 'continued' };
  readonly progress: Progress;
  /** Number of the first mail that the old execution has not read. */
  readonly mail: number;
  readonly atMs: number;
}

// ---- activities

export interface ActivityMessage {
  readonly instance: string;
  readonly input?: string | undefined;
}

export interface ActivityAnswer {
  readonly answer: Answer;
  readonly atMs: number;
}
