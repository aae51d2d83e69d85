/** Counts of a batch, for observers that count. An object for each operation costs more than the rest of counting it. */
import type { CommitObservation, HubObserver } from './observer.js';

/** An observer of this package that counts. With this method alone, not every operation is timed. */
export interface CountingObserver extends HubObserver {
  /** A batch was committed. One call says all, because each call after a commit costs a microsecond: nothing of it is in the caches. */
  counted?(batch: CountedBatch): void;
}

/** A committed batch, and what is counted of it. */
export interface CountedBatch {
  readonly commit: CommitObservation;
  /** The monotonic time of its end, in ms. */
  readonly endedMs: number;
  /** `undefined` if no operation ended and no client message was admitted. */
  readonly counts: BatchCounts | undefined;
}

/** Times in ms, each of which stands for some things in a row. */
export class SomeTimes {
  readonly ms: number[] = [];
  /** How many things each of the times stands for. */
  readonly things: number[] = [];

  /** Things that have the time of those before them are added to these. */
  add(ms: number, things = 1): void {
    const last = this.ms.length - 1;
    if (last >= 0 && this.ms[last] === ms) this.things[last] = (this.things[last] as number) + things;
    else {
      this.ms.push(ms);
      this.things.push(things);
    }
  }
}

export function observesOperations(observer: CountingObserver | undefined): boolean {
  if (observer === undefined) return false;
  return observer.operationEnded !== undefined || observer.counted !== undefined;
}

/** The times of a count without a timed operation. It is frozen, so that nobody can add to it. */
const none = Object.freeze([]) as unknown as number[];

/** The operations of one name that ended in a batch. */
export class OperationCount {
  ok = 0;
  failed = 0;
  private durationsMs = none;
  private queuedMs = none;

  constructor(
    readonly entity: string,
    readonly operation: string,
  ) {}

  /** Durations in ms of the operations that were timed. */
  get durations(): readonly number[] {
    return this.durationsMs;
  }

  /** Times in the queue of the same operations, in ms. */
  get queued(): readonly number[] {
    return this.queuedMs;
  }

  /** One of the operations that are counted was timed. */
  time(durationMs: number, queuedMs: number): void {
    if (this.durationsMs === none) {
      this.durationsMs = [];
      this.queuedMs = [];
    }
    this.durationsMs.push(durationMs);
    this.queuedMs.push(queuedMs);
  }
}

/** Up to this number of names, a look at each is quicker than a map, and a batch makes no map. */
const soughtMax = 8;

/** The counts of a batch: operations by entity and operation, and the times of client messages in the intake queue. */
export class BatchCounts {
  readonly operations: OperationCount[] = [];
  readonly waited = new SomeTimes();
  private byName: Map<string, Map<string, OperationCount>> | undefined = undefined;
  /** The one that was counted last. */
  last: OperationCount | undefined = undefined;

  /** Counts an operation that ended. Returns where the time of it belongs. */
  ended(entity: string, operation: string, isOk: boolean): OperationCount {
    let count = this.last;
    if (count === undefined || count.operation !== operation || count.entity !== entity)
      this.last = count = this.found(entity, operation) ?? this.added(entity, operation);
    if (isOk) count.ok++;
    else count.failed++;
    return count;
  }

  private found(entity: string, operation: string): OperationCount | undefined {
    if (this.byName !== undefined) return this.byName.get(entity)?.get(operation);
    for (const each of this.operations) if (each.entity === entity && each.operation === operation) return each;
    return undefined;
  }

  private added(entity: string, operation: string): OperationCount {
    const count = new OperationCount(entity, operation);
    this.operations.push(count);
    if (this.byName !== undefined) this.index(this.byName, count);
    else if (this.operations.length > soughtMax) {
      this.byName = new Map();
      for (const each of this.operations) this.index(this.byName, each);
    }
    return count;
  }

  private index(byName: Map<string, Map<string, OperationCount>>, count: OperationCount): void {
    let operations = byName.get(count.entity);
    if (operations === undefined) byName.set(count.entity, (operations = new Map<string, OperationCount>()));
    operations.set(count.operation, count);
  }
}
