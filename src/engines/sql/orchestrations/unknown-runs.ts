/**
 * Client messages for runs that are not there. The start may be committed already, by another process or in a transaction of the
 * application, and not be taken in yet: so the inbox is read once more before such a message is refused.
 */
import { isCommand, type RunMessage } from '../model/messages.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Delivery } from '../live/delivery.js';
import type { LiveRun } from '../live/live-instance.js';
import type { Message } from '../live/message.js';

export class UnknownRuns {
  /** Messages whose runs were looked for. */
  private readonly looked = new WeakSet<Message>();

  /** @param readInbox resolves when everything is taken in that is committed now */
  constructor(
    private readonly term: WorkerTerm,
    private readonly delivery: Delivery,
    private readonly readInbox: () => Promise<void>,
  ) {}

  /** True: the message, which is in no queue any more, comes back when the inbox was read. */
  waits(run: LiveRun, message: Message<RunMessage>): boolean {
    const { term } = this;
    const { body } = message;
    if (term.alone || run.record !== undefined || this.looked.has(message)) return false;
    if (body.kind !== 'event' && !isCommand(body)) return false;
    this.looked.add(message);
    const comesBack = () => {
      if (term.ended === undefined && !message.done) this.delivery.requeue(message);
    };
    // The start was taken in meanwhile, and stands behind it.
    if (run.starts) comesBack();
    else void this.readInbox().then(comesBack);
    return true;
  }
}
