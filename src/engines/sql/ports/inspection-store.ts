/**
 * The reads of an inspector. Each is one short statement on a connection that serves nothing else, and sees committed rows only.
 *
 * A read that takes longer than its time limit is interrupted. Every implementation passes `test/conformance/store-inspection.ts`.
 */
import type { InboxRow, InstanceFilter, InstanceRow, MemberKind } from './rows.js';

/** A page of instances by id, from the row after `after` on. */
export interface InspectionPage {
  readonly after?: string | undefined;
  /** Whether the page goes down from the greatest id. */
  readonly descending: boolean;
  /** The last id that the page may hold. */
  readonly until?: string | undefined;
  readonly limit: number;
  /** States are cut at this number of characters. */
  readonly stateMax: number;
}

/** An instance whose state may be cut. */
export interface InspectedRow extends InstanceRow {
  /** The number of characters of the whole state. `null` without a state. */
  readonly stateLength: number | null;
}

/** An inbox row whose body may be cut. */
export interface InspectedMessage extends InboxRow {
  /** The number of characters of the whole body. */
  readonly bodyLength: number;
}

/**
 * Parts of the rows that wait for a target: rows with a place in the order of their partition, rows without one, and rows that are scheduled.
 * `after` is the order of the last row that was read: arrival, or due time, then `seq`.
 */
export type InboxPart = 'adopted' | 'new' | 'scheduled';

export interface InspectedLetter {
  readonly id: number;
  readonly target: string;
  /** Cut at `bodyMax` characters. */
  readonly body: string;
  readonly bodyLength: number;
  readonly attempts: number;
  readonly reason: string;
  readonly atMs: number;
}

export interface InspectedWorker {
  readonly incarnation: number;
  readonly kind: MemberKind;
  readonly name: string;
  readonly seq: number;
  readonly alive: boolean;
  readonly expiresAtMs: number;
  readonly holds: boolean;
  readonly version: string;
  /** The number of partitions that it owns. */
  readonly partitions: number;
}

export interface InspectedPartition {
  readonly partition: number;
  /** 0 without an owner. */
  readonly owner: number;
  readonly epoch: number;
  readonly crashes: number;
}

/** How much waits for a target: rows that are not scheduled, and lock requests among them. */
export interface WaitingCount {
  readonly target: string;
  readonly waiting: number;
  readonly requests: number;
}

export interface InspectionStore {
  /** Rows that match the filter, by id. */
  instances(filter: InstanceFilter, page: InspectionPage): Promise<readonly InspectedRow[]>;
  /**
   * The id that is `rows` places behind `after`, in the order of ids, among the rows that the index for this filter leads through: those of
   * its kind, statuses, prefix, parent and first tag. All other conditions are ignored. `undefined` if there are fewer rows.
   */
  edge(
    filter: InstanceFilter,
    page: { readonly after?: string | undefined; readonly descending: boolean; readonly rows: number },
  ): Promise<string | undefined>;
  /** The number of instances by kind, name and status. Entities without a state are left out. */
  countNames(): Promise<
    readonly { readonly kind: string; readonly name: string; readonly status: string | null; readonly count: number }[]
  >;
  /** The open orchestration that was not written for the longest time. */
  longestIdle(): Promise<{ readonly id: string; readonly name: string; readonly updatedAtMs: number } | undefined>;
  /** One part of the rows that wait for a target, in order. */
  inbox(
    target: { readonly id: string; readonly partition: number },
    page: {
      readonly part: InboxPart;
      readonly after?: readonly [order: number, seq: number] | undefined;
      readonly limit: number;
      readonly bodyMax: number;
    },
  ): Promise<readonly InspectedMessage[]>;
  /** The number of rows in the inbox, at most `max`. */
  countInbox(max: number): Promise<number>;
  /** How many rows wait for these targets. Targets without rows are left out. */
  countWaiting(
    targets: readonly { readonly id: string; readonly partition: number }[],
  ): Promise<readonly WaitingCount[]>;
  /** Targets for which lock requests wait, in any order, at most `limit`. */
  lockTargets(limit: number): Promise<readonly { readonly id: string; readonly partition: number }[]>;
  /** The first `each` lock requests that wait for each of these targets, by target in any order, then in the order of the queue. */
  lockRequests(
    targets: readonly { readonly id: string; readonly partition: number }[],
    each: number,
  ): Promise<readonly InboxRow[]>;
  /** The inbox rows with these ids, in no particular order. */
  rows(ids: readonly number[]): Promise<readonly InboxRow[]>;
  /** Dead letters by id, of one target or of all targets that begin with a text. */
  deadLetters(
    filter: { readonly target?: string | undefined; readonly targetPrefix?: string | undefined },
    page: {
      readonly after?: number | undefined;
      readonly descending: boolean;
      readonly limit: number;
      readonly bodyMax: number;
    },
  ): Promise<readonly InspectedLetter[]>;
  /** The number of dead letters, at most `max`. */
  countDeadLetters(max: number): Promise<number>;
  /** Rows of workers and clients, living and dead, from the greatest incarnation below `before` down. */
  workers(page: { readonly before?: number | undefined; readonly limit: number }): Promise<readonly InspectedWorker[]>;
  /** All partitions, by number. */
  partitions(): Promise<readonly InspectedPartition[]>;
  /** The sizes of files or tables, in bytes. */
  sizes(): Promise<readonly { readonly name: string; readonly bytes: number }[]>;
}
