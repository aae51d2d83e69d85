/**
 * Requests of clients to retry or discard a dead letter. The worker decides whether the dead letter still exists: from the table, and from
 * the dead letters that its own batches have ended.
 */
import type { DeadLetterMessage, MessageBody } from '../model/messages.js';
import { readDeadLetter } from '../model/stored.js';
import type { DeadLetter } from '../ports/store.js';
import type { Delivery } from '../live/delivery.js';
import type { WorkerTerm } from '../live/worker-term.js';
import { Message } from '../live/message.js';
import type { WaitingRequests } from './waiting-requests.js';

export class DeadLetterRequests {
  private reading = false;
  /** Ids of dead letters that a batch of this term has ended. */
  private readonly ended = new Set<number>();

  constructor(
    private readonly term: WorkerTerm,
    private readonly waiting: WaitingRequests,
    private readonly delivery: Delivery,
  ) {}

  /** Starts to read the dead letters of waiting requests. Called by the loop. */
  start(): void {
    if (this.reading || !this.waiting.anyDeadLetters) return;
    this.reading = true;
    this.read(this.waiting.takeDeadLetters()).then(
      () => {
        this.reading = false;
        this.term.wake();
      },
      (error: unknown) => this.term.end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  private async read(messages: readonly Message<DeadLetterMessage>[]): Promise<void> {
    const { term } = this;
    const letters = await term.ports.store.loadDeadLetters({ ids: messages.map(({ body }) => body.id) });
    if (term.ended !== undefined) return;
    const byId = new Map(letters.map((letter) => [letter.id, letter]));
    for (const message of messages) this.end(message, byId.get(message.body.id));
    term.wake();
  }

  private end(message: Message<DeadLetterMessage>, letter: DeadLetter | undefined): void {
    const { term } = this;
    const { id, then } = message.body;
    const found = letter !== undefined && !this.ended.has(id);
    if (found) {
      try {
        if (then === 'retry') this.delivery.deliver(new Message(letter.target, oneWay(letter)));
      } catch (error) {
        // A dead letter that cannot be read stays, and can be discarded.
        return term.refuse(message, error as Error);
      }
      this.ended.add(id);
      term.batch.deadLettersDeleted.push(id);
    }
    term.applied(message, String(found));
    term.consume(message);
  }
}

/** The message without its reply and lock, because its caller has already received an error. */
function oneWay({ id, body }: DeadLetter): MessageBody {
  return { ...readDeadLetter(id, body), reply: undefined, owner: undefined, name: undefined };
}
