/**
 * What a term knows of rows of the inbox: which are messages in memory, and which a read may show that are no news. A read that is
 * under way may have seen the table before a commit that is known of by now: what that commit did is remembered until it has ended.
 */
import type { InboxRow } from '../ports/store.js';
import type { Message } from './message.js';

export class KnownRows {
  private readonly messages = new Map<number, Message>();
  /** Consumed by a batch that is not committed, or was while a read was under way. */
  private readonly consumed = new Set<number>();
  private reads = 0;
  private goneDuringRead: number[] = [];
  /** Left to the table while a read was under way, which may have seen them before they had their place. */
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

  /** Whether a row that a read shows is neither in memory nor consumed nor left to the table. */
  isNews({ id, arrival }: InboxRow): boolean {
    if (arrival === null && this.leftDuringRead.has(id)) return false;
    return !this.messages.has(id) && !this.consumed.has(id);
  }

  /** The open batch deletes it. */
  consume(row: number): void {
    this.consumed.add(row);
  }

  /** A commit has deleted these. */
  gone(rows: readonly number[]): void {
    // One by one: a call cannot take a hundred thousand arguments.
    if (this.reads > 0) for (const row of rows) this.goneDuringRead.push(row);
    else for (const row of rows) this.consumed.delete(row);
  }

  /** The row's message is in the table only, in its place. */
  leave(row: number): void {
    this.messages.delete(row);
    if (this.reads > 0) this.leftDuringRead.add(row);
  }

  readBegins(): void {
    this.reads++;
  }

  /** What it showed has been looked at. */
  readEnds(): void {
    this.reads--;
    if (this.reads > 0) return;
    this.leftDuringRead.clear();
    for (const row of this.goneDuringRead.splice(0)) this.consumed.delete(row);
  }
}
