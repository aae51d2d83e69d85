/** Who waits in this process for inbox rows to be consumed, whichever term consumes them. */
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
  /** How to end what was handed over. */
  private readonly elsewhere = new Map<Waiting, () => void>();

  constructor(private readonly store: Pick<Store, 'rowsInInbox' | 'loadDeadLetters'>) {}

  /**
   * Calls back once, when none of these rows is in the table any more. Returns how to stop waiting.
   * @param look false: they are there, and whoever consumes them has not committed that yet
   */
  add(rows: readonly number[], look: boolean, callback: Callback): () => void {
    const waiting = { rows, callback };
    // Before the table is read: what is consumed meanwhile is not missed.
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

  /** A batch is committed. */
  committed({ consumed, deadLetters = [] }: CommitBatch): void {
    if (this.waiting.size === 0) return;
    for (const row of consumed) {
      const letter = deadLetters.find(({ id }) => id === row);
      for (const waiting of this.waiting.get(row) ?? []) {
        // What was consumed may have left another row in its place.
        if (waiting.rows.length > 1) this.look(waiting);
        else this.settle(waiting, letter === undefined ? undefined : abandoned(letter));
      }
    }
  }

  /** Another process is the worker from now on: everybody here is told by this watcher. */
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
