import { postgresStore, type PostgresStoreOptions } from '../../src/storage/typeorm/postgres/postgres-store.js';
import type { PostgresStorage } from '../../src/model/postgres-storage.js';
import { epochMs, type StoreHarness, type TestDatabase } from '../conformance/harness.js';
import { newSchema } from '../servers/postgres.js';

/** A hub of its own in the shared database. */
export interface PostgresTestDatabase extends TestDatabase {
  readonly storage: PostgresStorage & { readonly schema: string };
}

export async function createDatabase(options: PostgresStoreOptions = {}): Promise<PostgresTestDatabase> {
  const { url, schema, drop } = await newSchema();
  const clock = { nowMs: epochMs };
  const storage = { type: 'postgres', url, schema } as const;
  return {
    clock,
    storage,
    store: () => postgresStore(storage, { wallMs: () => clock.nowMs, ...options }),
    dispose: drop,
  };
}

export const postgresDatabases: StoreHarness = {
  shared: true,
  presence: true,
  create: (partitionCount) => createDatabase({ partitionCount }),
};
