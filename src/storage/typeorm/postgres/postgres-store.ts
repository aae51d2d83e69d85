import type { PostgresStorage } from '../../../model/postgres-storage.js';
import { serverStore, type ServerStoreOptions } from '../server/server-store.js';
import type { TypeOrmStore } from '../typeorm-store.js';
import type { HintTimes } from './hints.js';
import { PostgresDialect } from './postgres-dialect.js';

export interface PostgresStoreOptions extends ServerStoreOptions {
  /** The times of hints, for tests. */
  readonly hintTimes?: HintTimes;
}

/** A store in a PostgreSQL database. */
export function postgresStore(storage: PostgresStorage, options: PostgresStoreOptions = {}): TypeOrmStore {
  const { hintTimes } = options;
  return serverStore(options, (settings) => new PostgresDialect({ ...settings, storage, hintTimes }));
}
