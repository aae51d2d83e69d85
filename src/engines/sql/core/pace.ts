/**
 * The pace of the worker: when to seal a batch, when to give the event loop its turn, and when an external effect may start. Arithmetic, no
 * clock.
 */

/** The number of client messages that are admitted together. Each chunk runs until nothing is ready. */
export const admitChunk = 64;
/** Client messages are admitted after this many rounds at the latest, also if instances keep each other busy. */
export const roundsPerAdmission = 64;
/** The number of instances that are visited before one drain. */
export const instancesPerRound = 256;
/** The number of messages after which an instance lets other instances run. */
export const messagesPerVisit = 32;

export const bounds = {
  /** Computing on a batch takes no longer than this, */
  sealAfterMs: 20,
  /** unless this many messages in it wait for orchestrations, which take one at a time: as rows they would cost more than the wait. */
  wideRunMessages: 256,
  /** Less than a third of a lease, after which the next commit is due. */
  sealWideAfterMs: 200,
  batchBytes: 4 * 1024 * 1024,
  batchMessages: 20_000,
  /** The longest time before the event loop gets its turn. */
  yieldAfterMs: 2,
} as const;

export interface BatchLoad {
  /** Messages that would become rows if the batch were sealed now. */
  readonly messages: number;
  readonly bytes: number;
  /** The messages among them that wait for orchestrations. */
  readonly runMessages: number;
  readonly computingMs: number;
}

/** Whether the batch is full: it is sealed as soon as the committer is free, and turns pause until then. */
export function isFull(load: BatchLoad): boolean {
  const sealAfterMs = load.runMessages >= bounds.wideRunMessages ? bounds.sealWideAfterMs : bounds.sealAfterMs;
  return load.messages >= bounds.batchMessages || load.bytes >= bounds.batchBytes || load.computingMs >= sealAfterMs;
}

/** Whether to seal the batch: the committer is free, and nothing is ready or the batch is full. */
export function shouldSeal(committerFree: boolean, anythingReady: boolean, load: BatchLoad): boolean {
  return committerFree && (!anythingReady || isFull(load));
}

/** The time after the begin of its last commit when an idle worker commits an empty batch. */
export function heartbeatMs(leaseMs: number): number {
  return leaseMs / 3;
}

/** An idle worker whose presence lock is not held commits this often, so that nobody takes it for dead. */
const absentHeartbeatMs = 1_000;

/** The same for a worker that shall hold a presence lock, and may have lost it. */
export function heartbeatOf(leaseMs: number, isAbsent: boolean): number {
  return isAbsent ? Math.min(heartbeatMs(leaseMs), absentHeartbeatMs) : heartbeatMs(leaseMs);
}

/**
 * How long others wait for a commit of a worker whose presence lock is free, in milliseconds: a living worker would have committed by then. A
 * worker that shall hold a presence lock goes by this time, whether it holds the lock or not, because the lock may be lost at any moment.
 */
export function silenceMsMax(leaseMs: number): number {
  return heartbeatMs(leaseMs) + 1_000;
}

/**
 * Whether a worker may start an external effect: only while its last successful commit began so recently that no other process can have
 * taken over. These are two thirds of a lease, or one beat with presence.
 */
export function mayStartOutside(sinceCommitMs: number, leaseMs: number, presence: boolean): boolean {
  return sinceCommitMs < (presence ? heartbeatMs(leaseMs) : (leaseMs * 2) / 3);
}

/** Whether a worker may answer from its memory: until shortly before another process can have taken over. */
export function isMemoryFresh(sinceCommitMs: number, leaseMs: number, presence: boolean): boolean {
  const limitMs = (leaseMs * 2) / 3;
  return sinceCommitMs < (presence ? Math.min(limitMs, silenceMsMax(leaseMs) - 500) : limitMs);
}

/**
 * The pace of the search for expired entities: a bounded number of rows at a time, pauses, and rests that follow the shortest
 * `expireAfter`.
 */
export const expiryPace = {
  /** The time between the start of a term and the first search. */
  firstMs: 60_000,
  rowsPerStep: 500,
  /** Beside other work, the search leaves most of the time to that work, and still deletes thousands of entities a second. */
  pauseMs: (besideMs: number, found: number): number => besideMs + found * (besideMs > 0 ? 0.25 : 0.1),
  restMs: (expireAfterMs: number): number => Math.min(Math.max(expireAfterMs / 10, 60_000), 86_400_000),
} as const;
