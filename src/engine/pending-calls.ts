/** Client calls of this process that wait for their answer. They outlive a reset: the answer comes from the next life. */
import type { Answer, ReplyTo } from '../model/messages.js';

type Settle = (answer: Answer) => void;

export class PendingCalls {
  private readonly waiting = new Map<number, { settle: Settle; fail: (error: Error) => void }>();
  private counter = 0;

  /** `process`: unique to this process's engine. */
  constructor(private readonly process: string) {}

  open(
    requestId: string | undefined,
    settle: Settle,
    fail: (error: Error) => void,
  ): ReplyTo & { readonly to: 'client' } {
    const call = ++this.counter;
    this.waiting.set(call, { settle, fail });
    return { to: 'client', process: this.process, call, requestId };
  }

  answer(reply: ReplyTo & { to: 'client' }, answer: Answer): void {
    if (reply.process !== this.process) return;
    const call = this.waiting.get(reply.call);
    this.waiting.delete(reply.call);
    call?.settle(answer);
  }

  forget(call: number): void {
    this.waiting.delete(call);
  }

  failAll(error: Error): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { fail } of all) fail(error);
  }
}
