/** Shape of the statistics of a process, as a schema. */
import { array, int, number, object, record, string } from '../vendor.js';

/** Values are ms, unless said otherwise. */
const distribution = object({
  count: int(),
  sum: number(),
  max: number(),
  p50: number(),
  p90: number(),
  p99: number(),
  buckets: array(object({ upTo: number(), count: int() })),
});

const counts = record(string(), int());

/** The present load of a worker. Absent in a standby. */
const gauges = object({
  intake: int(),
  backlog: counts,
  runBacklog: int(),
  instances: int(),
  outside: int(),
  locksHeld: int(),
  locksWaiting: int(),
  leaseLeftMs: number(),
  partitions: int(),
});

export const statisticsShape = object({
  sinceMs: number(),
  atMs: number(),
  operations: array(
    object({
      entity: string(),
      operation: string(),
      ok: int(),
      failed: int(),
      retries: int(),
      duration: distribution,
      queued: distribution,
    }),
  ),
  activities: array(object({ name: string(), ok: int(), failed: int(), duration: distribution })),
  runs: array(
    object({
      name: string(),
      started: int(),
      completed: int(),
      failed: int(),
      terminated: int(),
      duration: distribution,
    }),
  ),
  locks: array(object({ entity: string(), waited: distribution, held: distribution })),
  commits: object({
    accepted: int(),
    consumed: int(),
    inboxRows: int(),
    instances: int(),
    historyRows: int(),
    duration: distribution,
    size: distribution,
  }),
  intake: distribution,
  recent: array(
    object({
      fromMs: number(),
      operations: int(),
      failed: int(),
      commits: int(),
      accepted: int(),
      runsStarted: int(),
      runsEnded: int(),
      activities: int(),
    }),
  ),
  everyMs: number(),
  deadLetters: counts,
  resets: counts,
  stalls: distribution,
  now: gauges.optional(),
});
