/**
 * The processes that watch instances of this worker. They renew their interest with each of their looks, and it is forgotten two seconds
 * after the last one. It only makes them look sooner.
 */
import type { InstanceWrite } from '../ports/store.js';

const lastsMs = 2_000;
/** The greatest number of watched instances that are remembered. */
const instancesMax = 10_000;

export class Interest {
  /** By instance, then by process: the monotonic time when the interest ends. */
  private readonly until = new Map<string, Map<string, number>>();

  note(interest: readonly (readonly [instance: string, process: string])[], nowMs: number): void {
    if (this.until.size >= instancesMax) this.forgetOld(nowMs);
    for (const [instance, process] of interest) {
      const processes = this.until.get(instance) ?? new Map<string, number>();
      if (processes.size === 0 && this.until.size >= instancesMax) return;
      this.until.set(instance, processes.set(process, nowMs + lastsMs));
    }
  }

  /** The processes that watch one of these instances. */
  *in(writes: readonly InstanceWrite[], nowMs: number): Generator<string> {
    if (this.until.size === 0) return;
    for (const { id } of writes) {
      const processes = this.until.get(id);
      if (processes === undefined) continue;
      for (const [process, untilMs] of processes) if (untilMs > nowMs) yield process;
    }
    this.forgetOld(nowMs);
  }

  private forgetOld(nowMs: number): void {
    for (const [instance, processes] of this.until) {
      for (const [process, untilMs] of processes) if (untilMs <= nowMs) processes.delete(process);
      if (processes.size === 0) this.until.delete(instance);
    }
  }
}
