/**
 * The partitions that a worker owns during its term. On a database with one worker these are all partitions. Several workers on one database
 * own some of them each, and partitions come and go while the term lasts.
 *
 * The epoch of a partition is the fencing token that user code sees. This number grows with each change of the owner.
 */
import { partitionOf } from '../core/partition.js';
import type { AcquiredPartition, Partitions } from '../ports/store.js';

/** A partition that the worker owns. */
export interface OwnedPartition {
  readonly partition: number;
  readonly epoch: number;
  /** How often in a row it was taken over from an owner that may have died because of its messages. */
  readonly crashes: number;
  /** The monotonic time when the worker gained it. */
  readonly gainedMs: number;
}

export class Ownership {
  private readonly byNumber = new Map<number, OwnedPartition>();
  /** Partitions that are to be given away. Nothing is started outside for them any more. */
  private readonly leaving = new Set<number>();
  /** Whether the worker owns every partition. */
  whole = false;

  constructor(readonly partitionCount: number) {}

  owns(partition: number): boolean {
    return this.whole || this.byNumber.has(partition);
  }

  /** Whether the worker owns the partition of this instance, or of another target of messages. */
  ownsTarget(target: string): boolean {
    return this.whole || this.byNumber.has(partitionOf(target, this.partitionCount));
  }

  /** The numbers of the partitions, in the order in which they were gained. */
  get numbers(): readonly number[] {
    return [...this.byNumber.keys()];
  }

  get size(): number {
    return this.byNumber.size;
  }

  values(): MapIterator<OwnedPartition> {
    return this.byNumber.values();
  }

  /** The same for the store. */
  get partitions(): Partitions {
    return this.whole ? 'all' : this.numbers;
  }

  fencingToken(target: string): number {
    return this.byNumber.get(partitionOf(target, this.partitionCount))?.epoch ?? 0;
  }

  /** Notes what the worker owns now. Returns the partitions that it did not own before. */
  gain(acquired: readonly AcquiredPartition[], nowMs: number): readonly OwnedPartition[] {
    const gained = acquired
      .filter(({ partition }) => !this.byNumber.has(partition))
      .map((each) => ({ ...each, gainedMs: nowMs }));
    for (const each of gained) this.byNumber.set(each.partition, each);
    this.whole = this.byNumber.size === this.partitionCount;
    return gained;
  }

  /** Forgets partitions that a sealed batch gives away. */
  lose(partitions: Iterable<number>): void {
    for (const partition of partitions) {
      this.byNumber.delete(partition);
      this.leaving.delete(partition);
    }
    this.whole = this.byNumber.size === this.partitionCount;
  }

  get anyLeaving(): boolean {
    return this.leaving.size > 0;
  }

  isLeaving(partition: number): boolean {
    return this.leaving.size > 0 && this.leaving.has(partition);
  }

  markLeaving(partition: number): void {
    if (this.byNumber.has(partition)) this.leaving.add(partition);
  }

  /** The partition stays after all. */
  unmarkLeaving(partition: number): void {
    this.leaving.delete(partition);
  }
}
