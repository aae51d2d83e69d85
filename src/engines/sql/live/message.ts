import type { ClientAddress, MessageBody } from '../model/messages.js';
import type { Submission } from '../inbox/submission.js';

/** A monotonic time in tenths of a millisecond, as a number of 32 bits: other numbers are objects of their own. Never 0. */
export function tickOf(ms: number): number {
  return Math.floor(ms * 10) | 0 || 1;
}

/** Milliseconds from a tick to one at most two days later. */
export function betweenTicks(from: number, to: number): number {
  return Math.max(0, (to - from) | 0) / 10;
}

/** A message in memory, with an inbox row if a batch was sealed while it waited. */
export class Message<B extends MessageBody = MessageBody> {
  /** The id of the inbox row. 0 if the message has no row. */
  row = 0;
  /** Whether the row is in the table or in a sealed batch. */
  stored = false;
  /** Whether the row is committed. */
  durable = false;
  /** Whether the effects of the message are in a batch. Nothing is left to do for it then. */
  done = false;
  /** Whether the message is in no queue in memory. Its row is read when its turn comes. */
  leftInTable = false;
  /** The place in the order of the partition, given on delivery. */
  arrival = 0;
  /** The time of the round in which the message came into a queue in memory, by `tickOf`. 0 before that. */
  queuedTick = 0;
  /** The number of attempts, if attempts are counted. */
  attempts = 0;
  /** The client message that this is, if a client of this process waits for it. */
  submission: Submission | undefined = undefined;
  /**
   * The address of a client in another process that waits. Also of this process, if the message was sent before it became the worker again.
   */
  ack: ClientAddress | undefined = undefined;

  constructor(
    readonly target: string,
    readonly body: B,
  ) {}
}
