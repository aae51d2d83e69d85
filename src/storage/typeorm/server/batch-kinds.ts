/** The rows of a batch by what is to be done with them, for statements of servers. */
import type { CommitBatch, InstanceRow, InstanceWrite } from '../../../engines/sql/ports/store.js';

type Put = Extract<InstanceWrite, { readonly op: 'put' }> & InstanceRow;

/** Splits the writes: a new row must not exist yet, and a changed one must exist. */
export function splitPuts({ instances }: CommitBatch): { readonly created: Put[]; readonly updated: Put[] } {
  const created: Put[] = [];
  const updated: Put[] = [];
  for (const write of instances) if (write.op === 'put') (write.version === 1 ? created : updated).push(write);
  return { created, updated };
}

/** The last write of each key: one statement writes a row at most once. */
export function lastOfEach<T>(writes: readonly T[], keyOf: (write: T) => string): readonly T[] {
  if (writes.length < 2) return writes;
  return [...new Map(writes.map((write) => [keyOf(write), write])).values()];
}

/** The kinds that most batches do not have, as one JSON text. `null` if the batch has none of them. */
export function restOf(
  { receiptsExpired, leave }: CommitBatch,
  kinds: Readonly<Record<string, readonly unknown[]>>,
): string | null {
  const present: Record<string, unknown> = {};
  for (const [kind, of] of Object.entries(kinds)) if (of.length > 0) present[kind] = of;
  if ('receiptsExpired' in present) present['expireBeforeMs'] = receiptsExpired?.beforeMs;
  if (leave === true) present['leave'] = true;
  return Object.keys(present).length === 0 ? null : JSON.stringify(present);
}

/** Rows as one JSON text. `null` if there are no rows. */
export function jsonOf(rows: readonly unknown[]): string | null {
  return rows.length === 0 ? null : JSON.stringify(rows);
}
