import { StoreBrokenError } from '../../../engines/sql/ports/store-errors.js';
import type { SqlSession, SqlValue } from '../dialect.js';
import type { SqliteHandle } from './sqlite-driver.js';

/** SqlSession for SQLite, which accepts `?`, and reports generated numbers with RETURNING. */
export class SqliteSession implements SqlSession {
  constructor(
    private readonly handle: SqliteHandle,
    readonly prefix: string,
  ) {}

  quoted(column: string): string {
    return `"${column}"`;
  }

  all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return this.handle.all(sql, values);
  }

  run(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return this.handle.run(sql, values);
  }

  insertMissing(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return this.run(`${sql} ON CONFLICT DO NOTHING`, values);
  }

  async insert(sql: string, values: readonly SqlValue[], generated: string): Promise<number> {
    const [row] = await this.handle.all<{ generated: number }>(`${sql} RETURNING ${generated} AS generated`, values);
    return (row as { generated: number }).generated;
  }
}

/** Ends a failed transaction, if SQLite has not ended it by itself. @throws StoreBrokenError if it cannot be ended */
export async function leaveTransaction(handle: SqliteHandle): Promise<void> {
  await handle.all('ROLLBACK').catch(() => {});
  try {
    await handle.all('BEGIN');
    await handle.all('ROLLBACK');
  } catch (error) {
    throw new StoreBrokenError('A failed transaction cannot be rolled back.', error);
  }
}
