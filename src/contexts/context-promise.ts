import { withoutFrames } from '../model/error-details.js';
import { followedThen, type Interest } from './interest.js';

/**
 * The promises that an orchestrator gets. They are born handled: what it starts it may await later, or never, and no rejection
 * of theirs reaches the process. Those that nobody ever looked at are told to the log when the run ends.
 *
 * Whether one was looked at: all that looks at a promise of the language (`await`, `then`, `catch`, `Promise.all`, `race`,
 * returning it) reads its `constructor`. Ours is a getter that takes note and says `Promise`, so that everything behind it is
 * as fast, and takes as many microtasks, as with any other promise. Nothing else is paid before a rejection.
 */
export class ContextPromise<T> extends Promise<T> {
  /** What to do at the first look from now on; nothing once looked at. */
  onLook: (() => void) | undefined = unnoted;
  /** Of a wait for an event: who still waits for it. */
  interest: Interest | undefined = undefined;
}

/** What `then` of a promise of the context gives. */
interface Derived extends Promise<unknown> {
  interest: Interest | undefined;
}

/** The language reads `constructor` in `then` too: that is no look of its own. */
let inThen = false;

// eslint-disable-next-line typescript/unbound-method -- it is called with a promise
const thenOfLanguage = Promise.prototype.then;

function then(this: Derived, onFulfilled?: never, onRejected?: never): Promise<unknown> {
  return followedThen(
    this,
    onFulfilled,
    onRejected,
    (fulfilled, rejected) => {
      inThen = true;
      try {
        return thenOfLanguage.call(this, fulfilled as never, rejected as never);
      } finally {
        inThen = false;
      }
    },
    (derived, interest) => {
      Object.setPrototypeOf(derived, derivedPrototype);
      (derived as Derived).interest = interest;
    },
  );
}

const derivedPrototype: object = Object.create(Promise.prototype, {
  constructor: {
    configurable: true,
    get(this: Derived) {
      if (!inThen) this.interest?.look();
      return Promise;
    },
  },
  // eslint-disable-next-line unicorn/no-thenable -- it is a promise
  then: { configurable: true, writable: true, value: then },
});

/** Nobody has looked yet, and nothing is noted of it. */
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
// eslint-disable-next-line unicorn/no-thenable -- it is a promise
Reflect.defineProperty(ContextPromise.prototype, 'then', { configurable: true, writable: true, value: then });

export interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** What a promise is rejected with, of what it is told. Absent: as it is. */
export interface Rejection {
  errorOf?(error: unknown): unknown;
}

/** A promise of the context with what settles it. */
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

  reject(told: unknown): void {
    const error = withoutFrames(this.rejection?.errorOf === undefined ? told : this.rejection.errorOf(told));
    this.owner.noteRejection(this.promise, error);
    this.fail(error);
  }
}

/** What the promise that was made last is settled with: one executor for all of them. */
const handedOut: { resolve: unknown; reject: (error: unknown) => void } = { resolve: unnoted, reject: unnoted };

function handOut(resolve: unknown, reject: (error: unknown) => void): void {
  handedOut.resolve = resolve;
  handedOut.reject = reject;
}

/** Those of one execution. */
export class ContextPromises {
  /** Rejected and not looked at so far, with the error; `undefined`: there was none yet. */
  private unseen: Map<ContextPromise<unknown>, unknown> | undefined = undefined;

  /** Why promises that nobody looked at were rejected. */
  get unseenErrors(): readonly unknown[] {
    return this.unseen === undefined ? [] : [...this.unseen.values()];
  }

  make<T>(rejection?: Rejection): Pending<T> {
    return new Pending<T>(this, rejection);
  }

  rejected(error: unknown): Promise<never> {
    const pending = this.make<never>();
    pending.reject(error instanceof Error ? error : new Error(String(error)));
    return pending.promise;
  }

  /** Settles as `inner` does, which nobody else awaits. */
  follow<T>(inner: Promise<T>): Promise<T> {
    const pending = this.make<T>();
    void inner.then(pending.resolve, (error: unknown) => pending.reject(error));
    return pending.promise;
  }

  noteRejection(promise: ContextPromise<unknown>, error: unknown): void {
    const seen = promise.onLook === undefined;
    // This handles it, and is itself a look.
    void thenOfLanguage.call(promise, undefined, () => {});
    if (seen) return;
    const unseen = (this.unseen ??= new Map());
    unseen.set(promise, error);
    promise.onLook = () => void unseen.delete(promise);
  }
}
