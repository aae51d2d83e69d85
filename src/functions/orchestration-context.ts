import type { Duration } from '../model/duration.js';
import type { EntityId } from '../model/entity-id.js';
import type { AttemptOptions, SignalOptions, StartOptions, SubOrchestrationOptions } from './call-options.js';
import type { ContextLog } from './context-log.js';
import type { ActivityReference, OrchestrationReference } from './references.js';
import type { CallProxy, EntityTarget, EntityToken, OrchestrationProxy, SignalProxy } from './tokens.js';

/** A durable timer: a promise that resolves when it is due. */
export interface DurableTimer extends Promise<void> {
  /** Ends the timer; its promise then never settles. No effect once it is due. */
  cancel(): void;
}

/** A wait for an external event: a promise of the event. */
export interface EventWait<Event> extends Promise<Event> {
  /** Ends the wait: its promise then never settles, and it takes no event. No effect once it was served. */
  cancel(): void;
}

/** The locks of a critical section; the section ends when it is disposed of, or with the run in any way. */
export interface CriticalSection extends Disposable, AsyncDisposable {
  /** Ends the section; no effect a second time. */
  release(): void;
}

/** What can be locked: `[token, key]`, an id, or a proxy made by `createEntityProxy`. */
export type Lockable = readonly [token: EntityToken<never>, target: EntityTarget] | EntityId | object;

/**
 * What an orchestrator sees. Its promises are durable: after a crash the code runs again from its beginning, and every promise
 * settles as it did before. An orchestrator awaits nothing else.
 */
export interface OrchestrationContext {
  readonly instanceId: string;
  /** Whether the code runs over what it has done before. */
  readonly isReplaying: boolean;
  /** The time of the event that is being processed; the same in replay; never goes back. */
  readonly currentTime: Date;
  /** A new UUID; the same in replay. */
  newGuid(): string;
  /** From 0 (included) to 1 (excluded); the same in replay. */
  random(): number;
  readonly log: ContextLog;

  /**
   * Calls an operation; resolves with its result. An attempt that failed was rolled back; one whose `timeout` is over may still
   * run, or run later, and its answer counts for nothing: a retry is a second message. In a critical section the entity then
   * stays called until that answer came, and the call is not retried.
   * @throws EntityOperationFailedError, TimeoutError, UnknownEntityError, LockingRulesViolationError
   */
  callEntity<Result = unknown>(
    id: EntityId,
    operation: string,
    input?: unknown,
    options?: AttemptOptions,
  ): Promise<Result>;
  callEntity<T, Result>(
    token: EntityToken<T>,
    target: EntityTarget,
    call: (proxy: CallProxy<T>) => Promise<Result>,
    options?: AttemptOptions,
  ): Promise<Result>;
  /** Sends a one-way operation. */
  signalEntity(id: EntityId, operation: string, input?: unknown, options?: SignalOptions): void;
  signalEntity<T>(
    token: EntityToken<T>,
    target: EntityTarget,
    send: (proxy: SignalProxy<T>) => void,
    options?: SignalOptions,
  ): void;
  /** Cancels the scheduled signal to an entity that has this name; one that runs already, or has run, is not affected. */
  cancelSignal(id: EntityId, name: string): void;
  cancelSignal<T>(token: EntityToken<T>, target: EntityTarget, name: string): void;
  /** A proxy: an operation that returns a Promise is called (with these options), a `void` one signalled. */
  createEntityProxy<T>(token: EntityToken<T>, target: EntityTarget, options?: AttemptOptions): OrchestrationProxy<T>;

  /**
   * Enters a critical section: resolves when all these entities are locked for this run. In any order; duplicates collapse.
   * Until the section ends no other caller's operation runs on them. Inside: no second `lock`, no sub-orchestrations, calls only
   * to locked entities and one at a time each, no signals to locked ones (LockingRulesViolationError, the section stays valid).
   */
  lock(...entities: Lockable[]): Promise<CriticalSection>;
  /** Whether the code is inside a critical section. */
  readonly isLocked: boolean;
  /** The entities locked now. */
  readonly lockedEntities: readonly EntityId[];

