import { OrchestrationNotFoundError } from '../errors/index.js';
import { checkOptions } from '../model/options.js';
import { historyOf, type OrchestrationHistory } from './history.js';

/** The options of `readHistory`. */
export interface ReadHistoryOptions {
  /** The prefix of the names of all tables. Default `de_`. */
  readonly tablePrefix?: string | undefined;
}

/**
 * Reads the recorded history of the present execution of an orchestration from a SQLite file, for `replay`. Writes nothing: the file may be
 * a copy, or in use by a host. A history holds real data: check it before you save it with your tests.
 * @param database the path of the file
 * @throws OrchestrationNotFoundError; StorageError if the file is not a database of this package; InvalidArgumentError
 */
export async function readHistory(
  database: string,
  instanceId: string,
  options?: ReadHistoryOptions,
): Promise<OrchestrationHistory> {
  const { tablePrefix = 'de_' } = checkOptions(options, { tablePrefix: true });
  // Storage code is loaded here, so that other users of the test kit need not load it.
  const { readSqliteRun } = await import('../storage/typeorm/index.js');
  const found = await readSqliteRun(database, instanceId, tablePrefix);
  const history = found === undefined ? undefined : historyOf(found.row, found.chunks);
  if (history === undefined) throw new OrchestrationNotFoundError(instanceId);
  return history;
}
