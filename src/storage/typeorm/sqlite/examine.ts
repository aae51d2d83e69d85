/** Examination of a SQLite file. Opens it for reading only, so it may be in use, a copy, or not ours at all. */
import { stat } from 'node:fs/promises';
import { quoted } from '../../../errors/text.js';
import { findUnreadable, type ExaminedWorker, type Examination } from '../examination.js';
import { checkTablePrefix, defaultTablePrefix } from '../table-prefix.js';
import { formatVersion, schemaVersion } from '../task-hub.js';
import { resolveDatabaseFile } from './database-file.js';
import { migrations } from './migrations/index.js';
import { OwnerFile } from './owner-file.js';
import { loadAnySqlite, SqliteHandle } from './sqlite-driver.js';
import type { SqliteModule } from './sqlite-module.js';
import { sqliteError } from './sqlite-errors.js';

/** Whether a file is a database with the tables of this package. `false` also if the file is not a database. */
export async function hasSqliteTaskHub(database: string): Promise<boolean> {
  const sqlite = await loadAnySqlite();
  let handle: SqliteHandle | undefined;
  try {
    handle = await SqliteHandle.open(sqlite, database, sqlite.OPEN_READONLY);
    return (await standingOf(handle, defaultTablePrefix)).tables !== 'none';
  } catch {
    return false;
  } finally {
    await handle?.close();
  }
}

/** @param onRows gets the number of rows that were read so far @throws StorageError if the file cannot be opened */
export async function examineSqlite(
  database: string,
  onRows: (looked: number) => void = () => {},
  tablePrefix: string = defaultTablePrefix,
): Promise<Examination> {
  const prefix = checkTablePrefix(tablePrefix);
  const sqlite = await loadAnySqlite();
  const file = await resolveDatabaseFile(database);
  let handle: SqliteHandle | undefined;
  try {
    handle = await SqliteHandle.open(sqlite, file, sqlite.OPEN_READONLY);
    const open = handle;
    open.setBusyTimeout(1_000);
    const standing = await standingOf(open, prefix);
    const check = await open.all<{ quick_check: string }>('PRAGMA quick_check(20)');
    const damage = check.map((row) => row.quick_check).filter((text) => text !== 'ok');
    const isCurrent = standing.tables === 'current';
    const found = isCurrent
      ? await findUnreadable((sql, values) => open.all(sql, values), prefix, onRows)
      : { unreadable: [], looked: 0 };
    return {
      kind: 'sqlite',
      database: file,
      sizes: await sizesOf(file),
      ...standing,
      damage,
      isOwned: await isOwned(sqlite, file),
      isWriteLocked: await isWriteLocked(sqlite, file),
      transactions: [],
      workers: isCurrent ? await workersOf(open, prefix) : [],
      deadLetters: isCurrent ? await countLetters(open, prefix) : 0,
      ...found,
    };
  } catch (error) {
    throw sqliteError(`examining ${quoted(file)}`, error);
  } finally {
    await handle?.close();
  }
}

async function standingOf(
  handle: SqliteHandle,
  prefix: string,
): Promise<Pick<Examination, 'tables' | 'schema' | 'format'>> {
  const [table] = await handle.all('SELECT 1 FROM sqlite_schema WHERE name = ?', [`${prefix}task_hub`]);
  const [hub] =
    table === undefined
      ? []
      : await handle.all<{ version: number; minReader: number; format: number }>(
          `SELECT schema_version AS version, min_reader AS minReader, format FROM ${prefix}task_hub WHERE id = 1`,
        );
  if (hub === undefined) return { tables: 'none', schema: undefined, format: undefined };
  const facts = { schema: hub.version, format: hub.format };
  if (hub.minReader > schemaVersion) return { tables: 'newer', ...facts };
  const run = await handle.all<{ name: string }>(`SELECT name FROM ${prefix}migrations`);
  const known = new Set(run.map(({ name }) => name));
  const isCurrent = migrations.every(({ name }) => known.has(name)) && hub.format === formatVersion;
  return { tables: isCurrent ? 'current' : 'old', ...facts };
}

async function sizesOf(file: string): Promise<Examination['sizes']> {
  const sizes: { name: string; bytes: number }[] = [];
  for (const name of [file, `${file}-wal`, `${file}-shm`, `${file}-owner`, `${file}-wake`]) {
    const found = await stat(name).catch(() => undefined);
    if (found !== undefined) sizes.push({ name, bytes: found.size });
  }
  return sizes;
}

/** Takes the exclusive lock for a moment, if the file of the lock exists. A host that starts meanwhile tries again. */
async function isOwned(sqlite: SqliteModule, file: string): Promise<boolean> {
  const owner = new OwnerFile(sqlite, file);
  if ((await stat(owner.file).catch(() => undefined)) === undefined) return false;
  try {
    return !(await owner.take());
  } finally {
    await owner.release();
  }
}

/** Begins a transaction for writing, and ends it without a change. A file that is write-protected is not locked. */
async function isWriteLocked(sqlite: SqliteModule, file: string): Promise<boolean> {
  let handle: SqliteHandle | undefined;
  try {
    handle = await SqliteHandle.open(sqlite, file, sqlite.OPEN_READWRITE);
    // A commit of a host takes milliseconds. A lock that lasts for a second is a long transaction.
    handle.setBusyTimeout(1_000);
    await handle.all('BEGIN IMMEDIATE');
    await handle.all('ROLLBACK');
    return false;
  } catch (error) {
    return (error as { code?: unknown }).code === 'SQLITE_BUSY';
  } finally {
    await handle?.close();
  }
}

async function workersOf(handle: SqliteHandle, prefix: string): Promise<readonly ExaminedWorker[]> {
  type Row = Omit<ExaminedWorker, 'leaseLeftMs'> & { expiresAtMs: number };
  const rows = await handle.all<Row>(
    `SELECT kind, name, version, seq, expires_at AS expiresAtMs FROM ${prefix}worker WHERE alive = 1
      ORDER BY incarnation LIMIT 1000`,
  );
  const nowMs = Date.now();
  return rows.map(({ expiresAtMs, ...row }) => ({ ...row, leaseLeftMs: expiresAtMs - nowMs }));
}

async function countLetters(handle: SqliteHandle, prefix: string): Promise<number> {
  const [row] = await handle.all<{ count: number }>(`SELECT count(*) AS count FROM ${prefix}dead_letter`);
  return row?.count ?? 0;
}
