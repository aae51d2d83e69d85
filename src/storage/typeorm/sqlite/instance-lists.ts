/**
 * The written instances of a batch, one list for each set of columns that travels. Reading a value out of the batch costs more than storing
 * it, so the usual writes have lists of their own with few columns. `changed` and `created` take every other write.
 */
import type { CommitBatch, InstanceRow, InstanceWrite } from '../../../engines/sql/ports/store.js';

type Put = Extract<InstanceWrite, { readonly op: 'put' }> & InstanceRow;

type List = unknown[][];

export interface InstanceLists {
  readonly states: List;
  readonly states_with_meta: List;
  readonly runs: List;
  readonly changed: List;
  readonly entities_created: List;
  readonly runs_created: List;
  readonly created: List;
  readonly deleted: List;
}

/** @param firstChunks the texts of `first_chunk`, by instance */
export function instanceLists(batch: CommitBatch, firstChunks: ReadonlyMap<string, string>): InstanceLists {
  const lists: InstanceLists = {
    states: [],
    states_with_meta: [],
    runs: [],
    changed: [],
    entities_created: [],
    runs_created: [],
    created: [],
    deleted: [],
  };
  for (const write of batch.instances) {
    if (write.op === 'delete') lists.deleted.push([write.id, write.version]);
    else if (write.version === 1) addCreated(lists, write, batch, firstChunks.get(write.id) ?? null);
    else addChanged(lists, write, batch);
  }
  return lists;
}

function addChanged(lists: InstanceLists, write: Put, batch: CommitBatch): void {
  const { id, kind, name, version, state, meta, status, createdAtMs, updatedAtMs, parent } = write;
  const isShort = write.sameStart === true && updatedAtMs === batch.hubTimeMs;
  if (isShort && write.sameStatus === true) {
    if (meta === null) lists.states.push([id, version - 1, state]);
    else lists.states_with_meta.push([id, version - 1, state, meta]);
  } else if (
    isShort &&
    kind === 'orchestration' &&
    meta === null &&
    (write.endedAtMs === null || endsNow(write, batch))
  )
    lists.runs.push([id, version - 1, state, status, write.endedAtMs === null ? 0 : 1]);
  else {
    const { endedAtMs, endedActiveMs } = write;
    const times = [createdAtMs, updatedAtMs];
    const row = [id, version - 1, state, meta, ...times, name, status, endedAtMs, endedActiveMs, parent];
    lists.changed.push(row);
  }
}

function addCreated(lists: InstanceLists, write: Put, batch: CommitBatch, firstChunk: string | null): void {
  const { id, kind, name, key, partition, version, state, meta, status, createdAtMs, updatedAtMs, parent } = write;
  const isShort = updatedAtMs === batch.hubTimeMs && meta === null;
  if (isShort && kind === 'entity' && createdAtMs === updatedAtMs)
    lists.entities_created.push([id, name, key, partition, state]);
  else if (isShort && kind === 'orchestration' && parent === null && endsNow(write, batch))
    lists.runs_created.push([id, name, partition, state, status, createdAtMs, firstChunk]);
  else {
    const { endedAtMs, endedActiveMs } = write;
    const times = [createdAtMs, updatedAtMs, endedAtMs, endedActiveMs];
    const row = [id, kind, name, key, partition, version, state, meta, status, ...times, parent, firstChunk];
    lists.created.push(row);
  }
}

/** Whether the orchestration ends at the times of the batch. */
function endsNow({ endedAtMs, endedActiveMs }: Put, { hubTimeMs, activeMs }: CommitBatch): boolean {
  return endedAtMs === hubTimeMs && endedActiveMs === activeMs;
}
