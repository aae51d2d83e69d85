/** Callbacks of this process that wait for an orchestration to end, or that receive every committed row of an instance. */
import { OrchestrationNotFoundError } from '../../../errors/index.js';
import { isEntityId } from '../model/messages.js';
import type { RunRecord } from '../model/run-record.js';
import type { Watcher } from '../ports/intake.js';
import type { InstanceRow, InstanceWrite } from '../ports/store.js';

type Callback = (end: RunRecord | Error) => void;
/** The row is `undefined` if there is no row. `input` is that of an orchestration whose record does not hold it, if it is in memory. */
type Follower = (row: InstanceRow | undefined | Error, input?: string) => void;

export class RunWatch {
  private readonly waiting = new Map<string, Callback[]>();
  private readonly followers = new Map<string, Set<Follower>>();
  /** Functions that stop the waits that were handed over to another watcher. */
  private readonly elsewhere = new Map<Callback | Follower, () => void>();

  add(instanceId: string, callback: Callback): () => void {
    const callbacks = this.waiting.get(instanceId);
    if (callbacks === undefined) this.waiting.set(instanceId, [callback]);
    else callbacks.push(callback);
    return () => {
      this.remove(instanceId, callback);
      this.endElsewhere(callback);
    };
  }

  /** Returns whether the callback waited here. One that was handed over still waits elsewhere. */
  private remove(instanceId: string, callback: Callback): boolean {
    const callbacks = this.waiting.get(instanceId);
    const index = callbacks?.indexOf(callback) ?? -1;
    if (index >= 0) callbacks?.splice(index, 1);
    if (callbacks?.length === 0) this.waiting.delete(instanceId);
    return index >= 0;
  }

  /** Calls back after the end of the orchestration is committed. */
  ended(instanceId: string, end: RunRecord): void {
    const callbacks = this.waiting.get(instanceId);
    if (callbacks === undefined) return;
    this.waiting.delete(instanceId);
    for (const callback of callbacks) callback(end);
  }

  /** Fails the waits for an orchestration whose stored data is damaged: its end cannot be known. */
  damaged(instanceId: string, error: Error): void {
    const callbacks = this.waiting.get(instanceId) ?? [];
    this.waiting.delete(instanceId);
    for (const callback of callbacks) callback(error);
  }

  missing(instanceId: string, callback: Callback): void {
    this.fail(instanceId, callback, new OrchestrationNotFoundError(instanceId));
  }

  /** Ends the wait with this error. One that was handed over meanwhile goes on: another watcher tells its end. */
  fail(instanceId: string, callback: Callback, error: Error): void {
    if (this.remove(instanceId, callback)) callback(error);
  }

  /**
   * Calls back with the row that `read` resolves with, then with each row that is committed later, in order. After an error no call
   * follows. Returns a function that stops the calls.
   */
  follow(instanceId: string, callback: Follower, read: () => Promise<InstanceRow | undefined>): () => void {
    // Registered before the row is read: a row that is committed meanwhile is newer than the row that was read.
    let heard = false;
    const follower: Follower = (row, input) => {
      heard = true;
      callback(row, input);
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

  /** Hands waits over to this watcher, because another process runs their instances from now on: those of these instances, or all. */
  handOver(to: Watcher, isAway: (instanceId: string) => boolean = () => true): void {
    const waiting = [...this.waiting].filter(([instanceId]) => isAway(instanceId));
    const followers = [...this.followers].filter(([instanceId]) => isAway(instanceId));
    for (const [instanceId] of waiting) this.waiting.delete(instanceId);
    for (const [instanceId] of followers) this.followers.delete(instanceId);
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

  /** Passes committed rows to their followers, with the inputs that their records do not hold. */
  wrote(writes: readonly InstanceWrite[], inputs: ReadonlyMap<string, string>): void {
    if (this.followers.size === 0) return;
    for (const write of writes) {
      const followers = this.followers.get(write.id);
      if (followers === undefined) continue;
      for (const follower of followers) follower(write.op === 'put' ? write : undefined, inputs.get(write.id));
    }
  }

  stop(error: Error): void {
    const all = [...this.waiting.values(), ...this.followers.values()];
    this.waiting.clear();
    this.followers.clear();
    for (const callbacks of all) for (const callback of callbacks) callback(error);
  }
}
