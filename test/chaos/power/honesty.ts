/** Disks that say that they have synced, and have not: they show that the harness sees what a sync is for. */
import type { DiskRecord } from './recording.js';

export const honesties = ['honest', 'normal', 'off'] as const;
/**
 * `honest`: every sync is one. `normal`: what `PRAGMA synchronous=NORMAL` would have synced: the write-ahead log when it begins, and
 * before a checkpoint, but not at a commit. `off`: nothing, as with `synchronous=OFF`.
 */
export type Honesty = (typeof honesties)[number];

const walHeaderLength = 32;

/** The indices of the syncs that this disk only pretends to make. */
export function liesOf(honesty: Honesty, records: readonly DiskRecord[], database: string): ReadonlySet<number> {
  const lies = new Set<number>();
  if (honesty === 'honest') return lies;
  const names = new Map<number, string>();
  const lastWrites = new Map<number, DiskRecord>();
  /** Syncs of the log by thread, until it is seen what follows. */
  const waiting = new Map<number, number>();
  for (const [index, record] of records.entries()) {
    const { kind, file, thread, name } = record;
    if (kind === 'opened' || kind === 'created') names.set(file, name);
    if (kind === 'written') {
      lastWrites.set(file, record);
      // A checkpoint syncs the log before it writes into the database.
      if (names.get(file) === database) waiting.delete(thread);
    }
    if (kind !== 'sync ends') continue;
    if (honesty === 'off') lies.add(index);
    if (names.get(file) !== `${database}-wal`) continue;
    const { at, data } = lastWrites.get(file) ?? {};
    const isBeginning = at === 0 && data?.length === walHeaderLength;
    settle(thread);
    if (!isBeginning) waiting.set(thread, index);
  }
  for (const thread of waiting.keys()) settle(thread);
  return lies;

  function settle(thread: number): void {
    const index = waiting.get(thread);
    if (index !== undefined) lies.add(index);
    waiting.delete(thread);
  }
}
