import type { ClientAddress, MessageBody } from '../model/messages.js';
import type { Submission } from '../inbox/submission.js';

/** A message in memory. It has a row in the inbox when a batch was sealed while it waited. */
export class Message<B extends MessageBody = MessageBody> {
  /** Id of its inbox row; 0: it has none. */
  row = 0;
  /** Whether that row is in the table, or in a batch that is sealed. */
  stored = false;
  /** Whether that row is committed. */
  durable = false;
  /** Its effects are in a batch: nothing is left to do for it. */
  done = false;
  /** It is in no queue in memory: its row is read when its turn comes. */
  leftInTable = false;
  /** Place in the order of its partition, given when it was delivered here. */
  arrival = 0;
  /** How often it was tried, as far as attempts are counted. */
  attempts = 0;
  /** The client's message that it is, where it was admitted or is waited for in this process. */
  submission: Submission | undefined = undefined;
  /** The same in another process, or in this one before it was the worker again. */
  ack: ClientAddress | undefined = undefined;

  constructor(
    readonly target: string,
    readonly body: B,
  ) {}
}
