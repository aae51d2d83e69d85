/**
 * Sends dead letters again, or discards them, as clients ask for it. The worker decides whether there is such a letter: what it reads is
 * settled, apart from what its own batches end.
 */
import type { DeadLetterMessage, MessageBody } from '../../../model/messages.js';
import { readDeadLetter } from '../../../model/stored.js';
import type { DeadLetter } from '../ports/store.js';
import type { WorkerTerm } from '../live/worker-term.js';
import { Message } from '../live/message.js';

export class DeadLetterRequests {
  private waiting: Message<DeadLetterMessage>[] = [];
  private reading = false;
  /** Ended by a batch of this term. */
  private readonly ended = new Set<number>();

  constructor(private readonly term: WorkerTerm) {}

  add(message: Message<DeadLetterMessage>): void {
    this.waiting.push(message);
    if (!this.reading) this.start();
  }

  private start(): void {
    this.reading = true;
    const messages = this.waiting.splice(0);
    this.read(messages).then(
      () => {
        this.reading = false;
        if (this.waiting.length > 0) this.start();
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
        if (then === 'retry') term.deliver(new Message(letter.target, oneWay(letter)));
      } catch (error) {
        // It cannot be read: it stays, to be discarded.
        return term.refuse(message, error as Error);
      }
      this.ended.add(id);
      term.batch.deadLettersDeleted.push(id);
    }
    term.applied(message, String(found));
    term.consume(message);
  }
}

/** Its caller has had an answer: it goes one-way, holds no lock, and waits for nothing. */
function oneWay({ id, body }: DeadLetter): MessageBody {
  return { ...readDeadLetter(id, body), reply: undefined, owner: undefined, name: undefined };
}
