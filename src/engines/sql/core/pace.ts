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

/**
 * Whether a worker may start an external effect, or answer from its memory: only while its last successful commit began less than two thirds
 * of a lease ago. Until then no other process can have taken over.
 */
export function isLeaseFresh(nowMs: number, lastCommitStartedMs: number, leaseMs: number): boolean {
  return nowMs - lastCommitStartedMs < (leaseMs * 2) / 3;
}

/** The time after the begin of its last commit when an idle worker commits an empty batch. */
export function heartbeatMs(leaseMs: number): number {
  return leaseMs / 3;
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
