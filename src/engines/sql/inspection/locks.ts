/**
 * Locked entities with their holders and waiters. Locks that others wait for come first, found by the requests that wait. All others are
 * found by a scan. Each page holds the locks that were held the longest first.
 */
import type { ListPage, LockEntry, LockWaiter, Page } from '../../../hub/inspected.js';
import { makeCursor, readCursor } from '../../../inspect/cursors.js';
import type { ScanGate } from '../../../inspect/scan-gate.js';
import type { RuntimeStatus } from '../../../model/runtime-status.js';
import { readMeta, type HeldLock } from '../model/entity-meta.js';
import { begunOf, type LockRequest, type MailboxMessage } from '../model/messages.js';
import type { InboxRow, InspectionStore, InstanceRow } from '../ports/store.js';
import { lockHold } from './entries.js';
import { countMax } from './inbox-length.js';
import { rowsPerSlice } from './lists.js';
import type { InspectionPorts } from './ports.js';

const defaultLimit = 50;
/** The number of rows that one page scans at most. */
const rowsPerPage = 5 * rowsPerSlice;
/** The greatest number of locks that are sorted together. */
const sortedMax = 1_000;
/** The greatest number of locks with waiters that are listed. */
const contendedMax = 5_000;
const perRead = 500;
const waitersMax = 20;

interface Locked {
  readonly id: string;
  readonly partition: number;
  readonly lock: HeldLock;
}

/** The part of the list that a page shows, and how many locks of the part were shown before. */
interface Place {
  /** 0: locks that others wait for. 1: all others. */
  readonly phase: number;
  readonly after: string;
  readonly looked: number;
  readonly skip: number;
}

export class Locks {
  constructor(
    private readonly ports: InspectionPorts,
    private readonly gate: ScanGate,
    private readonly entities: () => number | undefined,
  ) {}

  private get inspection(): InspectionStore {
    return this.ports.store.inspect();
  }

  async page({ cursor, limit = defaultLimit }: ListPage): Promise<Page<LockEntry>> {
    const read = readCursor('locks', cursor, ['number', 'string', 'number', 'number']);
    const [phase = 0, after = '', looked = 0, skip = 0] = (read ?? []) as [number?, string?, number?, number?];
    return phase === 0 ? this.contended(skip, limit) : this.others({ phase, after, looked, skip }, limit);
  }

  private async contended(skip: number, limit: number): Promise<Page<LockEntry>> {
    const found = await this.gate.run(() => this.inspection.lockTargets(contendedMax));
    const all: Locked[] = [];
    for (let from = 0; from < found.length; from += perRead) {
      const ids = found.slice(from, from + perRead).map(({ id }) => id);
      for (const row of await this.ports.store.loadInstances(ids, false))
        for (const one of lockedRow(row)) all.push(one);
    }
    const locked = longestFirst(all);
    const items = await this.entries(locked.slice(skip, skip + limit));
    if (skip + limit < locked.length)
      return { items, next: cursorOf({ phase: 0, after: '', looked: 0, skip: skip + limit }) };
    if (items.length === limit) return { items, next: cursorOf({ phase: 1, after: '', looked: 0, skip: 0 }) };
    const rest = await this.others({ phase: 1, after: '', looked: 0, skip: 0 }, limit - items.length);
    return { ...rest, items: [...items, ...rest.items] };
  }

  private async others({ after, looked, skip }: Place, limit: number): Promise<Page<LockEntry>> {
    const { locked, edge, rows } = await this.scan(after === '' ? undefined : after);
    const free = await this.withoutRequests(locked);
    const sorted = longestFirst(free);
    const items = await this.entries(sorted.slice(skip, skip + limit));
    const of = this.entities();
    if (skip + limit < sorted.length)
      return { items, next: cursorOf({ phase: 1, after, looked, skip: skip + limit }), scan: { looked, of } };
    const scan = { looked: edge === undefined ? (of ?? looked + rows) : looked + rows, of };
    const next = edge === undefined ? undefined : cursorOf({ phase: 1, after: edge, looked: looked + rows, skip: 0 });
    return { items, next, scan };
  }

