/**
 * What the storage has refused for good, told apart: a message whose effects it does not take, and a storage that takes nothing.
 *
 * A refusal is no death: nobody's process ended. After one, work is cautious (see `Caution`), so the next refused batch holds the effects
 * of one message. That message is tried again when others had their turn. It is given up when it was refused alone four times. When
 * five different messages were refused, and the effects of none were stored in between, the fault is not theirs: the worker fails.
 *
 * One object for a process: it outlives terms.
 */
/** A message is given up that was refused alone this often. */
const refusedMax = 4;
/** The worker fails when this many messages, or batches without any, were refused in a row. */
const hopelessFrom = 5;

export class Refusals {
  private readonly byRow = new Map<number, { times: number; reason: string }>();
  private readonly rowsInARow = new Set<number>();
  private othersInARow = 0;
  /** Whether the batches of the next term hold the effects of one message each. */
  suspected = false;

  /** @param rows of the messages whose effects were in the refused batch, as far as they are known */
  refused(rows: readonly number[], { message }: Error): void {
    this.suspected = true;
    if (rows.length === 0) this.othersInARow++;
    for (const row of rows) {
      this.rowsInARow.add(row);
      const before = this.byRow.get(row)?.times ?? 0;
      this.byRow.set(row, { times: before + 1, reason: message });
    }
  }

  /** The effects of this message are stored. */
  stored(row: number): void {
    this.byRow.delete(row);
    this.rowsInARow.clear();
    this.othersInARow = 0;
  }

  /** Work goes on as usual. */
  healthy(): void {
    this.suspected = false;
    this.byRow.clear();
    this.rowsInARow.clear();
    this.othersInARow = 0;
  }

  get hopeless(): boolean {
    return this.rowsInARow.size >= hopelessFrom || this.othersInARow >= hopelessFrom;
  }

  /** `later`: other messages come first. `given up`: the storage does not take what it writes. */
  verdict(row: number): 'try' | 'later' | 'given up' {
    const times = this.byRow.get(row)?.times ?? 0;
    if (times >= refusedMax) return 'given up';
    return times > 0 ? 'later' : 'try';
  }

  /** Why the storage refused what this message wrote; `undefined` if it did not. */
  reasonOf(row: number): string | undefined {
    return this.byRow.get(row)?.reason;
  }
}
