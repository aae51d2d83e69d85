import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import type { SqlValue } from '../dialect.js';

/** The parameters of the commit statement, one value for each of `batchColumns`. */
export function commitParameters(batch: CommitBatch, nowMs: number): SqlValue[] {
  const { created, updated, deleted } = splitInstances(batch);
  const { tags, tagged } = tagsOf(batch);
  const { consumed, adopted, named = [] } = batch;
  return [
    batch.incarnation,
    batch.seq,
    nowMs,
    batch.leaseMs,
    batch.hubTimeMs ?? null,
    batch.activeMs ?? null,
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
    json(tags),
    json(tagged),
    json(named.filter(([, , row]) => row !== null)),
    json(named.filter(([, , row]) => row === null)),
    json(batch.receipts.map((row) => [row.target, row.requestId, row.hash, row.outcome, row.atMs])),
    json(batch.attempted ?? []),
    batch.attempted?.length ?? 0,
    json(
      (batch.deadLetters ?? []).map((row) => [
        row.id,
        row.target,
        row.body,
        row.attempts,
        row.reason,
        row.atMs,
        row.activeMs,
      ]),
    ),
    json(batch.deadLettersDeleted ?? []),
    json(batch.healthy ?? []),
    json(batch.gives ?? []),
    batch.gives?.length ?? 0,
    json((batch.receiptsDeleted ?? []).map((row) => [row.requestId, row.target])),
    json((batch.receiptsExpired?.keys ?? []).map((row) => [row.requestId, row.target])),
    batch.receiptsExpired?.beforeMs ?? null,
    json(batch.workersEnded ?? []),
    json(batch.workersDeleted ?? []),
    batch.leave === true ? 1 : 0,
  ];
}

/** Splits the writes by kind: a new row must not exist yet, and a changed or deleted row must exist. */
function splitInstances(batch: CommitBatch): { created: unknown[]; updated: unknown[]; deleted: unknown[] } {
  const created: unknown[] = [];
  const updated: unknown[] = [];
  const deleted: unknown[] = [];
  for (const write of batch.instances) {
    if (write.op === 'delete') deleted.push([write.id, write.version]);
    else {
      const { id, kind, name, key, partition, version, state, meta, status, createdAtMs, updatedAtMs } = write;
      const { endedAtMs, endedActiveMs, parent } = write;
      const first = version === 1 ? [id, kind, name, key, partition, version] : [id, version, name];
      const row = [...first, state, meta, status, createdAtMs, updatedAtMs, endedAtMs, endedActiveMs, parent];
      (version === 1 ? created : updated).push(row);
    }
  }
  return { created, updated, deleted };
}

/** `tagged` are instances whose old tags are deleted. `tags` are inserted afterwards. */
function tagsOf({ instances }: CommitBatch): { tags: unknown[]; tagged: string[] } {
  const tags: unknown[] = [];
  const tagged: string[] = [];
  for (const write of instances) {
    if (write.op === 'delete') {
      // Entities have no tags.
      if (!write.id.startsWith('@')) tagged.push(write.id);
    } else if (write.tags !== undefined) {
      if (write.version > 1) tagged.push(write.id);
      for (const [tag, value] of write.tags) tags.push([tag, value, write.id]);
    }
  }
  return { tags, tagged };
}

function json(rows: readonly unknown[]): string | null {
  return rows.length === 0 ? null : JSON.stringify(rows);
}
