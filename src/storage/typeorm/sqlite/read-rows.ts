/** Rows as the reads of SQLite return them, and the parameters of those reads. */
import { readNames } from '../../../engines/sql/model/stored.js';
import type { InboxRow, Member, Partitions } from '../../../engines/sql/ports/store.js';

export type MemberColumns = [number, string, number, number, number, string, string];

export function toMember([incarnation, name, seq, expiresAtMs, holds, version, names]: MemberColumns): Member {
  return { incarnation, name, seq, expiresAtMs, holds: holds === 1, version, names: readNames(names) };
}

/** A row of the poll. A poll without messages returns one row whose `seq` is null. */
export type PolledRow = Omit<InboxRow, 'seq'> & { readonly seq: number | null; readonly nextDueMs: number | null };

/** The inbox row of a polled row, if it has one. */
export function toInboxRow({ seq, id, partition, target, arrival, dueMs, attempts, body }: PolledRow): InboxRow[] {
  return seq === null ? [] : [{ seq, id, partition, target, arrival, dueMs, attempts, body }];
}

/** The parameter for a list of partitions. The statement for all partitions has no such parameter. */
export function listed(partitions: Partitions): string[] {
  return partitions === 'all' ? [] : [JSON.stringify(partitions)];
}

/** Pages with rows, until one is not full. @param read reads the page after this row */
export async function* pagesOf(
  limit: number,
  read: (last: InboxRow | undefined) => Promise<readonly InboxRow[]>,
): AsyncGenerator<readonly InboxRow[]> {
  for (let last: InboxRow | undefined; ;) {
    const rows = await read(last);
    if (rows.length > 0) yield rows;
    if (rows.length < limit) return;
    last = rows.at(-1);
  }
}
