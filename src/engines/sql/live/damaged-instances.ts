/**
 * Handles instances whose rows cannot be read. The first use of such an instance is reported. Messages whose sender waits for an answer are
 * refused with an error that names the damage. All other messages stay in the table, in their places, until the row is repaired and a new
 * worker term begins. Memory keeps none of them.
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
  /** Instances whose damage the watchers know. */
  private readonly told = new WeakSet<LiveInstance>();

  /** @param tellWatchers fails the waits for an instance; called once for each instance */
  constructor(
    private readonly term: WorkerTerm,
    private readonly answers: Answers,
    private readonly tellWatchers: (id: string, error: Error) => void,
  ) {}

  /** Handles the messages that have arrived for the instance. */
  visit(instance: LiveInstance, damage: Error): void {
    if (!this.told.has(instance)) {
      this.told.add(instance);
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

  /** Leaves the message in the table. Its row is there already, or is written with the open batch. */
  private park(message: Message): void {
    const { term } = this;
    if (message.durable && !term.batch.adopted.has(message)) return term.rows.leave(message.row);
    message.leftInTable = true;
    term.batch.spilled.push(message);
  }
}

function takeAll(instance: LiveInstance): readonly Message<EntityMessage | RunMessage>[] {
  if (instance.kind === 'entity') return instance.takeEarly();
  const queue = instance.queue.slice(instance.head);
  instance.queue = [];
  instance.head = 0;
  return [...queue, ...instance.held.splice(0), ...instance.early.splice(0)];
}
