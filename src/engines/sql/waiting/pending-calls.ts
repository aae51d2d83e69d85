/** Client calls of this process that wait for their answer. These calls survive the end of a worker term: a later term answers them. */
import { decodeError } from '../../../model/error-details.js';
import type { Answer, ReplyTo, RequestReceipt } from '../model/messages.js';
import type { ReceiptKey } from '../ports/store.js';

interface Waiting {
  /** `undefined` if no other process can answer the call. */
  readonly target: string | undefined;
  readonly reply: ReplyTo & { to: 'client' };
  readonly resolve: (value: string | undefined) => void;
  readonly reject: (error: Error) => void;
}

export class PendingCalls {
  private readonly waiting = new Map<number, Waiting>();
  /** Repeated calls with the request id of a call in progress. The answer of the first call, with its receipt, answers them too. */
  private readonly repeats = new Map<string, (ReplyTo & { to: 'client' })[]>();
  private counter = 0;

  /** @param process a name that is unique to the engine of this process */
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

  /** Returns all calls that wait. From now on repeated calls, too, wait for their receipts. */
  handOver(): readonly { readonly target: string | undefined; readonly reply: ReplyTo & { to: 'client' } }[] {
    this.repeats.clear();
    return [...this.waiting.values()];
  }

  /** Lets this repeated call wait for the outcome of the first call. */
  repeat(key: ReceiptKey, reply: ReplyTo & { to: 'client' }): void {
    const text = keyText(key);
    const repeats = this.repeats.get(text);
    if (repeats === undefined) this.repeats.set(text, [reply]);
    else repeats.push(reply);
  }

  /** Answers the repeated calls after the outcome of the first call is committed with its receipt. */
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
