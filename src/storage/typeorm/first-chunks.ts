/**
 * The first chunk of the history of an orchestration that began and ended in one batch stands in its own row, in the column `first_chunk`: a
 * row of `history` would cost as much as the orchestration itself. All other chunks are rows of `history`. The text is the name of the
 * execution, a line feed, and the events.
 */
import type { CommitBatch, HistoryChunk } from '../../engines/sql/ports/store.js';

export interface FoldedHistory {
  /** The texts of `first_chunk`, by instance. */
  readonly firstChunks: ReadonlyMap<string, string>;
  /** The chunks that are rows of `history`. */
  readonly history: readonly HistoryChunk[];
}

const separator = '\n';

/** The separator as an SQL expression, and the expressions that read a column `first_chunk`. */
export interface FirstChunkSql {
  /** Whether the column holds the chunk of this execution. */
  readonly holds: string;
  readonly events: string;
}

/** @param execution an SQL expression, used several times */
export function firstChunkSql(
  column: string,
  execution: string,
  dialect: 'sqlite' | 'postgres' | 'mysql',
): FirstChunkSql {
  const begin =
    dialect === 'mysql'
      ? `CONCAT(${execution}, CHAR(10))`
      : `${execution} || ${dialect === 'sqlite' ? 'char' : 'chr'}(10)`;
  const length = dialect === 'mysql' ? 'CHAR_LENGTH' : 'length';
  return {
    holds: `substr(${column}, 1, ${length}(${execution}) + 1) = ${begin}`,
    events: `substr(${column}, ${length}(${execution}) + 2)`,
  };
}

/** Finds the chunks of a batch that stand in the rows of their orchestrations. */
export function foldHistory({ instances, history }: CommitBatch): FoldedHistory {
  const firstChunks = new Map<string, string>();
  if (history.length === 0) return { firstChunks, history };
  const ended = new Set<string>();
  for (const write of instances)
    if (write.op === 'put' && write.version === 1 && write.endedAtMs !== null) ended.add(write.id);
  if (ended.size === 0) return { firstChunks, history };
  const rows: HistoryChunk[] = [];
  for (const row of history) {
    const { instance, execution, chunk, events } = row;
    const fits = chunk === 0 && !execution.includes(separator) && ended.delete(instance);
    if (fits) firstChunks.set(instance, execution + separator + events);
    else rows.push(row);
  }
  return { firstChunks, history: rows };
}
