import type { ReceiptKey } from '../ports/store.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { StepResult, Subject } from './pass.js';

/**
 * Receipts of request ids that are older than their retention time. There is no index by time: a pass reads all receipts in the order of
 * their keys.
 */
export class OldReceipts implements Subject<ReceiptKey> {
  readonly name = 'receipts';
  readonly scope = 'hub';

  constructor(
    private readonly term: WorkerTerm,
    /** In active time. */
    readonly keptMs: number,
  ) {}

  async step(after: ReceiptKey | undefined, limit: number): Promise<StepResult<ReceiptKey>> {
    const { term } = this;
    const receipts = await term.ports.store.scanReceipts(after === undefined ? { limit } : { after, limit });
    const beforeMs = term.activeMs() - this.keptMs;
    const keys = receipts.filter(({ atMs }) => atMs < beforeMs);
    if (keys.length > 0) term.batch.retention.receiptsExpired = { keys, beforeMs };
    const next = receipts.length < limit ? undefined : receipts.at(-1);
    return {
      next,
      seen: receipts.length,
      deleted: keys.length,
      open: keys.length > 0,
      idle: after === undefined && receipts.length === 0,
    };
  }
}
