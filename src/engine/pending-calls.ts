/** Client calls of this process that wait for their answer. They outlive a reset: the answer comes from the next life. */
import type { Answer, ReplyTo } from '../model/messages.js';
import type { ReceiptKey } from '../ports/store.js';

type Settle = (answer: Answer) => void;

export class PendingCalls {
  private readonly waiting = new Map<number, { settle: Settle; fail: (error: Error) => void }>();
  /** Repeats of calls under way: answered with the first one, by its receipt. */
  private readonly repeats = new Map<string, (ReplyTo & { to: 'client' })[]>();
  private counter = 0;

  /** `process`: unique to this process's engine. */
  constructor(private readonly process: string) {}

  open(
    receipt: (ReplyTo & { to: 'client' })['receipt'],
    settle: Settle,
    fail: (error: Error) => void,
  ): ReplyTo & { readonly to: 'client' } {
    const call = ++this.counter;
    this.waiting.set(call, { settle, fail });
    return { to: 'client', process: this.process, call, receipt };
  }

  answer(reply: ReplyTo & { to: 'client' }, answer: Answer): void {
    if (reply.process !== this.process) return;
    const call = this.waiting.get(reply.call);
    this.waiting.delete(reply.call);
    call?.settle(answer);
  }

  /** This repeat waits for the outcome of the first call. */
  repeat(key: ReceiptKey, reply: ReplyTo & { to: 'client' }): void {
    const text = keyText(key);
    const repeats = this.repeats.get(text);
    if (repeats === undefined) this.repeats.set(text, [reply]);
    else repeats.push(reply);
  }

  /** The outcome of a call with a receipt is committed. */
  answerRepeats(key: ReceiptKey, answer: Answer): void {
    const text = keyText(key);
    const repeats = this.repeats.get(text);
    this.repeats.delete(text);
    for (const reply of repeats ?? []) this.answer(reply, answer);
  }

  forget(call: number): void {
    this.waiting.delete(call);
  }

  failAll(error: Error): void {
    this.failOthers(new Set(), error);
  }

  /** All but these. */
  failOthers(kept: ReadonlySet<number>, error: Error): void {
    this.repeats.clear();
    for (const [call, { fail }] of this.waiting) {
      if (kept.has(call)) continue;
      this.waiting.delete(call);
      fail(error);
    }
  }
}

function keyText(key: ReceiptKey): string {
  return `${key.target}\0${key.requestId}`;
}
