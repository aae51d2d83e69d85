import { captureCallSite, noteCallSite, type CallSite } from '../model/call-site.js';
import { withoutFrames } from '../model/error-details.js';
import { followedThen, type Interest } from './interest.js';

/**
 * Promises of an orchestrator. Their rejections count as handled from the start: an orchestrator may await a promise later, or never, and no
 * rejection reaches the process. When the run ends, the log reports the rejections that the code never looked at.
 *
 * Everything that looks at a promise (`await`, `then`, `catch`, `Promise.all`, `race`, returning it) reads its `constructor`. Here
 * `constructor` is a getter that notes the look and returns `Promise`, so that the continuation is as fast, and takes as many
 * microtasks, as with any other promise. Before a rejection there are no other costs.
 */
export class ContextPromise<T> extends Promise<T> {
  /** Called at the next look. `undefined` once the code has looked at the promise. */
  onLook: (() => void) | undefined = unnoted;
  /** Interest in the promise of a wait for an event. `undefined` for other promises. */
  interest: Interest | undefined = undefined;
}

/** A promise that `then` of a context promise returned. */
interface Derived extends Promise<unknown> {
  interest: Interest | undefined;
}

/** Whether `then` is running. `then` reads `constructor` too, which is not a look. */
let inThen = false;

// eslint-disable-next-line typescript/unbound-method -- always called with a promise
const thenOfLanguage = Promise.prototype.then;

function then(this: Derived, onFulfilled?: never, onRejected?: never): Promise<unknown> {
  return followedThen(this, onFulfilled, onRejected, thenUnnoted, derive);
}

function thenUnnoted(promise: Promise<unknown>, onFulfilled: unknown, onRejected: unknown): Promise<unknown> {
  inThen = true;
  try {
    return thenOfLanguage.call(promise, onFulfilled as never, onRejected as never);
  } finally {
    inThen = false;
  }
}

function derive(derived: Promise<unknown>, interest: Interest | undefined): void {
  Object.setPrototypeOf(derived, derivedPrototype);
  (derived as Derived).interest = interest;
}

const derivedPrototype: object = Object.create(Promise.prototype, {
  constructor: {
    configurable: true,
    get(this: Derived) {
      if (!inThen) this.interest?.look();
      return Promise;
    },
  },
  // eslint-disable-next-line unicorn/no-thenable -- this is a promise
  then: { configurable: true, writable: true, value: then },
});

/** Initial `onLook`: the code has not looked at the promise, and a look has no effect. */
function unnoted(): void {}

Reflect.defineProperty(ContextPromise.prototype, 'constructor', {
  configurable: true,
  get(this: ContextPromise<unknown>) {
    this.onLook?.();
    this.onLook = undefined;
    if (!inThen) this.interest?.look();
    return Promise;
  },
});
// eslint-disable-next-line unicorn/no-thenable -- this is a promise
Reflect.defineProperty(ContextPromise.prototype, 'then', { configurable: true, writable: true, value: then });

export interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Makes the error of a rejection. Without `errorOf`, the promise rejects with the given error. */
export interface Rejection {
  errorOf?(error: unknown): unknown;
}

/** A context promise with the functions that settle it. */
export class Pending<T> implements Settle<T> {
  readonly promise: ContextPromise<T>;
  readonly resolve: (value: T) => void;
  private readonly fail: (error: unknown) => void;

  constructor(
    private readonly owner: ContextPromises,
    private readonly rejection: Rejection | undefined,
  ) {
    this.promise = new ContextPromise<T>(handOut);
    this.resolve = handedOut.resolve as (value: T) => void;
    this.fail = handedOut.reject;
  }

  /**
   * Rejects the promise two microtasks later, from a reaction. Only there the language knows which code awaits the promise, and only as long
   * as the promise is pending and nothing else follows it.
   */
  reject(told: unknown): void {
    const error = withoutFrames(this.rejection?.errorOf === undefined ? told : this.rejection.errorOf(told));
    const reaction = () => {
      noteCallSite(error, captureCallSite());
      this.owner.noteRejection(this.promise, error);
      throw error;
    };
    // With the function that resolves the promise: the language finds the promise by it.
    void thenOfLanguage.call(thenOfLanguage.call(begun, reaction), this.resolve as never, this.fail);
  }

  /** Rejects the promise at once, where the program made the request. */
  rejectNow(told: Error): void {
    noteCallSite(told, captureCallSite());
    const error = withoutFrames(told);
    this.owner.noteRejection(this.promise, error);
    this.fail(error);
  }
}

const begun = Promise.resolve();

/** The settling functions of the newest promise. All promises share one executor, which writes them here. */
const handedOut: { resolve: unknown; reject: (error: unknown) => void } = { resolve: unnoted, reject: unnoted };

function handOut(resolve: unknown, reject: (error: unknown) => void): void {
  handedOut.resolve = resolve;
  handedOut.reject = reject;
}

/** A request of an orchestrator, with the place of the call. */
export interface TrackedRequest {
  readonly member: string;
  readonly site: CallSite;
}

/** The maximum number of requests that strict mode tracks at a time. */
const trackedMax = 1_000;

/** The context promises of one execution. */
export class ContextPromises {
  /** Requests of strict mode, by promises that the code has not looked at. `undefined` until there is one. */
  private unawaited: Map<unknown, TrackedRequest> | undefined = undefined;
  /** Errors of the rejected promises that the code has not looked at. `undefined` until there is one. */
  private unseen: Map<ContextPromise<unknown>, unknown> | undefined = undefined;

  /** Errors of the rejected promises that the code has not looked at. */
  get unseenErrors(): readonly unknown[] {
    return this.unseen === undefined ? [] : [...this.unseen.values()];
  }

  make<T>(rejection?: Rejection): Pending<T> {
    return new Pending<T>(this, rejection);
  }

  rejected(error: unknown): Promise<never> {
    const pending = this.make<never>();
    pending.rejectNow(error instanceof Error ? error : new Error(String(error)));
    return pending.promise;
  }

  /** A context promise that settles as `inner` does. Nothing else awaits `inner`. */
  follow<T>(inner: Promise<T>): Promise<T> {
    const pending = this.make<T>();
    void inner.then(pending.resolve, (error: unknown) => pending.reject(error));
    return pending.promise;
  }

  /** Tracks a request until the code looks at its promise. Waits for events are not tracked: code may prepare one that it does not need. */
  track(promise: unknown, request: TrackedRequest): void {
    if (!(promise instanceof ContextPromise) || promise.interest !== undefined || promise.onLook === undefined) return;
    const unawaited = (this.unawaited ??= new Map());
    if (unawaited.size >= trackedMax) return;
    unawaited.set(promise, request);
    promise.onLook = () => this.untrack(promise);
  }

  untrack(promise: unknown): void {
    this.unawaited?.delete(promise);
  }

  /** The tracked requests. They are not tracked any more. */
  takeUnawaited(): readonly TrackedRequest[] {
    const taken = [...(this.unawaited?.values() ?? [])];
    this.unawaited?.clear();
    return taken;
  }

  noteRejection(promise: ContextPromise<unknown>, error: unknown): void {
    const seen = promise.onLook === undefined;
    const request = this.unawaited?.get(promise);
    // Marks the rejection as handled. This `then` is itself a look.
    void thenOfLanguage.call(promise, undefined, () => {});
    if (seen) return;
    const unseen = (this.unseen ??= new Map());
    unseen.set(promise, error);
    if (request !== undefined) this.unawaited?.set(promise, request);
    promise.onLook = () => {
      unseen.delete(promise);
      this.untrack(promise);
    };
  }
}
