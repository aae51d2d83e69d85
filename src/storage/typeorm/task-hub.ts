import type { EntityManager } from 'typeorm';
import { readNames } from '../../model/stored.js';
import type { Hub } from '../../ports/store.js';
import type { Connection } from './dialect.js';
import { HubRow, PartitionRow } from './rows/index.js';

/** Of the tables that this code makes and reads. */
export const schemaVersion = 3;
/** Of the JSON in states, messages and history. */
export const formatVersion = 1;
export const defaultPartitionCount = 64;

/** Reads the task hub; makes it, with its partitions, in a database that has none yet. */
export async function readOrCreateHub(connection: Connection, partitionCount: number): Promise<Hub> {
  const known = await connection.exclusively(() => connection.writer.manager.findOneBy(HubRow, { id: 1 }));
  const row = known ?? (await connection.transaction((transaction) => createHub(transaction, partitionCount)));
  return { partitionCount: row.partitionCount, names: readNames(row.names), alone: connection.alone };
}

async function createHub(transaction: EntityManager, partitionCount: number): Promise<HubRow> {
  const row: HubRow = {
    id: 1,
    schemaVersion,
    minReader: schemaVersion,
    format: formatVersion,
    partitionCount,
    names: '[]',
  };
  await transaction.insert(HubRow, row);
  const partitions = Array.from({ length: partitionCount }, (_, number) => ({ number, owner: 0, epoch: 0 }));
  for (let i = 0; i < partitions.length; i += 100) await transaction.insert(PartitionRow, partitions.slice(i, i + 100));
  return row;
}

/** Adds names to those that this task hub knows; writes only when there is a new one. Inside a transaction. */
export async function announceNames(transaction: EntityManager, names: readonly string[]): Promise<void> {
  const row = await transaction.findOneByOrFail(HubRow, { id: 1 });
  const known = new Set(readNames(row.names));
  if (names.every((name) => known.has(name))) return;
  // The default sort is by code unit, on purpose: locales differ.
  const union = [...new Set([...known, ...names])].toSorted();
  await transaction.update(HubRow, { id: 1 }, { names: JSON.stringify(union) });
}
