/** Sends the messages of instances: to a queue in memory, to the table if they are due later, or to a client. */
import { traced, type Answer, type MessageBody, type ReplyTo, type StoredBody } from '../model/messages.js';
import type { WorkerTerm } from '../live/worker-term.js';
import { Message } from '../live/message.js';
import type { Delivery } from '../live/delivery.js';
import type { ClientReplies } from './client-replies.js';
import { writeForLater } from './later.js';

/** A signal that user code sends. */
interface SignalRequest {
  readonly target: string;
  readonly operation: string;
  readonly input: string | undefined;
  readonly dueMs?: number | undefined;
  readonly name?: string | undefined;
  readonly everyMs?: number | undefined;
}

export class Router {
  constructor(
    private readonly term: WorkerTerm,
    private readonly delivery: Delivery,
    private readonly replies: ClientReplies,
  ) {}

  send(target: string, body: MessageBody): void {
    this.delivery.deliver(new Message(target, body));
  }

  /** Sends a signal of an orchestration or an operation. A scheduled one carries no trace: the trace would be over long before. */
  signal({ target, operation, input, dueMs, name, everyMs }: SignalRequest, trace?: string): void {
    if (name !== undefined && (dueMs !== undefined || everyMs !== undefined))
      return this.send(target, { kind: 'schedule', name, dueMs, everyMs, operation, input });
    const signal = { kind: 'operation', operation, input } as const;
    if (dueMs === undefined) this.send(target, traced(signal, trace));
    else this.sendAt(target, signal, dueMs);
  }

  /** Sends a message at its due time, or at once if that has passed. Returns the row of a message that waits in the table, 0 otherwise. */
  sendAt(target: string, body: MessageBody, dueMs: number): number {
    if (dueMs > this.term.nowMs()) return this.schedule(target, body, dueMs);
    this.send(target, body);
    return 0;
  }

  /** Writes a message into the table. A poll finds it when it is due. Returns its row. */
  schedule(target: string, body: StoredBody, dueMs: number): number {
    const row = this.term.ids.newRow();
    writeForLater(this.term, dueMs, row, target, body);
    return row;
  }

  /**
   * Answers a call: an orchestration by a message, a client after the commit.
   * @param started hub time when the last attempt of an external operation began
   */
  answer(reply: ReplyTo, entity: string, answer: Answer, started?: number): void {
    if (reply.to === 'client') this.replies.answer(reply, entity, answer);
    else this.send(reply.instance, { kind: 'answer', execution: reply.execution, task: reply.task, answer, started });
  }
}
