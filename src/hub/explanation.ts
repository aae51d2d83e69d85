/** Explanations of why an entity or an orchestration instance does not move: reasons with codes, values, sentences and remedies. */

/** The reasons why an entity or an orchestration instance does not move. */
export interface Explanation {
  /** The entity or instance that was asked about. */
  readonly subject: string;
  /**
   * Reasons in the order of a walk: a link of depth n + 1 tells why the last link of depth n before it does not move. Most explanations are
   * a chain with one link of each depth. An instance that waits for several steps at once has several links of one depth. At most 50 links.
   */
  readonly links: readonly ExplanationLink[];
  /** Whether the walk ended early: it was deeper than 8 instances, an instance waits for more than 10 steps, or the walk took too long. */
  readonly isCut: boolean;
}

/** One reason, with the instance that it is about. */
export interface ExplanationLink {
  readonly depth: number;
  /** Id of the entity, instance, or `activity:Name` that the reason is about. */
  readonly subject: string;
  readonly reason: Reason;
  /** The reason as a sentence. */
  readonly because: string;
  /** Since when. `undefined` if unknown. */
  readonly sinceMs: number | undefined;
  /** The remedy as a sentence. `undefined` if the next link has it, or nothing need be done. */
  readonly remedy: string | undefined;
}

/** A reason. `code` is stable. */
export type Reason =
  /** Nothing has this id: no row and no message. */
  | { readonly code: 'notFound' }
  /** The instance has ended. */
  | { readonly code: 'ended'; readonly status: 'completed' | 'failed' | 'terminated' }
  /** Nothing waits. */
  | { readonly code: 'idle' }
  /** Something waits, nothing holds it up, and the worker is about to do it. */
  | { readonly code: 'ready'; readonly messages: number }
  /** The stored row or its history cannot be read. */
  | { readonly code: 'unreadable'; readonly problem: string }
  /** No worker is alive. `untilMs` is the end of the last lease, if its row is still stored. */
  | { readonly code: 'noActiveWorker'; readonly untilMs: number | undefined }
  /** A worker works cautiously after repeated crashes: one message at a time. */
  | { readonly code: 'cautious' }
  /** The owner of the instance has not registered the code. `announcedBy` are living workers that have it. */
  | {
      readonly code: 'notRegistered';
      readonly what: 'entity' | 'orchestration' | 'activity';
      readonly name: string;
      readonly version: number | undefined;
      readonly announcedBy: readonly string[];
    }
  | { readonly code: 'suspended'; readonly reason: string | undefined }
  /** The instance has a scheduled start. */
  | { readonly code: 'startScheduled'; readonly startsAtMs: number }
  /** The start message waits in the table. */
  | { readonly code: 'startWaits' }
  | { readonly code: 'waitsForEvent'; readonly events: readonly string[]; readonly unread: readonly string[] }
  /** `limitOf` is the task whose time limit the timer is. */
  | {
      readonly code: 'waitsForTimer';
      readonly task: number;
      readonly dueMs: number;
      readonly limitOf: number | undefined;
    }
  | { readonly code: 'waitsForCall'; readonly task: number; readonly entity: string; readonly operation: string }
  /** A critical section has `held` of `of` locks, and has asked for the next one, that of `entity`. */
  | {
      readonly code: 'waitsForLock';
      readonly task: number;
      readonly entity: string;
      readonly held: number;
      readonly of: number;
    }
  | { readonly code: 'waitsForChild'; readonly task: number; readonly instance: string; readonly name: string }
  | { readonly code: 'waitsForActivity'; readonly task: number; readonly name: string }
  /** The activity or the external operation runs now, in this process. */
  | { readonly code: 'running'; readonly name: string; readonly attempt: number | undefined }
  /** A failed attempt is repeated at this time. */
  | { readonly code: 'retries'; readonly name: string; readonly attempt: number; readonly nextAtMs: number }
  /** The activity or the external operation waits until another one ends: `max` run at a time. */
  | { readonly code: 'waitsForSlot'; readonly running: number; readonly max: number }
  /** The activity waits or runs in another process. */
  | { readonly code: 'elsewhere'; readonly worker: string | undefined }
  /** The entity is locked. */
  | { readonly code: 'locked'; readonly by: string; readonly section: number; readonly waiters: number }
  /** Other messages of the entity come first. */
  | { readonly code: 'queued'; readonly before: number }
  /** Only scheduled messages wait. */
  | { readonly code: 'scheduled'; readonly messages: number; readonly nextMs: number }
  /** Messages for the target were set aside, because their process ended in each of their attempts. */
  | { readonly code: 'deadLettered'; readonly letters: number; readonly operation: string | undefined }
  /** Nothing that is stored or in memory tells the reason. */
  | { readonly code: 'unknown' };

/** The code of a reason. */
export type ReasonCode = Reason['code'];
