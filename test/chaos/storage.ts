/** The database of a story, as its processes open it and as the runner and its checks look into it. Servers: cluster/database.ts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MysqlStorage, PostgresStorage } from '../../src/index.js';
import { pause } from './pause.js';
import { StuckError } from './stuck-error.js';
import { loadSqlite, SqliteHandle } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';

export const calmWithinMs = 30_000;

/** The database of a story. */
export abstract class StoryStorage {
  /** The option `storage` of `DurableHost.start`. */
  abstract readonly option: string | PostgresStorage | MysqlStorage;

  /** Rows as they are committed. */
  abstract query<Row>(sql: string): Promise<Row[]>;

  /** False where no process came so far. */
  abstract hasTables(): Promise<boolean>;

  /** SQL of a text field of a column with a JSON text. */
  abstract field(column: string, name: string): string;

  /** The damage of the database itself. `undefined` if there is no damage. */
  abstract damage(): Promise<string | undefined>;

  /** One value. */
  async value(sql: string): Promise<unknown> {
    return Object.values((await this.query<object>(sql))[0] ?? {})[0];
  }

  /** Resolves when the database answers so. @throws StuckError */
  async untilValue(what: string, sql: string, wanted: unknown, withinMs = calmWithinMs): Promise<void> {
    for (const endMs = performance.now() + withinMs; ; await pause(20)) {
      const value = await this.value(sql);
      if (value === wanted) return;
      if (performance.now() > endMs) throw new StuckError(`not within ${withinMs} ms: ${what}, but ${String(value)}`);
    }
  }
}

/** One SQLite file. */
export class ChaosStorage extends StoryStorage {
  constructor(readonly folder: string) {
    super();
  }

  get option(): string {
    return this.file;
  }

  /** Of the file, in its folder. */
  readonly name = 'chaos.db';

  get file(): string {
    return join(this.folder, this.name);
  }

  query<Row>(sql: string): Promise<Row[]> {
    return this.use((handle) => handle.all<Row>(sql));
  }

  async hasTables(): Promise<boolean> {
    if (!existsSync(this.file)) return false;
    return (await this.value("SELECT count(*) FROM sqlite_schema WHERE name = 'de_dead_letter'")) === 1;
  }

  field(column: string, name: string): string {
    return `json_extract(${column}, '$.${name}')`;
  }

  async damage(): Promise<string | undefined> {
    const found = await this.value('PRAGMA integrity_check');
    return found === 'ok' ? undefined : `the file is damaged: ${String(found)}`;
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
