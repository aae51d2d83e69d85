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
}

/** Nobody has looked yet, and nothing is noted of it. */
function unnoted(): void {}

Reflect.defineProperty(ContextPromise.prototype, 'constructor', {
  configurable: true,
  get(this: ContextPromise<unknown>) {
    this.onLook?.();
    this.onLook = undefined;
    return Promise;
  },
});

export interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Those of one execution. */
export class ContextPromises {
  /** Rejected and not looked at so far, with the error. */
  private readonly unseen = new Map<ContextPromise<unknown>, unknown>();

  /** Why promises that nobody looked at were rejected. */
  get unseenErrors(): readonly unknown[] {
    return [...this.unseen.values()];
  }

  /** @param give gets what settles the promise */
  make<T>(give: (settle: Settle<T>) => void): Promise<T> {
    let resolve!: (value: T) => void;
    let reject!: (error: unknown) => void;
    const promise = new ContextPromise<T>((resolvePromise, rejectPromise) => {
      resolve = resolvePromise;
      reject = rejectPromise;
    });
    give({
      resolve,
      reject: (error) => {
        this.noteRejection(promise, error);
        reject(error);
      },
    });
    return promise;
  }

  rejected(error: unknown): Promise<never> {
    return this.make<never>(({ reject }) => reject(error instanceof Error ? error : new Error(String(error))));
  }

  /** Settles as `inner` does, which nobody else awaits. */
  follow<T>(inner: Promise<T>): Promise<T> {
    return this.make<T>(({ resolve, reject }) => void inner.then(resolve, reject));
  }

  private noteRejection(promise: ContextPromise<unknown>, error: unknown): void {
    const seen = promise.onLook === undefined;
    // This handles it, and is itself a look.
    promise.catch(() => {});
    if (seen) return;
    this.unseen.set(promise, error);
    promise.onLook = () => void this.unseen.delete(promise);
  }
}
