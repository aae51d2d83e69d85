/**
 * Client messages for orchestrations that are not found. The start message may be committed by another process, or in a transaction of the
 * application, and not be read yet. So the inbox is read once more before such a message is refused.
 */
import { isCommand, type RunMessage } from '../model/messages.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Delivery } from '../live/delivery.js';
import type { LiveRun } from '../live/live-instance.js';
import type { Message } from '../live/message.js';

export class UnknownRuns {
  /** Messages whose orchestrations were looked for. */
  private readonly looked = new WeakSet<Message>();

  /** @param readInbox resolves when every committed message has been read */
  constructor(
    private readonly term: WorkerTerm,
    private readonly delivery: Delivery,
    private readonly readInbox: () => Promise<void>,
  ) {}

  /**
   * Returns whether the message waits until the inbox has been read. The message is in no queue then, and is put into its queue again
   * later.
   */
  waits(run: LiveRun, message: Message<RunMessage>): boolean {
    const { term } = this;
    const { body } = message;
    if (term.alone || run.record !== undefined || this.looked.has(message)) return false;
    if (body.kind !== 'event' && !isCommand(body)) return false;
    this.looked.add(message);
    const comesBack = () => {
      if (term.ended === undefined && !message.done) this.delivery.requeue(message);
    };
    // The start message was read meanwhile, and is behind this message.
    if (run.starts) comesBack();
    else void this.readInbox().then(comesBack);
    return true;
  }
}
