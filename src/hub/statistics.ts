/** Figures of one process: counts, rates and latencies by name of code. Keys and ids never appear. */

/** Figures of one process. */
export interface HubStatistics {
  /** When this process began to count. */
  readonly sinceMs: number;
  readonly atMs: number;
  readonly operations: readonly OperationFigures[];
  readonly activities: readonly ActivityFigures[];
  readonly runs: readonly RunFigures[];
  readonly locks: readonly LockFigures[];
  readonly commits: CommitTotals;
  /** Time of client messages in the intake queue. */
  readonly intake: Distribution;
  /** Counts of each interval of `everyMs`, the oldest first, at most 60. The last interval is not over. */
  readonly recent: readonly RecentInterval[];
  readonly everyMs: number;
  /** By kind of the message. */
  readonly deadLetters: { readonly [kind: string]: number };
  /** Reloads of the worker's state, by code of the error. `''` if the error has none. */
  readonly resets: { readonly [code: string]: number };
  /** Times in which the worker's loop was blocked by one round of turns for 50 ms or longer. */
  readonly stalls: Distribution;
  /** Present state of the worker's memory. `undefined` in a standby. */
  readonly now: WorkerGauges | undefined;
}

/** The present load of a worker. */
export interface WorkerGauges {
  /** Messages in the intake queue. */
  readonly intake: number;
  /** Waiting messages in memory, by name of the entity. */
  readonly backlog: { readonly [entity: string]: number };
  /** Waiting messages of orchestrations in memory. */
  readonly runBacklog: number;
  readonly instances: number;
  /** Activities and external operations that run. */
  readonly outside: number;
  /** Entities in memory that are locked, and lock requests that wait. */
  readonly locksHeld: number;
  readonly locksWaiting: number;
  readonly leaseLeftMs: number;
  readonly partitions: number;
}

/** Figures of an operation of an entity. */
export interface OperationFigures {
  readonly entity: string;
  readonly operation: string;
  readonly ok: number;
  readonly failed: number;
  /** Failed attempts that were followed by another one. */
  readonly retries: number;
  /** Duration of the last attempts. */
  readonly duration: Distribution;
  /** From the delivery to the queue of the entity until the first attempt. */
  readonly queued: Distribution;
}

/** Figures of an activity. */
export interface ActivityFigures {
  readonly name: string;
  readonly ok: number;
  readonly failed: number;
  readonly duration: Distribution;
}

/** Figures of an orchestration. */
export interface RunFigures {
  readonly name: string;
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  readonly terminated: number;
  /** From the creation to the end. */
  readonly duration: Distribution;
}

/** Figures of the locks of the entities of a name. */
export interface LockFigures {
  readonly entity: string;
  /** From the request to the grant. */
  readonly waited: Distribution;
  /** From the grant to the release. */
  readonly held: Distribution;
}

/** Figures of commits. */
export interface CommitTotals {
  readonly duration: Distribution;
  /** Client messages that commits made durable. */
  readonly accepted: number;
  /** Rows that commits deleted, inserted, and wrote. */
  readonly consumed: number;
  readonly inboxRows: number;
  readonly instances: number;
  readonly historyRows: number;
  /** Messages of a commit: rows of the inbox that it deleted or inserted, and client messages. Values are numbers, not ms. */
  readonly size: Distribution;
}

/** Values on a logarithmic scale. Values are ms, unless said otherwise. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly max: number;
  /** 0 without values. At most 25 % above the exact value. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Numbers of values up to `upTo` and above the bucket before, ascending. Empty buckets are left out. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
}

/** Counts of one interval. */
export interface RecentInterval {
  readonly fromMs: number;
  readonly operations: number;
  readonly failed: number;
  readonly commits: number;
  readonly accepted: number;
  readonly runsStarted: number;
  readonly runsEnded: number;
  readonly activities: number;
}
