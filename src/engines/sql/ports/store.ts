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

/** What a process that ends its own worker knows. */
export interface Survivor {
  /** `[id, attempts]` of inbox rows that it tried and that did not end it: they get this number back, where they are still there. */
  readonly attempts: readonly (readonly [id: number, attempts: number])[];
}

export interface Store {
  /**
   * Opens the database: creates or migrates the schema, for which the exclusive hold is taken for a moment, and checks that it can
   * be used. Resolves with what is known of this task hub.
   * @throws StorageError when it is no database, not writable, made by a newer version, or to be migrated while another process
   *   holds it (`DE_STORAGE_OWNED`)
   */
  open(): Promise<Hub>;

  /**
   * Tries to take the exclusive hold of the database (SQLite: the owner file). Who dies is parted from it at once, however it dies.
   * It says who is dead; safety never rests on it. `held` also for who has it already.
   * @param incarnation a living worker of this process: its row says from now on that its process has the hold
   * @returns `refused`: another process has it; `none`: this database offers none
   */
  acquireExclusiveLock(incarnation?: number): Promise<'held' | 'refused' | 'none'>;

  /** Gives the hold back, for others to take. Idempotent; `close` does it too. */
  releaseExclusiveLock(): Promise<void>;

  /** The living workers that own partitions, by incarnation, and the database's time. Costs the same however many rows are dead. */
  members(): Promise<Membership>;

  /**
   * Adds a row, alive, `seq` 0, and adds `names` to the names that this task hub knows. Where this store has the hold, the living
   * workers that had it are dead, and are marked so first. Hands out the first block of row ids.
   * @param member.kind default `worker`; a `client` owns nothing, is ended by no join, and only appends: see `commit`
   */
  join(member: { name: string; leaseMs: number; names: readonly string[]; kind?: MemberKind }): Promise<Joined>;

  /** Hands out another block of row ids, which nobody else ever gets: see `firstRowId`. */
  takeBlock(): Promise<number>;

  /**
   * Marks a worker's row dead and resolves with its final `seq`; `undefined` if the row was deleted, long after it died. Waits for, or
   * defeats, a commit still under way. Idempotent.
   * @param survivor given by the worker's own process: it worker, so nobody died. Where the row was alive until now, its partitions are
   *   left as in a `leave`, and whoever takes them counts no crash.
   */
  retire(incarnation: number, survivor?: Survivor): Promise<{ seq: number | undefined }>;

  /**
   * Takes every partition that is unowned or whose owner is dead, and resolves with those newly taken, by number; `epoch` grows
   * by one with each change of owner.
   * @param suspicious default false: the former owner may have died of what it ran: `crashes` grows by one for each partition that one died with
   * @throws LeaseLostError when the worker is not alive
   */
  acquire(incarnation: number, suspicious?: boolean): Promise<readonly AcquiredPartition[]>;

  /**
   * Applies a batch whole, durably, or not at all, and renews the worker's lease.
   * @returns the database's time
   * @throws LeaseLostError when the worker's row is dead or its `seq` is not `batch.seq - 1`
   * @throws StoreBusyError when the database refused for a transient reason: nothing was applied, the same batch may be sent again
   * @throws StorageError (`DE_STORAGE_REFUSED`) when a row the batch consumes is missing, an instance's stored version is not
   *   the expected one, the database refuses a value, or the batch of a client holds more than `inbox` and `receiptsDeleted`:
   *   nothing was applied, and the same batch would fail again
   * @throws StoreBrokenError when the disk failed, or what was committed is where no other process finds it: nobody may go on with
   *   the database in this process
   * @throws UnknownOutcomeError when it cannot be told whether the batch was applied
   */
  commit(batch: CommitBatch): Promise<{ nowMs: number }>;

  /**
   * Rows of workers and clients, living and dead, one page after the other, by incarnation: those after `after`, at most `limit`. A short
   * page is the last.
   */
  scanWorkers(page: { after?: number; limit: number }): Promise<readonly WorkerStanding[]>;

  /**
   * Instance rows by id, committed state only, in no order; absent ids are left out.
   * @param withState default true; `state` is null in all of them if it is false
   */
  loadInstances(ids: readonly string[], withState?: boolean): Promise<readonly InstanceRow[]>;

  /** Ids of orchestrations that ended with this status before this active time, the oldest first, without the first `skip`. */
  scanEnded(status: string, page: { beforeActiveMs: number; skip: number; limit: number }): Promise<readonly string[]>;

