import type { InboxRow } from '../../../engines/sql/ports/store.js';

/** A row of a poll. A poll without messages returns one row whose `seq` is null. */
export type PolledRow = Omit<InboxRow, 'seq'> & { readonly seq: number | null; readonly nextDueMs: number | null };

/** The inbox row of a polled row, unless there is no message. */
export function toInboxRow({ seq, id, partition, target, arrival, dueMs, attempts, body }: PolledRow): InboxRow[] {
  return seq === null ? [] : [{ seq, id, partition, target, arrival, dueMs, attempts, body }];
}
