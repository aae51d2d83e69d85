import { LeaseLostError, StorageError } from '../../errors/index.js';
import type { AcquiredPartition, MemberKind, Survivor } from '../../engines/sql/ports/store.js';
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

/** Resolves with the new incarnation. */
export async function join(session: SqlSession, worker: NewWorker): Promise<number> {
  const workers = `${session.prefix}worker`;
  if (worker.holds) await session.run(`UPDATE ${workers} SET alive = 0 WHERE alive = 1 AND holds = 1`);
  const incarnation = await session.insert(
    `INSERT INTO ${workers} (name, kind, seq, alive, expires_at, holds) VALUES (?, ?, 0, 1, ?, ?)`,
    [worker.name, worker.kind, worker.expiresAt, worker.holds ? 1 : 0],
    'incarnation',
  );
  await announceNames(session, worker.names);
  return incarnation;
}

/** This worker's process has the exclusive hold. */
export async function noteHold(session: SqlSession, incarnation: number): Promise<void> {
  await session.run(`UPDATE ${session.prefix}worker SET holds = 1 WHERE incarnation = ?`, [incarnation]);
}

/** Resolves with the final `seq`. */
export async function retire(
  session: SqlSession,
  incarnation: number,
  survivor: Survivor | undefined,
): Promise<number> {
  const { prefix } = session;
  const ended = await session.run(`UPDATE ${prefix}worker SET alive = 0 WHERE incarnation = ? AND alive = 1`, [
    incarnation,
  ]);
  if (survivor !== undefined && ended === 1) {
    await session.run(`UPDATE ${prefix}partition SET owner = 0 WHERE owner = ?`, [incarnation]);
    for (const [id, attempts] of survivor.attempts)
      await session.run(`UPDATE ${prefix}inbox SET attempts = ? WHERE id = ?`, [attempts, id]);
  }
  const seq = await seqOf(session, incarnation);
  if (seq === undefined) throw new StorageError(`There is no worker with incarnation ${incarnation}.`);
  return seq;
}

/** Gives every partition without a living owner to this worker, which must be alive. */
export async function acquire(
  session: SqlSession,
  incarnation: number,
  suspicious: boolean,
): Promise<AcquiredPartition[]> {
  const { prefix } = session;
  const me = await session.run(`UPDATE ${prefix}worker SET alive = 1 WHERE incarnation = ? AND alive = 1`, [
    incarnation,
  ]);
  if (me !== 1) throw new LeaseLostError(incarnation, (await seqOf(session, incarnation)) ?? 0);
  const ownerless = `owner NOT IN (SELECT incarnation FROM ${prefix}worker WHERE alive = 1)`;
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
