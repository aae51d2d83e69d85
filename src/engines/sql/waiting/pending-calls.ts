/** Client calls of this process that wait for their answer. They outlive a reset: the answer comes from the next term. */
import { decodeError } from '../../../model/error-details.js';
import type { Answer, ReplyTo, RequestReceipt } from '../model/messages.js';
import type { ReceiptKey } from '../ports/store.js';

interface Waiting {
  /** `undefined`: nobody answers it. */
  readonly target: string | undefined;
  readonly reply: ReplyTo & { to: 'client' };
  readonly resolve: (value: string | undefined) => void;
  readonly reject: (error: Error) => void;
}

export class PendingCalls {
  private readonly waiting = new Map<number, Waiting>();
  /** Repeats of calls under way: answered with the first one, by its receipt. */
  private readonly repeats = new Map<string, (ReplyTo & { to: 'client' })[]>();
  private counter = 0;

  /** `process`: unique to this process's engine. */
  constructor(readonly process: string) {}

  newCall(): number {
    return ++this.counter;
  }

  open(
    target: string | undefined,
    receipt: RequestReceipt | undefined,
    resolve: (value: string | undefined) => void,
    reject: (error: Error) => void,
  ): ReplyTo & { readonly to: 'client' } {
    const reply = { to: 'client', process: this.process, call: this.newCall(), receipt } as const;
    this.waiting.set(reply.call, { target, reply, resolve, reject });
    return reply;
  }

  answer(reply: ReplyTo & { to: 'client' }, answer: Answer): void {
    if (reply.process !== this.process) return;
    const call = this.waiting.get(reply.call);
    this.waiting.delete(reply.call);
    if (answer.ok) call?.resolve(answer.value);
    else call?.reject(decodeError(answer.error));
  }

  fail({ call }: ReplyTo & { to: 'client' }, error: Error): void {
    const waiting = this.waiting.get(call);
    this.waiting.delete(call);
    waiting?.reject(error);
  }

  /** All calls that wait; repeats, too, look for their receipts from now on. */
  handOver(): readonly { readonly target: string | undefined; readonly reply: ReplyTo & { to: 'client' } }[] {
    this.repeats.clear();
    return [...this.waiting.values()];
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
    const all = [...this.waiting.values()];
    this.waiting.clear();
    this.repeats.clear();
    for (const { reject } of all) reject(error);
  }
}

function keyText(key: ReceiptKey): string {
  return `${key.target}\0${key.requestId}`;
}
