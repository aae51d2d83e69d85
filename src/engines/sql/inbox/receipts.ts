/**
 * Receipts: an idempotency key (request id) admits one message.
 *
 * The owner of the target decides before it admits a message. The batch that admits the message writes the receipt. A repeated message is
 * answered from the receipt.
 */
import type { Answer, RequestReceipt } from '../model/messages.js';
import { readAnswer, readTicketRows } from '../model/stored.js';
import type { Receipt, ReceiptKey } from '../ports/store.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { NotedReceipt } from '../commit/open-batch.js';
import type { Submission } from './submission.js';

interface Entry {
  receipt: Receipt;
  /** The number of the batch that wrote the receipt last. 0 if the receipt was read from the table. */
  lastBatch: number;
}

export class Receipts {
  private readonly entries = new Map<string, Entry>();
  private readonly looked = new Set<string>();
  /** The number of pins of each key. */
  private readonly pinned = new Map<string, number>();

  constructor(private readonly term: WorkerTerm) {}

  /**
   * Keeps the receipts of these keys in memory until the returned function is called. A decision that needs a read first pins its keys
   * before it, because commits continue meanwhile and each commit may trim the cache.
   */
  pin(keys: readonly ReceiptKey[]): () => void {
    const texts = keys.map(cacheKey);
    for (const text of texts) this.pinned.set(text, (this.pinned.get(text) ?? 0) + 1);
    return () => {
      for (const text of texts.splice(0)) {
        const rest = (this.pinned.get(text) as number) - 1;
        if (rest > 0) this.pinned.set(text, rest);
        else this.pinned.delete(text);
      }
    };
  }

  /** Reads the receipts of these keys, which must be pinned. Afterwards `admit` can decide. */
  async look(keys: readonly ReceiptKey[]): Promise<void> {
    const found = await this.term.ports.store.loadReceipts(keys);
    for (const key of keys) this.looked.add(cacheKey(key));
    for (const receipt of found) {
      const key = cacheKey(receipt);
      if (!this.entries.has(key)) this.entries.set(key, { receipt, lastBatch: 0 });
    }
  }

  knows(key: ReceiptKey): boolean {
    const text = cacheKey(key);
    return this.entries.has(text) || this.looked.has(text);
  }

  /**
   * Decides about a message with a request id: `new` writes its receipt, `reused` means that the earlier message had other content.
   * @param first.rows the rows of a signal of another process
   */
  admit(
    target: string,
    { requestId, hash }: RequestReceipt,
    { submission, rows }: { readonly submission?: Submission; readonly rows?: readonly number[] | undefined },
  ): 'new' | 'repeat' | 'reused' {
    const key = cacheKey({ target, requestId });
    const entry = this.entries.get(key);
    if (entry === undefined) {
      const noted: NotedReceipt = { target, requestId, hash, outcome: null, atMs: this.term.activeMs() };
      this.put(key, noted);
      if (rows !== undefined) noted.outcome = JSON.stringify(rows);
      else if (submission !== undefined && isSignal(submission))
        this.term.batch.firsts.set(key, { submission, receipt: noted });
      return 'new';
    }
    return entry.receipt.hash === hash ? 'repeat' : 'reused';
  }

  /** Gives a repeated signal the ticket of the first one. */
  sameTicket(submission: Submission, key: ReceiptKey): void {
    const text = cacheKey(key);
    submission.repeats = this.term.batch.firsts.get(text)?.submission;
    const rows = readTicketRows(this.entries.get(text)?.receipt.outcome ?? null);
    [submission.row = 0, submission.laterRow = 0] = rows;
  }

  /** The outcome of the call with this key. `undefined` until the call has ended. */
  outcome(key: ReceiptKey): Answer | undefined {
    const outcome = this.entries.get(cacheKey(key))?.receipt.outcome ?? null;
    return outcome === null ? undefined : readAnswer(key.requestId, outcome);
  }

  /** Writes the outcome of a call into its receipt, in the open batch. */
  settle(key: ReceiptKey, hash: string, answer: Answer): void {
    const atMs = this.entries.get(cacheKey(key))?.receipt.atMs ?? this.term.activeMs();
    this.put(cacheKey(key), { ...key, hash, outcome: JSON.stringify(answer), atMs });
  }

  private put(key: string, receipt: Receipt): void {
    const { batch } = this.term;
    batch.receipts.set(key, receipt);
    const entry = this.entries.get(key);
    if (entry === undefined) this.entries.set(key, { receipt, lastBatch: batch.seq });
    else {
      entry.receipt = receipt;
      entry.lastBatch = batch.seq;
    }
  }

  /** Forgets the receipts of targets that another worker owns now: it may write others. */
  lost(isLost: (target: string) => boolean): void {
    for (const all of [this.entries, this.looked])
      for (const key of all.keys()) if (isLost(key.slice(0, key.indexOf('\0')))) this.forget(key);
  }

  private forget(key: string): void {
    this.entries.delete(key);
    this.looked.delete(key);
  }

  /** Drops receipts that are also in the table and not pinned, if the cache is too large. */
  trim(): void {
    const max = this.term.options.receiptsCached;
    if (this.looked.size > max) for (const key of this.looked) if (!this.pinned.has(key)) this.looked.delete(key);
    if (this.entries.size <= max) return;
    for (const [key, entry] of this.entries) {
      if (this.entries.size <= max / 2) break;
      if (entry.lastBatch <= this.term.committedSeq && !this.pinned.has(key)) this.forget(key);
    }
  }
}

function isSignal({ body }: Submission): boolean {
  return body.kind === 'schedule' || (body.kind === 'operation' && body.reply === undefined);
}

function cacheKey(key: ReceiptKey): string {
  return `${key.target}\0${key.requestId}`;
}
