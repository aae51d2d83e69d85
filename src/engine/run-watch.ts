/** Who waits for the end of which orchestration in this process, and who follows its changes. */
import { OrchestrationNotFoundError } from '../errors/index.js';
import type { RunRecord } from '../model/run-record.js';
import type { InstanceRow, InstanceWrite } from '../ports/store.js';

type Callback = (end: RunRecord | Error) => void;
type Follower = (row: InstanceRow | Error) => void;

export class RunWatch {
  private readonly waiting = new Map<string, Set<Callback>>();
  private readonly followers = new Map<string, Set<Follower>>();

  add(instanceId: string, callback: Callback): () => void {
    const callbacks = this.waiting.get(instanceId) ?? new Set();
    this.waiting.set(instanceId, callbacks);
    callbacks.add(callback);
    return () => this.remove(instanceId, callback);
  }

  private remove(instanceId: string, callback: Callback): boolean {
    const callbacks = this.waiting.get(instanceId);
    const removed = callbacks?.delete(callback) ?? false;
    if (callbacks?.size === 0) this.waiting.delete(instanceId);
    return removed;
  }

  /** It ended, and that is committed. */
  ended(instanceId: string, end: RunRecord): void {
    const callbacks = this.waiting.get(instanceId);
    if (callbacks === undefined) return;
    this.waiting.delete(instanceId);
    for (const callback of callbacks) callback(end);
  }

  missing(instanceId: string, callback: Callback): void {
    this.fail(instanceId, callback, new OrchestrationNotFoundError(instanceId));
  }

  fail(instanceId: string, callback: Callback, error: Error): void {
    if (this.remove(instanceId, callback)) callback(error);
  }

  follow(instanceId: string, follower: Follower): () => void {
    const followers = this.followers.get(instanceId) ?? new Set();
    this.followers.set(instanceId, followers);
    followers.add(follower);
    return () => {
      followers.delete(follower);
      if (followers.size === 0 && this.followers.get(instanceId) === followers) this.followers.delete(instanceId);
    };
  }

  /** These rows are committed. */
  wrote(writes: readonly InstanceWrite[]): void {
    if (this.followers.size === 0) return;
    for (const write of writes) {
      const followers = this.followers.get(write.id);
      if (followers === undefined) continue;
      if (write.op === 'delete') this.followers.delete(write.id);
      for (const follower of followers) {
        follower(write.op === 'put' ? write : new OrchestrationNotFoundError(write.id, 'was purged'));
      }
    }
  }

  stop(error: Error): void {
    const all = [...this.waiting.values(), ...this.followers.values()];
    this.waiting.clear();
    this.followers.clear();
    for (const callbacks of all) for (const callback of callbacks) callback(error);
  }
}
