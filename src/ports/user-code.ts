/**
 * What the engine needs of user code. Everything crosses as JSON text; nothing here throws or rejects unless it says so.
 *
 * `runtime/` implements it with the contexts that users see; the simulator has programs of its own.
 */
import type { RunAction, RunOutcome, SessionEvent } from '../model/orchestration-events.js';
import type { StartDetails } from '../model/run-start.js';

export interface UserCode {
  /** Names as announced to the task hub: `entity:counter`, `orchestration:Transfer`, `activity:Send`. */
  readonly names: readonly string[];
  entity(name: string): EntityProgram | undefined;
  /** Without a version: the highest. */
  orchestration(name: string, version?: number): OrchestrationProgram | undefined;
  activity(name: string): ActivityProgram | undefined;
}

/** What user code may see of the worker that runs it. One object per incarnation. */
export interface TurnEnvironment {
  /** Hub time. */
  nowMs(): number;
  /** A new orchestration instance id that falls into a partition of this worker; an effect that uses it says `fresh`. */
  newInstanceId(): string;
  /** Aborted when this worker loses its lease or its stop timeout is over. */
  readonly signal: AbortSignal;
  /** Grows with every change of ownership of the instance's partition. */
  fencingToken(instanceId: string): number;
}

// ---- entities

export interface EntityProgram {
  /** `none`: operations touch only the entity and run ahead of the commit; `external`: they may do I/O and run after it. */
  readonly effects: 'none' | 'external';
  /** Whether this operation only looks: whatever it tries to do fails it. */
  isReadOnly(operation: string): boolean;
  /** A live copy on top of a stored state; `undefined`: the entity does not exist. Runs no user code. */
  open(id: string, state: string | undefined): EntityCell;
  /** How long after its last change an entity exists; `undefined`: for ever. */
  readonly expireAfterMs: number | undefined;
  /** How this operation is tried; `undefined`: once, for as long as it takes. Only of `external` programs. */
  attemptsOf(operation: string): AttemptRule | undefined;
}

export interface AttemptRule {
  /** How long an attempt may take; `undefined`: as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** How long to wait after this many failed attempts, the last with `error` (JSON text of ErrorDetails); `undefined`: no further attempt. */
  retryAfterMs(failedAttempts: number, elapsedMs: number, error: string): number | undefined;
}

/** One live entity: its object, and the state captured at the end of its last finished operation. */
export interface EntityCell {
  /**
   * Runs one operation; only one at a time. What fails is rolled back to the last captured state before the outcome is given.
   * A promise that is returned never rejects.
   */
  run(request: OperationRequest, environment: TurnEnvironment): OperationOutcome | Promise<OperationOutcome>;
  /** Ends the running operation from outside, rolled back: its later results and context calls count for nothing. A time limit aborts its signal. */
  abandon(reason: 'effects' | 'stopped' | { readonly timeoutMs: number }): OperationOutcome;
  /** The captured state as JSON text; `undefined`: the entity does not exist. */
  encodeState(): string | undefined;
  readonly exists: boolean;
  /** Its time is over: it does not exist any more. Not while an operation runs. */
  expire(): void;
}

export interface OperationRequest {
  readonly operation: string;
  /** JSON text; `undefined`: no input. */
  readonly input: string | undefined;
}

export type OperationOutcome =
  | {
      readonly ok: true;
      /** JSON text; `undefined`: no result. */
      readonly result: string | undefined;
      /** Whether the captured state is another than before. */
      readonly changed: boolean;
      readonly effects: readonly EntityEffect[];
    }
  | {
      readonly ok: false;
      /** JSON text of ErrorDetails: an EntityOperationFailedError or a subclass of it. */
      readonly error: string;
    };

/** What an operation sends. */
export type EntityEffect =
  | {
      readonly kind: 'signal';
      readonly target: string;
      readonly operation: string;
      readonly input: string | undefined;
      /** Absent or `undefined`: at once. */
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
      /** The id was made by `newInstanceId`: it cannot exist yet. */
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

/** What replay knows of the turn that it repeats. */
export interface ReplayedTurn {
  /** Names that nobody had announced at that time, each with those that were known; `undefined` if that was not recorded. */
  readonly refused: ReadonlyMap<string, readonly string[] | undefined>;
  /** Patches that were recorded in it. */
  readonly patches: ReadonlySet<string>;
}

/** Called by a session outside of its turns. */
export interface SessionObserver {
  /** The code used its context, or ended, while no event was being fed: it awaited something that is not durable. */
  violated(error: unknown): void;
  /** Where `context.log` goes; not called in replay. */
  log(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void;
}

/** A live orchestrator: code waiting for events. */
export interface OrchestrationSession {
  /**
   * Gives the code its next event. The code runs in the microtasks that follow: drain, then `collect`.
   * @param timeMs what `currentTime` is from now on
   * @param replay present in replay
   */
  feed(event: SessionEvent, timeMs: number, replay?: ReplayedTurn): void;
  /** What the code asked for since the event was fed, in order; ends the turn. */
  collect(): readonly RunAction[];
  /** How the code ended; `undefined` while it has not. */
  readonly outcome: RunOutcome | undefined;
  /** Whether the code waits for anything durable: an answer, a timer, an event, a lock. */
  readonly waiting: boolean;
  /** JSON text, as the code set it last. `undefined` if it never did. */
  readonly customStatus: { readonly text: string | undefined } | undefined;
  /** Tags that the code set in this turn, `null` for those it removed. `undefined` if it set none. */
  readonly tagChanges: { readonly [name: string]: string | null } | undefined;
  /** What came for the code and was not read, and what it waits for. */
  readonly unreadEvents: UnreadEvents;
  /** Why promises of the context, which the code has not looked at so far, were rejected. */
  readonly unseenErrors: readonly unknown[];
  /** Ends the session; code that still runs meets an error at its next use of the context. */
  close(): void;
}

/** External events between their coming and their reading. */
export interface UnreadEvents {
  /** Names of events that came and were not read, the oldest first: the first 50. */
  readonly names: readonly string[];
  /** How many there are. */
  readonly count: number;
  /** Names that are waited for, each once: the first 50. */
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
  readonly signal: AbortSignal;
}

export type ActivityOutcome =
  { readonly ok: true; readonly result: string | undefined } | { readonly ok: false; readonly error: string };
