/**
 * The port of a database.
 *
 * Every implementation passes `test/conformance/store.ts`. `storage/memory` is the smallest correct one and defines the meaning. All
 * instants are whole milliseconds since 1970 (UTC) of the database's clock. All texts are well-formed.
 *
 * A worker's row (`worker(incarnation, seq, alive, expires_at)`) is fence, lease and membership in one: every commit moves `seq` from n-1 to
 * n while the row is alive, or changes nothing at all. A partition changes hands only by its owner's own commit, or after its owner's row is
 * dead. So a commit that passes proves that its worker owned everything that it read and wrote.
 *
 * The exclusive lock only speeds up the detection of dead processes. Correctness never depends on it.
 */
import type { Tag } from '../../../model/tags.js';

/** The knowledge of a process that ends its own worker term. */
export interface Survivor {
  /**
   * `[id, attempts]` of inbox rows that the process tried without being ended by them. Rows that still exist get this number of attempts
   * back.
   */
  readonly attempts: readonly (readonly [id: number, attempts: number])[];
}

export interface Store {
  /**
   * Opens the database: creates or migrates the schema, and checks that the database can be used. The exclusive lock is taken for the time
   * of a migration. Resolves with the known data of this task hub.
   * @throws StorageError if the file is not a database, is not writable, was made by a newer version, or must be migrated while another
   * process holds the exclusive lock (`DE_STORAGE_OWNED`)
   */
  open(): Promise<Hub>;

  /**
   * Tries to take the exclusive lock of the database (SQLite: the owner file). The operating system releases the lock when the process
   * dies, for any reason. The lock only speeds up failure detection; correctness never depends on it.
   * @param incarnation a living worker of this process: its row records from now on that its process has the lock
   * @returns `held`, also if this process had the lock already. `refused` if another process has it. `none` if this database has no such
   * lock.
   */
  acquireExclusiveLock(incarnation?: number): Promise<'held' | 'refused' | 'none'>;

  /** Releases the exclusive lock. `close` releases it too. Idempotent. */
  releaseExclusiveLock(): Promise<void>;

  /**
   * The living workers that own partitions, by incarnation, and the time of the database. The cost does not depend on the number of dead
   * rows.
   */
  members(): Promise<Membership>;

  /**
   * Adds a living row with `seq` 0, and adds `names` to the names that this task hub knows. If this store has the exclusive lock, living
   * workers that had it are dead, and are marked as dead first. Resolves with the first block of row ids.
   * @param member.kind default `worker`. A `client` owns no partitions, is not ended by any join, and only appends: see `commit`
   */
  join(member: { name: string; leaseMs: number; names: readonly string[]; kind?: MemberKind }): Promise<Joined>;

  /** Resolves with another block of row ids, which no other process ever gets: see `firstRowId`. */
  takeBlock(): Promise<number>;

  /**
   * Marks a worker's row as dead and resolves with its final `seq`, or with `undefined` if the row was deleted long after its death. Waits
   * for a commit in progress, or defeats it. Idempotent.
   * @param survivor given by the worker's own process, to say that no process died. If the row was alive until now, its partitions are left
   * as in a `leave`, and the next owner counts no crash.
   */
  retire(incarnation: number, survivor?: Survivor): Promise<{ seq: number | undefined }>;

  /**
   * Takes every partition that has no owner or whose owner is dead. Resolves with the newly taken partitions, by number. `epoch` grows by
   * one with each change of the owner.
   * @param suspicious whether the former owner may have died because of its messages: then `crashes` grows by one for each partition whose
   * owner died. Default `false`.
   * @throws LeaseLostError if the worker is not alive
   */
  acquire(incarnation: number, suspicious?: boolean): Promise<readonly AcquiredPartition[]>;

