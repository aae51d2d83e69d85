import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import { tagsOf } from '../batch-tags.js';
import type { SqlValue } from '../dialect.js';
import { foldHistory } from '../first-chunks.js';
import { jsonOf, lastOfEach, restOf, splitPuts } from '../server/batch-kinds.js';

/**
 * The parameters of a commit, one value for each of `commitParameterTypes`. Rows are sent as they are: the function takes the fields that
 * it knows by their names. JSON also refuses what an array would change silently: half of a surrogate pair, and NUL.
 */
export function commitParameters(batch: CommitBatch, token: string, nowMs: number | null): SqlValue[] {
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
    numbers(batch.consumed),
    numbers(batch.adopted.map(([id]) => id)),
    numbers(batch.adopted.map(([, arrival]) => arrival)),
    jsonOf(firstChunks.size === 0 ? created : created.map((row) => ({ ...row, firstChunk: firstChunks.get(row.id) }))),
    created.length,
    jsonOf(updated),
    updated.length,
    jsonOf(batch.inbox),
    jsonOf(history),
    jsonOf(lastOfEach(batch.receipts, ({ requestId, target }) => JSON.stringify([requestId, target]))),
    rest(batch),
  ];
}

/** The kinds that most batches do not have. */
function rest(batch: CommitBatch): string | null {
  const { attempted = [], named = [], receiptsExpired, workersEnded = [], gives = [] } = batch;
  const { tags, tagged } = tagsOf(batch);
  const changes = lastOfEach(named, ([entity, name]) => JSON.stringify([entity, name]));
  const kinds: Record<string, readonly unknown[]> = {
    attempted: attempted.map(([id, attempts]) => ({ id, attempts })),
    deleted: batch.instances.filter(({ op }) => op === 'delete'),
    historyDeleted: batch.historyDeleted,
    tagged,
    tags: tags.map(([tag, value, instance]) => ({ tag, value, instance })),
    named: changes.filter(([, , row]) => row !== null).map(([entity, name, row]) => ({ entity, name, row })),
    namesRemoved: changes.filter(([, , row]) => row === null).map(([entity, name]) => ({ entity, name })),
    deadLetters: batch.deadLetters ?? [],
    deadLettersDeleted: batch.deadLettersDeleted ?? [],
    receiptsDeleted: batch.receiptsDeleted ?? [],
    receiptsExpired: receiptsExpired?.keys ?? [],
    healthy: batch.healthy ?? [],
    gives: gives.map(([number, next]) => ({ number, next })),
    workersEnded: workersEnded.map(([incarnation, seq]) => ({ incarnation, seq })),
    workersDeleted: batch.workersDeleted ?? [],
  };
  return restOf(batch, kinds);
}

function numbers(values: readonly number[]): string | null {
  return values.length === 0 ? null : `{${values.join(',')}}`;
}
