/** The shapes that stores take and give: rows, batches, and members of a task hub. */
import type { Tag } from '../../../model/tags.js';

export type { Tag };

export interface Hub {
  readonly partitionCount: number;
  /** Whether no other process can reach this database. */
  readonly alone: boolean;
  /** Whether several workers may own partitions at the same time. Otherwise one worker owns all of them. */
  readonly shared: boolean;
  /** Every name that any worker, living or dead, has announced: `entity:counter`, `orchestration:Transfer`, `activity:Send`. */
  readonly names: readonly string[];
}

export type MemberKind = 'worker' | 'client';

/** The living workers and the owners of the partitions, as one statement has seen them. */
export interface Membership {
  readonly nowMs: number;
  /** All living workers, also those that own nothing, by incarnation. */
  readonly members: readonly Member[];
  /** By partition: the incarnation of its owner, living or dead. 0 if there is no owner. */
  readonly owners: readonly number[];
}

export interface Member {
  readonly incarnation: number;
  readonly name: string;
  readonly seq: number;
  readonly expiresAtMs: number;
  /**
   * Whether its process has the exclusive lock, or shall hold a presence lock. A process that gets the exclusive lock knows that this worker
   * is dead. A presence lock that is free says less: see `Store.absent`.
   */
  readonly holds: boolean;
  /** The version of the package that it runs. `''` if it is not known. */
  readonly version: string;
  /** The names that its code has registered: see `Hub.names`. */
  readonly names: readonly string[];
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

export interface NewMember {
  readonly name: string;
  readonly leaseMs: number;
  /** The names that its code has registered: see `Hub.names`. */
  readonly names: readonly string[];
  /** The version of the package that it runs. Default `''`. */
  readonly version?: string;
  /** Default `worker`. */
  readonly kind?: MemberKind;
}

export interface Joined {
  /** Unique in this database, and growing: 1, 2, 3 … */
  readonly incarnation: number;
  /** A block of row ids that no other process ever gets: see `firstRowId`. */
  readonly block: number;
  /** Whether the row tells others that this worker holds a presence lock: see `Store.holdPresence`. */
  readonly presence: boolean;
}

export interface HubTimes {
  /** The clock of the database: ms since 1970 (UTC). */
  readonly nowMs: number;
  /** The newest `hubTimeMs` of any earlier commit. 0 if there was no such commit. */
  readonly hubTimeMs: number;
  /** The newest `activeMs` of any earlier commit. 0 if there was no such commit. */
  readonly activeMs: number;
}

export interface AcquiredPartition {
  readonly partition: number;
  readonly epoch: number;
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
  /** Instances whose history is deleted, before `history` is added. An instance with history that is deleted is one of them. */
  readonly historyDeleted: readonly string[];
  /** In the order in which the messages were sent. The database numbers the rows (`seq`) in this order. */
  readonly inbox: readonly InboxWrite[];
  /** Each receipt replaces an existing one with the same key. */
  readonly receipts: readonly Receipt[];
  /** `[id, attempts]` of inbox rows whose number of attempts changes. Each must exist. */
  readonly attempted?: readonly (readonly [id: number, attempts: number])[];
  /** Names of scheduled signals that changed. The names of an entity are deleted with its row. */
  readonly named?: readonly NameChange[];
  readonly deadLetters?: readonly DeadLetter[];
  /** Ids of dead letters that are deleted. Missing ones are skipped. */
  readonly deadLettersDeleted?: readonly number[];
  /** Partitions of the worker that have done healthy work: their `crashes` are set to 0. */
  readonly healthy?: readonly number[];
  /**
   * `[partition, next]`: these partitions of the worker get another owner, the incarnation `next`, or none if `next` is 0. Each must belong
   * to the worker. The batch still writes rows and instances of them.
   */
  readonly gives?: readonly (readonly [partition: number, next: number])[];
  /** Keys of receipts that are deleted. Missing ones are skipped. */
  readonly receiptsDeleted?: readonly ReceiptKey[];
  /** Those of these receipts whose `atMs` is less than `beforeMs` are deleted. All others are skipped. */
  readonly receiptsExpired?: { readonly keys: readonly ReceiptKey[]; readonly beforeMs: number };
  /**
   * `[incarnation, seq]` of rows that are marked as dead if `seq` is unchanged, they own no partitions, and they are rows of clients or
   * their lease has expired.
   */
  readonly workersEnded?: readonly (readonly [incarnation: number, seq: number])[];
  /** Incarnations whose rows are deleted if they are dead and own no partitions. */
  readonly workersDeleted?: readonly number[];
  /** Whether the worker ends cleanly with this batch: its partitions lose their owner, and its row is marked as dead. */
  readonly leave?: boolean;
}

/** A list of partitions, or every partition of the task hub. */
export type Partitions = readonly number[] | 'all';

/** Possible changes in the database. Absent parts have not changed. */
export interface Hint {
  /** Partitions that have new inbox rows. */
  readonly partitions?: readonly number[];
  /** The `process` of client addresses for which there are new answers. */
  readonly processes?: readonly string[];
  /** `[instance, process]`: this process wants to know when that instance is written. */
  readonly interest?: readonly (readonly [instance: string, process: string])[];
  /** Whether a worker joined, left, or gave partitions away. */
  readonly members?: boolean;
  /** The incarnations of workers that partitions were given to. */
  readonly gained?: readonly number[];
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
  /** For inspection only. Whether `meta` begins as that of a locked entity: see `lockedMeta`. */
  readonly locked?: boolean;
  /** For inspection only. The orchestration that holds the lock: see `lockedMeta`. */
  readonly lockedBy?: string;
  /** For inspection only. A text that the state contains, compared exactly. */
  readonly contains?: string;
  /** For inspection only. Whether messages wait for the entity. Scheduled ones do not count. */
  readonly waiting?: boolean;
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
      /**
       * Whether the stored row has the same `name`, `createdAtMs` and `parent`, so that a store need not write them. Only for rows that exist.
       */
      readonly sameStart?: boolean;
      /** Whether the stored row also has the same `status`, `endedAtMs` and `endedActiveMs`. Only beside `sameStart`. */
      readonly sameStatus?: boolean;
    } & InstanceRow)
  /** The stored version must be `version`. */
  | { readonly op: 'delete'; readonly id: string; readonly version: number };

/** The name of a scheduled signal that waits for an entity, and the id of its inbox row. */
export interface NamedSignal {
  readonly entity: string;
  readonly name: string;
  readonly row: number;
}

/** From now on the name of the entity means this inbox row, or none if `row` is `null`. A missing name may be removed. */
export type NameChange = readonly [entity: string, name: string, row: number | null];

export interface ExecutionKey {
  readonly instance: string;
  readonly execution: string;
}

export interface HistoryChunk extends ExecutionKey {
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

export interface Polled {
  readonly rows: readonly InboxRow[];
  /** The earliest due time after the time of the poll of a row that waits. */
  readonly nextDueMs: number | undefined;
  /** The members in the same state of the database. Present if the poll asked for them. */
  readonly members?: Membership | undefined;
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