  /** Locked entities behind this id. `edge` is the last id that was looked at, `undefined` at the end of the list. */
  private async scan(
    from: string | undefined,
  ): Promise<{ readonly locked: readonly Locked[]; readonly edge: string | undefined; readonly rows: number }> {
    const filter = { kind: 'entity', locked: true } as const;
    const locked: Locked[] = [];
    let after = from;
    for (let rows = 0; rows < rowsPerPage;) {
      const begin = after;
      const limit = sortedMax - locked.length;
      const [edge, found] = await this.gate.run(async () => {
        const end = await this.inspection.edge(filter, { after: begin, descending: false, rows: rowsPerSlice });
        const page = { after: begin, until: end, descending: false, limit, stateMax: 0 };
        return [end, await this.inspection.instances(filter, page)] as const;
      });
      for (const row of found) for (const one of lockedRow(row)) locked.push(one);
      if (found.length === limit) return { locked, edge: found.at(-1)?.id, rows };
      rows += rowsPerSlice;
      if (edge === undefined) return { locked, edge, rows };
      after = edge;
    }
    return { locked, edge: after, rows: rowsPerPage };
  }

  private async withoutRequests(locked: readonly Locked[]): Promise<readonly Locked[]> {
    const requested = new Set<string>();
    for (let from = 0; from < locked.length; from += 100) {
      const counts = await this.inspection.countWaiting(locked.slice(from, from + 100));
      for (const { target, requests } of counts) if (requests > 0) requested.add(target);
    }
    return locked.filter(({ id }) => !requested.has(id));
  }

  /** The entries of these locks, at most 100. */
  async entries(locked: readonly Locked[]): Promise<readonly LockEntry[]> {
    if (locked.length === 0) return [];
    const holders = [...new Set(locked.map(({ lock }) => lock.instance))];
    const [rows, counts, requests] = await Promise.all([
      this.ports.store.loadInstances(holders, false),
      this.inspection.countWaiting(locked),
      this.inspection.lockRequests(locked, waitersMax),
    ]);
    const holderOf = new Map(rows.map((row) => [row.id, row]));
    const countOf = new Map(counts.map((count) => [count.target, count]));
    return locked.map(({ id, lock }) => {
      const holder = holderOf.get(lock.instance);
      const { waiting = 0, requests: waiters = 0 } = countOf.get(id) ?? {};
      return {
        entity: id,
        hold: lockHold(lock),
        holder: holder && { name: holder.name, status: holder.status as RuntimeStatus },
        waiters: waitersOf(requests.filter(({ target }) => target === id)),
        waiterCount: Math.min(countMax, waiters),
        waiting: Math.min(countMax, waiting),
      };
    });
  }
}

function cursorOf({ phase, after, looked, skip }: Place): string {
  return makeCursor('locks', [phase, after, looked, skip]);
}

function lockedRow({ id, partition, kind, meta }: InstanceRow): Locked[] {
  if (kind !== 'entity') return [];
  try {
    const { lock } = readMeta(meta);
    return lock === undefined ? [] : [{ id, partition, lock }];
  } catch {
    return [];
  }
}

function longestFirst(locked: readonly Locked[]): Locked[] {
  return locked.toSorted((a, b) => (a.lock.at ?? 0) - (b.lock.at ?? 0));
}

/** In the order of the mailbox. It also depends on messages between the requests, which are not read. */
function waitersOf(rows: readonly InboxRow[]): LockWaiter[] {
  return rows
    .flatMap(requestOf)
    .toSorted((a, b) => begunOf(a) - begunOf(b))
    .map(({ owner: { instance, section }, at }) => ({ instance, section, sinceMs: at }));
}

function requestOf({ body }: InboxRow): LockRequest[] {
  try {
    const request = JSON.parse(body) as MailboxMessage;
    return request.kind === 'lock' ? [request] : [];
  } catch {
    return [];
  }
}
