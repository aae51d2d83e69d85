import { StorageError } from '../../errors/index.js';
import { readNames } from '../../engines/sql/model/stored.js';
import type { Hub } from '../../engines/sql/ports/store.js';
import { checkNoHub, checkPartitionCount } from './damage.js';
import type { Connection, SqlSession } from './dialect.js';
import { checkNoImport, readNote } from './transfer/import-note.js';

/** The version of the tables that this code creates and reads. */
export const schemaVersion = 5;
/** The version of the JSON in states, messages and history. */
export const formatVersion = 2;
export const defaultPartitionCount = 64;

type StoredHub = Omit<Hub, 'alone' | 'shared'>;

/** Reads the task hub. Creates it with its partitions if the database has no task hub yet. */
export async function readOrCreateHub(
  connection: Connection,
  partitionCount: number,
  read: (session: SqlSession) => Promise<StoredHub | undefined> = readHub,
): Promise<Hub> {
  const known = await connection.exclusively(read);
  const hub = known ?? (await connection.transaction((session) => createHub(session, partitionCount)));
  return { ...hub, alone: connection.alone, shared: connection.shared };
}

async function readHub(session: SqlSession): Promise<StoredHub | undefined> {
  const [row] = await session.all<{ partition_count: number; names: string }>(
    `SELECT partition_count, names FROM ${session.prefix}task_hub WHERE id = 1`,
  );
  if (row !== undefined) {
    checkNoImport(row.names);
    await checkPartitionCount(session, row.partition_count);
  }
  return row && { partitionCount: row.partition_count, names: readNames(row.names) };
}

/** Reads the task hub also if an import into it has not ended. */
export async function readHubOfImport(session: SqlSession): Promise<StoredHub | undefined> {
  const [row] = await session.all<{ partition_count: number; names: string }>(
    `SELECT partition_count, names FROM ${session.prefix}task_hub WHERE id = 1`,
  );
  if (row === undefined || readNote(row.names) === undefined) return readHub(session);
  return { partitionCount: row.partition_count, names: [] };
}

async function createHub(session: SqlSession, partitionCount: number): Promise<StoredHub> {
  const inserted = await session.insertMissing(
    `INSERT INTO ${session.prefix}task_hub (id, schema_version, min_reader, format, partition_count, names)
      VALUES (1, ?, ?, ?, ?, '[]')`,
    [schemaVersion, schemaVersion, formatVersion, partitionCount],
  );
  // Another process has created it since the last look.
  if (inserted === 0) return (await readHub(session)) as StoredHub;
  await checkNoHub(session);
  await createPartitions(session, partitionCount);
  return { partitionCount, names: [] };
}

/** Creates the partitions of a task hub that has none. */
export async function createPartitions(session: SqlSession, count: number): Promise<void> {
  for (let from = 0; from < count; from += 100) {
    const numbers = Array.from({ length: Math.min(100, count - from) }, (_, index) => from + index);
    await session.run(
      `INSERT INTO ${session.prefix}partition (number, owner, epoch) VALUES ${numbers.map(() => '(?, 0, 0)').join(', ')}`,
      numbers,
    );
  }
}

/** Adds names to the known names of the task hub. Writes only if a name is new. Must run inside a transaction. */
export async function announceNames(session: SqlSession, names: readonly string[]): Promise<void> {
  const hub = await readHub(session);
  if (hub === undefined) throw new StorageError('The database has no task hub.');
  const known = new Set(hub.names);
  if (names.every((name) => known.has(name))) return;
  // The default sort is by code unit, independent of the locale.
  const union = [...new Set([...known, ...names])].toSorted();
  await session.run(`UPDATE ${session.prefix}task_hub SET names = ? WHERE id = 1`, [JSON.stringify(union)]);
}
