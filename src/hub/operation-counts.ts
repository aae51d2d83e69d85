/** Counts of the operations that ended in a batch, by entity and operation. An object for each operation costs more than the rest of counting it. */
import type { HubObserver } from './observer.js';

/** An observer of this package that counts operations. With its methods alone, not every operation is timed. */
export interface CountingObserver extends HubObserver {
  /** Operations ended, and a batch with them was committed. */
  operationsEnded?(counts: readonly OperationCount[]): void;
  /** Client messages were admitted, and committed together. Their times in the intake queue in ms, in order. */
  admittedTogether?(waitedMs: readonly number[]): void;
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
  /** Times in the queue, in ms. Many operations in a row have the same one, because it is measured by rounds. */
  readonly queued: number[] = [];
  /** How many operations in a row had each of these times. */
  readonly queuedTimes: number[] = [];

  constructor(
    readonly entity: string,
    readonly operation: string,
  ) {}

  /** @param durationMs `undefined` if the operation was not timed */
  add(isOk: boolean, durationMs: number | undefined, queuedMs: number): void {
    if (isOk) this.ok++;
    else this.failed++;
    if (durationMs !== undefined) this.durations.push(durationMs);
    const { queued, queuedTimes } = this;
    const last = queued.length - 1;
    if (last >= 0 && queued[last] === queuedMs) queuedTimes[last] = (queuedTimes[last] as number) + 1;
    else {
      queued.push(queuedMs);
      queuedTimes.push(1);
    }
  }
}

export class OperationCounts {
  readonly all: OperationCount[] = [];
  private readonly byName = new Map<string, Map<string, OperationCount>>();
  private last: OperationCount | undefined = undefined;

  of(entity: string, operation: string): OperationCount {
    const { last } = this;
    if (last !== undefined && last.entity === entity && last.operation === operation) return last;
    return (this.last = this.found(entity, operation));
  }

  private found(entity: string, operation: string): OperationCount {
    let operations = this.byName.get(entity);
    if (operations === undefined) this.byName.set(entity, (operations = new Map<string, OperationCount>()));
    let count = operations.get(operation);
    if (count === undefined) {
      operations.set(operation, (count = new OperationCount(entity, operation)));
      this.all.push(count);
    }
    return count;
  }
}
