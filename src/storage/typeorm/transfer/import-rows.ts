/**
 * Import: the rows of an export, written into an empty task hub in bounded transactions. Until the last one the task hub has a note in place
 * of its names, and no partitions, so no host starts on it. If the process dies in the middle, the same import goes on after the rows that
 * the note counts.
 */
import { createHash } from 'node:crypto';
import { InvalidArgumentError, InvalidOperationError } from '../../../errors/index.js';
import type { Connection, SqlSession, SqlValue } from '../dialect.js';
import { createPartitions, formatVersion, schemaVersion } from '../task-hub.js';
import type { ExportHead, ExportPlace } from './export-rows.js';
import { noteText, readNote, type ImportNote } from './import-note.js';
import { columnList, transferTables, type TransferRow, type TransferTable } from './tables.js';

const rowsPerStatement = 100;
/** A statement has at most about this many characters of values, so that large states are not collected in memory. */
const charactersPerStatement = 4 * 1024 * 1024;
const rowsPerTransaction = 2_000;
const charactersPerTransaction = 4 * charactersPerStatement;
const partitionsMax = 4_096;

export interface ImportOptions {
  /** Aborted if the rows end with an error because somebody interrupts the import. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the number of rows that an interrupted import has written. */
  readonly onResumed?: ((rows: number) => void) | undefined;
}

