/** Who waits for the end of which orchestration in this process, and who follows what is committed of which instance. */
import { OrchestrationNotFoundError } from '../../../errors/index.js';
import { isEntityId } from '../model/messages.js';
import type { RunRecord } from '../model/run-record.js';
import type { Watcher } from '../ports/intake.js';
import type { InstanceRow, InstanceWrite } from '../ports/store.js';

type Callback = (end: RunRecord | Error) => void;
/** `undefined`: there is no row. */
type Follower = (row: InstanceRow | undefined | Error) => void;

export class RunWatch {
  private readonly waiting = new Map<string, Callback[]>();
  private readonly followers = new Map<string, Set<Follower>>();
  /** How to end what was handed over. */
  private readonly elsewhere = new Map<Callback | Follower, () => void>();

  add(instanceId: string, callback: Callback): () => void {
    const callbacks = this.waiting.get(instanceId);
    if (callbacks === undefined) this.waiting.set(instanceId, [callback]);
    else callbacks.push(callback);
    return () => this.remove(instanceId, callback);
  }

  private remove(instanceId: string, callback: Callback): boolean {
    const callbacks = this.waiting.get(instanceId);
    const index = callbacks?.indexOf(callback) ?? -1;
    if (index >= 0) callbacks?.splice(index, 1);
    if (callbacks?.length === 0) this.waiting.delete(instanceId);
    this.endElsewhere(callback);
    return index >= 0;
  }

  /** It ended, and that is committed. */
  ended(instanceId: string, end: RunRecord): void {
    const callbacks = this.waiting.get(instanceId);
    if (callbacks === undefined) return;
    this.waiting.delete(instanceId);
    for (const callback of callbacks) callback(end);
  }

  /** What is stored of it is damaged: nobody can tell its end. */
  damaged(instanceId: string, error: Error): void {
    const callbacks = this.waiting.get(instanceId) ?? [];
    this.waiting.delete(instanceId);
    for (const callback of callbacks) callback(error);
  }

  missing(instanceId: string, callback: Callback): void {
    this.fail(instanceId, callback, new OrchestrationNotFoundError(instanceId));
  }

  fail(instanceId: string, callback: Callback, error: Error): void {
    if (this.remove(instanceId, callback)) callback(error);
  }

  /** Calls back with what `read` gives, and with each row that is committed later, in order; after an error no more. Returns how to stop. */
  follow(instanceId: string, callback: Follower, read: () => Promise<InstanceRow | undefined>): () => void {
    // Followed before it is read: what is committed meanwhile is heard of, and then newer than what was read.
    let heard = false;
    const follower: Follower = (row) => {
      heard = true;
      callback(row);
    };
    const followers = this.followers.get(instanceId) ?? new Set();
    this.followers.set(instanceId, followers);
    followers.add(follower);
    const stop = () => {
      heard = true;
      followers.delete(follower);
      if (followers.size === 0 && this.followers.get(instanceId) === followers) this.followers.delete(instanceId);
      this.endElsewhere(follower);
    };
    read().then(
      (row) => {
        if (!heard) callback(row);
      },
      (error: unknown) => {
        if (heard) return;
        stop();
        callback(error as Error);
      },
    );
    return stop;
  }

  /** Another process is the worker from now on: everybody here is told by this watcher. */
  handOver(to: Watcher): void {
    const waiting = [...this.waiting];
    const followers = [...this.followers];
    this.waiting.clear();
    this.followers.clear();
    for (const [instanceId, callbacks] of waiting) {
      for (const callback of callbacks) this.elsewhere.set(callback, to.watchRun(instanceId, callback));
    }
    for (const [instanceId, callbacks] of followers) {
      for (const callback of callbacks) {
        const stop = isEntityId(instanceId)
          ? to.followEntity(instanceId, callback)
          : to.followRun(instanceId, callback);
        this.elsewhere.set(callback, stop);
      }
    }
  }

  private endElsewhere(callback: Callback | Follower): void {
    this.elsewhere.get(callback)?.();
    this.elsewhere.delete(callback);
  }

  /** These rows are committed. */
  wrote(writes: readonly InstanceWrite[]): void {
    if (this.followers.size === 0) return;
    for (const write of writes) {
      const followers = this.followers.get(write.id);
      if (followers === undefined) continue;
      for (const follower of followers) follower(write.op === 'put' ? write : undefined);
    }
  }

  stop(error: Error): void {
    const all = [...this.waiting.values(), ...this.followers.values()];
    this.waiting.clear();
    this.followers.clear();
    for (const callbacks of all) for (const callback of callbacks) callback(error);
  }
}
