/** Export: all rows of a task hub that no host uses, in a fixed order, page by page. */
import { InvalidOperationError } from '../../../errors/index.js';
import { readNames } from '../../../engines/sql/model/stored.js';
import type { Connection, SqlSession, SqlValue } from '../dialect.js';
import { formatVersion, schemaVersion } from '../task-hub.js';
import { columnList, transferTables, type TransferRow, type TransferTable } from './tables.js';

/** The head of an export. */
export interface ExportHead {
  readonly format: 'durable-entities';
  /** Version of the export itself. */
  readonly export: 1;
  /** Versions of the tables, and of the JSON in them. */
  readonly schema: number;
  readonly data: number;
  readonly partitionCount: number;
  readonly names: readonly string[];
  readonly nextBlock: number;
  readonly hubTime: number;
  readonly activeMs: number;
  /** Number of rows of each table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Changes whenever the task hub does: an export that was interrupted goes on only from the same one. */
  readonly mark: string;
}

/** The place of the last exported row. */
export interface ExportPlace {
  readonly table: string;
  readonly row: TransferRow;
}

const rowsPerPage = 200;

/** Fails if a worker is alive: its commits would tear the export. */
export async function checkNoWorker(connection: Connection, doing: string): Promise<void> {
  // On a database with an exclusive lock, having it proves that no host runs.
  const lock = await connection.acquireExclusiveLock();
  const { nowMs, members } = await connection.members();
  const living = members.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  if (lock === 'held' || (lock === 'none' && living.length === 0)) return;
  throw new InvalidOperationError(
    `${doing} needs a task hub that no host uses, but a host runs on it.`,
    'Stop all hosts. A host that died counts until its lease is over.',
  );
}

export function readExportHead(connection: Connection): Promise<ExportHead> {
  return connection.exclusively(async (session) => {
    const p = session.prefix;
    const [hub] = await session.all<{ count: number; names: string; block: number; hub: number; active: number }>(
      `SELECT partition_count AS count, names, next_block AS block,
        (SELECT coalesce(max(hub_time), 0) FROM ${p}worker) AS hub,
        (SELECT coalesce(max(active_ms), 0) FROM ${p}worker) AS active
        FROM ${p}task_hub WHERE id = 1`,
    );
    const [times] = await session.all<{ hub: number; active: number }>(
      `SELECT hub_time AS hub, active_ms AS active FROM ${p}task_hub WHERE id = 1`,
    );
    const rows: Record<string, number> = {};
    for (const { name } of transferTables) rows[name] = await countRows(session, name);
    return {
      format: 'durable-entities',
      export: 1,
      schema: schemaVersion,
      data: formatVersion,
      partitionCount: hub?.count ?? 0,
      names: readNames(hub?.names),
      nextBlock: hub?.block ?? 0,
      hubTime: Math.max(hub?.hub ?? 0, times?.hub ?? 0),
      activeMs: Math.max(hub?.active ?? 0, times?.active ?? 0),
      rows,
      mark: await markOf(session),
    };
  });
}

/** All rows after the place, table by table. Fails at the end if the task hub has changed meanwhile. */
export async function* exportRows(
  connection: Connection,
  head: ExportHead,
  after?: ExportPlace,
): AsyncGenerator<ExportPlace, void> {
  const begin = after === undefined ? 0 : transferTables.findIndex(({ name }) => name === after.table);
  for (const [index, table] of transferTables.entries()) {
    if (index < begin) continue;
    let place = index === begin ? after?.row : undefined;
    for (;;) {
      const page = await connection.exclusively((session) => readPage(session, table, place));
      for (const row of page) yield { table: table.name, row };
      place = page.at(-1) ?? place;
      if (page.length < rowsPerPage) break;
    }
  }
  if ((await connection.exclusively(markOf)) === head.mark) return;
  throw new InvalidOperationError(
    'The task hub has changed during the export.',
    'Stop all hosts and clients, and export again into a new file.',
  );
}

async function readPage(
  session: SqlSession,
  { name, columns, key, order }: TransferTable,
  after: TransferRow | undefined,
): Promise<readonly TransferRow[]> {
  const table = `${session.prefix}${name}`;
  const values: SqlValue[] = after === undefined ? [] : key.map((column) => after[column] ?? null);
  const marks = key.map(() => '?').join(', ');
  const place =
    order === undefined
      ? `(${columnList(session, key)}) > (${marks})`
      : `${session.quoted(order)} > (SELECT ${session.quoted(order)} FROM ${table} WHERE ${columnList(session, key)} = ${marks})`;
  return session.all<TransferRow>(
    `SELECT ${columnList(session, columns)} FROM ${table} ${after === undefined ? '' : `WHERE ${place}`}
      ORDER BY ${columnList(session, order === undefined ? key : [order])} LIMIT ${rowsPerPage}`,
    values,
  );
}

async function countRows(session: SqlSession, table: string): Promise<number> {
  const [row] = await session.all<{ count: number }>(`SELECT count(*) AS count FROM ${session.prefix}${table}`);
  return row?.count ?? 0;
}

/** Every commit moves the number of its worker. Transactions of applications only write to the inbox. */
async function markOf(session: SqlSession): Promise<string> {
  const p = session.prefix;
  const [row] = await session.all<Record<string, number | string | null>>(
    `SELECT (SELECT count(*) FROM ${p}worker WHERE seq > 0) AS a, (SELECT sum(seq) FROM ${p}worker) AS b,
      (SELECT max(seq) FROM ${p}inbox) AS c, (SELECT count(*) FROM ${p}inbox) AS d`,
  );
  // PostgreSQL gives sums as texts.
  return ['a', 'b', 'c', 'd'].map((name) => Number(row?.[name] ?? 0)).join('.');
}
