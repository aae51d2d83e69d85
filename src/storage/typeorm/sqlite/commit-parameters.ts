import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import type { SqlValue } from '../dialect.js';

/** What the commit statement binds, one value for each of `batchColumns`. */
export function commitParameters(batch: CommitBatch, nowMs: number): SqlValue[] {
  const { created, updated, deleted } = splitInstances(batch);
  const { consumed, adopted } = batch;
  return [
    batch.incarnation,
    batch.seq,
    nowMs,
    batch.leaseMs,
    json(consumed),
    consumed.length,
    json(adopted),
    adopted.length,
    json(created),
    created.length,
    json(updated),
    updated.length,
    json(deleted),
    deleted.length,
    json(batch.historyDeleted),
    json(batch.history.map((row) => [row.instance, row.execution, row.chunk, row.events])),
    json(batch.inbox.map((row) => [row.id, row.partition, row.target, row.arrival, row.dueMs, row.body])),
    json(batch.receipts.map((row) => [row.target, row.requestId, row.hash, row.outcome, row.atMs])),
    json(batch.attempted ?? []),
    batch.attempted?.length ?? 0,
    json((batch.deadLetters ?? []).map((row) => [row.id, row.target, row.body, row.attempts, row.reason, row.atMs])),
    json(batch.deadLettersDeleted ?? []),
    batch.healthy === true ? 1 : 0,
    json((batch.receiptsDeleted ?? []).map((row) => [row.target, row.requestId])),
    batch.receiptsExpireBeforeMs ?? null,
    batch.leave === true ? 1 : 0,
  ];
}

/** A new row must not exist and a changed one must, so the trigger takes them apart. */
function splitInstances(batch: CommitBatch): { created: unknown[]; updated: unknown[]; deleted: unknown[] } {
  const created: unknown[] = [];
  const updated: unknown[] = [];
  const deleted: unknown[] = [];
  for (const write of batch.instances) {
    if (write.op === 'delete') deleted.push([write.id, write.version]);
    else {
      const { id, kind, name, key, partition, version, state, meta, status, createdAtMs, updatedAtMs } = write;
      if (version === 1)
        created.push([id, kind, name, key, partition, version, state, meta, status, createdAtMs, updatedAtMs]);
      else updated.push([id, version, name, state, meta, status, createdAtMs, updatedAtMs]);
    }
  }
  return { created, updated, deleted };
}

function json(rows: readonly unknown[]): string | null {
  return rows.length === 0 ? null : JSON.stringify(rows);
}
