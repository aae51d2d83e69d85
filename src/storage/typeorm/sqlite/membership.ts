import { LeaseLostError, StorageError } from '../../../errors/index.js';
import type { AcquiredPartition, HubTimes, Joined, MemberKind, Survivor } from '../../../engines/sql/ports/store.js';
import { mendPartitions } from '../damage.js';
import type { SqlSession } from '../dialect.js';
import type { PartitionRow } from '../rows/index.js';
import { announceNames } from '../task-hub.js';

/*
 * The states of a worker's row: joined (alive, seq 0) → commits (seq 1, 2, …) → dead, by its own last commit (`leave`) or by `retire`.
 *
 * Every function runs in a transaction of its own that starts with a write. So SQLite acquires the write lock at once, where it can wait for
 * it. After a read it would fail instead, if another process has written meanwhile.
 */

export interface NewWorker {
  readonly name: string;
  readonly names: readonly string[];
  readonly expiresAt: number;
  readonly kind: MemberKind;
  /** Whether its process has the exclusive lock. Then the former owner of the lock is dead, and its row is marked dead. */
  readonly holds: boolean;
}

export async function join(session: SqlSession, worker: NewWorker): Promise<Joined> {
  const workers = `${session.prefix}worker`;
  await keepTimes(session);
  if (worker.holds)
    await session.run(`UPDATE ${workers} SET ${dead(session)} WHERE alive = 1 AND kind = 'worker' AND holds = 1`);
  const incarnation = await session.insert(
    `INSERT INTO ${workers} (name, kind, seq, alive, expires_at, holds) VALUES (?, ?, 0, 1, ?, ?)`,
    [worker.name, worker.kind, worker.expiresAt, worker.holds ? 1 : 0],
    'incarnation',
  );
  await announceNames(session, worker.names);
  return { incarnation, block: await takeBlock(session) };
}

/** The assignments that mark a row dead, with the active time of its end. Use after `keepTimes`. */
function dead({ prefix }: SqlSession): string {
  return `alive = 0, active_ms = max(active_ms, (SELECT hub.active_ms FROM ${prefix}task_hub AS hub))`;
}

/** Saves the times of living workers in the row of the task hub. Called before a row is marked dead, because it may be deleted later. */
async function keepTimes(session: SqlSession): Promise<void> {
  const { prefix } = session;
  const newest = (column: string) =>
    `${column} = max(${column}, coalesce((SELECT max(${column}) FROM ${prefix}worker WHERE alive = 1 AND kind = 'worker'), 0))`;
  await session.run(`UPDATE ${prefix}task_hub SET ${newest('hub_time')}, ${newest('active_ms')} WHERE id = 1`);
}

/** Must run after `acquire`. */
export async function readTimes(session: SqlSession): Promise<Omit<HubTimes, 'nowMs'>> {
  const [row] = await session.all<Omit<HubTimes, 'nowMs'>>(
    `SELECT hub_time AS hubTimeMs, active_ms AS activeMs FROM ${session.prefix}task_hub WHERE id = 1`,
  );
  if (row === undefined) throw new StorageError('The database has no task hub.');
  return row;
}

export async function takeBlock(session: SqlSession): Promise<number> {
  await session.run(`UPDATE ${session.prefix}task_hub SET next_block = next_block + 1 WHERE id = 1`);
  const [row] = await session.all<{ block: number }>(
    `SELECT next_block - 1 AS block FROM ${session.prefix}task_hub WHERE id = 1`,
  );
  if (row === undefined) throw new StorageError('The database has no task hub.');
  return row.block;
}

/** Records that the process of this worker has the exclusive lock. */
export async function noteHold(session: SqlSession, incarnation: number): Promise<void> {
  await session.run(`UPDATE ${session.prefix}worker SET holds = 1 WHERE incarnation = ?`, [incarnation]);
}

/** Marks a worker dead. Resolves with its final `seq`, or `undefined` if there is no such row. */
export async function retire(
  session: SqlSession,
  incarnation: number,
  survivor: Survivor | undefined,
): Promise<number | undefined> {
  const { prefix } = session;
  await keepTimes(session);
  const ended = await session.run(`UPDATE ${prefix}worker SET ${dead(session)} WHERE incarnation = ? AND alive = 1`, [
    incarnation,
  ]);
  if (survivor !== undefined && ended === 1) {
    await session.run(`UPDATE ${prefix}partition SET owner = 0 WHERE owner = ?`, [incarnation]);
    for (const [id, attempts] of survivor.attempts)
      await session.run(`UPDATE ${prefix}inbox SET attempts = ? WHERE id = ?`, [attempts, id]);
  }
  return seqOf(session, incarnation);
}

/** Makes this worker the owner of every partition without a living owner. The worker must be alive. */
export async function acquire(
  session: SqlSession,
  incarnation: number,
  suspicious: boolean,
  report: (mended: readonly number[]) => void,
): Promise<AcquiredPartition[]> {
  const { prefix } = session;
  const me = await session.run(`UPDATE ${prefix}worker SET alive = 1 WHERE incarnation = ? AND alive = 1`, [
    incarnation,
  ]);
  if (me !== 1) throw new LeaseLostError(incarnation, (await seqOf(session, incarnation)) ?? 0);
  const mended = await mendPartitions(session, incarnation);
  if (mended.length > 0) report(mended);
  const ownerless = `NOT EXISTS (SELECT 1 FROM ${prefix}worker WHERE incarnation = owner AND alive = 1)`;
  const free = await session.all<PartitionRow>(
    `SELECT number, owner, epoch, crashes FROM ${prefix}partition WHERE ${ownerless} ORDER BY number`,
  );
  // This must come before the change of the owner. Owner 0 means that the former owner left cleanly, or that there was no owner.
  if (suspicious)
    await session.run(`UPDATE ${prefix}partition SET crashes = crashes + 1 WHERE ${ownerless} AND owner <> 0`);
  await session.run(`UPDATE ${prefix}partition SET owner = ?, epoch = epoch + 1 WHERE ${ownerless}`, [incarnation]);
  return free.map((row) => ({
    partition: row.number,
    epoch: row.epoch + 1,
    previousOwner: row.owner,
    crashes: row.crashes + (suspicious && row.owner !== 0 ? 1 : 0),
  }));
}

/** `undefined` if there is no such worker. */
async function seqOf(session: SqlSession, incarnation: number): Promise<number | undefined> {
  const [row] = await session.all<{ seq: number }>(`SELECT seq FROM ${session.prefix}worker WHERE incarnation = ?`, [
    incarnation,
  ]);
  return row?.seq;
}
