/** Export and import of a whole task hub, for the command line. */
import { InvalidArgumentError } from '../errors/index.js';
import type { Logger } from '../ports/log.js';
import type { Connection } from '../storage/typeorm/dialect.js';
import type { ExportHead, ExportPlace } from '../storage/typeorm/transfer/export-rows.js';
import type { ImportOptions } from '../storage/typeorm/transfer/import-rows.js';
import { checkStorage } from './storage-options.js';

export type { ExportHead, ExportPlace };

/** An open task hub that no host uses, for an export. */
export interface ExportSource {
  readonly head: ExportHead;
  /** All rows after a place, in a fixed order. Fails at the end if the task hub has changed meanwhile. */
  rows(after?: ExportPlace): AsyncGenerator<ExportPlace, void>;
  close(): Promise<void>;
}

/** Opens a task hub for an export, and keeps hosts of its SQLite file away. @throws InvalidOperationError if a host uses it */
export async function openExport(given: unknown, logger: Logger): Promise<ExportSource> {
  const [connection, { checkNoWorker, exportRows, readExportHead }] = await Promise.all([
    connectionTo(given, logger),
    import('../storage/typeorm/transfer/export-rows.js'),
  ]);
  try {
    await checkNoWorker(connection, 'An export');
    const head = await readExportHead(connection);
    return { head, rows: (after) => exportRows(connection, head, after), close: () => connection.close() };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/**
 * Writes an export into an empty task hub. An import that was interrupted goes on.
 * @throws InvalidOperationError, InvalidArgumentError, StorageError
 */
export async function importInto(
  given: unknown,
  head: ExportHead,
  rows: AsyncIterable<ExportPlace>,
  logger: Logger,
  options?: ImportOptions,
): Promise<void> {
  const [{ checkHead, importRows }, { checkNoWorker }] = await Promise.all([
    import('../storage/typeorm/transfer/import-rows.js'),
    import('../storage/typeorm/transfer/export-rows.js'),
  ]);
  checkHead(head);
  const connection = await connectionTo(given, logger, head);
  try {
    await checkNoWorker(connection, 'An import');
    await importRows(connection, head, rows, options);
  } finally {
    await connection.close();
  }
}

/** Opens the database, creates or migrates its tables, and makes a task hub if the tables hold no hub. */
async function connectionTo(given: unknown, logger: Logger, importing?: ExportHead): Promise<Connection> {
  const storage = checkStorage(given);
  if (storage === ':memory:')
    throw new InvalidArgumentError('storage', "':memory:' is empty in every process", 'Give a file or a database.');
  const [{ connectTo }, { defaultPartitionCount, readHubOfImport, readOrCreateHub }] = await Promise.all([
    import('../storage/typeorm/connect.js'),
    import('../storage/typeorm/task-hub.js'),
  ]);
  const connection = await connectTo(storage, logger);
  try {
    if (importing === undefined) await readOrCreateHub(connection, defaultPartitionCount);
    else await readOrCreateHub(connection, importing.partitionCount, readHubOfImport);
    return connection;
  } catch (error) {
    const explained = connection.explain('reading the task hub', error);
    await connection.close();
    throw explained;
  }
}
