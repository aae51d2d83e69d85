/**
 * The port for people and programs that look into a task hub: what entities hold, what waits for what, and why.
 *
 * An inspector only reads. It never waits for a turn of an instance, loads no instance into memory, and answers from committed rows. Fields
 * named `live` have facts that only the memory of a worker has. They are absent if another process runs the instance. Values are JSON texts, perhaps cut. Instants are ms since 1970 (UTC) of hub time. Lists come in pages of at most 100 items.
 *
 * Reads that scan a table run one after the other in a process, with rests between them, and are interrupted after 2 s. So a method may take
 * longer while others look too.
 */
import type { RuntimeStatus } from '../model/runtime-status.js';
import type { Explanation } from './explanation.js';
import type {
  DeadLetterEntry,
  DeadLetterFilter,
  EntityDetail,
  EntityEntry,
  EntityListFilter,
  HistoryOptions,
  ListOptions,
  LockEntry,
  Page,
  ListPage,
  RunEntry,
  RunHistory,
  RunListFilter,
  Timeline,
  TimelineOptions,
  ValueOptions,
  WaitingMessage,
} from './inspected.js';
import type { HubStatistics } from './statistics.js';

/** The port for people and programs that look into a task hub. An inspector only reads. */
export interface Inspector {
  /** The task hub at a glance. Counts are shared by all who look. They are at most 5 s old, or older where counting takes long. */
  overview(): Promise<HubOverview>;
  /** The code that this process has registered, and the names that living workers announce. */
  types(): Promise<HubTypes>;
  /** Figures that this process has collected since its inspector was first used. `undefined` in a process without a host. */
  statistics(): Promise<HubStatistics | undefined>;
  /** Workers and clients, living and dead, the newest first. */
  workers(page?: ListPage): Promise<Page<WorkerEntry>>;
  /** All partitions, by number. */
  partitions(): Promise<readonly PartitionEntry[]>;

  /** Entities that exist or are locked, by id. */
  entities(filter?: EntityListFilter, page?: ListOptions): Promise<Page<EntityEntry>>;
  /** `undefined` if the entity has no row and nothing waits for it. */
  entity(entityId: string, options?: ValueOptions): Promise<EntityDetail | undefined>;
  /** Orchestration instances, by id. Ids made by the library begin with the time, so `order: 'desc'` lists the newest first. */
  runs(filter?: RunListFilter, page?: ListOptions): Promise<Page<RunEntry>>;
  /** `undefined` if there is no such instance. */
  run(instanceId: string, options?: ValueOptions): Promise<RunEntry | undefined>;
  /** The events of the present execution of an orchestration instance, the oldest first. `undefined` if there is no such instance. */
  history(instanceId: string, options?: HistoryOptions): Promise<RunHistory | undefined>;
  /**
   * The steps of the present execution as bars, across sub-orchestrations. `undefined` if there is no such instance.
   * @param options.depth how many levels of sub-orchestrations are read. 0 to 8. Default 1
   */
  timeline(instanceId: string, options?: TimelineOptions): Promise<Timeline | undefined>;

  /** Why an entity or an orchestration instance does not move. Follows what it waits for over at most 8 instances. */
  explain(id: string): Promise<Explanation>;
  /** Locked entities with their holders and waiters, the longest held first. Locks are requested in a fixed order, so there are no cycles. */
  locks(page?: ListPage): Promise<Page<LockEntry>>;
  /** Messages that wait for an entity or instance, in the order in which they run, then scheduled messages by due time. */
  messages(target: string, page?: ListOptions): Promise<Page<WaitingMessage>>;
  /** Dead letters, the oldest first. */
  deadLetters(filter?: DeadLetterFilter, page?: ListOptions): Promise<Page<DeadLetterEntry>>;

  /**
   * Calls back after each commit that changed instances. Returns a function that stops the calls. A listener that throws is stopped, and the
   * error is logged. In a process that is not the worker, changes are found by polling, only for the instances in `options.ids`.
   */
  feed(listener: (change: FeedChange) => void, options?: FeedOptions): () => void;
}

// ---- the hub

/** A task hub at a glance. */
export interface HubOverview {
  /** Name of the engine: `'sql'`. */
  readonly engine: string;
  /** Version of this package. */
  readonly version: string;
  /** Name of this process in the table of workers. */
  readonly process: string;
  /** Role of this process. `'client'` for a client without a host. */
  readonly role: 'active' | 'standby' | 'stopped' | 'failed' | 'client';
  /** How long this inspector's process has been connected, in ms. */
  readonly uptimeMs: number;
  readonly hubTimeMs: number;
  /** Number of living workers. */
  readonly workers: number;
  readonly partitions: { readonly total: number; readonly owned: number; readonly here: number };
  /** When the counts were made. */
  readonly countedAtMs: number;
  /** Entities by name. `undefined` if counting took too long. */
  readonly entities: readonly NameCount[] | undefined;
  /** Orchestration instances by name and status. `undefined` if counting took too long. */
  readonly runs: readonly RunCount[] | undefined;
  /** The open instance that was not written for the longest time. `undefined` if none is open. */
  readonly longestIdle: { readonly id: string; readonly name: string; readonly updatedAtMs: number } | undefined;
  /** The lock that has been held for the longest time, among those that were found. `undefined` if none is held. */
  readonly longestLock: LockEntry | undefined;
  /** At most 1,000 are counted. */
  readonly deadLetters: number;
  /** Sizes of the files or tables of the database, in bytes. */
  readonly sizes: readonly { readonly name: string; readonly bytes: number }[];
}

