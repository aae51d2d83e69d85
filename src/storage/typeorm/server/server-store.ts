import { InvalidArgumentError } from '../../../errors/index.js';
import { shown } from '../../../errors/text.js';
import type { Logger } from '../../../ports/log.js';
import type { Dialect } from '../dialect.js';
import { checkTablePrefix, defaultTablePrefix } from '../table-prefix.js';
import { defaultPartitionCount } from '../task-hub.js';
import { TypeOrmStore } from '../typeorm-store.js';

export interface ServerStoreOptions {
  /** The number of partitions of a new task hub. From 1 to 4096. Default 64. */
  readonly partitionCount?: number;
  /** The prefix of the names of all tables. Must match `^[a-z_][a-z0-9_]{0,40}$`. Default `de_`. */
  readonly tablePrefix?: string;
  /** The clock of a test. Default: the clock of the server. */
  readonly wallMs?: () => number;
  readonly logger?: Logger;
}

/** The settings of a dialect that all servers have. */
export interface ServerSettings {
  readonly tablePrefix: string;
  readonly wallMs?: (() => number) | undefined;
  readonly logger?: Logger | undefined;
}

/** A store on a database server, for any number of processes on any number of machines. */
export function serverStore(options: ServerStoreOptions, dialectOf: (settings: ServerSettings) => Dialect) {
  const { partitionCount = defaultPartitionCount, tablePrefix = defaultTablePrefix, wallMs, logger } = options;
  if (!Number.isInteger(partitionCount) || partitionCount < 1 || partitionCount > 4096)
    throw new InvalidArgumentError('partitionCount', `${shown(partitionCount)} is not a whole number from 1 to 4096`);
  const dialect = dialectOf({ tablePrefix: checkTablePrefix(tablePrefix), wallMs, logger });
  return new TypeOrmStore(dialect, { partitionCount, logger });
}