  /**
   * Applies a whole batch durably, or nothing of it, and renews the worker's lease.
   * @returns the time of the database
   * @throws LeaseLostError if the worker's row is dead or its `seq` is not `batch.seq - 1`
   * @throws StoreBusyError if the database refused for a transient reason: nothing was applied, and the same batch may be sent again
   * @throws StorageError (`DE_STORAGE_REFUSED`) if a consumed row is missing, the stored version of an instance is not the expected one,
   * the database refuses a value, or the batch of a client holds more than `inbox` and `receiptsDeleted`: nothing was applied, and the same
   * batch would fail again
   * @throws StoreBrokenError if the disk failed, or the committed data is where no other process finds it: this process must stop to use
   * the database
   * @throws UnknownOutcomeError if it is unknown whether the batch was applied
   */
  commit(batch: CommitBatch): Promise<{ nowMs: number }>;

  /**
   * A page of the rows of workers and clients, living and dead, by incarnation: at most `limit` rows after `after`. A page with fewer rows
   * is the last one.
   */
  scanWorkers(page: { after?: number; limit: number }): Promise<readonly WorkerStanding[]>;

  /**
   * Committed instance rows by id, in no particular order. Ids without a row are left out.
   * @param withState whether to read `state`, which is `null` otherwise. Default `true`.
   */
  loadInstances(ids: readonly string[], withState?: boolean): Promise<readonly InstanceRow[]>;

  /** Ids of orchestrations that ended with this status before this active time, the oldest first, without the first `skip`. */
  scanEnded(status: string, page: { beforeActiveMs: number; skip: number; limit: number }): Promise<readonly string[]>;

  /**
   * Gives unused pages of the database back to the file system: at most `max`, and only while more than `keep` are left. Resolves with how
   * many were given back, and how many are left. Both are 0 if the database has no such pages.
   */
  giveBackPages(pages: { max: number; keep: number }): Promise<{ readonly given: number; readonly left: number }>;

  /** All chunks of one execution, ordered by `chunk`. */
  loadHistory(instance: string, execution: string): Promise<readonly HistoryChunk[]>;

  /**
   * A page of the committed instance rows that match the filter, ordered by id (as UTF-8 bytes): at most `limit` rows after `after`.
   * `state` is `null` in all of them unless `withState` is `true`. A page with fewer rows is the last one.
   */
  queryInstances(
    filter: InstanceFilter,
    page: { after?: string; limit: number; withState: boolean },
  ): Promise<readonly InstanceRow[]>;

  /** The number of committed instance rows that match the filter, by status. A status without rows is left out. */
  countInstances(filter: InstanceFilter): Promise<readonly StatusCount[]>;

  /** Receipts by target and request id. Keys without a receipt are left out. */
  loadReceipts(keys: readonly ReceiptKey[]): Promise<readonly Receipt[]>;

  /**
   * A page of all receipts, ordered by request id and target (as UTF-8 bytes): at most `limit` receipts after `after`. A page with fewer
   * receipts is the last one.
   */
  scanReceipts(page: {
    after?: ReceiptKey;
    limit: number;
  }): Promise<readonly (ReceiptKey & { readonly atMs: number })[]>;

  /**
   * A page of the waiting rows of the worker's partitions: adopted rows (with `arrival`) first, by `arrival`, then new rows that are not
   * scheduled, by `seq`. `after` is the last row of the page before. A page with fewer rows is the last one.
   */
  readBacklog(incarnation: number, page: { after?: InboxRow; limit: number }): Promise<readonly InboxRow[]>;

  /**
   * A page of the adopted rows for one target whose `arrival` is greater than `after`, by `arrival`. A page with fewer rows is the last
   * one.
   */
  readWaiting(target: string, page: { after: number; limit: number }): Promise<readonly InboxRow[]>;

  /**
   * Rows of the worker's partitions that are not adopted yet, at most `limit`: unscheduled rows by `seq`, then rows that are due at
   * `nowMs`, by due time and `seq`. `nextDueMs` is the earliest due time after `nowMs` of a waiting row.
   */
  poll(
    incarnation: number,
    page: { nowMs: number; limit: number },
  ): Promise<{ rows: readonly InboxRow[]; nextDueMs: number | undefined }>;

