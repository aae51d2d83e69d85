/** Counts of the operations that ended in a batch, by entity and operation. An object for each operation costs more than the rest of counting it. */
import type { HubObserver } from './observer.js';

/** An observer of this package that counts operations. With its methods alone, not every operation is timed. */
export interface CountingObserver extends HubObserver {
  /** Operations ended, and a batch with them was committed. */
  operationsEnded?(counts: readonly OperationCount[]): void;
  /** Client messages were admitted, and committed together. Times in the intake queue, in ms. */
  admittedTogether?(waited: SomeTimes): void;
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
  return observer.operationEnded !== undefined || observer.operationsEnded !== undefined;
}

export class OperationCount {
  ok = 0;
  failed = 0;
  /** Durations in ms of the operations that were timed. */
  readonly durations: number[] = [];
  /** Times in the queue. Many operations in a row have the same one, because it is measured by rounds. */
  readonly queued = new SomeTimes();

  constructor(
    readonly entity: string,
    readonly operation: string,
  ) {}

  /** @param durationMs `undefined` if the operation was not timed */
  add(isOk: boolean, durationMs: number | undefined, queuedMs: number): void {
    if (isOk) this.ok++;
    else this.failed++;
    if (durationMs !== undefined) this.durations.push(durationMs);
    this.queued.add(queuedMs);
  }
}

/** Up to this number of names, a look at each is quicker than a map, and a batch makes no map. */
const soughtMax = 8;

export class OperationCounts {
  readonly all: OperationCount[] = [];
  private byName: Map<string, Map<string, OperationCount>> | undefined = undefined;
  private last: OperationCount | undefined = undefined;

  of(entity: string, operation: string): OperationCount {
    const { last } = this;
    if (last !== undefined && last.entity === entity && last.operation === operation) return last;
    return (this.last = this.found(entity, operation) ?? this.added(entity, operation));
  }

  private found(entity: string, operation: string): OperationCount | undefined {
    if (this.byName !== undefined) return this.byName.get(entity)?.get(operation);
    for (const each of this.all) if (each.entity === entity && each.operation === operation) return each;
    return undefined;
  }

  private added(entity: string, operation: string): OperationCount {
    const count = new OperationCount(entity, operation);
    this.all.push(count);
    if (this.byName !== undefined) this.index(this.byName, count);
    else if (this.all.length > soughtMax) {
      this.byName = new Map();
      for (const each of this.all) this.index(this.byName, each);
    }
    return count;
  }

  private index(byName: Map<string, Map<string, OperationCount>>, count: OperationCount): void {
    let operations = byName.get(count.entity);
    if (operations === undefined) byName.set(count.entity, (operations = new Map<string, OperationCount>()));
    operations.set(count.operation, count);
  }
}