  /**
   * Gives pages of the database that nothing uses back to the file system: at most `max`, and as long as more than `keep` are there.
   * Resolves with how many were given back, and how many are left; both are 0 if the database does not do that.
   */
  giveBackPages(pages: { max: number; keep: number }): Promise<{ readonly given: number; readonly left: number }>;

  /** All chunks of one execution, ordered by `chunk`. */
  loadHistory(instance: string, execution: string): Promise<readonly HistoryChunk[]>;

  /**
   * Instance rows that the filter lets pass, committed state only, ordered by id (as UTF-8 bytes), those after `after` only, at most
   * `limit`. `state` is null in all of them unless `withState`. A short page is the last.
   */
  queryInstances(
    filter: InstanceFilter,
    page: { after?: string; limit: number; withState: boolean },
  ): Promise<readonly InstanceRow[]>;

  /** How many instance rows the filter lets pass, committed state only, by status; statuses without any are left out. */
  countInstances(filter: InstanceFilter): Promise<readonly StatusCount[]>;

  /** Receipts by target and request id; absent ones are left out. */
  loadReceipts(keys: readonly ReceiptKey[]): Promise<readonly Receipt[]>;

  /**
   * All receipts, one page after the other, ordered by request id and target (as UTF-8 bytes): those after `after`, at most `limit`.
   * A short page is the last.
   */
  scanReceipts(page: {
    after?: ReceiptKey;
    limit: number;
  }): Promise<readonly (ReceiptKey & { readonly atMs: number })[]>;

  /**
   * Rows of the worker's partitions that wait: adopted ones (`arrival` set) first by `arrival`, then new ones that are not
   * scheduled, by `seq`. Pages: give the last row of the page before. A short page is the last.
   */
  readBacklog(incarnation: number, page: { after?: InboxRow; limit: number }): Promise<readonly InboxRow[]>;

  /** Adopted rows for one target, those whose `arrival` is greater than `after`, by `arrival`. A short page is the last. */
  readWaiting(target: string, page: { after: number; limit: number }): Promise<readonly InboxRow[]>;

  /**
   * Not yet adopted rows of the worker's partitions: those that are not scheduled by `seq`, then those due at `nowMs` by due time
   * and `seq`; at most `limit`. `nextDueMs` is the earliest due time after `nowMs` of a row that still waits for it.
   */
  poll(
    incarnation: number,
    page: { nowMs: number; limit: number },
  ): Promise<{ rows: readonly InboxRow[]; nextDueMs: number | undefined }>;

  /** Which of these inbox rows are there, committed state only, in no order. */
  rowsInInbox(ids: readonly number[]): Promise<readonly number[]>;

  /**
   * A start of this orchestration that waits in the inbox and is not scheduled; `undefined` if there is none. Its body is JSON of kind
   * `start`, and may be damaged otherwise.
   */
  waitingStart(instanceId: string): Promise<InboxRow | undefined>;

  /** How many rows wait for a target that are not scheduled, or due at `nowMs`. */
  countInbox(target: string, nowMs: number): Promise<number>;

  /** What is known of this task hub now. */
  readHub(): Promise<Hub>;

  /**
   * Writes new inbox rows through an open transaction of the application, on the same database: they are there when it commits.
   * @throws InvalidArgumentError when it is none, not open, or of another database; InvalidOperationError where there is no such thing
   */
  writeWithin(transaction: unknown, rows: readonly InboxWrite[]): Promise<void>;

  /**
   * Calls back when another process may have appended to the inbox. A hint: it may come late, twice, for nothing, or not at all.
   * Returns how to end it.
   */
  listen(callback: () => void): () => void;

  /** Gives that hint to the others: to be called after an append. Never fails. */
  wakeOthers(): void;

  /** Dead letters by id, those after `after`, at most `limit`; or those of these ids. */
  loadDeadLetters(page: { after?: number; limit: number } | { ids: readonly number[] }): Promise<readonly DeadLetter[]>;

  /** Closes the connections and lets go of what `open` took. Idempotent. */
  close(): Promise<void>;
}

export interface Hub {
  readonly partitionCount: number;
  /** No other process can reach this database. */
  readonly alone: boolean;
  /** Every name that any worker, living or dead, ever announced: `entity:counter`, `orchestration:Transfer`, `activity:Send`. */
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
  /** Its process had the exclusive hold when it joined, or got it later: who gets the hold knows that this one is dead. */
  readonly holds: boolean;
  /** How many partitions it owns. */
  readonly partitions: number;
}

