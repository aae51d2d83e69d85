/**
 * Reports changes to clients of the running engine: from memory if this process owns the instance, and through the tables otherwise. Memory
 * counts only while the lease is certain.
 */
import { OrchestrationNotFoundError } from '../../errors/index.js';
import { hasEnded } from '../../model/runtime-status.js';
import { isPending } from './connected/pending-run.js';
import type { WorkerTerm } from './live/worker-term.js';
import type { RunRecord } from './model/run-record.js';
import { readRunRecord } from './model/stored.js';
import type { EnginePorts } from './options.js';
import type { Watcher } from './ports/intake.js';
import type { InstanceRow } from './ports/store.js';
import type { ClientWaits } from './waiting/client-waits.js';
import type { Worker } from './worker/worker.js';

export class EngineWatcher implements Watcher {
  constructor(
    private readonly ports: EnginePorts,
    private readonly worker: Worker,
    private readonly waits: ClientWaits,
    private readonly read: (instanceId: string) => Promise<InstanceRow | undefined>,
  ) {}

  /** The term of this process, if it owns the instance: then memory tells what is newest. */
  termOf(instanceId: string): WorkerTerm | undefined {
    const { term } = this.worker;
    return term?.ownership.ownsTarget(instanceId) === true ? term : undefined;
  }

  /** Whether another worker may own the instance, so that the tables tell about it. */
  isElsewhere(instanceId: string): boolean {
    return this.termOf(instanceId) === undefined;
  }

  whenProcessed(rows: readonly number[], callback: (error: Error | undefined) => void): () => void {
    const { stopped, term } = this.worker;
    if (stopped !== undefined || rows.length === 0) {
      callback(stopped);
      return () => {};
    }
    if (term === undefined) return this.ports.relay.whenProcessed(rows, callback);
    if (!term.ownership.whole && !rows.every((row) => term.rows.has(row)))
      return this.ports.relay.whenProcessed(rows, callback);
    // A row in memory, in a term that has not ended, is in the table until a batch consumes it.
    const [row] = rows;
    const known = rows.length === 1 && term.isMemoryValid && term.rows.has(row as number);
    return this.waits.rowWatch.add(rows, !known, callback);
  }

  watchRun(instanceId: string, callback: (end: RunRecord | Error) => void): () => void {
    if (this.worker.stopped !== undefined) {
      callback(this.worker.stopped);
      return () => {};
    }
    const term = this.termOf(instanceId);
    if (term === undefined) return this.ports.relay.watchRun(instanceId, callback);
    const cancel = this.waits.watch.add(instanceId, callback);
    const run = term.isMemoryValid ? term.live.get(instanceId) : undefined;
    if (run?.damage !== undefined) {
      const { damage } = run;
      void Promise.resolve().then(() => this.waits.watch.fail(instanceId, callback, damage));
      return cancel;
    }
    if (run?.kind === 'orchestration' && !run.loading && run.record !== undefined) {
      const committed = run.lastBatch <= term.committedSeq;
      if (hasEnded(run.record.status) && committed) this.waits.watch.ended(instanceId, run.record);
      return cancel;
    }
    // Registered before the row is read, so that an end that is committed meanwhile is not missed.
    const found = this.read(instanceId).then((row) => {
      const record = row?.kind === 'orchestration' ? readRunRecord(row.id, row.state) : undefined;
      if (record === undefined && this.isStarting(instanceId)) return;
      if (record === undefined) this.waits.watch.missing(instanceId, callback);
      else if (hasEnded(record.status)) this.waits.watch.ended(instanceId, record);
    });
    found.catch((error: unknown) => this.waits.watch.fail(instanceId, callback, error as Error));
    return cancel;
  }

  followRun(instanceId: string, callback: (row: InstanceRow | Error, input?: string) => void): () => void {
    if (this.worker.stopped !== undefined) {
      callback(this.worker.stopped);
      return () => {};
    }
    if (this.isElsewhere(instanceId)) return this.ports.relay.followRun(instanceId, callback);
    let seen = false;
    const stop = this.waits.watch.follow(
      instanceId,
      (row, input) => {
        if (row instanceof Error) return callback(row);
        if (row !== undefined && isPending(row)) return;
        if (row?.kind === 'orchestration') {
          seen = true;
          return callback(row, input);
        }
        if (!seen && this.isStarting(instanceId)) return;
        stop();
        callback(new OrchestrationNotFoundError(instanceId, seen ? 'was purged' : undefined));
      },
      () => this.read(instanceId),
    );
    return stop;
  }

  followEntity(entityId: string, callback: (row: InstanceRow | undefined | Error) => void): () => void {
    if (this.worker.stopped !== undefined) {
      callback(this.worker.stopped);
      return () => {};
    }
    if (this.isElsewhere(entityId)) return this.ports.relay.followEntity(entityId, callback);
    return this.waits.watch.follow(entityId, callback, () => this.read(entityId));
  }

  /** Whether the start message of this orchestration is in memory and not committed, or not processed. */
  private isStarting(instanceId: string): boolean {
    const run = this.worker.term?.live.get(instanceId);
    return run?.kind === 'orchestration' && (run.record !== undefined || run.starts);
  }
}
