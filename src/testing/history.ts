import type { RunOutcome } from '../model/orchestration-events.js';
import type { RunRecord } from '../engines/sql/model/run-record.js';
import type { HistoryChunk, InstanceRow } from '../engines/sql/ports/store.js';
import { parseHistory } from '../engines/sql/core/history-text.js';

/** The recorded history of one execution of an orchestration. Plain JSON: it may be saved in a file. */
export interface OrchestrationHistory {
  /** The identity of the run. `version` is the version of the code that the run is pinned to. */
  readonly run: {
    readonly instanceId: string;
    readonly executionId: string;
    readonly name: string;
    readonly version: number;
  };
  /** The events that the code received and the actions that it asked for, in order, as they are stored. Do not change them. */
  readonly events: readonly object[];
  /** How the code ended, with its result or error as JSON text. `null` if it has not ended, or was terminated. */
  readonly outcome:
    | { readonly kind: 'completed'; readonly output?: string | undefined }
    | { readonly kind: 'failed'; readonly error: string }
    | null;
}

/** The history in stored rows. `undefined` if the row is not an orchestration. Chunks of other executions are left out. */
export function historyOf(
  row: InstanceRow | undefined,
  chunks: readonly HistoryChunk[],
): OrchestrationHistory | undefined {
  if (row?.kind !== 'orchestration' || row.state === null) return undefined;
  const record = JSON.parse(row.state) as RunRecord;
  const events = chunks
    .filter(({ execution }) => execution === record.execution)
    .toSorted((a, b) => a.chunk - b.chunk)
    .flatMap((chunk) => parseHistory(chunk.events));
  const run = {
    instanceId: row.id,
    executionId: record.origin ?? record.execution,
    name: record.name,
    version: record.version ?? 1,
  };
  return { run, events, outcome: outcomeOf(record) };
}

function outcomeOf({ status, output, error }: RunRecord): Exclude<RunOutcome, { kind: 'continued' }> | null {
  if (status === 'completed') return { kind: 'completed', output };
  return status === 'failed' && error !== undefined ? { kind: 'failed', error } : null;
}
