import { StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import type { HistoryChunk, InstanceRow } from '../../../engines/sql/ports/store.js';
import { checkTablePrefix } from '../table-prefix.js';
import { resolveDatabaseFile } from './database-file.js';
import { historySql, instancesSql } from './reads.js';
import { loadAnySqlite, SqliteHandle } from './sqlite-driver.js';
import { sqliteError } from './sqlite-errors.js';

/**
 * The row of an orchestration and the history of its present execution, read in one transaction. Writes nothing and blocks no host, so the
 * file may be in use or a copy. `undefined` if there is no such row.
 * @throws StorageError
 */
export async function readSqliteRun(
  database: string,
  instanceId: string,
  tablePrefix: string,
): Promise<{ readonly row: InstanceRow; readonly chunks: readonly HistoryChunk[] } | undefined> {
  const prefix = checkTablePrefix(tablePrefix);
  const sqlite = await loadAnySqlite();
  const file = await resolveDatabaseFile(database);
  let handle: SqliteHandle | undefined;
  try {
    handle = await SqliteHandle.open(sqlite, file, sqlite.OPEN_READONLY);
    handle.setBusyTimeout(1_000);
    await handle.all('BEGIN');
    const [row] = await handle.all<InstanceRow>(instancesSql(prefix), [JSON.stringify([instanceId])]);
    if (row?.kind !== 'orchestration' || row.state === null) return undefined;
    const execution = (JSON.parse(row.state) as { execution?: unknown }).execution;
    if (typeof execution !== 'string') throw new StorageError(`The row of ${quoted(instanceId)} cannot be read.`);
    return { row, chunks: await handle.all<HistoryChunk>(historySql(prefix), [instanceId, execution]) };
  } catch (error) {
    throw sqliteError(`reading ${quoted(file)}`, error);
  } finally {
    await handle?.close();
  }
}
