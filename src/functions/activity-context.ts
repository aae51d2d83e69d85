import type { ContextLog } from './context-log.js';

/** Context of an activity. An activity is ordinary code: it runs at least once, and its recorded result counts once. */
export interface ActivityContext {
  /** Instance id of the orchestration that called the activity. */
  readonly instanceId: string;
  readonly activityName: string;
  /** Aborted when the result no longer counts: after the timeout, at the end of the orchestration, or when the worker stops or loses its lease. */
  readonly signal: AbortSignal;
  /** Log with the instance id and the name of the activity in each line. */
  readonly log: ContextLog;
}