  /**
   * Runs an activity; resolves with its result. An attempt whose `timeout` is over is told so by its `signal`, and is not begun
   * again after a crash. @throws ActivityFailedError, UnknownActivityError
   */
  callActivity<Input, Output>(
    activity: ActivityReference<Input, Output>,
    ...rest: unknown extends Input
      ? [input?: Input, options?: AttemptOptions]
      : undefined extends Input
        ? [input?: Input, options?: AttemptOptions]
        : [input: Input, options?: AttemptOptions]
  ): Promise<Output>;
  callActivity<Output = unknown>(activity: string, input?: unknown, options?: AttemptOptions): Promise<Output>;

  /** Runs another orchestration; resolves with its result. @throws OrchestrationFailedError, OrchestrationTerminatedError, UnknownOrchestrationError */
  callSubOrchestration<Input, Output>(
    orchestration: OrchestrationReference<Input, Output>,
    ...rest: unknown extends Input
      ? [input?: Input, options?: SubOrchestrationOptions]
      : undefined extends Input
        ? [input?: Input, options?: SubOrchestrationOptions]
        : [input: Input, options?: SubOrchestrationOptions]
  ): Promise<Output>;
  callSubOrchestration<Output = unknown>(
    orchestration: string,
    input?: unknown,
    options?: SubOrchestrationOptions,
  ): Promise<Output>;

  /** Starts an orchestration and does not wait for it; returns its instance id. */
  startNewOrchestration<Input, Output>(
    orchestration: OrchestrationReference<Input, Output> | string,
    options?: StartOptions<Input>,
  ): string;

  /** A timer that is due at an instant or after a span. */
  createTimer(due: Date | Duration): DurableTimer;
  /**
   * The next event of this name, unread or to come. Names are compared without upper and lower case. Each event is given to one
   * wait. Of several waits for one name, those of the newest turn (the code between two events) are served first, within a turn in
   * the order asked for. A wait that lost a `Promise.race` takes nothing until the code looks at it again. Where the promise of an `async`
   * function is raced, cancel the waits that lost. An event that no wait took stays unread: `status()` names it, and
   * `continueAsNew` takes it along.
   * @throws TimeoutError after `timeout`
   */
  waitForExternalEvent<Event = unknown>(name: string, options?: { readonly timeout?: Duration }): EventWait<Event>;
  /** Sends an event to another run. */
  sendEvent(instanceId: string, name: string, event?: unknown): void;

  /**
   * Ends this execution and starts the next with this input and an empty history. Write `return context.continueAsNew(next)`.
   * The next runs the highest registered version of the code, or `version`: a number, or `'same'` as this one.
   */
  continueAsNew(
    input?: unknown,
    options?: { readonly keepUnprocessedEvents?: boolean; readonly version?: number | 'same' },
  ): Promise<never>;
  /**
   * Whether the code goes its new way here: true in executions that begin with this code, false in those that came past here
   * before; the first question of an execution decides, is recorded, and answers all later ones. For changing the code of
   * orchestrations that run: `if (context.patched('fraud-check')) …new… else …old…`. When no execution from before is left,
   * the old way goes and `deprecatePatch` takes the place of `patched`.
   */
  patched(id: string): boolean;
  /**
   * Stands where `patched(id)` stood, while executions run that recorded it; nothing new is recorded. When none of those is left,
   * it goes too. (Without it, their replay meets a patch that the code does not ask for: NonDeterministicOrchestrationError.)
   */
  deprecatePatch(id: string): void;

  /** What `status()` shows as `customStatus`. */
  setCustomStatus(status: unknown): void;
  /**
   * Sets tags of this run, by which queries find it, and removes those whose text is `undefined`. The others stay, also in
   * `continueAsNew`. A run has at most 32 tags: with more it fails (LimitExceededError).
   */
  setTags(tags: { readonly [name: string]: string | undefined }): void;
}
