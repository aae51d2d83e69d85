import type { CommitBatch, Store } from '../src/ports/store.js';

/** What a batch wrote, counted. */
export interface Written {
  commits: number;
  rows: number;
  bytes: number;
}

/** Keeps every batch that goes through a store, so that the same rows can be committed again with nothing around. */
export class RecordingStore {
  readonly batches: CommitBatch[] = [];

  constructor(private readonly store: Store) {}

  /** The store itself, with `commit` listened to. */
  get recorded(): Store {
    return new Proxy(this.store, {
      get: (store, member) => {
        if (member === 'commit') {
          return (batch: CommitBatch) => {
            this.batches.push(batch);
            return store.commit(batch);
          };
        }
        const value: unknown = Reflect.get(store, member, store);
        return typeof value === 'function' ? (value.bind(store) as unknown) : value;
      },
    });
  }
}

export function written(batches: readonly CommitBatch[]): Written {
  let rows = 0;
  let bytes = 0;
  for (const batch of batches) {
    rows +=
      batch.consumed.length +
      batch.adopted.length +
      batch.instances.length +
      batch.history.length +
      batch.inbox.length +
      batch.receipts.length;
    for (const each of batch.instances) bytes += each.op === 'put' ? (each.state?.length ?? 0) + each.id.length : 0;
    for (const each of batch.history) bytes += each.events.length;
    for (const each of batch.inbox) bytes += each.body.length + each.target.length;
  }
  return { commits: batches.length, rows, bytes };
}
