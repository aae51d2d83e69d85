import { setTimeout } from 'node:timers/promises';
import { StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import type { Logger } from '../../../ports/log.js';
import type { Connection, Dialect } from '../dialect.js';
import { schemaVersion } from '../task-hub.js';
import { checkTypeOrmVersion } from '../typeorm-version.js';
import { prepareCommits } from './commit-trigger.js';
import { inMemory, resolveDatabaseFile } from './database-file.js';
import { HeldFiles } from './held-files.js';
import { migrations } from './migrations/index.js';
import { OwnerFile } from './owner-file.js';
import { applyPragmas, checkSqliteVersion, readerPragmas, writerPragmas } from './pragmas.js';
import { SqliteConnection } from './sqlite-connection.js';
import { SqliteHandle, loadSqlite, type SqliteDriver } from './sqlite-driver.js';
import type { SqliteModule } from './sqlite-module.js';
import { sqliteError } from './sqlite-errors.js';
import { WakeFile } from './wake-file.js';

export interface SqliteSettings {
  /** The path of a file, or `:memory:`. */
  readonly database: string;
  /** Default sqlite3. */
  readonly driver?: SqliteDriver | undefined;
  readonly tablePrefix: string;
  readonly busyTimeoutMs: number;
  readonly wallMs: () => number;
  readonly logger?: Logger | undefined;
}

export class SqliteDialect implements Dialect {
  constructor(private readonly settings: SqliteSettings) {}

  /** Opens the database. The order matters: all checks that do not write come before the first write. */
  async connect(): Promise<Connection> {
    checkTypeOrmVersion();
    const { driver = 'sqlite3' } = this.settings;
    const sqlite = await loadSqlite(driver);
    const isFile = this.settings.database !== inMemory;
    const database = isFile ? await resolveDatabaseFile(this.settings.database) : inMemory;
    // Functions that release acquired resources, called in reverse order if a later step fails.
    const taken: (() => Promise<unknown>)[] = [];
    try {
      const owner = isFile ? new OwnerFile(sqlite, database) : undefined;
      if (owner) {
        taken.push(() => owner.release());
        await this.#prepare(sqlite, database, owner);
      }
      const { tablePrefix: prefix, busyTimeoutMs, wallMs: nowMs, logger } = this.settings;
      const open = async (mode: number): Promise<SqliteHandle> => {
        const handle = await SqliteHandle.open(sqlite, database, mode);
        taken.push(() => handle.close());
        return handle;
      };
      const writer = await open(sqlite.OPEN_READWRITE | sqlite.OPEN_CREATE);
      await checkSqliteVersion(writer);
      await applyPragmas(writer, writerPragmas(busyTimeoutMs, isFile));
      if (owner === undefined || owner.held) {
        const { migrate } = await import('./migrator.js');
        await migrate(writer, prefix);
      }
      await checkWritable(writer, prefix);
      await writer.exec(prepareCommits(prefix));
      const openReader = async (): Promise<SqliteHandle> => {
        const handle = await SqliteHandle.open(sqlite, database, sqlite.OPEN_READONLY);
        await applyPragmas(handle, readerPragmas(busyTimeoutMs));
        return handle;
      };
      let reader = writer;
      if (isFile) {
        reader = await open(sqlite.OPEN_READONLY);
        await applyPragmas(reader, readerPragmas(busyTimeoutMs));
      }
      return new SqliteConnection({
        writer,
        reader,
        openReader,
        owner,
        database: isFile ? database : undefined,
        driver,
        files: isFile ? new HeldFiles(database, nowMs) : undefined,
        wakeFile: isFile ? new WakeFile(database) : undefined,
        prefix,
        nowMs,
        logger,
      });
    } catch (error) {
      for (const giveBack of taken.toReversed()) await giveBack().catch(() => {});
      throw sqliteError(`opening ${quoted(database)}`, error);
    }
  }

  /**
   * Checks the file, and acquires the exclusive lock if tables must be created or migrated. The check comes first, so that no owner file is
   * left beside a foreign file. If two processes start together, the second one waits until the first has created the tables.
   */
  async #prepare(sqlite: SqliteModule, database: string, owner: OwnerFile): Promise<void> {
    const { tablePrefix, busyTimeoutMs } = this.settings;
    const handle = await SqliteHandle.open(sqlite, database, sqlite.OPEN_READWRITE | sqlite.OPEN_CREATE);
    try {
      handle.setBusyTimeout(busyTimeoutMs);
      const isComplete = async () =>
        (await checkSchema(handle, tablePrefix, database)) && (await isMigrated(handle, tablePrefix));
      if (await isComplete()) return;
      const endMs = performance.now() + busyTimeoutMs;
      for (;;) {
        if ((await isComplete()) || (await owner.take())) return;
        if (performance.now() >= endMs) throw owned(database, owner.file);
        await setTimeout(10);
      }
    } finally {
      await handle.close();
    }
  }
}

function owned(database: string, file: string): StorageError {
  return new StorageError(
    `The tables in ${quoted(database)} must be created or migrated, but another process uses them: ${quoted(file)} is locked.`,
    'If another process creates the tables now, which takes seconds, give a longer `startTimeout`. If a process with an earlier version uses them, stop all processes that use the file, and start one with this version: it migrates the tables.',
    undefined,
    'DE_STORAGE_OWNED',
  );
}

/** Tells whether every migration has run, without writing: only one process may create the register. */
async function isMigrated(handle: SqliteHandle, prefix: string): Promise<boolean> {
  const rows = await handle.all<{ name: string }>(`SELECT name FROM ${prefix}migrations`);
  const run = new Set(rows.map(({ name }) => name));
  return migrations.every(({ name }) => run.has(name));
}

/** Tells whether the file has a task hub, without writing. Fails if the file is not a database. */
async function checkSchema(handle: SqliteHandle, prefix: string, database: string): Promise<boolean> {
  const [table] = await handle.all('SELECT 1 FROM sqlite_schema WHERE name = ?', [`${prefix}task_hub`]);
  if (table === undefined) return false;
  const [hub] = await handle.all<{ version: number; minReader: number }>(
    `SELECT schema_version AS version, min_reader AS minReader FROM ${prefix}task_hub WHERE id = 1`,
  );
  if (hub !== undefined && hub.minReader > schemaVersion)
    throw new StorageError(
      `The tables in ${quoted(database)} have version ${hub.version} and need code that knows version ${hub.minReader}, but this code knows ${schemaVersion}.`,
      'A newer version of this package created or migrated the tables. Update the package.',
      undefined,
      'DE_STORAGE_NEWER',
    );
  return hub !== undefined;
}

/** Fails if the file is write-protected. SQLite opens such a file and begins a transaction on it without an error, but refuses a write. */
async function checkWritable(handle: SqliteHandle, prefix: string): Promise<void> {
  await handle.all(`UPDATE ${prefix}task_hub SET id = id WHERE false`);
}
