import { LeaseLostError } from '../../errors/index.js';
import { StoreRefusedError } from '../../engines/sql/ports/store-errors.js';
import type { CommitBatch, InstanceWrite, NameChange } from '../../engines/sql/ports/store.js';
import { historyKey, receiptKey, type MemoryDatabase } from './memory-database.js';

/** Checks a batch, and throws if it must be refused. Changes nothing, so a refused batch leaves no trace. */
export function checkBatch(database: MemoryDatabase, batch: CommitBatch): void {
  const worker = database.workers.get(batch.incarnation);
  if (!worker?.alive || worker.seq !== batch.seq - 1) throw new LeaseLostError(batch.incarnation, batch.seq);
  if (worker.kind === 'client' && !onlyAppends(batch)) throw refused('a client only appends');
  const consumed = new Set<number>();
  for (const id of batch.consumed) {
    if (!database.inbox.has(id) || consumed.has(id)) throw refused(`inbox row ${id}, which it consumes, is missing`);
    consumed.add(id);
  }
  const adopted = new Set<number>();
  for (const [id] of batch.adopted) {
    if (!database.inbox.has(id) || consumed.has(id) || adopted.has(id))
      throw refused(`inbox row ${id}, which it adopts, is missing`);
    adopted.add(id);
  }
  for (const [id] of batch.attempted ?? []) {
    if (!database.inbox.has(id) || consumed.has(id)) throw refused(`inbox row ${id}, which it attempts, is missing`);
  }
  for (const write of batch.instances) checkVersion(database, write);
  checkNewHistory(database, batch);
  const given = new Set<number>();
  for (const [partition] of batch.gives ?? []) {
    if (database.partitions[partition]?.owner !== batch.incarnation || given.has(partition))
      throw refused(`partition ${partition}, which it gives away, is not its own`);
    given.add(partition);
  }
  const added = new Set<number>();
  for (const { id } of batch.inbox) {
    if ((database.inbox.has(id) && !consumed.has(id)) || added.has(id)) throw refused(`inbox row ${id} exists already`);
    added.add(id);
  }
}

function onlyAppends(batch: CommitBatch): boolean {
  const { consumed, adopted, instances, history, historyDeleted, receipts } = batch;
  const { attempted = [], deadLetters = [], deadLettersDeleted = [], named = [], healthy = [], gives = [] } = batch;
  const others = [consumed, adopted, instances, history, historyDeleted, receipts, healthy, gives];
  return (
    [...others, attempted, deadLetters, deadLettersDeleted, named].every(({ length }) => length === 0) &&
    batch.receiptsExpired === undefined &&
    batch.workersEnded === undefined &&
    batch.workersDeleted === undefined
  );
}

function checkVersion(database: MemoryDatabase, write: InstanceWrite): void {
  const stored = database.instances.get(write.id)?.version ?? 0;
  const expected = write.op === 'put' ? write.version - 1 : write.version;
  if (stored !== expected || (write.op === 'delete' && stored === 0))
    throw refused(`instance ${JSON.stringify(write.id)} has version ${stored}, not ${expected}`);
}

function checkNewHistory(database: MemoryDatabase, batch: CommitBatch): void {
  const deleted = new Set(batch.historyDeleted);
  const added = new Set<string>();
  for (const chunk of batch.history) {
    const stored = deleted.has(chunk.instance) ? undefined : database.history.get(chunk.instance);
    const identity = JSON.stringify([chunk.instance, historyKey(chunk)]);
    if (stored?.has(historyKey(chunk)) || added.has(identity))
      throw refused(`history chunk ${identity} exists already`);
    added.add(identity);
  }
}

function refused(problem: string): StoreRefusedError {
  return new StoreRefusedError(`The batch was refused: ${problem}.`);
}

