/**
 * Instances whose rows cannot be read. The first look is reported; each message whose sender waits is refused with what is damaged; every
 * other message stays in the table, in its place, until the row is mended and a worker's term begins. Nothing of it is kept in memory.
 */
import { encodeError } from '../../../model/error-details.js';
import type { EntityMessage, ReplyTo, RunMessage } from '../model/messages.js';
import type { Answer } from '../model/messages.js';
import type { LiveInstance } from './live-instance.js';
import type { Message } from './message.js';
import type { WorkerTerm } from './worker-term.js';

/** Answers a call or a start. */
export interface Answers {
  answer(reply: ReplyTo, entity: string, answer: Answer): void;
}

export class DamagedInstances {
  /** @param tellWatchers told once for each instance: those who wait for it */
  constructor(
    private readonly term: WorkerTerm,
    private readonly answers: Answers,
    private readonly tellWatchers: (id: string, error: Error) => void,
  ) {}

  /** Deals with the messages that have come for it. */
  visit(instance: LiveInstance, damage: Error): void {
    if (!instance.damageTold) {
      instance.damageTold = true;
      this.tellWatchers(instance.id, damage);
    }
    for (const message of takeAll(instance)) if (!message.done) this.refuseOrPark(instance.id, message, damage);
  }

  private refuseOrPark(id: string, message: Message<EntityMessage | RunMessage>, damage: Error): void {
    const { term } = this;
    const { body, submission, ack } = message;
    const reply = body.kind === 'operation' || body.kind === 'cancel' ? body.reply : undefined;
    const parent = body.kind === 'start' ? body.parent : undefined;
    const waiting = reply ?? parent;
    if (waiting !== undefined) {
      term.consume(message);
      this.answers.answer(waiting, id, { ok: false, error: encodeError(damage) });
    } else if (submission?.when === 'applied' || ack !== undefined) term.refuse(message, damage);
    else this.park(message);
  }

  /** Its row is in the table, or will be with the open batch. */
  private park(message: Message): void {
    const { term } = this;
    if (message.durable && !term.batch.adopted.has(message)) return term.rows.leave(message.row);
    message.leftInTable = true;
    term.batch.spilled.push(message);
  }
}

function takeAll(instance: LiveInstance): readonly Message<EntityMessage | RunMessage>[] {
  if (instance.kind === 'entity') return instance.early.splice(0);
  const queue = instance.queue.slice(instance.head);
  instance.queue = [];
  instance.head = 0;
  return [...queue, ...instance.held.splice(0), ...instance.early.splice(0)];
}
