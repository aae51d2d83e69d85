/**
 * Sends dead letters again, or discards them, as clients ask for it. The worker decides whether there is such a letter: what it reads is
 * settled, apart from what its own batches end.
 */
import type { LetterMessage, MessageBody } from '../../../model/messages.js';
import { readLetter } from '../../../model/stored.js';
import type { DeadLetter } from '../ports/store.js';
import type { Life } from '../live/worker-term.js';
import { Message } from '../live/message.js';

export class Letters {
  private waiting: Message<LetterMessage>[] = [];
  private reading = false;
  /** Ended by a batch of this life. */
  private readonly ended = new Set<number>();

  constructor(private readonly life: Life) {}

  add(message: Message<LetterMessage>): void {
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
      (error: unknown) => this.life.end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  private async read(messages: readonly Message<LetterMessage>[]): Promise<void> {
    const { life } = this;
    const letters = await life.ports.store.loadDeadLetters({ ids: messages.map(({ body }) => body.id) });
    if (life.ended !== undefined) return;
    const byId = new Map(letters.map((letter) => [letter.id, letter]));
    for (const message of messages) this.end(message, byId.get(message.body.id));
    life.wake();
  }

  private end(message: Message<LetterMessage>, letter: DeadLetter | undefined): void {
    const { life } = this;
    const { id, then } = message.body;
    const found = letter !== undefined && !this.ended.has(id);
    if (found) {
      try {
        if (then === 'retry') life.deliver(new Message(letter.target, oneWay(letter)));
      } catch (error) {
        // It cannot be read: it stays, to be discarded.
        return life.refuse(message, error as Error);
      }
      this.ended.add(id);
      life.batch.deadLettersDeleted.push(id);
    }
    life.applied(message, String(found));
    life.consume(message);
  }
}

/** Its caller has had an answer: it goes one-way, holds no lock, and waits for nothing. */
function oneWay({ id, body }: DeadLetter): MessageBody {
  return { ...readLetter(id, body), reply: undefined, owner: undefined, name: undefined };
}
