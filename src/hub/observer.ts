/**
 * Observer of a task hub in this process, for metrics and traces.
 *
 * The worker calls a method after the commit that made its event durable, in the order of commits, and never in replay. An event that was
 * not stored is never reported, and one worker reports no event twice. A worker whose process dies between a commit and the call reports
 * nothing of that commit. All methods are optional. A method must return quickly and must not throw; the worker logs the first error of a
 * method. Names are names of code (entities, operations, orchestrations, activities), never keys, ids or values.
 */
export interface HubObserver {
  /** A batch was committed. */
  committed?(commit: CommitObservation): void;
  /** A client's message was admitted. `waitedMs` is its time in the intake queue, in ms. */
  admitted?(waitedMs: number): void;
  /** An operation of an entity ended, with its last attempt. */
  operationEnded?(operation: OperationObservation): void;
  /** An entity granted its lock. */
  lockGranted?(lock: LockObservation): void;
  /** The lock of an entity was released. */
  lockReleased?(lock: LockObservation): void;
  /** An orchestration began an execution: it was started, restarted, rewound, or continued as new. */
  runStarted?(run: { readonly name: string }): void;
  /** An orchestration ended. */
  runEnded?(run: RunObservation): void;
  /** An activity ended, and the result was delivered to its orchestration. */
  activityEnded?(activity: ActivityObservation): void;
  /** An attempt of an operation failed, and another one follows. Called at the failure, not after a commit, because attempts are not stored. */
  retried?(attempt: { readonly entity: string; readonly operation: string; readonly attempt: number }): void;
  /** A message became a dead letter, because its process ended in each attempt. */
  deadLettered?(message: { readonly kind: string; readonly attempts: number }): void;
  /** The worker reloads its state from storage after an error. `code` is the code of that error, `undefined` if it has none. */
  reset?(reset: { readonly code: string | undefined }): void;
  /** The role of this process changed. */
  roleChanged?(role: 'active' | 'standby' | 'stopped' | 'failed'): void;
  /** One round of turns held up everything else for this time, in ms: 50 or longer. */
  stalled?(ms: number): void;
}

/** A committed batch. */
export interface CommitObservation {
  /** Number of the commit within its worker term. */
  readonly seq: number;
  /** Duration of the commit in the database, in ms. Retries after a busy database are included. */
  readonly durationMs: number;
  /** Number of client messages that this commit made durable. */
  readonly accepted: number;
  /** Number of inbox rows that this commit deleted. */
  readonly consumed: number;
  /** Number of inbox rows that this commit wrote. */
  readonly inboxRows: number;
  /** Number of instance rows that this commit wrote or deleted. */
  readonly instances: number;
  /** Number of history rows that this commit wrote. */
  readonly historyRows: number;
}

/** An operation of an entity that ended. */
export interface OperationObservation {
  readonly entity: string;
  readonly operation: string;
  readonly outcome: 'ok' | 'failed';
  /** Duration of the last attempt, in ms. */
  readonly durationMs: number;
  /** Whether a caller waits for its result. */
  readonly called: boolean;
  /** From the delivery of the message to the queue of the entity until its last attempt began, in ms. */
  readonly queuedMs: number;
}

/** A lock that was granted or released. */
export interface LockObservation {
  readonly entity: string;
  /** For a grant: from the request. For a release: from the grant. In ms of hub time. */
  readonly durationMs: number;
}

/** An orchestration that ended. */
export interface RunObservation {
  readonly name: string;
  readonly status: 'completed' | 'failed' | 'terminated';
  /** From the creation of the instance to its end, in ms of hub time. */
  readonly durationMs: number;
}

/** An activity that ended. */
export interface ActivityObservation {
  readonly name: string;
  readonly outcome: 'ok' | 'failed';
  /** From the start of the activity in this process to its end, in ms. */
  readonly durationMs: number;
}