/** The number of entities of a name. */
export interface NameCount {
  readonly name: string;
  readonly count: number;
}

/** The number of orchestration instances of a name and status. */
export interface RunCount extends NameCount {
  readonly status: RuntimeStatus;
}

/** The code of a task hub: entities, orchestrations and activities. */
export interface HubTypes {
  readonly entities: readonly EntityType[];
  readonly orchestrations: readonly OrchestrationType[];
  readonly activities: readonly NamedCode[];
}

/** A name of code. */
export interface NamedCode {
  readonly name: string;
  /** Whether this process has registered it. */
  readonly registered: boolean;
  /** Names of the living workers that announce it. Empty if only a dead worker announced it. */
  readonly workers: readonly string[];
}

/** An entity, as its code declares it. */
export interface EntityType extends NamedCode {
  /** `undefined` if this process has not registered the entity. */
  readonly effects: 'none' | 'external' | undefined;
  readonly expireAfterMs: number | undefined;
  /** `undefined` if the operations are not declared: function entities, and entities of other processes. `delete` is one of them. */
  readonly operations: readonly OperationType[] | undefined;
}

/** A declared operation of an entity. */
export interface OperationType {
  readonly name: string;
  /** Whether proxies call or signal it. A client may do either. */
  readonly kind: 'call' | 'signal';
  readonly readOnly: boolean;
  /** JSON Schema (2020-12) of the input, if the operation declares a Standard Schema that gives one. */
  readonly input: unknown;
}

/** An orchestration, with the versions of its code. */
export interface OrchestrationType extends NamedCode {
  /** Versions that this process has registered, the highest first. Empty if it has none. */
  readonly versions: readonly number[];
}

/** A row in the table of workers and clients. */
export interface WorkerEntry {
  readonly incarnation: number;
  readonly kind: 'worker' | 'client';
  /** Host name and process id. */
  readonly name: string;
  readonly alive: boolean;
  /** Whether it is the worker of this process. */
  readonly here: boolean;
  /** Version of the package. `''` if unknown. */
  readonly version: string;
  /** Number of its last commit. */
  readonly seq: number;
  /** Milliseconds until its lease ends. Negative if it is over. */
  readonly leaseLeftMs: number;
  /** Whether its process has the exclusive lock of the database. */
  readonly holdsLock: boolean;
  /** Number of partitions that it owns. */
  readonly partitions: number;
}

/** A partition with its owner. */
export interface PartitionEntry {
  readonly partition: number;
  /** Incarnation of the owner, living or dead. `undefined` without an owner. */
  readonly owner: number | undefined;
  /** Fencing token: it grows with each change of the owner. */
  readonly epoch: number;
  /** How often in a row it was taken over from an owner that died. */
  readonly crashes: number;
  /** Present if this process owns the partition. */
  readonly live?: { readonly backlog: number; readonly leaving: boolean } | undefined;
}

// ---- feed

/** Instances that a feed looks at in a process that is not the worker, and the pause between its calls. */
export interface FeedOptions {
  /** Instances to look at in a process that is not the worker. Called before each look. At most 1,000 ids are used. */
  readonly ids?: (() => readonly string[]) | undefined;
  /**
   * The shortest time between two calls of the listener, in whole ms up to 60,000. Changes within it are passed on together. Default 0: after
   * each commit.
   */
  readonly everyMs?: number | undefined;
}

/** Changes of instances that one commit made durable, that commits within `everyMs` made durable, or that one look found. */
export interface FeedChange {
  /** Grows with each change of this feed. */
  readonly seq: number;
  readonly atMs: number;
  /** Changed instances, each once. At most 1,000. */
  readonly instances: readonly FeedInstance[];
  /** Whether further instances may have changed: the list was too long, the listener was slow, or another process is the worker. */
  readonly more: boolean;
}

/** A changed instance. */
export interface FeedInstance {
  readonly id: string;
  readonly kind: 'entity' | 'orchestration';
  readonly name: string;
  /** `undefined` for entities. */
  readonly status: RuntimeStatus | undefined;
  readonly version: number;
  readonly deleted: boolean;
}
