/**
 * Code that messages of this worker wait for, by partition: another worker announced it, and this one has not registered it. The balance gives
 * such a partition to a worker that has the code.
 */
import type { NeededCode } from '../core/worker-names.js';

/** Tells whether somebody still waits. */
type StillWaits = () => boolean;

/** So many notes are kept without a check whether they still wait. */
const uncheckedMax = 1_000;

export class WaitingCode {
  /** By partition, then by needed code, then by what waits: an instance, or the row of an activity. */
  private readonly byPartition = new Map<number, Map<NeededCode, Map<string | number, StillWaits>>>();
  /** Notes since the last check of all, and the number of them that causes the next one. */
  private notes = 0;
  private notesMax = uncheckedMax;

  /** Notes that this instance or row waits. */
  note(partition: number, needed: NeededCode, who: string | number, stillWaits: StillWaits): void {
    const codes = this.byPartition.get(partition) ?? new Map<NeededCode, Map<string | number, StillWaits>>();
    this.byPartition.set(partition, codes);
    const waiting = codes.get(needed) ?? new Map<string | number, StillWaits>();
    codes.set(needed, waiting);
    waiting.set(who, stillWaits);
    if (++this.notes >= this.notesMax) this.forgetEnded();
  }

  /** Forgets all that waits no more. Its cost is spread over as many notes as are left. */
  private forgetEnded(): void {
    let left = 0;
    for (const [partition, codes] of this.byPartition) {
      for (const [needed, waiting] of codes) {
        for (const [who, stillWaits] of waiting) if (!stillWaits()) waiting.delete(who);
        left += waiting.size;
        if (waiting.size === 0) codes.delete(needed);
      }
      if (codes.size === 0) this.byPartition.delete(partition);
    }
    this.notes = 0;
    this.notesMax = Math.max(uncheckedMax, left);
  }

  /** The code that messages of this partition wait for, sorted. Forgets what waits no more. */
  in(partition: number): readonly NeededCode[] {
    const codes = this.byPartition.get(partition);
    if (codes === undefined) return [];
    for (const [needed, waiting] of codes) {
      for (const [who, stillWaits] of waiting) {
        if (stillWaits()) break;
        waiting.delete(who);
      }
      if (waiting.size === 0) codes.delete(needed);
    }
    if (codes.size === 0) this.byPartition.delete(partition);
    return [...codes.keys()].toSorted();
  }

  /** The partitions in which something waits for code. */
  get partitions(): readonly number[] {
    return this.byPartition.size === 0 ? [] : [...this.byPartition.keys()].filter((each) => this.in(each).length > 0);
  }

  /** Forgets a partition that belongs to another worker now. */
  lost(partition: number): void {
    this.byPartition.delete(partition);
  }
}