  /** The ids of those of these inbox rows that exist and are committed, in no particular order. */
  rowsInInbox(ids: readonly number[]): Promise<readonly number[]>;

  /**
   * The start message of this orchestration that waits in the inbox and is not scheduled. `undefined` if there is no such row. Its body is
   * JSON text of kind `start`, and may be damaged otherwise.
   */
  waitingStart(instanceId: string): Promise<InboxRow | undefined>;

  /** The number of rows that wait for a target and are not scheduled, or are due at `nowMs`. */
  countInbox(target: string, nowMs: number): Promise<number>;

  /** The known data of this task hub. */
  readHub(): Promise<Hub>;

  /**
   * Writes new inbox rows through an open transaction of the application on the same database. The rows exist when that transaction
   * commits.
   * @throws InvalidArgumentError if `transaction` is not an open transaction of this database; InvalidOperationError if this database has
   * no such transactions
   */
  writeWithin(transaction: unknown, rows: readonly InboxWrite[]): Promise<void>;

  /**
   * Calls back when another process may have appended to the inbox. A call is a hint: it may be late, repeated, wrong, or missing. Returns
   * a function that stops the calls.
   */
  listen(callback: () => void): () => void;

  /** Sends that hint to the other processes. Call it after an append. Never fails. */
  wakeOthers(): void;

  /** Dead letters by id: at most `limit` after `after`, or those with these ids. */
  loadDeadLetters(page: { after?: number; limit: number } | { ids: readonly number[] }): Promise<readonly DeadLetter[]>;

  /** Closes the connections and releases everything that `open` took. Idempotent. */
  close(): Promise<void>;
}

export interface Hub {
  readonly partitionCount: number;
  /** Whether no other process can reach this database. */
  readonly alone: boolean;
  /** Every name that any worker, living or dead, has announced: `entity:counter`, `orchestration:Transfer`, `activity:Send`. */
  readonly names: readonly string[];
}

export type MemberKind = 'worker' | 'client';

export interface Membership {
  readonly nowMs: number;
  readonly members: readonly Member[];
}

export interface Member {
  readonly incarnation: number;
  readonly kind: MemberKind;
  readonly seq: number;
  readonly expiresAtMs: number;
  /** Whether its process has the exclusive lock. A process that gets the lock knows that this worker is dead. */
  readonly holds: boolean;
  /** The number of partitions that it owns. */
  readonly partitions: number;
}

/** A row of a worker or client, living or dead. */
export interface WorkerStanding {
  readonly incarnation: number;
  readonly kind: MemberKind;
  readonly seq: number;
  readonly alive: boolean;
  readonly expiresAtMs: number;
  /** The active time of its last commit, or of its death. */
  readonly activeMs: number;
  /** The number of partitions that it owns. */
  readonly partitions: number;
}

export interface Joined {
  /** Unique in this database, and growing: 1, 2, 3 … */
  readonly incarnation: number;
  readonly nowMs: number;
  /** A block of row ids that no other process ever gets: see `firstRowId`. */
  readonly block: number;
  /** The newest `hubTimeMs` of any earlier commit. 0 if there was no such commit. */
  readonly hubTimeMs: number;
  /** The newest `activeMs` of any earlier commit. 0 if there was no such commit. */
  readonly activeMs: number;
}

export interface AcquiredPartition {
  readonly partition: number;
  readonly epoch: number;
  /** The incarnation that died as the owner. 0 if the partition never had an owner, or its owner left cleanly. */
  readonly previousOwner: number;
  /** How often in a row the partition was taken over from an owner that may have died because of its messages. */
  readonly crashes: number;
}

