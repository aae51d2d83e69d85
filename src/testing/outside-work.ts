/** Knows which user code is running outside of turns: activities, and operations of `external` entities. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { realMs } from './real-time.js';

interface Work {
  readonly what: string;
  readonly sinceMs: number;
  /** Answers of the host that it awaits: meanwhile it is the host's turn. */
  awaits: number;
}

export class OutsideWork {
  private readonly running = new Set<Work>();
  private readonly current = new AsyncLocalStorage<Work>();
  private changed = signal();

  /** Runs code that counts as work until what it returns is settled. */
  run<T>(what: string, code: () => T | Promise<T>): T | Promise<T> {
    const work: Work = { what, sinceMs: realMs(), awaits: 0 };
    this.running.add(work);
    const ended = () => {
      this.running.delete(work);
      this.change();
    };
    let returned: T | Promise<T>;
    try {
      returned = this.current.run(work, code);
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

  /** The work that is running here begins to await the host; returns how that ends. */
  awaitHost(): () => void {
    const work = this.current.getStore();
    if (work === undefined) return () => {};
    work.awaits++;
    this.change();
    return () => {
      work.awaits--;
      this.change();
    };
  }

  /** What runs and does not await the host: something real (I/O, a timer of the platform). One line each. */
  get real(): string[] {
    return [...this.running]
      .filter(({ awaits }) => awaits === 0)
      .map(({ what, sinceMs }) => `${what} has run for ${Math.round(realMs() - sinceMs)} ms of real time`);
  }

  get anyReal(): boolean {
    for (const { awaits } of this.running) if (awaits === 0) return true;
    return false;
  }

  /** Resolves when something begins to await the host, goes on, or ends. */
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
