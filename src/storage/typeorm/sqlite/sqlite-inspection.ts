/** The connection of an inspector on SQLite: read-only, made at the first read, with one statement at a time and a time limit. */
import { stat } from 'node:fs/promises';
import { StorageError } from '../../../errors/index.js';
import type { InspectedRow, InspectionStore } from '../../../engines/sql/ports/store.js';
import { ReadTimeoutError } from '../../../engines/sql/ports/store-errors.js';
import type { SqlValue } from '../dialect.js';
import { Serial } from '../serial.js';
import type { InspectionDialect } from '../sql-inspection.js';
import { edgeOf, inspectedPageOf } from './query.js';
import type { SqliteHandle } from './sqlite-driver.js';
import { sqliteError } from './sqlite-errors.js';

/** The time limit of one statement. */
export const inspectionMs = 2_000;

export interface SqliteInspectionParts {
  readonly prefix: string;
  /** The path of the file. `undefined` for a database in memory. */
  readonly database: string | undefined;
  /** Opens the connection. For a database in memory, resolves with its only connection, which `close` must not close. */
  readonly open: () => Promise<SqliteHandle>;
  /** Runs the work after all earlier work on the connection. Given if the connection is shared. */
  readonly serial: Serial | undefined;
  readonly timeoutMs?: number | undefined;
}

export class SqliteInspection implements InspectionDialect {
  readonly partition = 'partition';
  readonly length = 'length';
  readonly #serial: Serial;
  #handle: Promise<SqliteHandle> | undefined;
  #closed = false;

  constructor(private readonly parts: SqliteInspectionParts) {
    this.#serial = parts.serial ?? new Serial();
  }

  table(name: string): string {
    return this.parts.prefix + name;
  }

  all<Row>(sql: string, values: readonly SqlValue[]): Promise<Row[]> {
    return this.#serial.run(async () => {
      const { timeoutMs = inspectionMs } = this.parts;
      let isLate = false;
      let timer: NodeJS.Timeout | undefined;
      try {
        const handle = await this.#open();
        // A connection that others share must not be interrupted: their statements would fail.
        if (this.parts.serial === undefined)
          timer = setTimeout(() => {
            isLate = true;
            handle.interrupt();
          }, timeoutMs);
        return await handle.all<Row>(sql, values);
      } catch (error) {
        if (isLate) throw new ReadTimeoutError(timeoutMs, error);
        throw sqliteError('inspecting', error);
      } finally {
        clearTimeout(timer);
      }
    });
  }

  instances(...[filter, page]: Parameters<InspectionStore['instances']>): Promise<readonly InspectedRow[]> {
    const { sql, values } = inspectedPageOf(this.parts.prefix, filter, page);
    return this.all(sql, values);
  }

  async edge(...[filter, page]: Parameters<InspectionStore['edge']>): Promise<string | undefined> {
    const { sql, values } = edgeOf(this.parts.prefix, filter, page);
    return (await this.all<{ id: string }>(sql, values))[0]?.id;
  }

  async sizes(): Promise<readonly { readonly name: string; readonly bytes: number }[]> {
    const { database } = this.parts;
    if (database === undefined) return [];
    const sizes = [];
    for (const [name, file] of [
      ['database', database],
      ['log', `${database}-wal`],
    ] as const) {
      // The log is deleted with the last connection.
      const bytes = await stat(file).then(
        ({ size }) => size,
        () => 0,
      );
      sizes.push({ name, bytes });
    }
    return sizes;
  }

  #open(): Promise<SqliteHandle> {
    if (this.#closed)
      throw new StorageError('The store is not open.', 'Call `open` first. A closed store cannot be opened again.');
    this.#handle ??= this.parts.open().catch((error: unknown) => {
      this.#handle = undefined;
      throw error;
    });
    return this.#handle;
  }

  /** Closes the connection after the statements that were asked for. */
  async close(): Promise<void> {
    await this.#serial.run(async () => {
      this.#closed = true;
      if (this.parts.serial !== undefined) return;
      const handle = await this.#handle?.catch(() => undefined);
      this.#handle = undefined;
      await handle?.close();
    });
  }
}
