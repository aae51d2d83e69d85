/**
 * Sends signals to one entity together. While one message is under way, the signals after it wait, so that their order is kept. They make one
 * message then: many signals cost little more than one.
 */
import type { OperationMessage } from '../wire/messages.js';
import type { SendOrder } from './send-order.js';

/** The maximum number of signals in one message, and of characters in their inputs. */
const signalsMax = 100;
const charactersMax = 1_000_000;

interface Batch<Result> {
  readonly messages: OperationMessage[];
  characters: number;
  readonly sent: Promise<Result>;
}

export class SignalBatches<Result> {
  /** Batches that are not under way. */
  private readonly open = new Map<string, Batch<Result>>();

  constructor(
    private readonly order: SendOrder,
    private readonly send: (target: string, messages: readonly OperationMessage[]) => Promise<Result>,
  ) {}

  add(target: string, message: OperationMessage): Promise<Result> {
    const characters = message.input?.length ?? 0;
    const batch = this.open.get(target);
    if (batch !== undefined && batch.messages.length < signalsMax && batch.characters + characters <= charactersMax) {
      batch.messages.push(message);
      batch.characters += characters;
      return batch.sent;
    }
    const messages = [message];
    let begun = false;
    const sent = this.order.inOrder(target, () => {
      begun = true;
      if (this.open.get(target)?.messages === messages) this.open.delete(target);
      return this.send(target, messages);
    });
    if (!begun) this.open.set(target, { messages, characters, sent });
    return sent;
  }

  /** Another message to the target follows: later signals come after it. */
  close(target: string): void {
    this.open.delete(target);
  }
}
