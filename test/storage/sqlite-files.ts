import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../src/storage/typeorm/dialect.js';
import { sqliteStore } from '../../src/storage/typeorm/index.js';
import type { SqliteDriver } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { SqliteDialect } from '../../src/storage/typeorm/sqlite/sqlite-dialect.js';
import { copyEmptyHub } from './empty-hub.js';
import { epochMs, type StoreHarness } from '../conformance/harness.js';

export async function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'durable-entities-'));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** The connection that a store uses, for tests that look beneath the port. */
export function connectSqlite(database: string): Promise<Connection> {
  return new SqliteDialect({ database, tablePrefix: 'de_', busyTimeoutMs: 0, wallMs: () => epochMs }).connect();
}

export function filesOf(driver: SqliteDriver): StoreHarness {
  return {
    shared: false,
    presence: false,
    async create(partitionCount) {
      const folder = await makeFolder();
      const clock = { nowMs: epochMs };
      await copyEmptyHub(join(folder, 'hub.db'), partitionCount);
      return {
        clock,
        store: () => sqliteStore(join(folder, 'hub.db'), { driver, partitionCount, wallMs: () => clock.nowMs }),
        dispose: () => removeFolder(folder),
      };
    },
  };
}

export const sqliteFiles = filesOf('sqlite3');
