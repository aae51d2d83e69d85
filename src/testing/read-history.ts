import { OrchestrationNotFoundError } from '../errors/index.js';
import { checkOptions } from '../model/options.js';
import { historyOf, type OrchestrationHistory } from './history.js';

/** What `readHistory` takes last. */
export interface ReadHistoryOptions {
  /** Begins the name of every table. Default `de_`. */
  readonly tablePrefix?: string | undefined;
}

/**
 * Reads the recorded history of an orchestration's present execution from a SQLite file, to give it to `replay`. Reads only: the file
 * may be a copy, or in use by a host. What it holds is real data: look at it before you keep it with your tests.
 * @throws OrchestrationNotFoundError; StorageError when it is no such file
 */
export async function readHistory(
  database: string,
  instanceId: string,
  options?: ReadHistoryOptions,
): Promise<OrchestrationHistory> {
  const { tablePrefix = 'de_' } = checkOptions(options, { tablePrefix: true });
  // Storage code is loaded when it is needed.
  const { readSqliteRun } = await import('../storage/typeorm/index.js');
  const found = await readSqliteRun(database, instanceId, tablePrefix);
  const history = found === undefined ? undefined : historyOf(found.row, found.chunks);
  if (history === undefined) throw new OrchestrationNotFoundError(instanceId);
  return history;
}
