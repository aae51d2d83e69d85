/** Tracks user code that runs outside of turns: activities, and operations of `external` entities. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { realMs } from './real-time.js';

interface Work {
  readonly what: string;
  readonly sinceMs: number;
  /** The number of answers of the host that the code awaits at present. */
  awaits: number;
}

/**
 * The work that runs outside of each host in the present asynchronous context. All hosts of the process share one storage: for each
 * asynchronous operation, Node 20 visits every storage that was ever used, so a storage per host would make each test slower than the last.
 */
const current = new AsyncLocalStorage<ReadonlyMap<OutsideWork, Work>>();

export class OutsideWork {
  private readonly running = new Set<Work>();
  private changed = signal();

  /** Runs code, and counts it as work until its returned promise is settled. */
  run<T>(what: string, code: () => T | Promise<T>): T | Promise<T> {
    const work: Work = { what, sinceMs: realMs(), awaits: 0 };
    this.running.add(work);
    const ended = () => {
      this.running.delete(work);
      this.change();
    };
    let returned: T | Promise<T>;
    try {
      returned = current.run(new Map([...(current.getStore() ?? []), [this, work]]), code);
    } catch (error) {
      ended();
      throw error;
    }
    if (!(returned instanceof Promise)) {
      ended();
      return returned;
    }
    return returned.finally(ended);
  }

  /** Notes that the calling work awaits the host. Returns a function that ends this. */
  awaitHost(): () => void {
    const work = current.getStore()?.get(this);
    if (work === undefined) return () => {};
    work.awaits++;
    this.change();
    return () => {
      work.awaits--;
      this.change();
    };
  }

  /** Describes work that does not await the host but something real (I/O, a timer of Node), one line each. */
  get real(): string[] {
    return [...this.running]
      .filter(({ awaits }) => awaits === 0)
      .map(({ what, sinceMs }) => `${what} has run for ${Math.round(realMs() - sinceMs)} ms of real time`);
  }

  get anyReal(): boolean {
    for (const { awaits } of this.running) if (awaits === 0) return true;
    return false;
  }

  /** Resolves when some work starts or stops to await the host, or ends. */
  get nextChange(): Promise<void> {
    return this.changed.promise;
  }

  private change(): void {
    const { resolve } = this.changed;
    this.changed = signal();
    resolve();
  }
}

function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