/** A row of a worker or client, living or dead. */
export interface WorkerStanding {
  readonly incarnation: number;
  readonly kind: MemberKind;
  readonly seq: number;
  readonly alive: boolean;
  readonly expiresAtMs: number;
  /** Active time: of its last commit, or when it died. */
  readonly activeMs: number;
  /** How many partitions it owns. */
  readonly partitions: number;
}

export interface Joined {
  /** Unique in this database, growing: 1, 2, 3 … */
  readonly incarnation: number;
  readonly nowMs: number;
  /** A block of row ids that nobody else ever gets: see `firstRowId`. */
  readonly block: number;
  /** The newest `hubTimeMs` that any commit carried before; 0 if there was none. */
  readonly hubTimeMs: number;
  /** The newest `activeMs` that any commit carried before; 0 if there was none. */
  readonly activeMs: number;
}

export interface AcquiredPartition {
  readonly partition: number;
  readonly epoch: number;
  /** The incarnation that died with it; 0 for none: it was never owned, or its owner left cleanly. */
  readonly previousOwner: number;
  /** How often in a row it was taken over from an owner that may have died of it. */
  readonly crashes: number;
}

/** All effects that become durable together. Arrays may be empty; all empty is a heartbeat. */
export interface CommitBatch {
  readonly incarnation: number;
  /** 1 for a worker's first commit, then one more each. */
  readonly seq: number;
  readonly leaseMs: number;
  /** Time of the task hub, by which timers fire. Kept if it is the newest; absent: nothing is kept. */
  readonly hubTimeMs?: number;
  /** Active time: milliseconds during which a worker was active, of all terms together. Kept if it is the newest; absent: nothing is kept. */
  readonly activeMs?: number;
  /** Ids of inbox rows that are deleted; each must exist. */
  readonly consumed: readonly number[];
  /** Inbox rows that get their place in the partition's order: `[id, arrival]`; each must exist. */
  readonly adopted: readonly (readonly [id: number, arrival: number])[];
  /** Sorted by id (code unit), each id once. */
  readonly instances: readonly InstanceWrite[];
  readonly history: readonly HistoryChunk[];
  /** Instances of which every history row is deleted (before `history` is inserted). */
  readonly historyDeleted: readonly string[];
  /** In the order sent; the database numbers them (`seq`) in this order. */
  readonly inbox: readonly InboxWrite[];
  /** Written over receipts of the same key. */
  readonly receipts: readonly Receipt[];
  /** `[id, attempts]` of inbox rows whose number of attempts changes; each must exist. */
  readonly attempted?: readonly (readonly [id: number, attempts: number])[];
  readonly deadLetters?: readonly DeadLetter[];
  /** Ids; those that are not there (any more) are passed over. */
  readonly deadLettersDeleted?: readonly number[];
  /** The worker's partitions have done healthy work: their `crashes` are 0 again. */
  readonly healthy?: boolean;
  /** Those that are not there (any more) are passed over. */
  readonly receiptsDeleted?: readonly ReceiptKey[];
  /** Those of these receipts whose `atMs` is less than `beforeMs` are deleted; the others are passed over. */
  readonly receiptsExpired?: { readonly keys: readonly ReceiptKey[]; readonly beforeMs: number };
  /** `[incarnation, seq]` of rows that are marked dead if they still stand there, their lease is over, and they own nothing. */
  readonly workersEnded?: readonly (readonly [incarnation: number, seq: number])[];
  /** Incarnations whose rows are deleted if they are dead and own nothing. */
  readonly workersDeleted?: readonly number[];
  /** The worker ends here: its partitions become unowned and its row dead, cleanly. */
  readonly leave?: boolean;
}

export const rowIdsPerBlock = 2 ** 20;

/**
 * The ids of a block are this one and the next `rowIdsPerBlock - 2`; all of them are negative, while the ids of version 0.1 are positive.
 * Each block leaves out its lowest number, because -2^53 is no safe integer.
 */
export function firstRowId(block: number): number {
  return -(2 ** 53) + block * rowIdsPerBlock + 1;
}

/** The same for `RowIds`. */
export const rowIdBlocks = { idsPerBlock: rowIdsPerBlock, firstId: firstRowId };

