import type { Duration } from '../model/duration.js';
import type { EntityId } from '../model/entity-id.js';
import type { AttemptOptions, SignalOptions, StartOptions, SubOrchestrationOptions } from './call-options.js';
import type { ContextLog } from './context-log.js';
import type { ActivityReference, OrchestrationReference } from './references.js';
import type { CallProxy, EntityTarget, EntityToken, OrchestrationProxy, SignalProxy } from './tokens.js';

/** A durable timer: a promise that resolves when it is due. */
export interface DurableTimer extends Promise<void> {
  /** Cancels the timer. Its promise then never settles. Has no effect once the timer is due. */
  cancel(): void;
}

/** A wait for an external event: a promise of the event. */
export interface EventWait<Event> extends Promise<Event> {
  /** Cancels the wait. Its promise then never settles, and it receives no event. Has no effect once the wait has received its event. */
  cancel(): void;
}

/** A critical section with its locks. The section ends when it is released or disposed, and with the run, in whatever way the run ends. */
export interface CriticalSection extends Disposable, AsyncDisposable {
  /** Ends the section and releases its locks. Idempotent. */
  release(): void;
}

/** An entity to lock: `[token, key]`, an id, or a proxy from `createEntityProxy`. */
export type Lockable = readonly [token: EntityToken<never>, target: EntityTarget] | EntityId | object;

/**
 * Context of an orchestrator. Its promises are durable: after a crash the code is replayed from its beginning, and every promise settles
 * as it did before. An orchestrator must be deterministic, and must await no other promises.
 */
export interface OrchestrationContext {
  readonly instanceId: string;
  /** Whether the code is being replayed over steps that it has done before. */
  readonly isReplaying: boolean;
  /** Hub time of the event that is being processed. The same in replay. Never goes back. */
  readonly currentTime: Date;
  /** A new UUID. The same in replay. */
  newGuid(): string;
  /** A random number from 0 (included) to 1 (excluded). The same in replay. */
  random(): number;
  /** Log that writes nothing in replay. */
  readonly log: ContextLog;

  /**
   * Calls an operation. Resolves with its result. A failed attempt was rolled back. After a `timeout`, the operation may still run, now or
   * later; its answer is ignored, and a retry is a second message. In a critical section, a call that timed out is not retried, and the
   * entity takes no other call before that answer has arrived.
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
  /** Sends a one-way operation. @throws UnknownEntityError, AmbiguousEntityError, SignalLambdaError, LockingRulesViolationError */
  signalEntity(id: EntityId, operation: string, input?: unknown, options?: SignalOptions): void;
  signalEntity<T>(
    token: EntityToken<T>,
    target: EntityTarget,
    send: (proxy: SignalProxy<T>) => void,
    options?: SignalOptions,
  ): void;
  /** Cancels the scheduled signal of this name to an entity. A signal that runs already, or has run, is not affected. */
  cancelSignal(id: EntityId, name: string): void;
  cancelSignal<T>(token: EntityToken<T>, target: EntityTarget, name: string): void;
  /** A proxy of an entity. An operation that returns a Promise is called, with these options. A `void` operation is signalled. */
  createEntityProxy<T>(token: EntityToken<T>, target: EntityTarget, options?: AttemptOptions): OrchestrationProxy<T>;

  /**
   * Enters a critical section. Resolves when all these entities are locked for this run. Their order does not matter, and duplicates
   * count once. Until the section ends, no operation of another caller runs on them. Inside the section, a second `lock`,
   * sub-orchestrations, calls to other entities, a second call to an entity before the answer to the first, and signals to locked entities
   * are refused with LockingRulesViolationError; the section stays valid. Sections that wait for one entity get it in the order in which they
   * began, as long as no other message waits between their requests.
   */
  lock(...entities: Lockable[]): Promise<CriticalSection>;
  /** Whether the code is inside a critical section. */
  readonly isLocked: boolean;
  /** The entities that this run has locked now. */
  readonly lockedEntities: readonly EntityId[];

  /**
   * Runs an activity. Resolves with its result. After a `timeout`, the `signal` of the attempt is aborted, and the attempt is not begun
   * again after a crash. @throws ActivityFailedError, TimeoutError, UnknownActivityError
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

  /**
   * Runs another orchestration. Resolves with its result.
   * @throws OrchestrationFailedError, OrchestrationTerminatedError, UnknownOrchestrationError, LockingRulesViolationError, TimeoutError
   */
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

  /** Starts an orchestration without waiting for it. Returns its instance id. @throws UnknownOrchestrationError, InvalidArgumentError */
  startNewOrchestration<Input, Output>(
    orchestration: OrchestrationReference<Input, Output> | string,
    options?: StartOptions<Input>,
  ): string;

  /** A timer that is due at an instant, or after a duration from `currentTime`. @throws InvalidArgumentError */
  createTimer(due: Date | Duration): DurableTimer;
  /**
   * Waits for the next event of this name: an unread one, or a future one. Upper and lower case of names do not differ. One wait receives
   * each event. If several waits have one name, those of the newest turn (the code between two events) are served first, within a turn in
   * the order of their calls. A wait that lost a `Promise.race` receives no event until the code awaits it again. If the raced promise is
   * that of an `async` function, cancel the waits that lost. An event that no wait received stays unread: `status()` names it, and
   * `continueAsNew` passes it on.
   * @throws TimeoutError after `timeout`
   */
  waitForExternalEvent<Event = unknown>(name: string, options?: { readonly timeout?: Duration }): EventWait<Event>;
  /** Sends an event to another run. An event to a run that does not exist or has ended is dropped. */
  sendEvent(instanceId: string, name: string, event?: unknown): void;

  /**
   * Ends this execution and starts the next one with this input and an empty history. Write `return context.continueAsNew(next)`. The next
   * execution runs the highest registered version of the code, or `version`: a number, or `'same'` for the present one. Unread events
   * are passed on, unless `keepUnprocessedEvents` is `false`.
   */
  continueAsNew(
    input?: unknown,
    options?: { readonly keepUnprocessedEvents?: boolean; readonly version?: number | 'same' },
  ): Promise<never>;
  /**
   * Whether this execution takes the new branch of a patch, for changes of the code of running orchestrations:
   * `if (context.patched('fraud-check')) …new… else …old…`. Returns `false` in executions that passed this place before the change, and
   * `true` in all others. The first call of an execution decides; its answer is recorded and holds for all later calls. When no execution
   * from before the change is left, delete the old branch and replace `patched` by `deprecatePatch`.
   */
  patched(id: string): boolean;
  /**
   * Replaces `patched(id)` while executions exist that recorded the patch. New executions do not record it. When no such execution is left,
   * delete this call too. Without the call, the replay of such an execution finds a recorded patch that the code does not ask for, and
   * fails with NonDeterministicOrchestrationError.
   */
  deprecatePatch(id: string): void;

  /** Sets the `customStatus` of `status()`. @throws SerializationError, LimitExceededError */
  setCustomStatus(status: unknown): void;
  /**
   * Sets tags by which queries find this run, and removes those whose text is `undefined`. Other tags are kept, also by `continueAsNew`. A
   * run has at most 32 tags; a run with more fails with LimitExceededError.
   */
  setTags(tags: { readonly [name: string]: string | undefined }): void;
}
