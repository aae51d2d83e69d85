import type { CommitBatch, Store } from '../src/engines/sql/ports/store.js';

/** Counters of written rows and bytes. */
export interface Written {
  commits: number;
  rows: number;
  bytes: number;
}

/** The limits of what is kept. The ceiling is measured on it. */
const limits = { rowsMax: 50_000, bytesMax: 64 * 1024 * 1024 };

/**
 * Counts the rows of a store, and keeps batches, so that the same rows can be committed again without the engine. Keeps all batches before
 * `keep`, because later batches build on them. After `begin` it only counts: batches that are kept would cost the measured code more
 * garbage collection.
 */
export class RecordingStore {
  /** Calls of the store, which are about as many as statements. */
  calls = 0;
  private readonly prelude: CommitBatch[] = [];
  private readonly kept: CommitBatch[] = [];
  private readonly keptRows: Written = { commits: 0, rows: 0, bytes: 0 };
  private phase: 'before' | 'kept' | 'counted' | 'after' = 'before';
  readonly written: Written = { commits: 0, rows: 0, bytes: 0 };

  constructor(private readonly store: Store) {}

  /** From now on batches are kept for the ceiling, up to the limits. */
  keep(): void {
    this.phase = 'kept';
  }

  /** From now on batches are counted. */
  begin(): void {
    this.phase = 'counted';
  }

  end(): void {
    this.phase = 'after';
  }

  /** The batches before `keep`, and those after it. */
  get batches(): { before: readonly CommitBatch[]; kept: readonly CommitBatch[] } {
    return { before: this.prelude, kept: this.kept };
  }

  /** The store with counters. */
  get recorded(): Store {
    return new Proxy(this.store, {
      get: (store, member) => {
        const value: unknown = Reflect.get(store, member, store);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]): unknown => {
          this.calls++;
          if (member === 'commit') this.record(given[0] as CommitBatch);
          return (value as (...given: unknown[]) => unknown).apply(store, given);
        };
      },
    });
  }

  private record(batch: CommitBatch): void {
    if (this.phase === 'before') this.prelude.push(batch);
    else if (this.phase === 'counted') count(batch, this.written);
    else if (this.phase === 'kept' && this.keptRows.rows < limits.rowsMax && this.keptRows.bytes < limits.bytesMax) {
      this.kept.push(batch);
      count(batch, this.keptRows);
    }
  }
}

function count(batch: CommitBatch, into: Written): void {
  into.commits++;
  into.rows +=
    batch.consumed.length +
    batch.adopted.length +
    batch.instances.length +
    batch.history.length +
    batch.inbox.length +
    batch.receipts.length;
  for (const each of batch.instances) into.bytes += each.op === 'put' ? (each.state?.length ?? 0) + each.id.length : 0;
  for (const each of batch.history) into.bytes += each.events.length;
  for (const each of batch.inbox) into.bytes += each.body.length + each.target.length;
}