/** @throws InvalidArgumentError if this version cannot read the export */
export function checkHead(head: ExportHead): void {
  const problem =
    head.format !== 'durable-entities' || head.export !== 1
      ? 'it is not an export that this version knows'
      : head.schema !== schemaVersion || head.data !== formatVersion
        ? `its tables have version ${head.schema} and format ${head.data}, but this version writes ${schemaVersion} and ${formatVersion}`
        : !Number.isInteger(head.partitionCount) || head.partitionCount < 1 || head.partitionCount > partitionsMax
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
 * Writes all rows. `rows` is read to its end. An error of the export undoes the import. After an abort or an error of the database the next
 * import of the same export goes on.
 * @throws InvalidOperationError if the task hub is not empty, or an import of another export was interrupted
 */
export async function importRows(
  connection: Connection,
  head: ExportHead,
  rows: AsyncIterable<ExportPlace>,
  { signal, onResumed }: ImportOptions = {},
): Promise<void> {
  const begun = await connection.transaction((session) => begin(session, head));
  if (begun.rows > 0) onResumed?.(begun.rows);
  const writer = new ImportWriter(connection, head, begun);
  let storing = false;
  try {
    for await (const place of rows) {
      writer.take(place);
      if (!writer.isFull) continue;
      storing = true;
      await writer.store();
      storing = false;
    }
    writer.checkCounts();
  } catch (error) {
    const isOfExport = !storing && !(error instanceof InvalidOperationError);
    if (isOfExport && signal?.aborted !== true) await connection.transaction(undo);
    throw error;
  }
  await writer.end();
}

async function begin(session: SqlSession, head: ExportHead): Promise<ImportNote> {
  const p = session.prefix;
  const [hub] = await session.all<{ names: string }>(`SELECT names FROM ${p}task_hub WHERE id = 1`);
  const hash = createHash('sha256').update(JSON.stringify(head)).digest('hex');
  const note = readNote(hub?.names ?? '[]');
  if (note !== undefined) {
    if (note.head === hash) return note;
    throw new InvalidOperationError('An import of another export into this task hub has not ended.', unlike);
  }
  await checkEmpty(session);
  // Fences every process that still believes to be the worker.
  await session.run(`UPDATE ${p}worker SET alive = 0 WHERE alive = 1`);
  await session.run(`DELETE FROM ${p}partition`);
  const first: ImportNote = { head: hash, rows: 0, hash: createHash('sha256').digest('hex') };
  await session.run(`UPDATE ${p}task_hub SET names = ? WHERE id = 1`, [noteText(first)]);
  return first;
}

const unlike = 'Import that one again: it goes on. Or import into a new file, or into a new schema of the database.';

interface Statement {
  readonly table: TransferTable;
  readonly rows: (readonly SqlValue[])[];
  size: number;
}

class ImportWriter {
  private readonly hash = createHash('sha256');
  private readonly taken = new Map<string, number>();
  private seen = 0;
  private statements: Statement[] = [];
  private waiting = 0;
  private size = 0;
  /** The rows of partitions. They are written last, because no host starts without them. */
  private readonly partitions: (readonly SqlValue[])[] = [];

  constructor(
    private readonly connection: Connection,
    private readonly head: ExportHead,
    private note: ImportNote,
  ) {}

  get isFull(): boolean {
    return this.waiting >= rowsPerTransaction || this.size >= charactersPerTransaction;
  }

  /** @throws InvalidArgumentError if the export is damaged, InvalidOperationError if it is not the one that was interrupted */
  take({ table: name, row }: ExportPlace): void {
    const table = transferTables.find((each) => each.name === name);
    if (table === undefined) throw new InvalidArgumentError('export', `there is no table ${JSON.stringify(name)}`);
    const values = valuesOf(table, row);
    this.hash.update(JSON.stringify([name, values]));
    this.taken.set(name, (this.taken.get(name) ?? 0) + 1);
    this.seen++;
    const isStored = this.seen <= this.note.rows;
    if (this.seen === this.note.rows && this.hash.copy().digest('hex') !== this.note.hash) {
      throw new InvalidOperationError('The import that was interrupted had another export.', unlike);
    }
    if (name === 'partition') {
      if (this.partitions.push(values) > partitionsMax)
        throw new InvalidArgumentError('export', 'it has too many partitions');
    } else if (!isStored) this.wait(table, values);
  }

  private wait(table: TransferTable, values: readonly SqlValue[]): void {
    let size = 0;
    for (const value of values) size += typeof value === 'string' ? value.length : 8;
    const last = this.statements.at(-1);
    if (last?.table !== table || last.rows.length >= rowsPerStatement || last.size >= charactersPerStatement) {
      this.statements.push({ table, rows: [values], size });
    } else {
      last.rows.push(values);
      last.size += size;
    }
    this.waiting++;
    this.size += size;
  }

  /** Writes the rows that wait, with the note that counts them. */
  store(): Promise<void> {
    return this.connection.transaction(async (session) => {
      const next: ImportNote = { ...this.note, rows: this.seen, hash: this.hash.copy().digest('hex') };
      await this.replaceNote(session, 'names = ?', [noteText(next)]);
      await this.insertWaiting(session);
      this.note = next;
    });
  }

  /** Replaces the note that this import has written. @throws InvalidOperationError if another process has written one */
  private async replaceNote(session: SqlSession, set: string, values: readonly SqlValue[]): Promise<void> {
    const text = `UPDATE ${session.prefix}task_hub SET ${set} WHERE id = 1 AND names = ?`;
    if ((await session.run(text, [...values, noteText(this.note)])) === 1) return;
    throw new InvalidOperationError('Another process imports into this task hub.', 'Let one of them end.');
  }

  private async insertWaiting(session: SqlSession): Promise<void> {
    const { statements } = this;
    this.statements = [];
    this.waiting = 0;
    this.size = 0;
    for (const { table, rows } of statements) await insert(session, table, rows);
  }

  /** @throws InvalidArgumentError if the export has not the rows that its head counts */
  checkCounts(): void {
    for (const { name } of transferTables) {
      const [expected, got] = [this.head.rows[name] ?? 0, this.taken.get(name) ?? 0];
      if (expected === got) continue;
      const problem = `it has ${got} rows of the table ${name}, but its head says ${expected}`;
      throw new InvalidArgumentError('export', problem, 'The file is not complete. Export again.');
    }
  }

  /** Writes the last rows, and makes the task hub one that hosts use. */
  end(): Promise<void> {
    const { partitionCount, names, nextBlock, hubTime, activeMs } = this.head;
    return this.connection.transaction(async (session) => {
      const set = `partition_count = ?, names = ?, next_block = CASE WHEN next_block < ? THEN ? ELSE next_block END,
        hub_time = ?, active_ms = ?`;
      const values = [partitionCount, JSON.stringify(names), nextBlock, nextBlock, hubTime, activeMs];
      await this.replaceNote(session, set, values);
      await this.insertWaiting(session);
      const table = transferTables.find(({ name }) => name === 'partition') as TransferTable;
      for (let at = 0; at < this.partitions.length; at += rowsPerStatement) {
        await insert(session, table, this.partitions.slice(at, at + rowsPerStatement));
      }
    });
  }
}

/** Makes the task hub an empty one again. */
async function undo(session: SqlSession): Promise<void> {
  const p = session.prefix;
  for (const { name } of transferTables) await session.run(`DELETE FROM ${p}${name}`);
  const [hub] = await session.all<{ count: number }>(`SELECT partition_count AS count FROM ${p}task_hub WHERE id = 1`);
  await createPartitions(session, hub?.count ?? 0);
  await session.run(`UPDATE ${p}task_hub SET names = '[]' WHERE id = 1`);
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
