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

/** The first code unit of a surrogate pair. Up to here the order of UTF-16 is that of UTF-8. */
const firstSurrogate = 0xd800;

/**
 * Compares texts as databases do, by UTF-8 bytes. The UTF-16 order of JavaScript differs beyond U+FFFF, and only there are bytes made: a page
 * of a large table compares very often.
 */
export function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one === other) continue;
    const isSameOrder = one < firstSurrogate || other < firstSurrogate;
    return isSameOrder ? one - other : Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  return a.length - b.length;
}

/**
 * The first `limit` rows by id, of the rows that pass and are behind `after`. A page needs no sort of the table: rows mostly stand in the order
 * of their ids, so each row behind the page is compared once.
 */
export function pageById<Row extends { readonly id: string }>(
  rows: Iterable<Row>,
  { after, limit }: { readonly after?: string; readonly limit: number },
  isWanted: (row: Row) => boolean,
): Row[] {
  const first: Row[] = [];
  for (const row of rows) {
    const last = first.length < limit ? undefined : first.at(-1);
    if (last !== undefined && byBytes(last.id, row.id) < 0) continue;
    if ((after !== undefined && byBytes(row.id, after) <= 0) || !isWanted(row)) continue;
    first.splice(placeOf(first, row.id), 0, row);
    if (first.length > limit) first.pop();
  }
  return first;
}

/** The place of the first of the sorted rows that is behind this id. */
function placeOf(sorted: readonly { readonly id: string }[], id: string): number {
  const last = sorted.at(-1);
  if (last === undefined || byBytes(last.id, id) < 0) return sorted.length;
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (byBytes((sorted[middle] as { readonly id: string }).id, id) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
