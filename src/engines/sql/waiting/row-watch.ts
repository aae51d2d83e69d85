/** Callbacks of this process that wait until inbox rows are consumed, in this worker term or a later one. */
import { MessageAbandonedError } from '../../../errors/index.js';
import type { Watcher } from '../ports/intake.js';
import type { CommitBatch, DeadLetter, Store } from '../ports/store.js';

type Callback = (error: Error | undefined) => void;

interface Waiting {
  readonly rows: readonly number[];
  readonly callback: Callback;
}

export class RowWatch {
  private readonly waiting = new Map<number, Set<Waiting>>();
  /** Functions that stop the waits that were handed over to another watcher. */
  private readonly elsewhere = new Map<Waiting, () => void>();

  constructor(private readonly store: Pick<Store, 'rowsInInbox' | 'loadDeadLetters'>) {}

  /**
   * Calls back once, when none of these rows is left in the table. Returns a function that stops the wait.
   * @param look `false` if the rows are known to exist, and no commit that consumes them is finished
   */
  add(rows: readonly number[], look: boolean, callback: Callback): () => void {
    const waiting = { rows, callback };
    // Registered before the table is read, so that a commit meanwhile is not missed.
    for (const row of rows) {
      const others = this.waiting.get(row);
      if (others === undefined) this.waiting.set(row, new Set([waiting]));
      else others.add(waiting);
    }
    if (look) this.look(waiting);
    return () => {
      this.remove(waiting);
      this.elsewhere.get(waiting)?.();
      this.elsewhere.delete(waiting);
    };
  }

  private look(waiting: Waiting): void {
    const { rows } = waiting;
    const { store } = this;
    store
      .rowsInInbox(rows)
      .then(async (left) => {
        if (left.length > 0) return;
        const [letter] = await store.loadDeadLetters({ ids: rows });
        this.settle(waiting, letter === undefined ? undefined : abandoned(letter));
      })
      .catch((error: unknown) => this.settle(waiting, error instanceof Error ? error : new Error(String(error))));
  }

  /** Settles the waits for rows that a committed batch consumed. */
  committed({ consumed, deadLetters = [] }: CommitBatch): void {
    if (this.waiting.size === 0) return;
    for (const row of consumed) {
      const letter = deadLetters.find(({ id }) => id === row);
      for (const waiting of this.waiting.get(row) ?? []) {
        // The consumed message may have left another of these rows.
        if (waiting.rows.length > 1) this.look(waiting);
        else this.settle(waiting, letter === undefined ? undefined : abandoned(letter));
      }
    }
  }

  /** Hands all waits over to this watcher, because another process is the worker from now on. */
  handOver(to: Watcher): void {
    const all = new Set([...this.waiting.values()].flatMap((waiting) => [...waiting]));
    this.waiting.clear();
    for (const waiting of all) this.elsewhere.set(waiting, to.whenProcessed(waiting.rows, waiting.callback));
  }

  private settle(waiting: Waiting, error: Error | undefined): void {
    if (this.remove(waiting)) waiting.callback(error);
  }

  private remove(waiting: Waiting): boolean {
    let there = false;
    for (const row of waiting.rows) {
      const all = this.waiting.get(row);
      if (all?.delete(waiting) === true) there = true;
      if (all?.size === 0) this.waiting.delete(row);
    }
    return there;
  }

  stop(error: Error): void {
    const all = new Set([...this.waiting.values()].flatMap((waiting) => [...waiting]));
    this.waiting.clear();
    for (const { callback } of all) callback(error);
  }
}

function abandoned({ target, attempts, reason }: DeadLetter): MessageAbandonedError {
  return new MessageAbandonedError(target, attempts, reason);
}
