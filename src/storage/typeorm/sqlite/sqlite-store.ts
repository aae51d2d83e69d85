import { InvalidArgumentError } from '../../../errors/index.js';
import { shown } from '../../../errors/text.js';
import type { Logger } from '../../../ports/log.js';
import { checkTablePrefix, defaultTablePrefix } from '../table-prefix.js';
import { defaultPartitionCount } from '../task-hub.js';
import { TypeOrmStore } from '../typeorm-store.js';
import { SqliteDialect } from './sqlite-dialect.js';

export interface SqliteStoreOptions {
  /** Shares of the work, fixed when the task hub is made: 1 to 4096, default 64. */
  readonly partitionCount?: number;
  /** Begins the name of every table; `^[a-z_][a-z0-9_]{0,40}$`, default `de_`. */
  readonly tablePrefix?: string;
  /** How long a statement waits for a lock that another connection holds: default 1000 ms. Then it is `DE_STORAGE_BUSY`. */
  readonly busyTimeoutMs?: number;
  /** The database's clock, which for SQLite is the machine's. */
  readonly wallMs?: () => number;
  readonly logger?: Logger;
}

/**
 * A store in a SQLite file, for any number of processes of one machine.
 * @param database Path of the file, in an existing folder, on a local file system; `:memory:` for a database that lives as
 *   long as the store.
 */
export function sqliteStore(database: string, options: SqliteStoreOptions = {}): TypeOrmStore {
  const { partitionCount = defaultPartitionCount, tablePrefix = defaultTablePrefix } = options;
  const { busyTimeoutMs = 1000, wallMs = Date.now, logger } = options;
  checkDatabase(database);
  checkWholeNumber('partitionCount', partitionCount, 1, 4096);
  checkWholeNumber('busyTimeoutMs', busyTimeoutMs, 0, 600_000);
  const dialect = new SqliteDialect({ database, tablePrefix: checkTablePrefix(tablePrefix), busyTimeoutMs, wallMs });
  return new TypeOrmStore(dialect, { partitionCount, logger });
}

function checkDatabase(path: unknown): void {
  const problem =
    typeof path !== 'string'
      ? `it is ${shown(path)}`
      : path === ''
        ? 'it is empty'
        : // SQLite would open the file whose name ends there.
          path.includes('\0')
          ? 'it contains a NUL character'
          : undefined;
  if (problem !== undefined) throw new InvalidArgumentError('database', problem, 'Give the path of a file.');
}

function checkWholeNumber(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new InvalidArgumentError(name, `it must be a whole number from ${min} to ${max}`);
}
