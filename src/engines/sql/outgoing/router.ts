/** Sends what instances produce: to a queue in memory, to the table when it is for later, or back to a client. */
import { partitionOf } from '../core/partition.js';
import type { Answer, MessageBody, ReplyTo } from '../../../model/messages.js';
import type { WorkerTerm } from '../live/worker-term.js';
import { Message } from '../live/message.js';
import type { PendingCalls } from '../waiting/pending-calls.js';
import type { Receipts } from '../inbox/receipts.js';

/** A signal that user code asked for. */
interface SignalRequest {
  readonly target: string;
  readonly operation: string;
  readonly input: string | undefined;
  readonly dueMs?: number | undefined;
  readonly name?: string | undefined;
}

export class Router {
  constructor(
    private readonly term: WorkerTerm,
    private readonly calls: PendingCalls,
    private readonly receipts: Receipts,
  ) {}

  send(target: string, body: MessageBody): void {
    this.term.deliver(new Message(target, body));
  }

  /** Sends a signal as an orchestration or an operation asked for it. */
  signal({ target, operation, input, dueMs, name }: SignalRequest): void {
    if (name !== undefined && dueMs !== undefined)
      return this.send(target, { kind: 'schedule', name, dueMs, operation, input });
    const signal = { kind: 'operation', operation, input } as const;
    if (dueMs === undefined) this.send(target, signal);
    else this.sendAt(target, signal, dueMs);
  }

  /** Sends for later; at once when that time has come. Returns the row of a message that waits in the table, 0 otherwise. */
  sendAt(target: string, body: MessageBody, dueMs: number): number {
    if (dueMs > this.term.nowMs()) return this.schedule(target, body, dueMs);
    this.send(target, body);
    return 0;
  }

  /** Puts a message into the table, which is polled when it is due. Returns its row. */
  schedule(target: string, body: MessageBody, dueMs: number): number {
    return this.writeFor(dueMs, this.term.newRow(), target, body);
  }

  /** Sends for later, as this row. */
  writeFor(dueMs: number, row: number, target: string, body: MessageBody): number {
    const { term } = this;
    term.batch.messages++;
    term.batch.scheduled.set(row, {
      id: row,
      partition: partitionOf(target, term.partitionCount),
      target,
      arrival: null,
      dueMs,
      body: JSON.stringify(body),
    });
    return row;
  }

  /** Answers a call. A client hears of it after the commit; one of another process finds it in its receipt. */
  answer(reply: ReplyTo, entity: string, answer: Answer): void {
    if (reply.to === 'run') {
      this.send(reply.instance, { kind: 'answer', execution: reply.execution, task: reply.task, answer });
      return;
    }
    const { afterCommit } = this.term.batch;
    if (reply.process === this.term.process) afterCommit.push(() => this.calls.answer(reply, answer));
    else if (reply.receipt === undefined) this.term.writeAnswer(entity, reply, answer);
    if (reply.receipt === undefined) return;
    const key = { target: entity, requestId: reply.receipt.requestId };
    this.receipts.settle(key, reply.receipt.hash, answer);
    afterCommit.push(() => this.calls.answerRepeats(key, answer));
  }
}
