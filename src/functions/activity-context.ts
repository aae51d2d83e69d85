import type { ContextLog } from './context-log.js';

/** What an activity sees. An activity is ordinary code; it runs at least once, its recorded result counts once. */
export interface ActivityContext {
  /** The orchestration that asked. */
  readonly instanceId: string;
  readonly activityName: string;
  /** Aborted when the result no longer counts: its timeout is over, the orchestration has ended, the worker stops or lost its lease. */
  readonly signal: AbortSignal;
  readonly log: ContextLog;
}