/** All effects that become durable together. Arrays may be empty. A batch of empty arrays is a heartbeat. */
export interface CommitBatch {
  readonly incarnation: number;
  /** 1 for the first commit of a worker, then one more for each commit. */
  readonly seq: number;
  readonly leaseMs: number;
  /** The time of the task hub, by which timers fire. Kept if it is the newest one. Absent if there is nothing to keep. */
  readonly hubTimeMs?: number;
  /**
   * Active time: the milliseconds during which a worker was active, in all terms together. Kept if it is the newest one. Absent if there is
   * nothing to keep.
   */
  readonly activeMs?: number;
  /** Ids of inbox rows that are deleted. Each must exist. */
  readonly consumed: readonly number[];
  /** Inbox rows that get their place in the order of the partition: `[id, arrival]`. Each must exist. */
  readonly adopted: readonly (readonly [id: number, arrival: number])[];
  /** Sorted by id (code units), each id once. */
  readonly instances: readonly InstanceWrite[];
  readonly history: readonly HistoryChunk[];
  /** Instances whose history rows are all deleted, before `history` is inserted. */
  readonly historyDeleted: readonly string[];
  /** In the order in which the messages were sent. The database numbers the rows (`seq`) in this order. */
  readonly inbox: readonly InboxWrite[];
  /** Each receipt replaces an existing one with the same key. */
  readonly receipts: readonly Receipt[];
  /** `[id, attempts]` of inbox rows whose number of attempts changes. Each must exist. */
  readonly attempted?: readonly (readonly [id: number, attempts: number])[];
  readonly deadLetters?: readonly DeadLetter[];
  /** Ids of dead letters that are deleted. Missing ones are skipped. */
  readonly deadLettersDeleted?: readonly number[];
  /** Whether the worker's partitions have done healthy work: their `crashes` are set to 0. */
  readonly healthy?: boolean;
  /** Keys of receipts that are deleted. Missing ones are skipped. */
  readonly receiptsDeleted?: readonly ReceiptKey[];
  /** Those of these receipts whose `atMs` is less than `beforeMs` are deleted. All others are skipped. */
  readonly receiptsExpired?: { readonly keys: readonly ReceiptKey[]; readonly beforeMs: number };
  /** `[incarnation, seq]` of rows that are marked as dead if `seq` is unchanged, their lease has expired, and they own no partitions. */
  readonly workersEnded?: readonly (readonly [incarnation: number, seq: number])[];
  /** Incarnations whose rows are deleted if they are dead and own no partitions. */
  readonly workersDeleted?: readonly number[];
  /** Whether the worker ends cleanly with this batch: its partitions lose their owner, and its row is marked as dead. */
  readonly leave?: boolean;
}

export const rowIdsPerBlock = 2 ** 20;

/**
 * The first id of a block. The ids of the block are this one and the next `rowIdsPerBlock - 2`. All of them are negative, while the ids of
 * version 0.1 are positive. Each block leaves out its lowest number, because -2^53 is not a safe integer.
 */
export function firstRowId(block: number): number {
  return -(2 ** 53) + block * rowIdsPerBlock + 1;
}

/** The rules for blocks, as `RowIds` needs them. */
export const rowIdBlocks = { idsPerBlock: rowIdsPerBlock, firstId: firstRowId };

export interface InstanceRow {
  /** `@name@key` for an entity, the instance id for an orchestration. */
  readonly id: string;
  readonly kind: 'entity' | 'orchestration';
  /** The name of the entity or orchestration. */
  readonly name: string;
  /** The key of an entity. `''` for orchestrations. */
  readonly key: string;
  readonly partition: number;
  /** 1 at the first write, and one more at each later write. */
  readonly version: number;
  /** JSON text. `null` if there is no state: the entity is only locked or waiting. */
  readonly state: string | null;
  /** JSON text of the engine's data beside the state. `null` if there is no such data. */
  readonly meta: string | null;
  /** The runtime status of an orchestration. `null` for entities. */
  readonly status: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** When the orchestration ended. `null` while it runs, and for entities. */
  readonly endedAtMs: number | null;
  /**
   * The active time (`CommitBatch.activeMs`) when the orchestration ended, from which its retention counts. `null` while it runs, and for
   * entities.
   */
  readonly endedActiveMs: number | null;
  /** The id of the orchestration that started this one. `null` without a parent, and for entities. */
  readonly parent: string | null;
}

