/** Waits for receipts: the answers that the worker writes for clients of other processes. */
import { RequestIdReusedError } from '../../../errors/index.js';
import type { Answer } from '../model/messages.js';
import { readAnswer } from '../model/stored.js';
import type { Clock } from '../../../ports/clock.js';
import type { Receipt, ReceiptKey, Store } from '../ports/store.js';
import { Backoff } from './backoff.js';

interface Waiting {
  readonly key: ReceiptKey;
  /** The hash of the message, if the user gave the request id: the receipt may belong to another message. `undefined` otherwise. */
  readonly hash: string | undefined;
  /** Whether a receipt without an outcome is enough. */
  readonly early: boolean;
  settle(receipt: Receipt): void;
  fail(error: Error): void;
}

const keysPerRead = 500;

export class Answers {
  private readonly waiting = new Set<Waiting>();
  private readonly backoff: Backoff;
  private closed: Error | undefined;

  constructor(
    private readonly store: Store,
    clock: Clock,
  ) {
    this.backoff = new Backoff(
      clock,
      () => this.look(),
      (error) => this.failAll(error),
    );
  }

  /** Resolves with the outcome of a message when its receipt holds one. @throws RequestIdReusedError, StorageError */
  async wait(key: ReceiptKey, hash?: string): Promise<Answer> {
    const { outcome } = await this.receipt(key, hash, false);
    return readAnswer(key.requestId, outcome as string);
  }

  /** Resolves with the receipt that the owner of the target writes when it admits a message. @throws RequestIdReusedError, StorageError */
  admitted(key: ReceiptKey, hash: string): Promise<Receipt> {
    return this.receipt(key, hash, true);
  }

  private receipt(key: ReceiptKey, hash: string | undefined, early: boolean): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      if (this.closed !== undefined) return reject(this.closed);
      this.waiting.add({ key, hash, early, settle: resolve, fail: reject });
      this.backoff.hurry();
    });
  }

  /**
   * Calls back with the receipt of this key when it is there, or with an error. Returns a function that stops the wait.
   * @param wait.early whether a receipt without an outcome is enough
   */
  watch(
    key: ReceiptKey,
    { hash, early }: { readonly hash?: string | undefined; readonly early: boolean },
    callback: (receipt: Receipt | Error) => void,
  ): () => void {
    const waiting: Waiting = { key, hash, early, settle: callback, fail: callback };
    const { closed } = this;
    if (closed !== undefined) void Promise.resolve().then(() => callback(closed));
    else {
      this.waiting.add(waiting);
      this.backoff.hurry();
    }
    return () => void this.waiting.delete(waiting);
  }

  /** Looks at once, because a hint says that there is an answer. */
  hurry(): void {
    if (this.waiting.size > 0) this.backoff.hint();
    else this.backoff.heard();
  }

  stop(error: Error): void {
    this.closed ??= error;
    this.backoff.stop();
    this.failAll(error);
  }

  private failAll(error: Error): void {
    for (const waiting of this.waiting) waiting.fail(error);
    this.waiting.clear();
  }

  /** Resolves with whether a wait was settled, or with `undefined` if nothing waits. */
  private async look(): Promise<boolean | undefined> {
    const waiting = [...this.waiting];
    if (waiting.length === 0) return undefined;
    let answered = false;
    for (let i = 0; i < waiting.length; i += keysPerRead) {
      const page = waiting.slice(i, i + keysPerRead);
      const found = await this.store.loadReceipts(page.map(({ key }) => key));
      const byKey = new Map(found.map((receipt) => [textOf(receipt), receipt]));
      for (const each of page) answered = this.tell(each, byKey.get(textOf(each.key))) || answered;
    }
    return answered;
  }

  private tell(waiting: Waiting, receipt: Receipt | undefined): boolean {
    if (receipt === undefined || !this.waiting.has(waiting)) return false;
    if (waiting.hash !== undefined && waiting.hash !== receipt.hash) {
      this.waiting.delete(waiting);
      waiting.fail(new RequestIdReusedError(receipt.requestId, receipt.target));
      return true;
    }
    if (receipt.outcome === null && !waiting.early) return false;
    this.waiting.delete(waiting);
    waiting.settle(receipt);
    return true;
  }
}

function textOf({ target, requestId }: ReceiptKey): string {
  return `${target}\0${requestId}`;
}
