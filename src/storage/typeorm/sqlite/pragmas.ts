import { StorageError } from '../../../errors/index.js';
import type { SqliteHandle } from './sqlite-driver.js';

/** Older versions can corrupt a WAL database that has several connections (fixed in 3.51.3). */
const oldestSqlite = [3, 51, 3] as const;

export async function checkSqliteVersion(handle: SqliteHandle): Promise<void> {
  const [row] = await handle.all<{ version: string }>('SELECT sqlite_version() AS version');
  const version = row?.version ?? '0';
  if (isOlder(version, oldestSqlite))
    throw new StorageError(
      `SQLite ${version} is too old: ${oldestSqlite.join('.')} is the oldest that is safe with several connections.`,
      'Update the package sqlite3 or better-sqlite3.',
    );
}

export function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  for (const [i, wanted] of than.entries()) {
    const part = parts[i] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}

export interface Pragma {
  readonly name: string;
  readonly value: string | number;
  /** The value that the database must report afterwards. Absent if any value is accepted. */
  readonly answer?: string | number;
}

/**
 * Pragmas of the writing connection. With WAL, readers and the writer do not block each other. With FULL, an acknowledged commit survives a
 * power failure. The log is copied to the database every 16 MiB instead of every 4, in fewer and longer writes. Cached pages use at most
 * 16 MB of memory.
 */
export function writerPragmas(busyTimeoutMs: number, isFile: boolean): readonly Pragma[] {
  return [
    { name: 'busy_timeout', value: busyTimeoutMs, answer: busyTimeoutMs },
    // For a new file only: free pages can be returned in small steps. An existing file changes this setting only by VACUUM.
    { name: 'auto_vacuum', value: 'INCREMENTAL' },
    { name: 'journal_mode', value: 'WAL', answer: isFile ? 'wal' : 'memory' },
    { name: 'synchronous', value: 'FULL', answer: 2 },
    { name: 'wal_autocheckpoint', value: 4000, answer: 4000 },
    { name: 'journal_size_limit', value: 64 * 1024 * 1024, answer: 64 * 1024 * 1024 },
    { name: 'cache_size', value: -16_000, answer: -16_000 },
  ];
}

export function readerPragmas(busyTimeoutMs: number): readonly Pragma[] {
  return [
    { name: 'busy_timeout', value: busyTimeoutMs, answer: busyTimeoutMs },
    { name: 'query_only', value: 1, answer: 1 },
    { name: 'cache_size', value: -16_000, answer: -16_000 },
  ];
}

/** Pragmas that SQLite gives no table with their value. */
const withoutTable: readonly string[] = ['wal_autocheckpoint'];

/**
 * Sets the pragmas and reads them back: SQLite silently ignores a pragma that it does not know or cannot apply. Each statement is a trip to a
 * thread, so there are few.
 */
export async function applyPragmas(handle: SqliteHandle, pragmas: readonly Pragma[]): Promise<void> {
  await handle.exec(pragmas.map(({ name, value }) => `PRAGMA ${name} = ${value};`).join('\n'));
  const checked = pragmas.filter(({ answer }) => answer !== undefined);
  const inTables = checked.filter(({ name }) => !withoutTable.includes(name));
  const tables = inTables.map(({ name }) => `pragma_${name}`).join(', ');
  const others = checked.filter(({ name }) => withoutTable.includes(name));
  const answers = [await valuesOf(handle, `SELECT * FROM ${tables}`)];
  for (const { name } of others) answers.push(await valuesOf(handle, `PRAGMA ${name}`));
  const got = answers.flat();
  for (const [index, { name, value, answer }] of [...inTables, ...others].entries())
    if (got[index] !== answer)
      throw new StorageError(
        `SQLite did not accept "PRAGMA ${name} = ${value}": it answers ${String(got[index])}.`,
        'Put the file on a local file system that supports shared memory and locks.',
      );
}

/** The values of the only row of a result, one for each column. */
async function valuesOf(handle: SqliteHandle, sql: string): Promise<unknown[]> {
  const [row] = await handle.all<Record<string, unknown>>(sql);
  return Object.values(row ?? {});
}
