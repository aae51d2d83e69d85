/**
 * The rows of a batch as hand-written code would store them: one statement a row, on the tables of version 0.1. Neither changes with the
 * library, so a rate that is measured with them stays comparable. Parts of a batch that no benchmark of loads writes are left out.
 */
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';

type Value = string | number | null;

/** The statements, with `?` for each value. Both databases know them. */
export const statements = {
  worker: 'UPDATE worker SET seq = ?, expires_at = ? WHERE incarnation = ? AND seq = ? AND alive = 1',
  consume: 'DELETE FROM inbox WHERE id = ?',
  adopt: 'UPDATE inbox SET arrival = ? WHERE id = ?',
  attempt: 'UPDATE inbox SET attempts = ? WHERE id = ?',
  create: `INSERT INTO instance (id, kind, name, key, partition, version, state, meta, status, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  change:
    'UPDATE instance SET version = ?, state = ?, meta = ?, status = ?, updated_at = ? WHERE id = ? AND version = ?',
  remove: 'DELETE FROM instance WHERE id = ? AND version = ?',
  forget: 'DELETE FROM history WHERE instance = ?',
  remember: 'INSERT INTO history (instance, execution, chunk, events) VALUES (?, ?, ?, ?)',
  send: 'INSERT INTO inbox (id, partition, target, arrival, due, body) VALUES (?, ?, ?, ?, ?, ?)',
  receive: `INSERT INTO receipt (target, request_id, hash, outcome, at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (target, request_id) DO UPDATE SET hash = excluded.hash, outcome = excluded.outcome, at = excluded.at`,
} as const;

export type StatementName = keyof typeof statements;

export type Row = readonly [statement: StatementName, values: readonly Value[]];

/** The worker of the batches. */
export const firstWorker = { incarnation: 1, seq: 0 };

export function rowsOf(batch: CommitBatch, nowMs: number): Row[] {
  const { incarnation, seq, leaseMs, consumed, adopted, attempted = [], historyDeleted, history } = batch;
  return [
    ['worker', [seq, nowMs + leaseMs, incarnation, seq - 1]],
    ...consumed.map((id): Row => ['consume', [id]]),
    ...adopted.map(([id, arrival]): Row => ['adopt', [arrival, id]]),
    ...attempted.map(([id, attempts]): Row => ['attempt', [attempts, id]]),
    ...batch.instances.map(instanceRow),
    ...historyDeleted.map((instance): Row => ['forget', [instance]]),
    ...history.map((chunk): Row => ['remember', [chunk.instance, chunk.execution, chunk.chunk, chunk.events]]),
    ...batch.inbox.map((row): Row => {
      return ['send', [row.id, row.partition, row.target, row.arrival, row.dueMs, row.body]];
    }),
    ...batch.receipts.map((row): Row => {
      return ['receive', [row.target, row.requestId, row.hash, row.outcome, row.atMs]];
    }),
  ];
}

function instanceRow(write: CommitBatch['instances'][number]): Row {
  if (write.op === 'delete') return ['remove', [write.id, write.version]];
  const { id, kind, name, key, partition, version, state, meta, status, createdAtMs, updatedAtMs } = write;
  if (version > 1) return ['change', [version, state, meta, status, updatedAtMs, id, version - 1]];
  return ['create', [id, kind, name, key, partition, version, state, meta, status, createdAtMs, updatedAtMs]];
}

/** The tables of version 0.1 and their indexes. `text` and `integer` are the types of the database. */
export function tables({ text, integer }: { readonly text: string; readonly integer: string }): string[] {
  return [
    `CREATE TABLE worker (incarnation ${integer} PRIMARY KEY NOT NULL, name ${text} NOT NULL, seq ${integer} NOT NULL,
      alive ${integer} NOT NULL, expires_at ${integer} NOT NULL)`,
    `CREATE TABLE instance (id ${text} PRIMARY KEY NOT NULL, kind ${text} NOT NULL, name ${text} NOT NULL,
      key ${text} NOT NULL, partition ${integer} NOT NULL, version ${integer} NOT NULL, state ${text}, meta ${text},
      status ${text}, created_at ${integer} NOT NULL, updated_at ${integer} NOT NULL)`,
    `CREATE TABLE history (instance ${text} NOT NULL, execution ${text} NOT NULL, chunk ${integer} NOT NULL,
      events ${text} NOT NULL, PRIMARY KEY (instance, execution, chunk))`,
    `CREATE TABLE receipt (target ${text} NOT NULL, request_id ${text} NOT NULL, hash ${text} NOT NULL,
      outcome ${text}, at ${integer} NOT NULL, PRIMARY KEY (target, request_id))`,
    'CREATE INDEX instance_run ON instance (id) WHERE status IS NOT NULL',
    'CREATE INDEX instance_status ON instance (status, id) WHERE status IS NOT NULL',
    'CREATE INDEX receipt_at ON receipt (at)',
    `INSERT INTO worker VALUES (${firstWorker.incarnation}, 'ceiling', ${firstWorker.seq}, 1, 0)`,
  ];
}

/** The table of waiting messages, whose `seq` numbers the rows in the way of the database. */
export function inboxTables(
  seq: string,
  { text, integer }: { readonly text: string; readonly integer: string },
): string[] {
  return [
    `CREATE TABLE inbox (seq ${seq}, id ${integer} NOT NULL UNIQUE, partition ${integer} NOT NULL,
      target ${text} NOT NULL, arrival ${integer}, due ${integer}, attempts ${integer} NOT NULL DEFAULT 0, body ${text} NOT NULL)`,
    'CREATE INDEX inbox_unscheduled ON inbox (seq) WHERE arrival IS NULL AND due IS NULL',
    'CREATE INDEX inbox_scheduled ON inbox (due) WHERE arrival IS NULL AND due IS NOT NULL',
    'CREATE INDEX inbox_adopted ON inbox (arrival, seq, target) WHERE arrival IS NOT NULL',
  ];
}
