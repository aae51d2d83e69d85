import { LeaseLostError, StorageError } from '../../errors/index.js';
import type { AcquiredPartition, Joined, MemberKind, Survivor } from '../../engines/sql/ports/store.js';
import { mendPartitions } from './damage.js';
import type { SqlSession } from './dialect.js';
import type { PartitionRow } from './rows/index.js';
import { announceNames } from './task-hub.js';

/*
 * A worker's life: join (alive, seq 0) → commits (seq 1, 2, …) → dead, by its own last commit (`leave`) or by `retire`.
 *
 * Every function runs in a transaction of its own and begins it with a write: SQLite takes the write lock there, where it
 * can still wait for it, instead of failing later because what was read is no longer the newest.
 */

export interface NewWorker {
  readonly name: string;
  readonly names: readonly string[];
  readonly expiresAt: number;
  readonly kind: MemberKind;
  /** Its process has the exclusive hold: whoever had it before is dead, and is marked so. */
  readonly holds: boolean;
}

export async function join(session: SqlSession, worker: NewWorker): Promise<Omit<Joined, 'nowMs'>> {
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
  return { incarnation, block: await takeBlock(session), ...(await readTimes(session)) };
}

/** What a row is given that dies, after `keepTimes`: active time when it did. */
function dead({ prefix }: SqlSession): string {
  return `alive = 0, active_ms = max(active_ms, (SELECT hub.active_ms FROM ${prefix}task_hub AS hub))`;
}

/** Before a row dies: the task hub's row has the newest times of those that are dead, which may be deleted. */
async function keepTimes(session: SqlSession): Promise<void> {
  const { prefix } = session;
  const newest = (column: string) =>
    `${column} = max(${column}, coalesce((SELECT max(${column}) FROM ${prefix}worker WHERE alive = 1 AND kind = 'worker'), 0))`;
  await session.run(`UPDATE ${prefix}task_hub SET ${newest('hub_time')}, ${newest('active_ms')} WHERE id = 1`);
}

async function readTimes(session: SqlSession): Promise<{ hubTimeMs: number; activeMs: number }> {
  const [row] = await session.all<{ hubTimeMs: number; activeMs: number }>(
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

/** This worker's process has the exclusive hold. */
export async function noteHold(session: SqlSession, incarnation: number): Promise<void> {
  await session.run(`UPDATE ${session.prefix}worker SET holds = 1 WHERE incarnation = ?`, [incarnation]);
}

/** Resolves with the final `seq`; `undefined` if there is no such row. */
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

/** Gives every partition without a living owner to this worker, which must be alive. */
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
  // Before the owner is overwritten: 0 left cleanly, or never was.
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

/** `undefined`: there is no such worker. */
async function seqOf(session: SqlSession, incarnation: number): Promise<number | undefined> {
  const [row] = await session.all<{ seq: number }>(`SELECT seq FROM ${session.prefix}worker WHERE incarnation = ?`, [
    incarnation,
  ]);
  return row?.seq;
}
