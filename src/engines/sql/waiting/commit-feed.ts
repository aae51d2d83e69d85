/** Listeners of this process that receive the instances of each committed batch. */
import type { InstanceWrite } from '../ports/store.js';

type Listener = (writes: readonly InstanceWrite[]) => void;

export class CommitFeed {
  private readonly listeners = new Set<Listener>();

  /** Returns a function that stops the calls. */
  listen(listener: Listener): () => void {
    const own: Listener = (writes) => listener(writes);
    this.listeners.add(own);
    return () => void this.listeners.delete(own);
  }

  wrote(writes: readonly InstanceWrite[]): void {
    if (this.listeners.size === 0 || writes.length === 0) return;
    for (const listener of this.listeners) listener(writes);
  }
}
