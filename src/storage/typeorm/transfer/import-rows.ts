/**
 * Import: the rows of an export, written into an empty task hub in one transaction. A process that dies in the middle leaves the task hub
 * empty, and no host ever sees half of an import.
 */
import { InvalidArgumentError, InvalidOperationError } from '../../../errors/index.js';
import type { Connection, SqlSession, SqlValue } from '../dialect.js';
import { formatVersion, schemaVersion } from '../task-hub.js';
import type { ExportHead, ExportPlace } from './export-rows.js';
import { columnList, transferTables, type TransferRow, type TransferTable } from './tables.js';

const rowsPerStatement = 100;
/** A statement has at most about this many characters of values, so that large states are not collected in memory. */
const charactersPerStatement = 4 * 1024 * 1024;

/** @throws InvalidArgumentError if this version cannot read the export */
export function checkHead(head: ExportHead): void {
  const problem =
    head.format !== 'durable-entities' || head.export !== 1
      ? 'it is not an export that this version knows'
      : head.schema !== schemaVersion || head.data !== formatVersion
        ? `its tables have version ${head.schema} and format ${head.data}, but this version writes ${schemaVersion} and ${formatVersion}`
        : !Number.isInteger(head.partitionCount) || head.partitionCount < 1 || head.partitionCount > 4096
          ? `its partition count is ${head.partitionCount}`
          : undefined;
  if (problem === undefined) return;
  throw new InvalidArgumentError(
    'export',
    problem,
    'Import with the version of the package that has exported it. A later version migrates the tables.',
  );
}

/**
 * Writes all rows, or none. `rows` is read to its end; an error that it throws undoes the import.
 * @throws InvalidOperationError if the task hub is not empty
 */
export function importRows(connection: Connection, head: ExportHead, rows: AsyncIterable<ExportPlace>): Promise<void> {
  return connection.transaction(async (session) => {
    const p = session.prefix;
    await checkEmpty(session);
    // Fences every process that still believes to be the worker.
    await session.run(`UPDATE ${p}worker SET alive = 0 WHERE alive = 1`);
    await session.run(`DELETE FROM ${p}partition`);
    await session.run(
      `UPDATE ${p}task_hub SET partition_count = ?, names = ?,
        next_block = CASE WHEN next_block < ? THEN ? ELSE next_block END, hub_time = ?, active_ms = ? WHERE id = 1`,
      [head.partitionCount, JSON.stringify(head.names), head.nextBlock, head.nextBlock, head.hubTime, head.activeMs],
    );
    const written = await writeAll(session, rows);
    for (const { name } of transferTables) {
      const [expected, got] = [head.rows[name] ?? 0, written.get(name) ?? 0];
      if (expected === got) continue;
      const problem = `it has ${got} rows of the table ${name}, but its head says ${expected}`;
      throw new InvalidArgumentError('export', problem, 'The file is not complete. Export again.');
    }
  });
}

async function writeAll(session: SqlSession, rows: AsyncIterable<ExportPlace>): Promise<Map<string, number>> {
  const written = new Map<string, number>();
  let table: TransferTable | undefined;
  let waiting: (readonly SqlValue[])[] = [];
  let size = 0;
  const flush = async () => {
    if (table !== undefined && waiting.length > 0) await insert(session, table, waiting);
    waiting = [];
    size = 0;
  };
  for await (const { table: name, row } of rows) {
    if (table?.name !== name) {
      await flush();
      table = transferTables.find((each) => each.name === name);
      if (table === undefined) throw new InvalidArgumentError('export', `there is no table ${JSON.stringify(name)}`);
    }
    const values = valuesOf(table, row);
    waiting.push(values);
    for (const value of values) size += typeof value === 'string' ? value.length : 8;
    written.set(name, (written.get(name) ?? 0) + 1);
    if (waiting.length >= rowsPerStatement || size >= charactersPerStatement) await flush();
  }
  await flush();
  return written;
}

async function insert(
  session: SqlSession,
  { name, columns }: TransferTable,
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  const isPartition = name === 'partition';
  const marks = `(${columns.map(() => '?').join(', ')}${isPartition ? ', 0' : ''})`;
  await session.run(
    `INSERT INTO ${session.prefix}${name} (${columnList(session, isPartition ? [...columns, 'owner'] : columns)})
      VALUES ${rows.map(() => marks).join(', ')}`,
    rows.flat(),
  );
}

/** The values of a row in the order of the columns. @throws InvalidArgumentError if a column is missing, or of another type */
function valuesOf({ name, columns }: TransferTable, row: TransferRow): readonly SqlValue[] {
  return columns.map((column) => {
    const value = Object.hasOwn(row, column) ? row[column] : undefined;
    if (value === null || typeof value === 'string' || Number.isSafeInteger(value)) return value as SqlValue;
    throw new InvalidArgumentError(
      'export',
      `a row of the table ${name} has no valid ${column}`,
      'The file is damaged.',
    );
  });
}

async function checkEmpty(session: SqlSession): Promise<void> {
  for (const { name } of transferTables) {
    if (name === 'partition') continue;
    const found = await session.all(`SELECT 1 FROM ${session.prefix}${name} LIMIT 1`);
    if (found.length === 0) continue;
    throw new InvalidOperationError(
      `The task hub is not empty: its table ${name} has rows.`,
      'Import into a new file, or into a new schema of the database.',
    );
  }
}
