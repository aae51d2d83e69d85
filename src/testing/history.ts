import type { HistoryEvent } from '../engines/sql/core/history.js';
import type { RunOutcome } from '../model/orchestration-events.js';
import type { RunRecord } from '../model/run-record.js';
import type { HistoryChunk, InstanceRow } from '../engines/sql/ports/store.js';

/** The recorded history of one execution of an orchestration; plain JSON. */
export interface OrchestrationHistory {
  /** What the code sees of itself; `version` is the one that the run is pinned to. */
  readonly run: {
    readonly instanceId: string;
    readonly executionId: string;
    readonly name: string;
    readonly version: number;
  };
  /** What the code was told and what it asked for, in order; as stored, and not to be changed. */
  readonly events: readonly object[];
  /** How the code ended, the result or the error as JSON text; null: it has not, or was terminated. */
  readonly outcome:
    | { readonly kind: 'completed'; readonly output?: string | undefined }
    | { readonly kind: 'failed'; readonly error: string }
    | null;
}

/** As it is stored; `undefined`: it is no orchestration. Chunks of other executions are left out. */
export function historyOf(
  row: InstanceRow | undefined,
  chunks: readonly HistoryChunk[],
): OrchestrationHistory | undefined {
  if (row?.kind !== 'orchestration' || row.state === null) return undefined;
  const record = JSON.parse(row.state) as RunRecord;
  const events = chunks
    .filter(({ execution }) => execution === record.execution)
    .toSorted((a, b) => a.chunk - b.chunk)
    .flatMap((chunk) => JSON.parse(chunk.events) as HistoryEvent[]);
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
