/** Large databases, written through the store without the engine. */
import { partitionOf } from '../../src/engines/sql/core/partition.js';
import { sqliteStore } from '../../src/storage/typeorm/index.js';
import type {
  CommitBatch,
  DeadLetter,
  HistoryChunk,
  InboxWrite,
  InstanceWrite,
  Receipt,
  Store,
} from '../../src/engines/sql/ports/store.js';

/** The rows of one entry. */
export interface Entry {
  readonly instance?: InstanceWrite;
  readonly history?: HistoryChunk;
  readonly inbox?: InboxWrite;
  readonly deadLetter?: DeadLetter;
  readonly receipt?: Receipt;
}

const entriesPerBatch = 10_000;
const farAwayMs = Date.UTC(2100, 0);

/**
 * Writes many entries in few commits, and leaves the database like a host that has stopped.
 * @param to the path of a SQLite file, or a store
 */
export async function fill(
  to: string | Store,
  count: number,
  entry: (index: number, partitions: number) => Entry,
): Promise<void> {
  const store = typeof to === 'string' ? sqliteStore(to) : to;
  const { partitionCount } = await store.open();
  const { incarnation } = await store.join({ name: 'filler', leaseMs: 60_000, names: [] });
  await store.acquire(incarnation);
  let seq = 0;
  for (let from = 0; from < count; from += entriesPerBatch) {
    const indexes = Array.from({ length: Math.min(entriesPerBatch, count - from) }, (_, i) => from + i);
    const entries = indexes.map((index) => entry(index, partitionCount));
    await store.commit({
      ...nothing(incarnation, ++seq),
      instances: entries.flatMap(({ instance }) => instance ?? []).sort((a, b) => (a.id < b.id ? -1 : 1)),
      history: entries.flatMap(({ history }) => history ?? []),
      inbox: entries.flatMap(({ inbox }) => inbox ?? []),
      deadLetters: entries.flatMap(({ deadLetter }) => deadLetter ?? []),
      receipts: entries.flatMap(({ receipt }) => receipt ?? []),
    });
  }
  await store.commit({ ...nothing(incarnation, ++seq), leave: true });
  await store.close();
}

/** A batch without effects. */
export function nothing(incarnation: number, seq: number): CommitBatch {
  return {
    incarnation,
    seq,
    leaseMs: 60_000,
    consumed: [],
    adopted: [],
    instances: [],
    history: [],
    historyDeleted: [],
    inbox: [],
    receipts: [],
  };
}

const running = { endedAtMs: null, endedActiveMs: null, parent: null } as const;

/** A counter that was used once. */
export function counterEntry(index: number, partitions: number): Entry {
  const key = `stored-${index}`;
  const id = `@counter@${key}`;
  const at = { version: 1, meta: null, status: null, createdAtMs: 1, updatedAtMs: 1, ...running };
  const partition = partitionOf(id, partitions);
  return { instance: { op: 'put', id, kind: 'entity', name: 'counter', key, partition, state: '{"value":0}', ...at } };
}

/** A signal for a counter that is due in the far future. */
export function scheduledEntry(index: number, partitions: number): Entry {
  const target = `@counter@later-${index % 1_000}`;
  const body = JSON.stringify({ kind: 'operation', operation: 'add', input: '1' });
  const id = 2 ** 32 + index + 1;
  return { inbox: { id, partition: partitionOf(target, partitions), target, arrival: null, dueMs: farAwayMs, body } };
}

/** An orchestration that has ended, with its history. */
export function endedRunEntry(index: number, partitions: number): Entry {
  const id = `ended-${index}`;
  const record = {
    name: 'Tiny',
    execution: '1-1',
    status: 'completed',
    input: '{"a":"x","b":"y"}',
    output: '1',
    chunks: 1,
  };
  const fed = { h: 'fed', at: 1, event: { kind: 'started', input: record.input } };
  const did = { h: 'did', action: { task: 0, kind: 'call', target: '@counter@x', operation: 'increase', input: '1' } };
  return {
    instance: {
      op: 'put',
      id,
      kind: 'orchestration',
      name: record.name,
      key: '',
      partition: partitionOf(id, partitions),
      version: 1,
      state: JSON.stringify(record),
      meta: null,
      status: record.status,
      createdAtMs: 1,
      updatedAtMs: 1,
      endedAtMs: 1,
      endedActiveMs: 1,
      parent: null,
    },
    history: { instance: id, execution: record.execution, chunk: 0, events: JSON.stringify([fed, did]) },
  };
}

/** The receipt of a call that was answered. */
export function receiptEntry(index: number): Entry {
  const target = `@counter@k${index % 100}`;
  return {
    receipt: { target, requestId: `earlier ${index}`, hash: 'x'.repeat(43), outcome: '{"value":"1"}', atMs: 0 },
  };
}
