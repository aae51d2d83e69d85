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
import type {
  Hub,
  NewMember,
  Membership,
  WorkerStanding,
  HubTimes,
  Joined,
  AcquiredPartition,
  Hint,
  Partitions,
  CommitBatch,
  InstanceRow,
  NamedSignal,
  StatusCount,
  InstanceFilter,
  ExecutionKey,
  HistoryChunk,
  InboxWrite,
  InboxRow,
  Polled,
  DeadLetter,
  ReceiptKey,
  Receipt,
} from './rows.js';
import type { InspectionStore } from './inspection-store.js';

export * from './rows.js';
export type * from './inspection-store.js';

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
   * The living workers and the owners of all partitions, from one statement. The cost does not depend on the number of dead rows or of
   * clients.
   */
  members(): Promise<Membership>;

  /**
   * Adds a living row with `seq` 0, and adds `names` to the names that this task hub knows. If this store has the exclusive lock, living
   * workers that had it are dead, and are marked as dead first. Resolves with the first block of row ids, and with whether the worker shall
   * hold a presence lock.
   * @param member.kind default `worker`. A `client` owns no partitions, is not ended by any join, and only appends: see `commit`
   */
  join(member: NewMember): Promise<Joined>;

  /** Resolves with another block of row ids, which no other process ever gets: see `firstRowId`. */
  takeBlock(): Promise<number>;

  /**
   * Marks the row of a worker or client of this process as dead and resolves with its final `seq`, or with `undefined` if the row was
   * deleted long after its death. Waits for a commit in progress, or defeats it. Idempotent.
   * @param survivor what the process knows of its work. If the row was alive until now, its partitions are left as in a `leave`, and the
   * next owner counts no crash.
   */
  retire(incarnation: number, survivor?: Survivor): Promise<{ seq: number | undefined }>;

  /**
   * Takes the presence lock of this worker, which the database releases when the process or its connection is gone. Asked again and again: a
   * lock that was lost is taken anew, and one that is held needs no statement. A process holds the lock of one worker, the last one.
   * @param incarnation a living worker of this process whose `join` told it to hold a lock
   * @returns whether the lock is held now
   */
  holdPresence(incarnation: number): Promise<boolean>;

  /** Those of these living workers of any process that shall hold a presence lock, and whose lock is free. */
  absent(incarnations: readonly number[]): Promise<readonly number[]>;

  /**
   * Marks the row of a worker of another process as dead, if it is alive and its `seq` is this one. Does nothing while a commit of that
   * worker is in progress: a worker that commits is not dead. Waits for nobody. Resolves with whether the row is known to be dead now.
   */
  takeOver(incarnation: number, seq: number): Promise<boolean>;

  /**
   * Takes those of these partitions that have no living owner. Resolves with all partitions that the worker owns from now on, by number:
   * those that it took, those that it had, and those that others gave to it. `epoch` grows by one with each change of the owner. Idempotent.
   * @param request.partitions default: every partition
   * @param request.suspicious whether the messages of a partition may have ended its former owner: then its `crashes` grow by one if another
   * process has marked the owner as dead. Default `false`.
   * @throws LeaseLostError if the worker is not alive
   */
  acquire(
    incarnation: number,
    request?: { readonly partitions?: Partitions; readonly suspicious?: boolean },
  ): Promise<readonly AcquiredPartition[]>;

  /**
   * Reads the newest times of all workers, living and dead. A worker reads them after `acquire`: between its `join` and `acquire` another
   * worker can have owned the partitions, and can have committed newer times.
   */
  readTimes(): Promise<HubTimes>;

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

  /** The names of the scheduled signals that wait for these entities, in no particular order. */
  loadNamedSignals(entities: readonly string[]): Promise<readonly NamedSignal[]>;

  /** Ids of orchestrations that ended with this status before this active time, the oldest first, without the first `skip`. */
  scanEnded(status: string, page: { beforeActiveMs: number; skip: number; limit: number }): Promise<readonly string[]>;

  /**
   * Gives unused pages of the database back to the file system: at most `max`, and only while more than `keep` are left. Resolves with how
   * many were given back, and how many are left. Both are 0 if the database has no such pages.
   */
  giveBackPages(pages: { max: number; keep: number }): Promise<{ readonly given: number; readonly left: number }>;

  /** All chunks of one execution, ordered by `chunk`. */
  loadHistory(instance: string, execution: string): Promise<readonly HistoryChunk[]>;

  /** Chunk 0 of each of these executions, in no particular order. Executions without a chunk 0 are left out. */
  loadFirstChunks(executions: readonly ExecutionKey[]): Promise<readonly HistoryChunk[]>;

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
   * The waiting rows, page by page: adopted rows (with `arrival`) of the partitions `gained`, by `arrival`, then new rows of the partitions
   * `owned` that are not scheduled, by `seq`. All pages show one state of the database. So a row that is missing in one page because its
   * commit was slow cannot be overtaken by its own effects in a later page.
   */
  readBacklog(request: {
    readonly gained: Partitions;
    readonly owned: Partitions;
    readonly limit: number;
  }): AsyncIterable<readonly InboxRow[]>;

  /**
   * A page of the adopted rows for one target whose `arrival` is greater than `after`, by `arrival`. A page with fewer rows is the last
   * one.
   */
  readWaiting(target: string, page: { after: number; limit: number }): Promise<readonly InboxRow[]>;

  /**
   * Rows of these partitions that are not adopted yet, at most `limit`: unscheduled rows by `seq`, then rows that are due at `nowMs`, by due
   * time and `seq`. One statement for all partitions. `nextDueMs` is the earliest due time after `nowMs` of a waiting row.
   * @param page.members whether the members are read too, by the same statement where the database can. Default `false`.
   */
  poll(page: {
    readonly partitions: Partitions;
    readonly nowMs: number;
    readonly limit: number;
    readonly members?: boolean;
  }): Promise<Polled>;

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
   * Calls back when another process may have changed something. A call is a hint: it may be late, repeated, wrong, or missing. Without an
   * argument anything may have changed. Returns a function that stops the calls.
   */
  listen(callback: (hint: Hint | undefined) => void): () => void;

  /** Sends a hint to the other processes. Call it after the commit. Never fails. */
  wakeOthers(hint: Hint): void;

  /** Dead letters by id: at most `limit` after `after`, or those with these ids. */
  loadDeadLetters(page: { after?: number; limit: number } | { ids: readonly number[] }): Promise<readonly DeadLetter[]>;

  /** The reads of an inspector. Its connection is made at the first read, and closed with the store. */
  inspect(): InspectionStore;

  /** Closes the connections and releases everything that `open` took. Idempotent. */
  close(): Promise<void>;
}
