/** Client calls of this process that wait for their answer. These calls survive the end of a worker term: a later term answers them. */
import { decodeError } from '../../../model/error-details.js';
import type { Answer, ReplyTo, RequestReceipt } from '../model/messages.js';
import { Search } from '../inbox/search.js';
import type { ReceiptKey } from '../ports/store.js';

interface Waiting {
  /** `undefined` if no other process can answer the call. */
  readonly target: string | undefined;
  readonly reply: ReplyTo & { to: 'client' };
  readonly resolve: (value: string | undefined) => void;
  readonly reject: (error: Error) => void;
  /** The search for the answer of another process. `undefined` before it begins. */
  search: Search | undefined;
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
    this.waiting.set(reply.call, { target, reply, resolve, reject, search: undefined });
    return reply;
  }

  answer(reply: ReplyTo & { to: 'client' }, answer: Answer): void {
    if (reply.process !== this.process) return;
    const call = this.waiting.get(reply.call);
    this.waiting.delete(reply.call);
    call?.search?.end();
    if (answer.ok) call?.resolve(answer.value);
    else call?.reject(decodeError(answer.error));
  }

  fail({ call }: ReplyTo & { to: 'client' }, error: Error): void {
    const waiting = this.waiting.get(call);
    this.waiting.delete(call);
    waiting?.search?.end();
    waiting?.reject(error);
  }

  /** Returns all calls that wait. From now on repeated calls, too, wait for their receipts. */
  handOver(): readonly { readonly target: string | undefined; readonly reply: ReplyTo & { to: 'client' } }[] {
    this.repeats.clear();
    return [...this.waiting.values()];
  }

  /**
   * Starts the search for the answers of calls to these targets, because another worker owns them now. Repeated calls, too, wait for their
   * receipts then.
   */
  lookElsewhereForAll(
    isAway: (target: string) => boolean,
    look: (target: string, reply: ReplyTo & { to: 'client' }) => () => void,
  ): void {
    for (const waiting of this.waiting.values()) {
      const { target, reply } = waiting;
      if (target === undefined || waiting.search !== undefined || !isAway(target)) continue;
      if (reply.receipt !== undefined) this.repeats.delete(keyText({ target, requestId: reply.receipt.requestId }));
      waiting.search = new Search(look(target, reply));
    }
  }

  /** Starts the search for the answer of one call. */
  lookElsewhere(call: number, look: (target: string, reply: ReplyTo & { to: 'client' }) => () => void): void {
    const waiting = this.waiting.get(call);
    if (waiting?.target === undefined || waiting.search !== undefined) return;
    waiting.search = new Search(look(waiting.target, waiting.reply));
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
    if (this.repeats.size === 0) return;
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
    for (const { reject, search } of all) {
      search?.end();
      reject(error);
    }
  }
}

function keyText(key: ReceiptKey): string {
  return `${key.target}\0${key.requestId}`;
}
