import { InvalidArgumentError } from '../../../errors/index.js';
import { shown } from '../../../errors/text.js';
import type { PostgresStorage } from '../../../model/postgres-storage.js';
import type { Logger } from '../../../ports/log.js';
import { checkTablePrefix, defaultTablePrefix } from '../table-prefix.js';
import { defaultPartitionCount } from '../task-hub.js';
import { TypeOrmStore } from '../typeorm-store.js';
import type { HintTimes } from './hints.js';
import { PostgresDialect } from './postgres-dialect.js';

export interface PostgresStoreOptions {
  /** The number of partitions of a new task hub. From 1 to 4096. Default 64. */
  readonly partitionCount?: number;
  /** The prefix of the names of all tables. Must match `^[a-z_][a-z0-9_]{0,40}$`. Default `de_`. */
  readonly tablePrefix?: string;
  /** The clock of a test. Default: the clock of the server. */
  readonly wallMs?: () => number;
  /** The times of hints, for tests. */
  readonly hintTimes?: HintTimes;
  readonly logger?: Logger;
}

/** A store in a PostgreSQL database, for any number of processes on any number of machines. */
export function postgresStore(storage: PostgresStorage, options: PostgresStoreOptions = {}): TypeOrmStore {
  const {
    partitionCount = defaultPartitionCount,
    tablePrefix = defaultTablePrefix,
    wallMs,
    hintTimes,
    logger,
  } = options;
  if (!Number.isInteger(partitionCount) || partitionCount < 1 || partitionCount > 4096)
    throw new InvalidArgumentError('partitionCount', `${shown(partitionCount)} is not a whole number from 1 to 4096`);
  const prefix = checkTablePrefix(tablePrefix);
  const dialect = new PostgresDialect({ storage, tablePrefix: prefix, wallMs, hintTimes, logger });
  return new TypeOrmStore(dialect, { partitionCount, logger });
}
