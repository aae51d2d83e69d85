import type { CommitBatch, InboxWrite, InstanceRow, ReceiptKey } from '../../../engines/sql/ports/store.js';
import { tagsOf } from '../batch-tags.js';
import type { SqlValue } from '../dialect.js';
import { foldHistory } from '../first-chunks.js';
import { jsonOf, lastOfEach, restOf, splitPuts } from '../server/batch-kinds.js';

/** The place of a call among those of one batch. */
export interface CallPlace {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** The parameters of a commit, one value for each of `commitParameterTypes`: rows as arrays, in the order of the columns there. */
export function commitParameters(
  batch: CommitBatch,
  token: string,
  nowMs: number | null,
  { isFirst, isLast }: CallPlace,
): SqlValue[] {
  const { created, updated } = splitPuts(batch);
  const { firstChunks, history } = foldHistory(batch);
  return [
    batch.incarnation,
    token,
    batch.seq,
    batch.leaseMs,
    nowMs,
    batch.hubTimeMs ?? null,
    batch.activeMs ?? null,
    isFirst ? 1 : 0,
    isLast ? 1 : 0,
    jsonOf(batch.consumed),
    batch.consumed.length,
    jsonOf(batch.adopted),
    batch.adopted.length,
    jsonOf(created.map((row) => [...instanceElements(row), firstChunks.get(row.id) ?? null])),
    created.length,
    jsonOf(updated.map(instanceElements)),
    updated.length,
    jsonOf(batch.inbox.map(inboxElements)),
    jsonOf(history.map(({ instance, execution, chunk, events }) => [instance, execution, chunk, events])),
    jsonOf(
      lastOfEach(batch.receipts, keyOf).map(({ requestId, target, hash, atMs, outcome }) => [
        requestId,
        target,
        hash,
        atMs,
        outcome,
      ]),
    ),
    rest(batch),
  ];
}

function instanceElements(write: InstanceRow): unknown[] {
  const { id, kind, name, key, partition, version, status, createdAtMs, updatedAtMs, endedAtMs, endedActiveMs } = write;
  const times = [createdAtMs, updatedAtMs, endedAtMs, endedActiveMs];
  return [id, kind, name, key, partition, version, status, ...times, write.parent, write.meta, write.state];
}

/** The elements of a new inbox row, in the order of `inboxColumns`. */
export function inboxElements({ id, partition, target, arrival, dueMs, body }: InboxWrite): unknown[] {
  return [id, partition, target, arrival, dueMs, body];
}

function keyOf({ requestId, target }: ReceiptKey): string {
  return JSON.stringify([requestId, target]);
}

/** The kinds that most batches do not have. */
function rest(batch: CommitBatch): string | null {
  const { attempted = [], named = [], receiptsExpired, workersEnded = [], gives = [], deadLetters = [] } = batch;
  const { tags, tagged } = tagsOf(batch);
  const changes = lastOfEach(named, ([entity, name]) => JSON.stringify([entity, name]));
  const keys = (receipts: readonly ReceiptKey[] = []) => receipts.map(({ requestId, target }) => [requestId, target]);
  const kinds: Record<string, readonly unknown[]> = {
    attempted,
    deleted: batch.instances.filter(({ op }) => op === 'delete').map(({ id, version }) => [id, version]),
    historyDeleted: batch.historyDeleted,
    tagged,
    tags,
    named: changes.filter(([, , row]) => row !== null),
    namesRemoved: changes.filter(([, , row]) => row === null),
    deadLetters: deadLetters.map((row) => {
      const { id, target, attempts, atMs, activeMs, reason, body } = row;
      return [id, target, attempts, atMs, activeMs, reason, body];
    }),
    deadLettersDeleted: batch.deadLettersDeleted ?? [],
    receiptsDeleted: keys(batch.receiptsDeleted),
    receiptsExpired: keys(receiptsExpired?.keys),
    healthy: batch.healthy ?? [],
    gives,
    workersEnded,
    workersDeleted: batch.workersDeleted ?? [],
  };
  return restOf(batch, kinds);
}
