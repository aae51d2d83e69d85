/** Who waits for the end of which orchestration in this process. */
import { OrchestrationNotFoundError } from '../errors/index.js';
import type { RunRecord } from '../model/run-record.js';

type Callback = (end: RunRecord | Error) => void;

export class RunWatch {
  private readonly waiting = new Map<string, Set<Callback>>();

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

  stop(error: Error): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const callbacks of all) for (const callback of callbacks) callback(error);
  }
}
