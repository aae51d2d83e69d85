import type {
  AcquiredPartition,
  DeadLetter,
  Hint,
  HistoryChunk,
  InboxRow,
  InstanceRow,
  MemberKind,
  Partitions,
  Receipt,
  Survivor,
  Tag,
} from '../../engines/sql/ports/store.js';

export interface MemoryDatabaseOptions {
  /** Whole number from 1; default 64. */
  readonly partitionCount?: number;
  /** Whether there is no exclusive lock. Default false: there is one, as on SQLite. */
  readonly lockless?: boolean;
  /** Whether several workers may own partitions at the same time, as on a database server. Then there is no exclusive lock. Default false. */
  readonly shared?: boolean;
  /** Whether only one store is ever opened on this database. Default false. */
  readonly alone?: boolean;
  /** Whether workers hold presence locks. Default: whether the database is shared. */
  readonly presence?: boolean;
}

/** The row of a worker: fence, lease and membership. */
export interface MemoryWorker {
  readonly name: string;
  readonly kind: MemberKind;
  readonly names: readonly string[];
  readonly version: string;
  seq: number;
  alive: boolean;
  /** Whether another process has marked it as dead. */
  takenOver: boolean;
  expiresAtMs: number;
  /** Whether it shall hold a presence lock. */
  readonly presence: boolean;
  holds: boolean;
  hubTimeMs: number;
  activeMs: number;
}

/** The data of a database, which survives its processes. Any number of `MemoryStore` objects can be opened on one. */
export class MemoryDatabase {
  readonly lockless: boolean;
  readonly shared: boolean;
  readonly alone: boolean;
  readonly presence: boolean;
  /** By incarnation: the stores that hold a presence lock. */
  readonly present = new Map<number, object>();
  /** The store that has the exclusive lock. A test that kills a process releases the lock. */
  holder: object | undefined;
  readonly names = new Set<string>();
  /** By incarnation. */
  readonly workers = new Map<number, MemoryWorker>();
  /** By number. `owner` is 0 if the partition has no owner. */
  readonly partitions: { owner: number; epoch: number; crashes: number }[];
  readonly instances = new Map<string, InstanceRow>();
  /** By id, in the order of `seq`: rows are only added at the end or replaced in place. */
  readonly inbox = new Map<number, InboxRow>();
  /** By instance, then by `historyKey`. */
  readonly history = new Map<string, Map<string, HistoryChunk>>();
  /** By `receiptKey`. */
  readonly receipts = new Map<string, Receipt>();
  /** By instance. */
  readonly tags = new Map<string, readonly Tag[]>();
  /** By entity, then by name: ids of inbox rows. */
  readonly named = new Map<string, Map<string, number>>();
  /** By id. */
  readonly deadLetters = new Map<number, DeadLetter>();
  /** Callbacks of stores that are notified when another store has appended messages. */
  readonly listeners = new Set<{ readonly store: object; readonly callback: (hint: Hint) => void }>();
  /** The last `seq` given to an inbox row. */
  lastSeq = 0;
  nextBlock = 0;
  lastIncarnation = 0;
  /** The newest times that workers have committed which are not alive any more. */
  newestHubTimeMs = 0;
  newestActiveMs = 0;

  constructor(options: MemoryDatabaseOptions = {}) {
    this.shared = options.shared ?? false;
    this.lockless = options.lockless ?? this.shared;
    this.alone = options.alone ?? false;
    this.presence = options.presence ?? this.shared;
    this.partitions = Array.from({ length: options.partitionCount ?? 64 }, () => ({
      owner: 0,
      epoch: 0,
      crashes: 0,
    }));
  }

  /** The rows of ended orchestrations with this status that ended before this active time, in the order of their ends. */
  ended(status: string, beforeActiveMs: number): readonly InstanceRow[] {
    const rows: InstanceRow[] = [];
    let latest = Number.NEGATIVE_INFINITY;
    let isSorted = true;
    for (const row of this.instances.values()) {
      const endedMs = row.endedActiveMs ?? Number.POSITIVE_INFINITY;
      if (row.status !== status || endedMs >= beforeActiveMs) continue;
      // Rows mostly stand in the order of their ends, and a sort of many takes longer than the look at them.
      if (endedMs < latest) isSorted = false;
      latest = endedMs;
      rows.push(row);
    }
    return isSorted ? rows : rows.toSorted((a, b) => (a.endedActiveMs as number) - (b.endedActiveMs as number));
  }

  /** Saves the times of living workers. Called before a worker ends, because its row may be deleted later. */
  keepTimes(): void {
    for (const { alive, kind, hubTimeMs, activeMs } of this.workers.values()) {
      if (!alive || kind !== 'worker') continue;
      this.newestHubTimeMs = Math.max(this.newestHubTimeMs, hubTimeMs);
      this.newestActiveMs = Math.max(this.newestActiveMs, activeMs);
    }
  }

  /** It died now, of active time. */
  bury(worker: MemoryWorker, takenOver = false): void {
    if (!worker.alive) return;
    this.keepTimes();
    worker.alive = false;
    worker.takenOver = takenOver;
    worker.activeMs = Math.max(worker.activeMs, this.newestActiveMs);
  }

  isAlive(incarnation: number): boolean {
    return this.workers.get(incarnation)?.alive === true;
  }

  /** Frees the partitions of a worker, and restores the attempt counts of its messages: they did not end its process. */
  leave(incarnation: number, attempts: Survivor['attempts']): void {
    for (const partition of this.partitions) if (partition.owner === incarnation) partition.owner = 0;
    for (const [id, before] of attempts) {
      const row = this.inbox.get(id);
      if (row !== undefined) this.inbox.set(id, { ...row, attempts: before });
    }
  }

  /** Gives those of these partitions that have no living owner to this worker. Returns all partitions that it owns then. */
  giveFreePartitionsTo(incarnation: number, wanted: Partitions, suspicious: boolean): AcquiredPartition[] {
    this.partitions.forEach((row, partition) => {
      if (this.isAlive(row.owner) || !includes(wanted, partition)) return;
      if (suspicious && this.workers.get(row.owner)?.takenOver === true) row.crashes++;
      row.owner = incarnation;
      row.epoch++;
    });
    return this.partitions.flatMap(({ owner, epoch, crashes }, partition) =>
      owner === incarnation ? [{ partition, epoch, crashes }] : [],
    );
  }
}

export function includes(partitions: Partitions, partition: number): boolean {
  return partitions === 'all' || partitions.includes(partition);
}

/** A key in JSON, because any separator could be part of an id. */
export function historyKey(chunk: { readonly execution: string; readonly chunk: number }): string {
  return JSON.stringify([chunk.execution, chunk.chunk]);
}

export function receiptKey(key: { readonly target: string; readonly requestId: string }): string {
  return JSON.stringify([key.target, key.requestId]);
}
