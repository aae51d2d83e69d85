import { InvalidArgumentError } from '../../../errors/index.js';
import { shown } from '../../../errors/text.js';
import type { Logger } from '../../../ports/log.js';
import { checkTablePrefix, defaultTablePrefix } from '../table-prefix.js';
import { defaultPartitionCount } from '../task-hub.js';
import { TypeOrmStore } from '../typeorm-store.js';
import { SqliteDialect } from './sqlite-dialect.js';
import type { SqliteDriver } from './sqlite-driver.js';

export interface SqliteStoreOptions {
  /** The number of partitions of a new task hub. From 1 to 4096. Default 64. */
  readonly partitionCount?: number;
  /** The prefix of the names of all tables. Must match `^[a-z_][a-z0-9_]{0,40}$`. Default `de_`. */
  readonly tablePrefix?: string;
  /** The time that a statement waits for a lock of another connection before it fails with `DE_STORAGE_BUSY`. 0 to 600,000 ms. Default 1000. */
  readonly busyTimeoutMs?: number;
  /** The clock of the database. Default: the clock of the machine. */
  readonly wallMs?: () => number;
  readonly logger?: Logger;
  /** The package that opens the file. Default sqlite3. */
  readonly driver?: SqliteDriver;
}

/**
 * A store in a SQLite file, for any number of processes of one machine.
 * @param database the path of the file, in an existing folder on a local file system, or `:memory:` for a database that exists until the
 *   store is closed
 */
export function sqliteStore(database: string, options: SqliteStoreOptions = {}): TypeOrmStore {
  const { partitionCount = defaultPartitionCount, tablePrefix = defaultTablePrefix } = options;
  const { busyTimeoutMs = 1000, wallMs = Date.now, logger, driver } = options;
  checkDatabase(database);
  checkWholeNumber('partitionCount', partitionCount, 1, 4096);
  checkWholeNumber('busyTimeoutMs', busyTimeoutMs, 0, 600_000);
  const prefix = checkTablePrefix(tablePrefix);
  const dialect = new SqliteDialect({ database, driver, tablePrefix: prefix, busyTimeoutMs, wallMs, logger });
  return new TypeOrmStore(dialect, { partitionCount, logger });
}

function checkDatabase(path: unknown): void {
  const problem =
    typeof path !== 'string'
      ? `it is ${shown(path)}`
      : path === ''
        ? 'it is empty'
        : // SQLite would open a file whose name is the part before the NUL.
          path.includes('\0')
          ? 'it contains a NUL character'
          : undefined;
  if (problem !== undefined) throw new InvalidArgumentError('database', problem, 'Give the path of a file.');
}

function checkWholeNumber(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new InvalidArgumentError(name, `${shown(value)} is not a whole number from ${min} to ${max}`);
}
