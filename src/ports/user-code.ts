/**
 * Port of the engine to user code. Values cross it as JSON text. No method throws or rejects unless its comment says so.
 *
 * `contexts/` implements it with the contexts that users see. The simulator has programs of its own.
 */
import type { RunAction, RunOutcome, SessionEvent } from '../model/orchestration-events.js';
import type { LogFields, LogLevel } from './log.js';
import type { StartDetails } from '../model/run-start.js';

export interface UserCode {
  /** Names as announced to the task hub: `entity:counter`, `orchestration:Transfer`, `activity:Send`. */
  readonly names: readonly string[];
  entity(name: string): EntityProgram | undefined;
  /** The highest version if no version is given. */
  orchestration(name: string, version?: number): OrchestrationProgram | undefined;
  activity(name: string): ActivityProgram | undefined;
}

/** The part of the worker that user code can use. One object per incarnation. */
export interface TurnEnvironment {
  /** Hub time. */
  nowMs(): number;
  /** A new orchestration instance id in a partition of this worker. An effect that uses it has `fresh: true`. */
  newInstanceId(): string;
  /** Aborted when this worker loses its lease, or when its stop timeout has passed. */
  readonly signal: AbortSignal;
  /** The fencing token of the instance's partition: it grows with each change of the owner. */
  fencingToken(instanceId: string): number;
  /** Receives the lines of `context.log` of an operation: written after the commit of the operation. Absent for reads of the committed state. */
  log?(level: LogLevel, bindings: LogFields, fields: object, message: string): void;
}

// ---- entities

export interface EntityProgram {
  /** The name of the entity in ids, in lower case: one text for all its instances. */
  readonly name: string;
  /** With `none`, operations touch only the entity and run before the commit. With `external`, they may do I/O and run after it. */
  readonly effects: 'none' | 'external';
  /** Tells whether an operation is read-only: a change or a message makes it fail. */
  isReadOnly(operation: string): boolean;
  /** Makes a live entity from a stored state. `state` is `undefined` if the entity does not exist. Runs no user code. */
  open(id: string, state: string | undefined): EntityCell;
  /** Milliseconds from the last change of an entity to its expiry. `undefined` if entities do not expire. */
  readonly expireAfterMs: number | undefined;
  /** The time limit and retry policy of an operation of an `external` program. `undefined` if it has one attempt without a time limit. */
  attemptsOf(operation: string): AttemptRule | undefined;
}

export interface AttemptRule {
  /** Time limit of one attempt. `undefined` if there is no limit. */
  readonly timeoutMs: number | undefined;
  /**
   * Milliseconds until the next attempt after `failedAttempts` failed ones. `error` is the error of the last one, as JSON text of
   * ErrorDetails. `undefined` if there is no further attempt.
   */
  retryAfterMs(failedAttempts: number, elapsedMs: number, error: string): number | undefined;
}

/** One live entity: its object, and the state captured at the end of its last operation. */
export interface EntityCell {
  /**
   * Runs one operation. Only one operation may run at a time. A failed operation is rolled back to the last captured state before the
   * outcome is returned. A returned promise never rejects.
   */
  run(request: OperationRequest, environment: TurnEnvironment): OperationOutcome | Promise<OperationOutcome>;
  /**
   * Ends the running operation from outside and rolls it back. Its later result and its later context calls have no effect. A time limit
   * also aborts its signal.
   */
  abandon(reason: 'effects' | 'stopped' | { readonly timeoutMs: number }): OperationOutcome;
  /** The captured state as JSON text. `undefined` if the entity does not exist. */
  encodeState(): string | undefined;
  readonly exists: boolean;
  /** Deletes the entity because it has expired. Not allowed while an operation runs. */
  expire(): void;
}

export interface OperationRequest {
  readonly operation: string;
  /** JSON text. `undefined` if there is no input. */
  readonly input: string | undefined;
  /** The trace of the message: see `HubTracer`. */
  readonly trace?: string | undefined;
}

export type OperationOutcome =
  | {
      readonly ok: true;
      /** JSON text. `undefined` if there is no result. */
      readonly result: string | undefined;
      /** Whether the captured state has changed. */
      readonly changed: boolean;
      readonly effects: readonly EntityEffect[];
    }
  | {
      readonly ok: false;
      /** JSON text of ErrorDetails: an EntityOperationFailedError or a subclass of it. */
      readonly error: string;
    };

