/**
 * The mailbox of one entity: the messages that wait for it, and which of them may run next.
 *
 * A lock request takes its turn like any message and is granted at the head of the queue. While a lock is held, only messages of its holder
 * run, in their order. All other messages keep their places. A release takes its turn behind the holder's calls. If the request for that
 * lock still waits, the release removes the request. Otherwise it does nothing.
 */
import type { HeldLock } from '../model/entity-meta.js';
import { sameOwner, type LockOwner, type MailboxMessage } from '../model/messages.js';

/** Anything that carries an entity message. */
export interface Carrier {
  readonly body: MailboxMessage;
}

export class Mailbox<M extends Carrier> {
  /** Messages without a lock, and lock requests, in order of arrival. */
  private waiting: M[] = [];
  private head = 0;
  /** Messages of the holder while the entity is locked. */
  private readonly holders: M[] = [];
  holder: HeldLock | undefined;

  get size(): number {
    return this.waiting.length - this.head + this.holders.length;
  }

  /** Adds a message. Returns messages that are settled without running: a release without effect, with the request that it removed. */
  add(message: M): readonly M[] {
    const { body } = message;
    if (body.kind === 'expire' || (body.kind === 'operation' && body.owner === undefined)) {
      this.waiting.push(message);
      return none;
    }
    const owner = body.owner as LockOwner;
    if (this.holder !== undefined && sameOwner(this.holder, owner)) {
      this.holders.push(message);
      return none;
    }
    if (body.kind !== 'release') {
      this.waiting.push(message);
      return none;
    }
    const asked = this.indexOfRequest(owner);
    if (asked < 0) return [message];
    const [request] = this.waiting.splice(asked, 1);
    return [request as M, message];
  }

  /** Whether the lock request of this section waits here. */
  asks(owner: LockOwner): boolean {
    return this.indexOfRequest(owner) >= 0;
  }

  private indexOfRequest(owner: LockOwner): number {
    return this.waiting.findIndex(
      (other, index) => index >= this.head && other.body.kind === 'lock' && sameOwner(other.body.owner, owner),
    );
  }

  /** Removes the messages behind the first `kept` ones, and returns them in order. Messages of the holder stay. */
  cut(kept: number): M[] {
    return this.waiting.splice(this.head + kept);
  }

  /** The message that may run now. The message stays until `take`. */
  peek(): M | undefined {
    return this.holder === undefined ? this.waiting[this.head] : this.holders[0];
  }

  /** Removes the message that `peek` returned. */
  take(): M {
    if (this.holder !== undefined) return this.holders.shift() as M;
    // Often there is one message. `pop` keeps the memory of the array for the next one.
    if (this.head === 0 && this.waiting.length === 1) return this.waiting.pop() as M;
    const message = this.waiting[this.head] as M;
    this.head++;
    // Soon, because the array refers to messages that were taken until then.
    if (this.head === this.waiting.length || this.head >= 64) {
      this.waiting.splice(0, this.head);
      this.head = 0;
    }
    return message;
  }

  /** Removes a message that belongs to no critical section, wherever it waits. */
  remove(message: M): void {
    const index = this.waiting.indexOf(message, this.head);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  /**
   * Grants the lock. Messages of the holder that came before its request (after a crash, rows are read back early) move behind the grant.
   */
  grant(lock: HeldLock): void {
    this.holder = lock;
    this.moveHolders();
  }

  /** Ends the lock. If the holder left messages, they come first. */
  release(): void {
    this.holder = undefined;
    if (this.holders.length === 0) return;
    this.waiting = [...this.holders.splice(0), ...this.waiting.slice(this.head)];
    this.head = 0;
  }

  private moveHolders(): void {
    const holder = this.holder as LockOwner;
    const others: M[] = [];
    for (let i = this.head; i < this.waiting.length; i++) {
      const message = this.waiting[i] as M;
      const { owner } = message.body;
      (owner !== undefined && sameOwner(owner, holder) ? this.holders : others).push(message);
    }
    this.waiting = others;
    this.head = 0;
  }

  /** All messages that wait, the holder's messages first. */
  *all(): Iterable<M> {
    yield* this.holders;
    for (let i = this.head; i < this.waiting.length; i++) yield this.waiting[i] as M;
  }
}

const none: readonly never[] = [];
