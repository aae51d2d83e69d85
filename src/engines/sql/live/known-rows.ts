/**
 * Tracks the inbox rows that this term already knows, so that a read can tell new rows from rows in memory or already consumed. A read in
 * progress may have seen the table before the newest commits. So the effects of these commits are remembered until the read has ended.
 */
import type { InboxRow } from '../ports/store.js';
import type { Message } from './message.js';

export class KnownRows {
  private readonly messages = new Map<number, Message>();
  /** Rows consumed by a batch that is not committed, or that was committed while a read was in progress. */
  private readonly consumed = new Set<number>();
  private reads = 0;
  private goneDuringRead: number[] = [];
  /** Rows that were left in the table while a read was in progress. That read may have seen them without their arrival number. */
  private readonly leftDuringRead = new Set<number>();

  get(row: number): Message | undefined {
    return this.messages.get(row);
  }

  has(row: number): boolean {
    return this.messages.has(row);
  }

  set(row: number, message: Message): void {
    this.messages.set(row, message);
  }

  delete(row: number): void {
    this.messages.delete(row);
  }

  /** Whether a row from a read is neither in memory, nor consumed, nor left in the table. */
  isNews({ id, arrival }: InboxRow): boolean {
    if (arrival === null && this.leftDuringRead.has(id)) return false;
    return !this.messages.has(id) && !this.consumed.has(id);
  }

  /** Marks a row as consumed: the open batch deletes it. */
  consume(row: number): void {
    this.consumed.add(row);
  }

  /** Forgets rows that a commit has deleted. */
  gone(rows: readonly number[]): void {
    // Not as arguments of one call, which would fail with a hundred thousand rows.
    if (this.reads > 0) for (const row of rows) this.goneDuringRead.push(row);
    else for (const row of rows) this.consumed.delete(row);
  }

  /** Forgets the message of a row that waits in the table only, with its arrival number. */
  leave(row: number): void {
    this.messages.delete(row);
    if (this.reads > 0) this.leftDuringRead.add(row);
  }

  /** Forgets the messages of partitions that another worker owns now. */
  lost(isLost: (message: Message) => boolean): void {
    for (const [row, message] of this.messages) if (isLost(message)) this.messages.delete(row);
  }

  readBegins(): void {
    this.reads++;
  }

  /** Call after all rows of the read have been processed. */
  readEnds(): void {
    this.reads--;
    if (this.reads > 0) return;
    this.leftDuringRead.clear();
    for (const row of this.goneDuringRead.splice(0)) this.consumed.delete(row);
  }
}