/** A message that an operation sends, or the start of an orchestration. */
export type EntityEffect =
  | {
      readonly kind: 'signal';
      readonly target: string;
      readonly operation: string;
      readonly input: string | undefined;
      /** Absent or `undefined` if the signal is due at once. */
      readonly dueMs?: number | undefined;
      /** Only with `dueMs` or `everyMs`. */
      readonly name?: string | undefined;
      readonly everyMs?: number | undefined;
    }
  | { readonly kind: 'cancelSignal'; readonly target: string; readonly name: string }
  | {
      readonly kind: 'start';
      readonly name: string;
      readonly instanceId: string;
      readonly input: string | undefined;
      /** Whether `newInstanceId` made the id, so that no such instance can exist yet. */
      readonly fresh: boolean;
      readonly version?: number | undefined;
      readonly details?: StartDetails | undefined;
    };

// ---- orchestrations

export interface OrchestrationProgram {
  readonly version: number;
  start(run: RunIdentity, observer: SessionObserver): OrchestrationSession;
}

export interface RunIdentity {
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
}

/** Facts about the turn that a replay repeats. */
export interface ReplayedTurn {
  /** Names that were unknown in that turn, each with the names known then, or `undefined` if those were not recorded. */
  readonly refused: ReadonlyMap<string, readonly string[] | undefined>;
  /** Ids of patches that the turn recorded. */
  readonly patches: ReadonlySet<string>;
}

/** Called by a session outside of its turns. */
export interface SessionObserver {
  /** The code used its context, or ended, outside of a turn: it awaited something that is not durable. */
  violated(error: unknown): void;
  /** Receives the lines of `context.log`. Not called in replay. */
  log(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void;
}

/** A live orchestrator: running code that waits for events. */
export interface OrchestrationSession {
  /**
   * Feeds the next event to the code. The code runs in the microtasks that follow: call `Clock.drain`, then `collect`.
   * @param timeMs the value of `currentTime` from now on
   * @param replay present in replay only
   */
  feed(event: SessionEvent, timeMs: number, replay?: ReplayedTurn): void;
  /** Returns the actions that the code asked for since the event, in order, and ends the turn. */
  collect(): readonly RunAction[];
  /** How the code ended. `undefined` while it runs. */
  readonly outcome: RunOutcome | undefined;
  /** Whether the code waits for anything durable: an answer, a timer, an event, a lock. */
  readonly waiting: boolean;
  /** The last request of the code, for messages. `undefined` before the first one. */
  readonly lastStep: string | undefined;
  /** The custom status that the code set last, as JSON text. `undefined` if the code has not set it. */
  readonly customStatus: { readonly text: string | undefined } | undefined;
  /** Tags that the code set in this turn, `null` for those it removed. `undefined` if it set none. */
  readonly tagChanges: { readonly [name: string]: string | null } | undefined;
  /** External events that arrived and were not read, and names of events that the code waits for. */
  readonly unreadEvents: UnreadEvents;
  /** Errors of rejected promises of the context that the code has not awaited so far. */
  readonly unseenErrors: readonly unknown[];
  /** Ends the session. Code that still runs gets an error at its next use of the context. */
  close(): void;
}

/** External events that arrived and were not read yet. */
export interface UnreadEvents {
  /** Names of the first 50 unread events, the oldest first. */
  readonly names: readonly string[];
  /** The number of unread events. */
  readonly count: number;
  /** The first 50 names of events that the code waits for, without repeats. */
  readonly awaited: readonly string[];
}

// ---- activities

export interface ActivityProgram {
  /** Never rejects. */
  run(request: ActivityRequest): Promise<ActivityOutcome>;
}

export interface ActivityRequest {
  readonly instanceId: string;
  readonly name: string;
  readonly input: string | undefined;
  /** The trace of the orchestration: see `HubTracer`. */
  readonly trace?: string | undefined;
  readonly signal: AbortSignal;
}

export type ActivityOutcome =
  { readonly ok: true; readonly result: string | undefined } | { readonly ok: false; readonly error: string };
