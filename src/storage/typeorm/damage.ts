/** Detection of damaged tables, when they are opened or taken over. Damage is repaired if that is safe, and reported otherwise. */
import { StorageError } from '../../errors/index.js';
import type { SqlSession } from './dialect.js';

const partitionsMax = 4096;

/** Checks the partition count. @throws StorageError if it is not valid, or does not fit the existing rows (a few rows may be missing) */
export async function checkPartitionCount(session: SqlSession, count: unknown): Promise<void> {
  const [{ found, last }] = (await session.all<{ found: number; last: number | null }>(
    `SELECT count(*) AS found, max(number) AS last FROM ${session.prefix}partition`,
  )) as [{ found: number; last: number | null }];
  const known = Number.isSafeInteger(count) && (count as number) >= 1 && (count as number) <= partitionsMax;
  if (known && found * 2 >= (count as number) && (last ?? 0) < (count as number)) return;
  throw new StorageError(
    `The task hub is damaged: its partition count is ${JSON.stringify(count)}, and there are rows of ${found} partitions.`,
    `Set partition_count in ${session.prefix}task_hub to the right number (usually the number of those rows), or restore a backup.`,
  );
}

/**
 * Checks that a database without a row of the task hub has no partitions.
 * @throws StorageError if the row is missing but partitions exist: the used blocks of row ids are not known any more
 */
export async function checkNoHub(session: SqlSession): Promise<void> {
  const [row] = await session.all(`SELECT 1 FROM ${session.prefix}partition LIMIT 1`);
  if (row === undefined) return;
  throw new StorageError(
    `The task hub is damaged: ${session.prefix}task_hub has no row, and there are partitions.`,
    'Restore a backup: without that row, ids of messages would be used twice.',
  );
}

/**
 * Recreates missing rows of partitions. Does nothing if another living worker owns any partition, because that worker may use the missing
 * ones. Must run inside the transaction that acquires partitions. Resolves with the numbers of the recreated partitions.
 */
export async function mendPartitions(session: SqlSession, incarnation: number): Promise<readonly number[]> {
  const { prefix } = session;
  const [hub] = await session.all<{ count: number }>(
    `SELECT partition_count AS count FROM ${prefix}task_hub WHERE id = 1`,
  );
  const rows = await session.all<{ number: number }>(`SELECT number FROM ${prefix}partition`);
  const there = new Set(rows.map(({ number }) => number));
  const missing = Array.from({ length: hub?.count ?? 0 }, (_, number) => number).filter((each) => !there.has(each));
  if (missing.length === 0) return missing;
  const others = await session.all(
    `SELECT 1 FROM ${prefix}partition JOIN ${prefix}worker ON incarnation = owner
      WHERE alive = 1 AND incarnation <> ? LIMIT 1`,
    [incarnation],
  );
  if (others.length > 0) return [];
  // The epoch of a lost row is unknown. Use the largest one, because a fencing token must never decrease.
  for (const number of missing)
    await session.run(
      `INSERT INTO ${prefix}partition (number, owner, epoch, crashes)
        SELECT ?, 0, coalesce(max(epoch), 0), 0 FROM ${prefix}partition`,
      [number],
    );
  return missing;
}
