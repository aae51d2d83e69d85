/**
 * Permanent refusals of the storage. The counts tell a message whose effects the storage refuses from a storage that refuses everything.
 *
 * No process ended in a refusal. After one, work is cautious (see `Caution`), so the next refused batch holds the effects of one message.
 * The worker tries that message again after other messages had their turn. A message that was refused alone four times is given up. If five
 * different messages were refused, and the effects of no message were stored in between, the storage is at fault: the worker fails.
 *
 * A process has one object of this class, which survives the end of a term.
 */
/** The number of refusals, alone in a batch, after which a message is given up. */
const refusedMax = 4;
/** The number of messages, or of batches without messages, that are refused in a row before the worker fails. */
const hopelessFrom = 5;

export class Refusals {
  private readonly byRow = new Map<number, { times: number; reason: string }>();
  private readonly rowsInARow = new Set<number>();
  private othersInARow = 0;
  /** Whether the batches of the next term hold the effects of one message each. */
  suspected = false;
  /** The monotonic time since when a message with the verdict `later` waits. `undefined` if none waits. */
  waitingSinceMs: number | undefined;

  /** @param rows the messages whose effects were in the refused batch, as far as they are known */
  refused(rows: readonly number[], { message }: Error): void {
    this.suspected = true;
    if (rows.length === 0) this.othersInARow++;
    for (const row of rows) {
      this.rowsInARow.add(row);
      const before = this.byRow.get(row)?.times ?? 0;
      this.byRow.set(row, { times: before + 1, reason: message });
    }
  }

  /** Notes that the effects of this message are stored. */
  stored(row: number): void {
    this.byRow.delete(row);
    this.rowsInARow.clear();
    this.othersInARow = 0;
  }

  /** Forgets all refusals, because the storage accepts everything again. */
  healthy(): void {
    this.suspected = false;
    this.waitingSinceMs = undefined;
    this.byRow.clear();
    this.rowsInARow.clear();
    this.othersInARow = 0;
  }

  get hopeless(): boolean {
    return this.rowsInARow.size >= hopelessFrom || this.othersInARow >= hopelessFrom;
  }

  /** `try`: the message may run. `later`: other messages run first. `given up`: the storage refuses the effects of the message. */
  verdict(row: number): 'try' | 'later' | 'given up' {
    const times = this.byRow.get(row)?.times ?? 0;
    if (times >= refusedMax) return 'given up';
    return times > 0 ? 'later' : 'try';
  }

  /** Why the storage refused the effects of this message. `undefined` if it did not. */
  reasonOf(row: number): string | undefined {
    return this.byRow.get(row)?.reason;
  }
}
