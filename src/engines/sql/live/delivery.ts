/**
 * Delivers messages: puts each one into the queue of its instance, in memory or behind the messages that wait in the table only.
 *
 * Messages that act on arrival (named signals, requests of clients) go to the part that acts on them.
 */
import {
  isNameMessage,
  isRequest,
  type EntityMessage,
  type MailboxMessage,
  type NameMessage,
  type RequestMessage,
  type RunMessage,
} from '../model/messages.js';
import { isHeld } from '../model/run-record.js';
import type { LiveEntity, LiveInstance } from './live-instance.js';
import type { Message } from './message.js';
import type { WorkerTerm } from './worker-term.js';

/** Acts on messages about named signals on arrival. Returns the signal if it is due at once. */
export interface NamedMessages {
  act(entity: LiveEntity, message: Message<NameMessage>): Message | undefined;
}

/** Takes requests of clients to the worker itself. */
export interface RequestQueue {
  add(message: Message<RequestMessage>): void;
}

export class Delivery {
  constructor(
    private readonly term: WorkerTerm,
    private readonly named: NamedMessages,
    private readonly requests: RequestQueue,
  ) {}

  /**
   * Puts a message into the queue of its target. From now on the open batch holds its effects or its row. A message for the partition of
   * another worker becomes a row of the batch: this is the only way from worker to worker.
   */
  deliver(message: Message): void {
    const { batch, ownership } = this.term;
    if (!ownership.whole && !ownership.ownsTarget(message.target)) return this.sendAway(message);
    message.arrival = this.term.ids.nextArrival();
    if (!message.stored) batch.add(message);
    this.enqueue(message);
  }

  private sendAway(message: Message): void {
    // The other worker reads the row of the target, so it may have existed before.
    this.term.ids.takeFresh(message.target);
    this.term.batch.addAway(message);
  }

  /** Puts a message that is durable or in the open batch into the queue of its target. */
  enqueue(message: Message): void {
    if (message.row !== 0) this.term.rows.set(message.row, message);
    if (isRequest(message.body)) return this.requests.add(message as Message<RequestMessage>);
    const instance = this.term.live.of(message.target);
    instance.used = true;
    if (this.staysInTable(instance, message)) this.leaveInTable(instance, message);
    else if (instance.kind === 'orchestration' && instance.spill !== undefined) {
      // The rows in the table are being read back, and this message comes behind them.
      instance.addBehind(message as Message<RunMessage>);
      this.term.markReady(instance);
    } else this.queue(instance, message);
  }

  /** Puts a message into the queue in memory, whatever its length. */
  queue(instance: LiveInstance, message: Message): void {
    message.queuedTick = this.term.roundTick;
    if (instance.kind === 'orchestration') instance.add(message as Message<RunMessage>);
    else if (instance.loading) instance.addEarly(message as Message<EntityMessage>);
    else this.addTo(instance, message as Message<EntityMessage>);
    if (!instance.loading || instance.damage !== undefined) this.term.markReady(instance);
    // The loop starts the loader, and may be asleep.
    else this.term.wake();
  }

  /**
   * Whether a message must wait in the table: behind others that wait there, or as the first one if the queue is full. The first one must
   * have a row.
   */
  private staysInTable(instance: LiveInstance, message: Message): boolean {
    if (instance.spill === undefined) {
      if (!message.stored || instance.waiting < this.term.options.maxWaitingInMemory) return false;
    }
    // While the entity loads, its lock is not known. A message without a row waits in memory until then.
    if (instance.kind === 'entity') {
      const entityMessage = message as Message<EntityMessage>;
      return instance.loading
        ? message.stored && !isNameMessage(entityMessage.body)
        : !instance.bypassesQueue(entityMessage);
    }
    return instance.spill?.reading !== true && !instance.bypassesQueue(message as Message<RunMessage>);
  }

  /** Keeps the message out of memory. Its row, in the table or in the open batch, is read when its turn comes. */
  leaveInTable(instance: LiveInstance, message: Message): void {
    instance.spill ??= { after: message.arrival - 1, count: 0, lastBatch: 0, reading: false };
    instance.spill.after = Math.min(instance.spill.after, message.arrival - 1);
    instance.spill.count++;
    if (instance.kind === 'orchestration' && instance.record !== undefined && isHeld(instance.record))
      this.term.applied(message);
    // A poll would return the row again until its place is committed.
    if (message.durable && !this.term.batch.adopted.has(message)) this.term.rows.leave(message.row);
    else {
      message.leftInTable = true;
      this.term.batch.spilled.push(message);
      instance.spill.lastBatch = this.term.batch.seq;
    }
  }

  private addTo(entity: LiveEntity, message: Message<EntityMessage>): void {
    // Another message cancelled this one while the entity was loading.
    if (message.done) return;
    if (isNameMessage(message.body)) {
      const due = this.named.act(entity, message as Message<NameMessage>);
      if (due !== undefined) this.deliver(due);
      return;
    }
    for (const settled of entity.mailbox.add(message as Message<MailboxMessage>)) this.term.consume(settled);
  }

  /** Queues the messages that arrived while the instance was loading. */
  loaded(instance: LiveInstance): void {
    if (instance.gone) return;
    instance.loading = false;
    if (instance.kind === 'entity') {
      for (const message of instance.takeEarly()) {
        const behind = instance.spill !== undefined && message.arrival > instance.spill.after;
        if (behind && !instance.bypassesQueue(message)) this.leaveInTable(instance, message);
        else this.addTo(instance, message);
      }
    } else for (const message of instance.early.splice(0)) instance.add(message);
    if (instance.busy) this.term.markReady(instance);
  }

  /** Puts a message behind everything that was delivered to this instance so far. */
  requeue(message: Message): void {
    // Its row belongs to another worker now.
    if (!this.term.ownership.ownsTarget(message.target)) return;
    message.arrival = this.term.ids.nextArrival();
    if (message.stored) this.term.batch.adopted.add(message);
    this.enqueue(message);
  }
}
