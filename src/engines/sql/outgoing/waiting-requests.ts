/** Requests of clients to the worker itself, from their delivery until a part of the worker takes them. */
import type { DeadLetterMessage, PurgeMessage, RequestMessage } from '../model/messages.js';
import type { RequestQueue } from '../live/delivery.js';
import type { Message } from '../live/message.js';
import type { WorkerTerm } from '../live/worker-term.js';

export class WaitingRequests implements RequestQueue {
  private readonly deadLetters: Message<DeadLetterMessage>[] = [];
  private readonly purges: Message<PurgeMessage>[] = [];

  constructor(private readonly term: WorkerTerm) {}

  add(message: Message<RequestMessage>): void {
    if (message.body.kind === 'letter') this.deadLetters.push(message as Message<DeadLetterMessage>);
    else this.purges.push(message as Message<PurgeMessage>);
    this.term.wake();
  }

  get anyDeadLetters(): boolean {
    return this.deadLetters.length > 0;
  }

  takeDeadLetters(): readonly Message<DeadLetterMessage>[] {
    return this.deadLetters.splice(0);
  }

  takePurge(): Message<PurgeMessage> | undefined {
    return this.purges.shift();
  }
}