/** Applies a batch that `checkBatch` has accepted. Cannot fail. Stores copies of rows, so that the caller may change its objects. */
export function applyBatch(database: MemoryDatabase, batch: CommitBatch, nowMs: number): void {
  const worker = database.workers.get(batch.incarnation)!;
  worker.seq = batch.seq;
  worker.expiresAtMs = nowMs + batch.leaseMs;
  worker.hubTimeMs = Math.max(worker.hubTimeMs, batch.hubTimeMs ?? 0);
  worker.activeMs = Math.max(worker.activeMs, batch.activeMs ?? 0);
  for (const id of batch.consumed) database.inbox.delete(id);
  for (const [id, arrival] of batch.adopted) database.inbox.set(id, { ...database.inbox.get(id)!, arrival });
  for (const [id, attempts] of batch.attempted ?? []) {
    database.inbox.set(id, { ...database.inbox.get(id)!, attempts });
  }
  for (const letter of batch.deadLetters ?? []) {
    const { id, target, body, attempts, reason, atMs, activeMs } = letter;
    database.deadLetters.set(id, { id, target, body, attempts, reason, atMs, activeMs });
  }
  for (const id of batch.deadLettersDeleted ?? []) database.deadLetters.delete(id);
  for (const partition of batch.healthy ?? []) {
    const row = database.partitions[partition];
    if (row?.owner === batch.incarnation) row.crashes = 0;
  }
  applyInstances(database, batch.instances);
  applyNames(database, batch.named ?? []);
  for (const instance of batch.historyDeleted) database.history.delete(instance);
  for (const { instance, execution, chunk, events } of batch.history) {
    if (!database.history.has(instance)) database.history.set(instance, new Map());
    const row = { instance, execution, chunk, events };
    database.history.get(instance)!.set(historyKey(row), row);
  }
  for (const { id, partition, target, arrival, dueMs, body } of batch.inbox)
    database.inbox.set(id, { id, partition, target, arrival, dueMs, body, seq: ++database.lastSeq, attempts: 0 });
  for (const { target, requestId, hash, outcome, atMs } of batch.receipts) {
    const row = { target, requestId, hash, outcome, atMs };
    database.receipts.set(receiptKey(row), row);
  }
  for (const key of batch.receiptsDeleted ?? []) database.receipts.delete(receiptKey(key));
  expireReceipts(database, batch.receiptsExpired);
  cleanWorkers(database, batch, nowMs);
  for (const [partition, next] of batch.gives ?? []) {
    const row = database.partitions[partition]!;
    row.owner = next;
    if (next !== 0) row.epoch++;
  }
  if (batch.leave === true) {
    database.bury(worker);
    for (const partition of database.partitions) if (partition.owner === batch.incarnation) partition.owner = 0;
  }
}

function applyInstances(database: MemoryDatabase, writes: readonly InstanceWrite[]): void {
  for (const write of writes) {
    if (write.op === 'delete') {
      database.instances.delete(write.id);
      database.tags.delete(write.id);
      database.named.delete(write.id);
      continue;
    }
    const { op: _, tags, sameStart: _start, sameStatus: _status, ...row } = write;
    if (tags !== undefined) database.tags.set(row.id, tags);
    database.instances.set(row.id, row);
  }
}

function applyNames(database: MemoryDatabase, changes: readonly NameChange[]): void {
  for (const [entity, name, row] of changes) {
    const names = database.named.get(entity) ?? new Map<string, number>();
    if (row === null) names.delete(name);
    else names.set(name, row);
    if (names.size === 0) database.named.delete(entity);
    else database.named.set(entity, names);
  }
}

function cleanWorkers(database: MemoryDatabase, batch: CommitBatch, nowMs: number): void {
  const owners = new Set(database.partitions.map(({ owner }) => owner));
  for (const [incarnation, seq] of batch.workersEnded ?? []) {
    const other = database.workers.get(incarnation);
    const ends = other?.kind === 'client' || (other?.expiresAtMs ?? Infinity) <= nowMs;
    if (other?.seq === seq && ends && !owners.has(incarnation)) database.bury(other);
  }
  for (const incarnation of batch.workersDeleted ?? []) {
    if (database.workers.get(incarnation)?.alive === false && !owners.has(incarnation))
      database.workers.delete(incarnation);
  }
}

function expireReceipts(database: MemoryDatabase, expired: CommitBatch['receiptsExpired']): void {
  for (const key of expired?.keys.map(receiptKey) ?? []) {
    if ((database.receipts.get(key)?.atMs ?? Infinity) < (expired?.beforeMs ?? 0)) database.receipts.delete(key);
  }
}