export interface StatusCount {
  readonly status: string | null;
  readonly count: number;
}

export type { Tag };

/** All given conditions must hold. Texts are compared exactly. From is included, to is excluded. */
export interface InstanceFilter {
  readonly kind: 'entity' | 'orchestration';
  readonly name?: string;
  /** The beginning of the id. */
  readonly idPrefix?: string;
  /** The beginning of the key. */
  readonly keyPrefix?: string;
  /** The status is one of these. */
  readonly statuses?: readonly string[];
  readonly createdFromMs?: number;
  readonly createdToMs?: number;
  readonly updatedFromMs?: number;
  readonly updatedToMs?: number;
  /** Only orchestrations that ended before this time. */
  readonly endedBeforeMs?: number;
  /** The id of the orchestration that started the row's orchestration. */
  readonly parent?: string;
  /** Only orchestrations that have all of these tags, each with this value. */
  readonly tags?: readonly Tag[];
  /** Only rows with a state: an entity that is only locked or waiting has no state. */
  readonly present?: true;
  /** Only rows whose `meta`, as JSON, has no `expires`, or a later one: entities that have not expired. */
  readonly aliveAtMs?: number;
}

export type InstanceWrite =
  /**
   * `version` is the new version. The stored version must be `version - 1`, and there must be no row if `version` is 1. Kind, key and
   * partition follow from the id, so they are the same in each write of an instance.
   */
  | ({
      readonly op: 'put';
      /** All tags of the instance from now on, each tag once. Absent if the tags stay unchanged. The tags are deleted with the row. */
      readonly tags?: readonly Tag[];
    } & InstanceRow)
  /** The stored version must be `version`. */
  | { readonly op: 'delete'; readonly id: string; readonly version: number };

export interface HistoryChunk {
  readonly instance: string;
  readonly execution: string;
  /** Consecutive numbers per execution, from 0. */
  readonly chunk: number;
  /** JSON text of an array of events. */
  readonly events: string;
}

export interface InboxWrite {
  /**
   * The identity of the row, unique for ever: a number of a block (`firstRowId`). Rows of version 0.1 have `incarnation * 2^32 + counter`.
   */
  readonly id: number;
  readonly partition: number;
  /** An instance id, or `activity:<name>`. */
  readonly target: string;
  /** The place in the order of the partition, given by its owner. `null` if the row is not adopted yet. */
  readonly arrival: number | null;
  /** The message is not delivered before this time. `null` if it is delivered at once. */
  readonly dueMs: number | null;
  /** JSON text. */
  readonly body: string;
}

export interface InboxRow extends InboxWrite {
  /** The order of sending, given by the database. Not usable as a cursor. */
  readonly seq: number;
  readonly attempts: number;
}

/** A message that was given up because it ended its process in each attempt. */
export interface DeadLetter {
  /** The id of its inbox row. */
  readonly id: number;
  readonly target: string;
  readonly body: string;
  readonly attempts: number;
  readonly reason: string;
  readonly atMs: number;
  /** The active time when the message was given up, from which its retention counts. */
  readonly activeMs: number;
}

export interface ReceiptKey {
  readonly target: string;
  readonly requestId: string;
}

/** The record of a request id: the hash of the content of its message, and the outcome. */
export interface Receipt extends ReceiptKey {
  readonly hash: string;
  /** JSON text: the answer of a call, or the inbox rows of a signal. `null` if there is no outcome (yet). */
  readonly outcome: string | null;
  /** The active time (`CommitBatch.activeMs`) when the receipt was first written, from which its retention counts. */
  readonly atMs: number;
}
