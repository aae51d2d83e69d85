/**
 * Tracer of a task hub, for distributed traces.
 *
 * A trace is a W3C `traceparent` text. Only messages of callers that are sampled carry one, so without a sampled caller nothing is stored and
 * nothing is reported. A message that an operation or an orchestration sends carries the trace of the message that it works on, except for
 * scheduled signals. The worker calls `ended` after the commit that made the end durable, and never in replay: each piece of work is reported
 * once. A worker whose process dies between a commit and the call reports nothing of that commit.
 *
 * `ended` must return quickly. Its errors are logged once, and change nothing.
 */
export interface HubTracer {
  /** Whether the present caller is sampled. Without this method, and if it returns `true`, a client calls `sending` for a message. */
  isSampled?(): boolean;
  /**
   * Sends a message of a client. Returns what `send` returns.
   * @param send takes the trace that the message carries, `undefined` if the caller is not sampled
   */
  sending<Result>(message: SentMessage, send: (trace: string | undefined) => Promise<Result>): Promise<Result>;
  /** Runs an activity or an external operation within a trace, so that spans of its code belong to it. Returns what `work` returns. */
  within<Result>(trace: string, work: () => Result): Result;
  /** A piece of traced work has ended. */
  ended(work: TracedWork): void;
}

/** A message that a client sends. */
export interface SentMessage {
  readonly kind: 'signal' | 'call' | 'start';
  /** Name of the entity or orchestration. */
  readonly name: string;
  /** Entity id or instance id. */
  readonly target: string;
  /** `undefined` for a start. */
  readonly operation: string | undefined;
}

/** A piece of work that a traced message caused: an operation, an activity, or a whole orchestration. */
export interface TracedWork {
  readonly kind: 'operation' | 'activity' | 'orchestration';
  /** Name of the entity, activity or orchestration. */
  readonly name: string;
  /** `undefined` for activities and orchestrations. */
  readonly operation: string | undefined;
  /** Entity id, or instance id. For an activity, that of its orchestration. */
  readonly target: string;
  /** Execution of the orchestration. `undefined` for an operation that no orchestration has called. */
  readonly execution: string | undefined;
  /** Number of the action in the orchestration. `undefined` for orchestrations, and for operations that no orchestration has called. */
  readonly task: number | undefined;
  /** The trace that the message carried. */
  readonly trace: string;
  /** Hub time of the beginning and of the end, in ms since 1970 (UTC). For a repeated operation or activity, of its last attempt. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly outcome: 'ok' | 'failed' | 'terminated';
}
