/**
 * Presence of a worker: keeps its lock in the database, which tells others at once that the process is gone. While the lock is not known to be
 * held, the worker commits every second, so that nobody takes it for dead.
 */
import type { WorkerTerm } from '../live/worker-term.js';

export class Presence {
  private asking = false;

  constructor(private readonly term: WorkerTerm) {}

  /** Takes the lock if it is not held. Called again and again. */
  keep(): void {
    const { term } = this;
    if (!term.presence || term.ended !== undefined) return;
    // A connection that does not answer may be gone.
    if (this.asking) return this.noted(false);
    this.asking = true;
    const answered = (isHeld: boolean) => {
      this.asking = false;
      this.noted(isHeld);
    };
    term.ports.store.holdPresence(term.incarnation).then(answered, () => answered(false));
  }

  private noted(isHeld: boolean): void {
    this.term.isPresent = isHeld;
    if (!isHeld) this.term.wake();
  }
}