export interface InstanceRow {
  /** `@name@key` of an entity, the instance id of an orchestration. */
  readonly id: string;
  readonly kind: 'entity' | 'orchestration';
  /** Entity or orchestration name. */
  readonly name: string;
  /** Entity key; `''` for orchestrations. */
  readonly key: string;
  readonly partition: number;
  /** 1 at the first write, one more at each. */
  readonly version: number;
  /** JSON text; `null`: absent (an entity that is only locked or waiting). */
  readonly state: string | null;
  /** JSON text of what the engine keeps beside the state; `null`: nothing. */
  readonly meta: string | null;
  /** Runtime status of an orchestration, `null` for entities. */
  readonly status: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** When an orchestration ended; `null` while it runs, and for entities. */
  readonly endedAtMs: number | null;
  /** Active time (`CommitBatch.activeMs`) when it ended: from there its retention counts; `null` as `endedAtMs`. */
  readonly endedActiveMs: number | null;
  /** Id of the orchestration that started this one; `null` if there is none, and for entities. */
  readonly parent: string | null;
}

export interface StatusCount {
  readonly status: string | null;
  readonly count: number;
}

export type { Tag };

/** What of it is given must hold; texts are compared exactly. From is included, to is not. */
export interface InstanceFilter {
  readonly kind: 'entity' | 'orchestration';
  readonly name?: string;
  /** How the id begins. */
  readonly idPrefix?: string;
  /** How the key begins. */
  readonly keyPrefix?: string;
  /** One of these. */
  readonly statuses?: readonly string[];
  readonly createdFromMs?: number;
  readonly createdToMs?: number;
  readonly updatedFromMs?: number;
  readonly updatedToMs?: number;
  /** Orchestrations that ended before this. */
  readonly endedBeforeMs?: number;
  /** Id of the orchestration that started them. */
  readonly parent?: string;
  /** Orchestrations that have all of these tags, each with this value. */
  readonly tags?: readonly Tag[];
  /** Rows that have a state: an entity that is only locked or waiting has none. */
  readonly present?: true;
  /** Rows whose `meta`, as JSON, has no `expires`, or a later one: entities whose time is not over. */
  readonly aliveAtMs?: number;
}

export type InstanceWrite =
  /**
   * `version` is the new one; the stored one must be `version - 1`, and there must be no row when `version` is 1. Kind, key and
   * partition follow from the id: they are the same in each write of an instance.
   */
  | ({
      readonly op: 'put';
      /** All tags that it has from now on, each tag once. Absent: they stay as they are. They go with the row. */
      readonly tags?: readonly Tag[];
    } & InstanceRow)
  /** The stored version must be `version`. */
  | { readonly op: 'delete'; readonly id: string; readonly version: number };

export interface HistoryChunk {
  readonly instance: string;
  readonly execution: string;
  /** Dense per execution, from 0. */
  readonly chunk: number;
  /** JSON text of an array of events. */
  readonly events: string;
}

export interface InboxWrite {
  /** Identity, unique for ever: a number of a block (`firstRowId`); rows of version 0.1 have `incarnation * 2^32 + counter`. */
  readonly id: number;
  readonly partition: number;
  /** Instance id, or `activity:<name>`. */
  readonly target: string;
  /** Place in the partition's order, given by its owner; `null`: not adopted yet. */
  readonly arrival: number | null;
  /** Not delivered before this; `null`: at once. */
  readonly dueMs: number | null;
  /** JSON text. */
  readonly body: string;
}

export interface InboxRow extends InboxWrite {
  /** Order of sending. Given by the database; never a cursor. */
  readonly seq: number;
  readonly attempts: number;
}

/** A message that was given up: it ended its process each time it was tried. */
export interface DeadLetter {
  /** Its inbox row's id. */
  readonly id: number;
  readonly target: string;
  readonly body: string;
  readonly attempts: number;
  readonly reason: string;
  readonly atMs: number;
  /** Active time when it was given up: from there its retention counts. */
  readonly activeMs: number;
}

export interface ReceiptKey {
  readonly target: string;
  readonly requestId: string;
}

/** Remembers a request id: of what content, and with which outcome. */
export interface Receipt extends ReceiptKey {
  readonly hash: string;
  /** JSON text: of a call its answer, of a signal its rows in the inbox; `null` while, or where, there is none. */
  readonly outcome: string | null;
  /** Active time (`CommitBatch.activeMs`) when it was written first: from there its retention counts. */
  readonly atMs: number;
}
