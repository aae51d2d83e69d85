import type { StoredBody } from '../model/messages.js';
import { partitionOf } from '../core/partition.js';
import type { WorkerTerm } from '../live/worker-term.js';

/** Writes a message into the table under this row id. A poll finds the row when it is due. */
export function writeForLater(term: WorkerTerm, dueMs: number, row: number, target: string, body: StoredBody): void {
  term.batch.messages++;
  term.batch.scheduled.set(row, {
    id: row,
    partition: partitionOf(target, term.partitionCount),
    target,
    arrival: null,
    dueMs,
    body: JSON.stringify(body),
  });
}
