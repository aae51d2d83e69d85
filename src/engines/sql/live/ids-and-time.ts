/** Gives out row ids, instance ids, arrival numbers and active time in a worker term. */
import type { Clock, Random } from '../../../ports/clock.js';
import { localId, partitionOf } from '../core/partition.js';
import type { Ownership } from './ownership.js';
import { RowIds } from '../core/row-ids.js';
import { rowIdBlocks, type Store } from '../ports/store.js';

export interface TermIdentity {
  readonly incarnation: number;
  readonly partitionCount: number;
  /** The partitions that this worker owns. */
  readonly ownership: Ownership;
  /** The first block of row ids. */
  readonly block: number;
  /** Active time before this term. */
  readonly activeMs: number;
}

export class IdsAndTime {
  private readonly rows: RowIds;
  private arrivalCounter = 0;
  private executionCounter = 0;
  /** Orchestration ids that were made just now: the database holds nothing about them yet. */
  private readonly invented = new Set<string>();
  private activeOffsetMs: number;

  constructor(
    private readonly ports: {
      readonly clock: Clock;
      readonly random: Random;
      readonly store: Pick<Store, 'takeBlock'>;
    },
    private readonly term: TermIdentity,
  ) {
    this.rows = new RowIds(rowIdBlocks, term.block, () => ports.store.takeBlock());
    this.activeOffsetMs = term.activeMs - ports.clock.monotonicMs();
  }

  /** Active time, the measure of ages: it grows while a worker is active, and does not depend on wall clocks. */
  activeMs(): number {
    return Math.floor(this.ports.clock.monotonicMs() + this.activeOffsetMs);
  }

  /** Makes active time at least this, which another worker has committed. */
  sawActive(activeMs: number): void {
    this.activeOffsetMs = Math.max(this.activeOffsetMs, activeMs - this.ports.clock.monotonicMs());
  }

  /** A new inbox row id. */
  newRow(): number {
    return this.rows.next();
  }

  /** Whether this term has given out this row id. */
  isOwnRow(row: number): boolean {
    return this.rows.isOwn(row);
  }

  newExecution(): string {
    return `${this.term.incarnation.toString(36)}-${(++this.executionCounter).toString(36)}`;
  }

  nextArrival(): number {
    return ++this.arrivalCounter;
  }

  /** Makes later arrival numbers greater than this one, which the backlog contains. */
  sawArrival(arrival: number): void {
    if (arrival > this.arrivalCounter) this.arrivalCounter = arrival;
  }

  /** A new orchestration id for immediate use, which cannot exist in the database yet. */
  newInstanceId(): string {
    const id = this.inventId();
    // Without partitions there is no local id, and the first message goes away.
    if (this.term.ownership.size > 0) this.invented.add(id);
    return id;
  }

  /** Notes that user code has just made this id, so that its first message needs no read of the database. */
  knowFresh(id: string): void {
    this.invented.add(id);
  }

  /** Returns `true` once for an id that cannot exist in the database yet. */
  takeFresh(id: string): boolean {
    return this.invented.delete(id);
  }

  /** Forgets new ids in partitions that another worker owns now: it may store something about them. */
  lost(partitions: ReadonlySet<number>): void {
    for (const id of this.invented)
      if (partitions.has(partitionOf(id, this.term.partitionCount))) this.invented.delete(id);
  }

  /** An orchestration id in a partition of this worker. */
  inventId(): string {
    const uuid = this.ports.random.uuid();
    const { ownership, partitionCount } = this.term;
    if (ownership.whole || ownership.size === 0) return uuid;
    return localId(uuid, (partition) => ownership.owns(partition), partitionCount);
  }

  /** A new id in the same partition as an existing instance. */
  newIdBeside(partition: number): string {
    const uuid = this.ports.random.uuid();
    const id = localId(uuid, (candidate) => candidate === partition, this.term.partitionCount);
    this.invented.add(id);
    return id;
  }
}
