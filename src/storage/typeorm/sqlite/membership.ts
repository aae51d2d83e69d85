import { LeaseLostError, StorageError } from '../../../errors/index.js';
import type {
  AcquiredPartition,
  HubTimes,
  Joined,
  MemberKind,
  Partitions,
  Survivor,
} from '../../../engines/sql/ports/store.js';
import { mendPartitions } from '../damage.js';
import type { SqlSession } from '../dialect.js';
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
  readonly version: string;
  readonly expiresAt: number;
  readonly kind: MemberKind;
  /** Whether its process has the exclusive lock. Then the former owner of the lock is dead, and its row is marked dead. */
  readonly holds: boolean;
}

export async function join(session: SqlSession, worker: NewWorker): Promise<Joined> {
  const workers = `${session.prefix}worker`;
  await keepTimes(session);
  if (worker.holds)
    await session.run(
      `UPDATE ${workers} SET ${dead(session, takenOver)} WHERE alive = 1 AND kind = 'worker' AND holds = 1`,
    );
  const incarnation = await session.insert(
    `INSERT INTO ${workers} (name, kind, seq, alive, expires_at, holds, version, names) VALUES (?, ?, 0, 1, ?, ?, ?, ?)`,
    [worker.name, worker.kind, worker.expiresAt, worker.holds ? 1 : 0, worker.version, JSON.stringify(worker.names)],
    'incarnation',
  );
  await announceNames(session, worker.names);
  return { incarnation, block: await takeBlock(session), presence: false };
}

/** Values of `alive` in the row of a dead worker: ended by its own process, or by another one. */
const ended = 0;
const takenOver = -1;

/** The assignments that mark a row dead, with the active time of its end. Use after `keepTimes`. */
function dead({ prefix }: SqlSession, alive: typeof ended | typeof takenOver): string {
  return `alive = ${alive}, active_ms = max(active_ms, (SELECT hub.active_ms FROM ${prefix}task_hub AS hub))`;
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
  await keepTimes(session);
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
  const changed = await session.run(
    `UPDATE ${prefix}worker SET ${dead(session, ended)} WHERE incarnation = ? AND alive = 1`,
    [incarnation],
  );
  if (survivor !== undefined && changed === 1) {
    await session.run(`UPDATE ${prefix}partition SET owner = 0 WHERE owner = ?`, [incarnation]);
    for (const [id, attempts] of survivor.attempts)
      await session.run(`UPDATE ${prefix}inbox SET attempts = ? WHERE id = ?`, [attempts, id]);
  }
  return seqOf(session, incarnation);
}

/** Marks the worker of another process dead, if its `seq` has not moved. Resolves with whether it is dead. */
export async function takeOver(session: SqlSession, incarnation: number, seq: number): Promise<boolean> {
  const { prefix } = session;
  await keepTimes(session);
  await session.run(
    `UPDATE ${prefix}worker SET ${dead(session, takenOver)} WHERE incarnation = ? AND alive = 1 AND seq = ?`,
    [incarnation, seq],
  );
  const living = await session.all(`SELECT 1 FROM ${prefix}worker WHERE incarnation = ? AND alive = 1`, [incarnation]);
  return living.length === 0;
}

/** Makes this worker the owner of the wanted partitions without a living owner. The worker must be alive. */
export async function acquire(
  session: SqlSession,
  incarnation: number,
  wanted: { readonly partitions: Partitions; readonly suspicious: boolean },
  report: (mended: readonly number[]) => void,
): Promise<AcquiredPartition[]> {
  const { prefix } = session;
  const me = await session.run(`UPDATE ${prefix}worker SET alive = 1 WHERE incarnation = ? AND alive = 1`, [
    incarnation,
  ]);
  if (me !== 1) throw new LeaseLostError(incarnation, (await seqOf(session, incarnation)) ?? 0);
  const mended = await mendPartitions(session, incarnation);
  if (mended.length > 0) report(mended);
  const { partitions, suspicious } = wanted;
  const [among, list] =
    partitions === 'all' ? ['', []] : [' AND number IN (SELECT value FROM json_each(?))', [JSON.stringify(partitions)]];
  const free = `NOT EXISTS (SELECT 1 FROM ${prefix}worker WHERE incarnation = owner AND alive = 1)${among}`;
  const wasTakenOver = `EXISTS (SELECT 1 FROM ${prefix}worker WHERE incarnation = owner AND alive = ${takenOver})`;
  // This must come before the change of the owner.
  if (suspicious)
    await session.run(`UPDATE ${prefix}partition SET crashes = crashes + 1 WHERE ${wasTakenOver} AND ${free}`, list);
  await session.run(`UPDATE ${prefix}partition SET owner = ?, epoch = epoch + 1 WHERE ${free}`, [incarnation, ...list]);
  return session.all<AcquiredPartition>(
    `SELECT number AS partition, epoch, crashes FROM ${prefix}partition WHERE owner = ? ORDER BY number`,
    [incarnation],
  );
}

/** `undefined` if there is no such worker. */
async function seqOf(session: SqlSession, incarnation: number): Promise<number | undefined> {
  const [row] = await session.all<{ seq: number }>(`SELECT seq FROM ${session.prefix}worker WHERE incarnation = ?`, [
    incarnation,
  ]);
  return row?.seq;
}
