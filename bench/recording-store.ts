import type { CommitBatch, Store } from '../src/engines/sql/ports/store.js';

/** Counters of written rows and bytes. */
export interface Written {
  commits: number;
  rows: number;
  bytes: number;
}

/** The maximum number of measured batches that are kept. The ceiling is measured on them. More would distort the memory of the measured code. */
const kept = { rowsMax: 50_000, bytesMax: 64 * 1024 * 1024 };

/**
 * Counts the rows of a store, and keeps the batches, so that the same rows can be committed again without the engine.
 * Keeps all batches before `begin`, because later batches build on them.
 */
export class RecordingStore {
  /** Calls of the store, which are about as many as statements. */
  calls = 0;
  private readonly prelude: CommitBatch[] = [];
  private measured: CommitBatch[] = [];
  private measuring: 'before' | 'now' | 'after' = 'before';
  readonly written: Written = { commits: 0, rows: 0, bytes: 0 };

  constructor(private readonly store: Store) {}

  begin(): void {
    this.measuring = 'now';
  }

  end(): void {
    this.measuring = 'after';
  }

  /** The batches before the measurement, and those of the measurement. */
  get batches(): { before: readonly CommitBatch[]; measured: readonly CommitBatch[] } {
    return { before: this.prelude, measured: this.measured };
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
    if (this.measuring === 'before') this.prelude.push(batch);
    if (this.measuring !== 'now') return;
    const { rows, bytes } = this.written;
    if (rows < kept.rowsMax && bytes < kept.bytesMax) this.measured.push(batch);
    count(batch, this.written);
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
