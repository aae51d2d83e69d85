/**
 * An observer: what a metric or a span can learn of a task hub in this process.
 *
 * Each method is called after the commit that made its event durable, in the order of commits, and never in replay: an event that was
 * not stored is never reported, and none is reported twice by one worker. A worker whose process dies between a commit and the call
 * reports nothing of that commit. Methods are optional, must return quickly and must not throw: what they throw is logged once.
 * Names are names of code (entities, operations, orchestrations, activities), never keys, ids or values.
 */
export interface HubObserver {
  /** A batch was committed. */
  committed?(commit: CommitObservation): void;
  /** A client's message was admitted, after it waited in the intake queue. */
  admitted?(waitedMs: number): void;
  /** An operation of an entity ended, with its last attempt. */
  operationEnded?(operation: OperationObservation): void;
  /** An orchestration began an execution: it was started, restarted, rewound, or continued as new. */
  runStarted?(run: { readonly name: string }): void;
  /** An orchestration ended. */
  runEnded?(run: RunObservation): void;
  /** An activity ended, and its orchestration has the result. */
  activityEnded?(activity: ActivityObservation): void;
  /** An attempt of an operation failed, and another one follows. Reported when it fails: attempts are not stored. */
  retried?(attempt: { readonly entity: string; readonly operation: string; readonly attempt: number }): void;
  /** A message was set aside, because its process ended in each attempt. */
  deadLettered?(message: { readonly kind: string; readonly attempts: number }): void;
  /** The worker reloads its state from storage, for this reason. `code` is that of the error, if it has one. */
  reset?(reset: { readonly code: string | undefined }): void;
  /** This process became the active worker, or stopped to be it. */
  roleChanged?(role: 'active' | 'standby' | 'stopped' | 'failed'): void;
}

export interface CommitObservation {
  /** Number of the commit in its worker's term. */
  readonly seq: number;
  /** How long the database took, in ms; retries after a busy database are included. */
  readonly durationMs: number;
  /** Messages that clients sent and that this commit made durable. */
  readonly accepted: number;
  /** Inbox rows that it deleted. */
  readonly consumed: number;
  /** Inbox rows that it wrote. */
  readonly inboxRows: number;
  /** Instance rows that it wrote or deleted. */
  readonly instances: number;
  /** History rows that it wrote. */
  readonly historyRows: number;
}

export interface OperationObservation {
  readonly entity: string;
  readonly operation: string;
  readonly outcome: 'ok' | 'failed';
  /** From the begin of the last attempt to its end, in ms; 0 for an operation that ended in the turn it began. */
  readonly durationMs: number;
  /** Whether a caller waits for its result. */
  readonly called: boolean;
}

export interface RunObservation {
  readonly name: string;
  readonly status: 'completed' | 'failed' | 'terminated';
  /** From its creation to its end, in ms of hub time. */
  readonly durationMs: number;
}

export interface ActivityObservation {
  readonly name: string;
  readonly outcome: 'ok' | 'failed';
  /** From its start in this process to its end, in ms. */
  readonly durationMs: number;
}
