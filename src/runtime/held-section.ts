import type { CriticalSection } from '../functions/orchestration-context.js';

/** What an orchestrator holds of its critical section. `release`: without `this`, it may be passed on. */
export class HeldSection implements CriticalSection {
  constructor(readonly release: () => void) {}

  [Symbol.dispose](): void {
    this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }
}
