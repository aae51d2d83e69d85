/** The one place that knows which database the processes run on. A database server would get its own `ChaosStorage` here. */
import { join } from 'node:path';
import { loadSqlite, SqliteHandle } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';

/** One database, as processes open it and as the runner looks into it. */
export class ChaosStorage {
  constructor(readonly folder: string) {}

  /** What `DurableHost.start` takes. */
  get option(): string {
    return this.file;
  }

  get file(): string {
    return join(this.folder, 'chaos.db');
  }

  /** Rows as they are committed. */
  query<Row>(sql: string): Promise<Row[]> {
    return this.use((handle) => handle.all<Row>(sql));
  }

  /** One value. */
  async value(sql: string): Promise<unknown> {
    return Object.values((await this.query<object>(sql))[0] ?? {})[0];
  }

  /** Whether somebody is in the middle of writing. */
  isBeingWritten(): Promise<boolean> {
    return this.use(async (handle) => {
      handle.setBusyTimeout(0);
      try {
        await handle.all('BEGIN IMMEDIATE');
        await handle.all('ROLLBACK');
        return false;
      } catch (error) {
        if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
        return true;
      }
    });
  }

  /** A connection of the runner's own: a foreign process, for the library. */
  async use<T>(work: (handle: SqliteHandle) => Promise<T>): Promise<T> {
    const sqlite = await loadSqlite();
    const handle = await SqliteHandle.open(sqlite, this.file, sqlite.OPEN_READWRITE);
    handle.setBusyTimeout(5_000);
    try {
      return await work(handle);
    } finally {
      await handle.close();
    }
  }
}
