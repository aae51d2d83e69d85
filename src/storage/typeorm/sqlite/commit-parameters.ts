import type { CommitBatch, ReceiptKey } from '../../../engines/sql/ports/store.js';
import { tagsOf } from '../batch-tags.js';
import { foldHistory } from '../first-chunks.js';
import type { BatchElements } from './batch-text.js';
import { instanceLists } from './instance-lists.js';

/** The elements of a batch, as the commit statement expects them. */
export function batchElementsOf(batch: CommitBatch, nowMs: number): BatchElements {
  const { named = [], attempted = [], deadLetters = [], deadLettersDeleted = [] } = batch;
  const { firstChunks, history } = foldHistory(batch);
  return {
    incarnation: batch.incarnation,
    seq: batch.seq,
    now_ms: nowMs,
    lease_ms: batch.leaseMs,
    hub_time: batch.hubTimeMs ?? null,
    active_ms: batch.activeMs ?? null,
    leave: batch.leave === true ? 1 : 0,
    receipts_expire_before: batch.receiptsExpired?.beforeMs ?? null,
    consumed: batch.consumed,
    adopted: batch.adopted,
    attempted,
    ...instanceLists(batch, firstChunks),
    ...tagsOf(batch),
    names_removed: named.filter(([, , row]) => row === null),
    named: named.filter(([, , row]) => row !== null),
    history_deleted: batch.historyDeleted,
    history: history.map((row) => [row.instance, row.execution, row.chunk, row.events]),
    inbox: batch.inbox.map((row) => [row.id, row.partition, row.target, row.arrival, row.dueMs, row.body]),
    receipts: batch.receipts.map((row) => [row.target, row.requestId, row.hash, row.outcome, row.atMs]),
    dead_letters: deadLetters.map((row) => {
      const { id, target, body, attempts, reason, atMs, activeMs } = row;
      return [id, target, body, attempts, reason, atMs, activeMs];
    }),
    dead_letters_deleted: deadLettersDeleted,
    healthy: batch.healthy ?? [],
    gives: batch.gives ?? [],
    receipts_deleted: keysOf(batch.receiptsDeleted),
    receipts_expired: keysOf(batch.receiptsExpired?.keys),
    workers_ended: batch.workersEnded ?? [],
    workers_deleted: batch.workersDeleted ?? [],
  };
}

function keysOf(receipts: readonly ReceiptKey[] = []): unknown[] {
  return receipts.map((row) => [row.requestId, row.target]);
}
