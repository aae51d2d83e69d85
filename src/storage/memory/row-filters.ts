/** Conditions and orders of rows, which a real database has as indexes and SQL. */
import { isExpired, lockedMeta } from '../../engines/sql/model/entity-meta.js';
import type { InboxRow, InstanceFilter, InstanceRow, ReceiptKey } from '../../engines/sql/ports/store.js';

export function isStart(body: string): boolean {
  try {
    return (JSON.parse(body) as { kind?: unknown } | null)?.kind === 'start';
  } catch {
    return false;
  }
}

export function isReady(row: InboxRow, nowMs: number): boolean {
  return row.dueMs === null || row.dueMs <= nowMs;
}

/** Compares inbox rows: first adopted rows by arrival, then new rows by `seq`. Each partition counts its arrivals, so `seq` decides ties. */
export function byBacklogOrder(a: InboxRow, b: InboxRow): number {
  return (a.arrival ?? Infinity) === (b.arrival ?? Infinity)
    ? a.seq - b.seq
    : (a.arrival ?? Infinity) - (b.arrival ?? Infinity);
}

export function byReceiptKey(a: ReceiptKey, b: ReceiptKey): number {
  return byBytes(a.requestId, b.requestId) || byBytes(a.target, b.target);
}

export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function passes(row: InstanceRow, filter: InstanceFilter): boolean {
  const { name, idPrefix = '', keyPrefix = '', statuses } = filter;
  const {
    createdFromMs = -Infinity,
    createdToMs = Infinity,
    updatedFromMs = -Infinity,
    updatedToMs = Infinity,
  } = filter;
  return (
    row.kind === filter.kind &&
    (name === undefined || row.name === name) &&
    row.id.startsWith(idPrefix) &&
    row.key.startsWith(keyPrefix) &&
    (statuses === undefined || (row.status !== null && statuses.includes(row.status))) &&
    row.createdAtMs >= createdFromMs &&
    row.createdAtMs < createdToMs &&
    row.updatedAtMs >= updatedFromMs &&
    row.updatedAtMs < updatedToMs &&
    (filter.endedBeforeMs === undefined || (row.endedAtMs !== null && row.endedAtMs < filter.endedBeforeMs)) &&
    (filter.parent === undefined || row.parent === filter.parent) &&
    (filter.present !== true || row.state !== null) &&
    (filter.aliveAtMs === undefined || !isExpired(row, filter.aliveAtMs)) &&
    (filter.locked === undefined || (row.meta?.startsWith(lockedMeta()) ?? false) === filter.locked) &&
    (filter.lockedBy === undefined || row.meta?.startsWith(lockedMeta(filter.lockedBy)) === true) &&
    (filter.contains === undefined || row.state?.includes(filter.contains) === true)
  );
}

/** Compares texts as databases do, by UTF-8 bytes. The UTF-16 order of JavaScript differs beyond U+FFFF. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
