/** The one place that knows which database the processes run on. A database server would get its own `ChaosStorage` here. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from './pause.js';
import { StuckError } from './stuck-error.js';
import { loadSqlite, SqliteHandle } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';

export const calmWithinMs = 30_000;

/** One database, as processes open it and as the runner looks into it. */
export class ChaosStorage {
  constructor(readonly folder: string) {}

  /** The option `storage` of `DurableHost.start`. */
  get option(): string {
    return this.file;
  }

  /** Of the file, in its folder. */
  readonly name = 'chaos.db';

  get file(): string {
    return join(this.folder, this.name);
  }

  /** Rows as they are committed. */
  query<Row>(sql: string): Promise<Row[]> {
    return this.use((handle) => handle.all<Row>(sql));
  }

  /** One value. */
  async value(sql: string): Promise<unknown> {
    return Object.values((await this.query<object>(sql))[0] ?? {})[0];
  }

  /** False where no process came so far. */
  async hasTables(): Promise<boolean> {
    if (!existsSync(this.file)) return false;
    return (await this.value("SELECT count(*) FROM sqlite_schema WHERE name = 'de_dead_letter'")) === 1;
  }

  /** Resolves when the database answers so. @throws StuckError */
  async untilValue(what: string, sql: string, wanted: unknown): Promise<void> {
    for (const endMs = performance.now() + calmWithinMs; ; await pause(20)) {
      const value = await this.value(sql);
      if (value === wanted) return;
      if (performance.now() > endMs)
        throw new StuckError(`not within ${calmWithinMs} ms: ${what}, but ${String(value)}`);
    }
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
