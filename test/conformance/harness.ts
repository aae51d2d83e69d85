import { assert } from 'chai';
import type {
  CommitBatch,
  InboxRow,
  InboxWrite,
  InstanceRow,
  InstanceWrite,
  MemberKind,
  Receipt,
  Store,
  Tag,
} from '../../src/engines/sql/ports/store.js';

/** How the conformance suite gets at one implementation. */
export interface StoreHarness {
  /** There is no exclusive hold, as on a database server. */
  readonly shared: boolean;
  /** Whether workers have presence locks. */
  readonly presence: boolean;
  /** A new, empty database. */
  create(partitionCount: number): Promise<TestDatabase>;
}

export interface TestDatabase {
  /** The database's clock, moved by the test. */
  readonly clock: { nowMs: number };
  /** A store on this database, not opened yet. */
  store(): Store;
  /** Removes the database. The test has closed its stores. */
  dispose(): Promise<void>;
}

/** Any instant; a round number, so that differences are easy to read in a failure. */
export const epochMs = 1_763_600_000_000;

/** A worker that counts its commits. */
export class TestWorker {
  seq = 0;

  private constructor(
    readonly store: Store,
    readonly incarnation: number,
  ) {}

  static async join(store: Store, names: readonly string[] = [], kind: MemberKind = 'worker'): Promise<TestWorker> {
    const joined = await store.join({ name: 'test', leaseMs: 15_000, names, kind });
    return new TestWorker(store, joined.incarnation);
  }

  /** Joins and takes every free partition. */
  static async start(store: Store): Promise<TestWorker> {
    const worker = await TestWorker.join(store);
    await store.acquire(worker.incarnation);
    return worker;
  }

  batch(effects: Partial<CommitBatch> = {}): CommitBatch {
    return {
      incarnation: this.incarnation,
      seq: this.seq + 1,
      leaseMs: 15_000,
      consumed: [],
      adopted: [],
      instances: [],
      history: [],
      historyDeleted: [],
      inbox: [],
      receipts: [],
      ...effects,
    };
  }

  async commit(effects: Partial<CommitBatch> = {}): Promise<{ nowMs: number }> {
    const result = await this.store.commit(this.batch(effects));
    this.seq++;
    return result;
  }

  /** The partitions that it owns, as the tables say. */
  async partitions(): Promise<readonly number[]> {
    const { owners } = await this.store.members();
    return owners.flatMap((owner, partition) => (owner === this.incarnation ? [partition] : []));
  }

  async poll(nowMs = epochMs, limit = 1000): ReturnType<Store['poll']> {
    return this.store.poll({ partitions: await this.partitions(), nowMs, limit });
  }

  /** Every page of the backlog, one after the other. */
  async backlog(limit = 1000): Promise<InboxRow[]> {
    const partitions = await this.partitions();
    const rows: InboxRow[] = [];
    for await (const page of this.store.readBacklog({ gained: partitions, owned: partitions, limit })) {
      assert.isAtMost(page.length, limit);
      rows.push(...page);
    }
    return rows;
  }
}

export function message(id: number, differences: Partial<InboxWrite> = {}): InboxWrite {
  return { id, partition: 0, target: '@counter@a', arrival: null, dueMs: null, body: `{"n":${id}}`, ...differences };
}

export function instance(id: string, differences: Partial<InstanceRow> = {}): InstanceRow {
  return {
    id,
    kind: 'entity',
    name: 'counter',
    key: 'a',
    partition: 0,
    version: 1,
    state: '1',
    meta: null,
    status: null,
    createdAtMs: epochMs,
    updatedAtMs: epochMs,
    endedAtMs: null,
    endedActiveMs: null,
    parent: null,
    ...differences,
  };
}

export function put(
  id: string,
  differences: Partial<InstanceRow & { tags: readonly Tag[]; sameStart: boolean; sameStatus: boolean }> = {},
): InstanceWrite {
  const { tags, sameStart, sameStatus, ...row } = differences;
  return {
    op: 'put',
    ...instance(id, row),
    ...(tags === undefined ? {} : { tags }),
    ...(sameStart === undefined ? {} : { sameStart }),
    ...(sameStatus === undefined ? {} : { sameStatus }),
  };
}

export function receipt(requestId: string, differences: Partial<Receipt> = {}): Receipt {
  return { target: '@counter@a', requestId, hash: 'h', outcome: null, atMs: epochMs, ...differences };
}

export function ids(rows: readonly { readonly id: number }[]): number[] {
  return rows.map((row) => row.id);
}

/** Resolves with what the promise rejects with; fails when it resolves. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It was expected to fail.');
}
