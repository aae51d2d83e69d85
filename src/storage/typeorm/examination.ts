/** Examination of a database: facts for `doctor` that are read without creating, migrating or changing anything. */
import { isMessageFor } from '../../engines/sql/model/messages.js';
import { readMeta } from '../../engines/sql/model/entity-meta.js';
import { readRunRecord } from '../../engines/sql/model/stored.js';
import { reasonOf } from '../../errors/text.js';

export interface Examination {
  readonly kind: 'sqlite' | 'postgres' | 'mysql';
  /** The path, or the address without its password. */
  readonly database: string;
  /** Files or tables with their sizes. */
  readonly sizes: readonly { readonly name: string; readonly bytes: number }[];
  /** `none`: the database has no task hub. `old`: its tables must be migrated. `newer`: a newer version of the package is needed. */
  readonly tables: 'none' | 'old' | 'current' | 'newer';
  readonly schema: number | undefined;
  readonly format: number | undefined;
  /** Findings of the check of the database itself. Empty if all is well. */
  readonly damage: readonly string[];
  /** Whether another process has the exclusive lock, as a host does. `undefined` if this database has no such lock. */
  readonly isOwned: boolean | undefined;
  /** Whether a connection holds the lock for writing at this moment. */
  readonly isWriteLocked: boolean;
  /** Transactions that are open for long: they keep old rows or hold up the log. */
  readonly transactions: readonly { readonly who: string; readonly ms: number; readonly doing: string }[];
  readonly workers: readonly ExaminedWorker[];
  readonly deadLetters: number;
  /** Rows that cannot be read, at most 20. */
  readonly unreadable: readonly { readonly table: string; readonly id: string; readonly problem: string }[];
  /** Number of rows that were read to find them. */
  readonly looked: number;
}

export interface ExaminedWorker {
  readonly kind: string;
  readonly name: string;
  readonly version: string | null;
  readonly seq: number;
  /** Until the lease is over. Negative if it is. */
  readonly leaseLeftMs: number;
}

const unreadableMax = 20;
const rowsPerPage = 500;

/** Reads rows of a database, without writing. */
export type ReadRows = <Row>(sql: string, values: readonly (string | number)[]) => Promise<Row[]>;

/** Reads all rows of instances and of the inbox, in pages, and finds those whose content is damaged. */
export async function findUnreadable(
  read: ReadRows,
  prefix: string,
  onRows: (looked: number) => void,
): Promise<Pick<Examination, 'unreadable' | 'looked'>> {
  const unreadable: { table: string; id: string; problem: string }[] = [];
  let looked = 0;
  const scan = async <Row extends { id: string | number }>(
    table: string,
    columns: string,
    first: string | number,
    check: (row: Row) => void,
  ) => {
    for (let after = first; unreadable.length < unreadableMax;) {
      const sql = `SELECT ${columns} FROM ${prefix}${table} WHERE id > ? ORDER BY id LIMIT ${rowsPerPage}`;
      const rows = await read<Row>(sql, [after]);
      for (const row of rows) {
        looked++;
        const problem = problemOf(() => check(row));
        if (problem !== undefined) unreadable.push({ table, id: String(row.id), problem });
      }
      onRows(looked);
      const last = rows.at(-1);
      if (last === undefined || rows.length < rowsPerPage) return;
      after = last.id;
    }
  };
  await scan('instance', 'id, kind, state, meta', '', checkInstance);
  await scan('inbox', 'id, target, body', Number.MIN_SAFE_INTEGER, checkMessage);
  return { unreadable: unreadable.slice(0, unreadableMax), looked };
}

function checkInstance(row: { id: string; kind: string; state: string | null; meta: string | null }): void {
  const { id, kind, state, meta } = row;
  if (kind !== 'entity') {
    readRunRecord(id, state);
    return;
  }
  readMeta(meta);
  if (state !== null) JSON.parse(state);
}

function checkMessage({ target, body }: { id: number; target: string; body: string }): void {
  const message: unknown = JSON.parse(body);
  if (!isMessageFor(target, message)) throw new Error('this version does not know the kind of the message');
}

function problemOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
