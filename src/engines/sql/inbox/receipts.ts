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

/** The facts in memory of one key. */
interface Entry {
  readonly target: string;
  /** `undefined` if there is no receipt, or the table was not read. */
  receipt: Receipt | undefined;
  /** Whether the table was read. */
  looked: boolean;
  /** The number of the batch that wrote the receipt last. 0 if the receipt was read from the table. */
  lastBatch: number;
  /** How many decisions need this entry. */
  pins: number;
}

export class Receipts {
  /** By request id, and by target where several have the same id: a text of both would have to be built and hashed for each look. */
  private readonly entries = new Map<string, Entry | Map<string, Entry>>();
  private size = 0;
  /** How often receipts were forgotten because another worker may write them. */
  private losses = 0;

  constructor(private readonly term: WorkerTerm) {}

  /**
   * Keeps the receipts of these keys in memory until the returned function is called. A decision that needs a read first pins its keys
   * before it, because commits continue meanwhile and each commit may trim the cache.
   */
  pin(keys: readonly ReceiptKey[]): () => void {
    const pinned = keys.map((key) => this.entryOf(key));
    for (const entry of pinned) entry.pins++;
    return () => {
      for (const entry of pinned.splice(0)) entry.pins--;
    };
  }

  /** Reads the receipts of these keys, which must be pinned. Afterwards `admit` can decide. */
  async look(keys: readonly ReceiptKey[]): Promise<void> {
    let found: readonly Receipt[];
    let losses: number;
    do {
      losses = this.losses;
      found = await this.term.ports.store.loadReceipts(keys);
    } while (losses !== this.losses);
    for (const key of keys) this.entryOf(key).looked = true;
    for (const receipt of found) this.entryOf(receipt).receipt ??= receipt;
  }

  knows(key: ReceiptKey): boolean {
    const entry = this.find(key);
    return entry !== undefined && (entry.looked || entry.receipt !== undefined);
  }

  private find({ target, requestId }: ReceiptKey): Entry | undefined {
    const found = this.entries.get(requestId);
    if (found instanceof Map) return found.get(target);
    return found?.target === target ? found : undefined;
  }

  private entryOf(key: ReceiptKey): Entry {
    return this.find(key) ?? this.add(key);
  }

  private add({ target, requestId }: ReceiptKey): Entry {
    const found = this.entries.get(requestId);
    const entry = { target, receipt: undefined, looked: false, lastBatch: 0, pins: 0 };
    this.size++;
    if (found === undefined) this.entries.set(requestId, entry);
    else if (found instanceof Map) found.set(target, entry);
    else {
      const byTarget = new Map([
        [found.target, found],
        [target, entry],
      ]);
      this.entries.set(requestId, byTarget);
    }
    return entry;
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
    const entry = this.entryOf({ target, requestId });
    if (entry.receipt === undefined) {
      const noted: NotedReceipt = { target, requestId, hash, outcome: null, atMs: this.term.activeMs() };
      this.put(entry, noted);
      if (rows !== undefined) noted.outcome = JSON.stringify(rows);
      else if (submission !== undefined && isSignal(submission)) this.term.batch.firsts.set(noted, submission);
      return 'new';
    }
    return entry.receipt.hash === hash ? 'repeat' : 'reused';
  }

  /** Gives a repeated signal the ticket of the first one. */
  sameTicket(submission: Submission, key: ReceiptKey): void {
    const receipt = this.find(key)?.receipt;
    submission.repeats = receipt && this.term.batch.firsts.get(receipt);
    const rows = readTicketRows(receipt?.outcome ?? null);
    [submission.row = 0, submission.laterRow = 0] = rows;
  }

  /** The outcome of the call with this key. `undefined` until the call has ended. */
  outcome(key: ReceiptKey): Answer | undefined {
    const outcome = this.find(key)?.receipt?.outcome ?? null;
    return outcome === null ? undefined : readAnswer(key.requestId, outcome);
  }

  /** Writes the outcome of a call into its receipt, in the open batch. */
  settle({ target, requestId }: ReceiptKey, hash: string, answer: Answer): void {
    const entry = this.entryOf({ target, requestId });
    const atMs = entry.receipt?.atMs ?? this.term.activeMs();
    this.put(entry, { target, requestId, hash, outcome: JSON.stringify(answer), atMs });
  }

  private put(entry: Entry, receipt: Receipt): void {
    const { batch } = this.term;
    entry.receipt = receipt;
    entry.lastBatch = batch.seq;
    batch.receipts.set(entry, receipt);
  }

  /** Forgets the receipts of targets that another worker owns now: it may write others. */
  lost(isLost: (target: string) => boolean): void {
    this.losses++;
    this.forget((entry) => {
      if (!isLost(entry.target)) return false;
      entry.looked = false;
      entry.receipt = undefined;
      return entry.pins === 0;
    }, 0);
  }

  /** Drops receipts that are also in the table and not pinned, if the cache is too large. */
  trim(): void {
    const max = this.term.options.receiptsCached;
    if (this.size <= max) return;
    this.forget((entry) => entry.lastBatch <= this.term.committedSeq && entry.pins === 0, max / 2);
  }

  /** Forgets entries, the oldest first, while there are more than this number. */
  private forget(mayGo: (entry: Entry) => boolean, rest: number): void {
    for (const [requestId, found] of this.entries) {
      const all = found instanceof Map ? found.values() : [found];
      for (const entry of all) {
        if (this.size <= rest) return;
        if (!mayGo(entry)) continue;
        this.size--;
        if (found instanceof Map) found.delete(entry.target);
        if (!(found instanceof Map) || found.size === 0) this.entries.delete(requestId);
      }
    }
  }
}

function isSignal({ body }: Submission): boolean {
  return body.kind === 'schedule' || (body.kind === 'operation' && body.reply === undefined);
}
