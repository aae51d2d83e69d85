/** When to seal a batch, when to give the event loop its turn, and when an external effect may start: arithmetic, no clock. */

/** Client messages are admitted in chunks of this many; each chunk is run to quiescence. */
export const admitChunk = 64;
/** Clients are let in after this many rounds at the latest, also when instances keep each other busy. */
export const roundsPerAdmission = 64;
/** Instances visited before one waits drain. */
export const instancesPerRound = 256;
/** One instance gives way to the others after this many messages. */
export const messagesPerVisit = 32;

export const bounds = {
  /** A batch is not computed on for longer, */
  sealAfterMs: 20,
  /** unless so many messages wait in it for orchestrations, which take one at a time: as rows they would cost more than the wait. */
  wideRunMessages: 256,
  /** Less than the third of a lease after which the next commit is due. */
  sealWideAfterMs: 200,
  batchBytes: 4 * 1024 * 1024,
  batchMessages: 20_000,
  /** The event loop gets its turn at least this often. */
  yieldAfterMs: 2,
} as const;

export interface BatchLoad {
  /** Messages that would become rows now. */
  readonly messages: number;
  readonly bytes: number;
  /** Those of them that wait for orchestrations. */
  readonly runMessages: number;
  readonly computingMs: number;
}

/** Full: it is sealed as soon as the committer is free, and turns pause until then. */
export function isFull(load: BatchLoad): boolean {
  const sealAfterMs = load.runMessages >= bounds.wideRunMessages ? bounds.sealWideAfterMs : bounds.sealAfterMs;
  return load.messages >= bounds.batchMessages || load.bytes >= bounds.batchBytes || load.computingMs >= sealAfterMs;
}

/** Sealed when the committer is free and either nothing is ready or the batch is full. */
export function shouldSeal(committerFree: boolean, anythingReady: boolean, load: BatchLoad): boolean {
  return committerFree && (!anythingReady || isFull(load));
}

/** An external effect starts only while the last good commit began less than two thirds of a lease ago. */
export function mayStartExternal(nowMs: number, lastCommitStartedMs: number, leaseMs: number): boolean {
  return nowMs - lastCommitStartedMs < (leaseMs * 2) / 3;
}

/** An idle worker commits an empty batch this long after its last commit began. */
export function heartbeatMs(leaseMs: number): number {
  return leaseMs / 3;
}

/** How expired entities are looked for: bounded rows at a time, with pauses, and rests that follow the shortest term. */
export const expiryPace = {
  /** After the start of a term. */
  firstMs: 60_000,
  rowsPerStep: 500,
  /** A pass beside load leaves it most of the time, and still deletes thousands of entities a second. */
  pauseMs: (besideMs: number, found: number): number => besideMs + found * (besideMs > 0 ? 0.25 : 0.1),
  restMs: (expireAfterMs: number): number => Math.min(Math.max(expireAfterMs / 10, 60_000), 86_400_000),
} as const;
