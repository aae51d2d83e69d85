/** The status of one host, for people and for monitoring. */

/** The role of a host: see `DurableHost.role`. */
export type HostRole = 'active' | 'standby' | 'stopped' | 'failed';

/** A partition that a worker owns. */
export interface PartitionStatus {
  /** 0 to the number of partitions - 1. */
  readonly partition: number;
  /** The fencing token: it grows with each change of the owner. */
  readonly epoch: number;
  /** Whether the worker is about to give the partition away. */
  readonly leaving: boolean;
  /**
   * Code that messages of the partition wait for because this host has not registered it: `entity:counter`, `activity:Send`,
   * `orchestration:Transfer`, `version:Transfer@2`. A worker that has all of it gets the partition.
   */
  readonly missingCode: readonly string[];
}

/** Figures of the last 256 commits. */
export interface CommitFigures {
  /** All commits of this worker term. */
  readonly count: number;
  /** Durations in milliseconds, from the sealing of the batch to the answer of the storage. 0 without a commit. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Messages that a commit writes or deletes, on average. */
  readonly meanMessages: number;
}

/** The worker of an active host. */
export interface WorkerStatus {
  /** The number of its row in the table of workers. Each term of a worker gets a new one. */
  readonly incarnation: number;
  /** The partitions that it owns. Empty if other workers own all of them. */
  readonly partitions: readonly PartitionStatus[];
  readonly partitionCount: number;
  /** Messages of clients of this process that wait to be admitted. */
  readonly intake: number;
  /** Messages that wait in memory for entities and orchestrations. Further ones may wait in the database only. */
  readonly backlog: number;
  /** Entities and orchestrations in memory. */
  readonly instances: number;
  /** Activities and external operations that run now. */
  readonly outside: number;
  /** Milliseconds since the last successful commit began. */
  readonly sinceCommitMs: number;
  readonly commits: CommitFigures;
}

/** The status of one host, taken from its memory. */
export interface HostStatus {
  readonly role: HostRole;
  /** The name in the table of workers: host name and process id. */
  readonly name: string;
  /** The version of this package. */
  readonly version: string;
  /**
   * Whether the host serves its clients now: a worker whose lease is certain, or a standby. Meant for the readiness check of a container: a
   * host that cannot reach its storage is not ready.
   */
  readonly ready: boolean;
  /** `undefined` for a host without a worker: a standby, or one that has stopped. */
  readonly worker: WorkerStatus | undefined;
}
