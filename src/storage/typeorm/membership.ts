import { And, In, Not, type EntityManager } from 'typeorm';
import { LeaseLostError, StorageError } from '../../errors/index.js';
import type { AcquiredPartition, MemberKind } from '../../ports/store.js';
import { PartitionRow, WorkerRow } from './rows/index.js';
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
export async function join(transaction: EntityManager, worker: NewWorker): Promise<number> {
  if (worker.holds) await transaction.update(WorkerRow, { alive: 1, holds: 1 }, { alive: 0 });
  const { name, kind, expiresAt } = worker;
  const holds = worker.holds ? 1 : 0;
  const inserted = await transaction.insert(WorkerRow, { name, kind, seq: 0, alive: 1, expiresAt, holds });
  await announceNames(transaction, worker.names);
  return (inserted.identifiers[0] as Pick<WorkerRow, 'incarnation'>).incarnation;
}

/** This worker's process has the exclusive hold. */
export async function noteHold(transaction: EntityManager, incarnation: number): Promise<void> {
  await transaction.update(WorkerRow, { incarnation }, { holds: 1 });
}

/** Resolves with the final `seq`. */
export async function retire(transaction: EntityManager, incarnation: number): Promise<number> {
  await transaction.update(WorkerRow, { incarnation }, { alive: 0 });
  const row = await transaction.findOneBy(WorkerRow, { incarnation });
  if (row === null) throw new StorageError(`There is no worker with incarnation ${incarnation}.`);
  return row.seq;
}

/** Gives every partition without a living owner to this worker, which must be alive. */
export async function acquire(
  transaction: EntityManager,
  incarnation: number,
  suspicious: boolean,
): Promise<AcquiredPartition[]> {
  const living = await transaction.update(WorkerRow, { incarnation, alive: 1 }, { alive: 1 });
  if (living.affected !== 1) {
    const row = await transaction.findOneBy(WorkerRow, { incarnation });
    throw new LeaseLostError(incarnation, row?.seq ?? 0);
  }
  const alive = await transaction.find(WorkerRow, { select: { incarnation: true }, where: { alive: 1 } });
  const owner = Not(In(alive.map((row) => row.incarnation)));
  const free = await transaction.find(PartitionRow, { where: { owner }, order: { number: 'ASC' } });
  // Before the owner is overwritten: 0 left cleanly, or never was.
  if (suspicious) {
    const died = And(owner, Not(0));
    await transaction.update(PartitionRow, { owner: died }, { crashes: () => 'crashes + 1' });
  }
  await transaction.update(PartitionRow, { owner }, { owner: incarnation, epoch: () => 'epoch + 1' });
  return free.map((row) => ({
    partition: row.number,
    epoch: row.epoch + 1,
    previousOwner: row.owner,
    crashes: row.crashes + (suspicious && row.owner !== 0 ? 1 : 0),
  }));
}
