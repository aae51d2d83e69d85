/**
 * The mailbox of one entity: the messages that wait for it, and which of them may run next.
 *
 * A lock request takes its turn like any message and is granted at the head of the queue. A request comes before the requests of sections
 * that began later, as long as no other message stands between. So a section that holds locks gets its next one soon, and nobody waits for
 * ever: only those pass it that began before. While a lock is held, only messages of its holder run, in their order. All other messages keep
 * their places. A release takes its turn behind the holder's calls. If the request for that lock still waits, the release removes the
 * request. Otherwise it does nothing.
 */
import type { HeldLock } from '../model/entity-meta.js';
import { begunOf, sameOwner, type LockOwner, type LockRequest, type MailboxMessage } from '../model/messages.js';

/** Anything that carries an entity message. */
export interface Carrier {
  readonly body: MailboxMessage;
}

/** The empty list of all mailboxes. It is frozen, so that nobody can add to it. */
const none = Object.freeze([]) as unknown as never[];

/** Whether a message is the request of a section that began after this time. */
function comesAfter({ body }: Carrier, begunMs: number): boolean {
  return body.kind === 'lock' && begunOf(body) > begunMs;
}

/**
 * An idle mailbox has no lists: there are as many mailboxes as entities in memory, and most of them hold at most one message at a time.
 */
export class Mailbox<M extends Carrier> {
  /** The first message without a lock, or the first lock request, in order of arrival. */
  private first: M | undefined = undefined;
  /** The messages behind it, from `head` on. */
  private rest: M[] = none;
  private head = 0;
  /** Messages of the holder while the entity is locked. */
  private holders: M[] = none;
  holder: HeldLock | undefined = undefined;

  get size(): number {
    return (this.first === undefined ? 0 : 1) + this.rest.length - this.head + this.holders.length;
  }

  /** Adds a message. Returns messages that are settled without running: a release without effect, with the request that it removed. */
  add(message: M): readonly M[] {
    const { body } = message;
    if (body.kind === 'expire' || (body.kind === 'operation' && body.owner === undefined)) {
      this.push(message);
      return none;
    }
    const owner = body.owner as LockOwner;
    if (this.holder !== undefined && sameOwner(this.holder, owner)) {
      this.addHolder(message);
      return none;
    }
    if (body.kind !== 'release') {
      this.push(message);
      return none;
    }
    const request = this.requestOf(owner);
    if (request === undefined) return [message];
    this.remove(request);
    return [request, message];
  }

  private push(message: M): void {
    if (this.first === undefined) this.first = message;
    else if (message.body.kind === 'lock') this.pushRequest(message, this.first);
    else this.append(message);
  }

  private append(message: M): void {
    if (this.rest.length === 0) this.rest = [message];
    else this.rest.push(message);
  }

  /** Adds a lock request before those at the end of the queue whose sections began later. */
  private pushRequest(message: M, first: M): void {
    const { rest, head } = this;
    const begunMs = begunOf(message.body as LockRequest);
    let at = rest.length;
    while (at > head && comesAfter(rest[at - 1] as M, begunMs)) at--;
    if (at > head || !comesAfter(first, begunMs)) {
      if (at === rest.length) this.append(message);
      else rest.splice(at, 0, message);
      return;
    }
    this.first = message;
    if (rest.length === 0) this.rest = [first];
    else rest.splice(head, 0, first);
  }

  private addHolder(message: M): void {
    if (this.holders.length === 0) this.holders = [message];
    else this.holders.push(message);
  }

  /** Whether the lock request of this section waits here. */
  asks(owner: LockOwner): boolean {
    return this.requestOf(owner) !== undefined;
  }

  private requestOf(owner: LockOwner): M | undefined {
    const isRequest = ({ body }: M) => body.kind === 'lock' && sameOwner(body.owner, owner);
    if (this.first !== undefined && isRequest(this.first)) return this.first;
    return this.rest.find((other, index) => index >= this.head && isRequest(other));
  }

  /** Removes the messages behind the first `kept` ones, and returns them in order. Messages of the holder stay. */
  cut(kept: number): M[] {
    if (kept > 0) return this.rest.length === 0 ? [] : this.rest.splice(this.head + kept - 1);
    const all = this.waiting();
    this.replace([]);
    return all;
  }

  /** The message that may run now. The message stays until `take`. */
  peek(): M | undefined {
    return this.holder === undefined ? this.first : this.holders[0];
  }

  /** Removes the message that `peek` returned. */
  take(): M {
    if (this.holder === undefined) return this.shift() as M;
    const message = this.holders.shift() as M;
    if (this.holders.length === 0) this.holders = none;
    return message;
  }

  private shift(): M | undefined {
    const { first } = this;
    if (this.head === this.rest.length) {
      this.first = undefined;
      this.drop();
      return first;
    }
    this.first = this.rest[this.head++];
    if (this.head === this.rest.length) this.drop();
    // Soon, because the list refers to messages that were taken until then.
    else if (this.head >= 64) {
      this.rest.splice(0, this.head);
      this.head = 0;
    }
    return first;
  }

  /** Forgets the list behind the first message, which is empty. */
  private drop(): void {
    this.rest = none;
    this.head = 0;
  }

  /** Removes a message that belongs to no critical section, wherever it waits. */
  remove(message: M): void {
    if (message === this.first) {
      this.shift();
      return;
    }
    const index = this.rest.indexOf(message, this.head);
    if (index < 0) return;
    this.rest.splice(index, 1);
    if (this.head === this.rest.length) this.drop();
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
    const { holders } = this;
    this.holders = none;
    this.replace([...holders, ...this.waiting()]);
  }

  private moveHolders(): void {
    const holder = this.holder as LockOwner;
    const isHolders = ({ body: { owner } }: M) => owner !== undefined && sameOwner(owner, holder);
    // Usually no message is from the holder.
    const { first } = this;
    if (first === undefined || !(isHolders(first) || this.rest.some((each, at) => at >= this.head && isHolders(each))))
      return;
    const others: M[] = [];
    for (const message of this.waiting())
      if (isHolders(message)) this.addHolder(message);
      else others.push(message);
    this.replace(others);
  }

  /** The messages that are not of the holder, in order. */
  private waiting(): M[] {
    return this.first === undefined ? [] : [this.first, ...this.rest.slice(this.head)];
  }

  private replace([first, ...rest]: readonly M[]): void {
    this.first = first;
    this.rest = rest.length === 0 ? none : rest;
    this.head = 0;
  }

  /** All messages that wait, the holder's messages first. */
  *all(): Iterable<M> {
    yield* this.holders;
    if (this.first !== undefined) yield this.first;
    for (let i = this.head; i < this.rest.length; i++) yield this.rest[i] as M;
  }
}
