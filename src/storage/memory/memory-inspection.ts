/** The reads of an inspector on the memory database. They define what `InspectionStore` means. */
import type {
  InboxRow,
  InspectedLetter,
  InspectedMessage,
  InspectedPartition,
  InspectedRow,
  InspectedWorker,
  InspectionStore,
  InstanceFilter,
  InstanceRow,
  Tag,
  WaitingCount,
} from '../../engines/sql/ports/store.js';
import { hasEnded, type RuntimeStatus } from '../../model/runtime-status.js';
import { walkedFilter } from '../../engines/sql/ports/walked-filter.js';
import type { MemoryDatabase } from './memory-database.js';
import { byBytes, passes } from './row-filters.js';

type Targets = Parameters<InspectionStore['countWaiting']>[0];

export class MemoryInspection implements InspectionStore {
  constructor(
    private readonly database: MemoryDatabase,
    /** @throws StorageError if the store is not open */
    private readonly checkOpen: () => void,
  ) {}

  async instances(
    filter: InstanceFilter,
    { after, descending, until, limit, stateMax }: Parameters<InspectionStore['instances']>[1],
  ): Promise<readonly InspectedRow[]> {
    this.checkOpen();
    return this.sorted(filter, descending)
      .filter(({ id }) => isBehind(id, after, descending) && (until === undefined || !isBehind(id, until, descending)))
      .slice(0, limit)
      .map((row) => ({
        ...row,
        state: row.state === null ? null : firstCharacters(row.state, stateMax),
        stateLength: row.state === null ? null : characters(row.state),
      }));
  }

  async edge(
    filter: InstanceFilter,
    { after, descending, rows }: Parameters<InspectionStore['edge']>[1],
  ): Promise<string | undefined> {
    this.checkOpen();
    return this.sorted(walkedFilter(filter), descending).filter(({ id }) => isBehind(id, after, descending))[rows - 1]
      ?.id;
  }

  private sorted(filter: InstanceFilter, descending: boolean): InstanceRow[] {
    const waiting = this.waitingTargets();
    const found = [...this.database.instances.values()].filter((row) => {
      if (filter.waiting !== undefined && waiting.has(row.id) !== filter.waiting) return false;
      const tags = this.database.tags.get(row.id) ?? [];
      const hasTag = ([tag, value]: Tag) => tags.some((own) => own[0] === tag && own[1] === value);
      return passes(row, filter) && (filter.tags ?? []).every(hasTag);
    });
    return found.toSorted((a, b) => (descending ? byBytes(b.id, a.id) : byBytes(a.id, b.id)));
  }

  private waitingTargets(): ReadonlySet<string> {
    const rows = [...this.database.inbox.values()].filter((row) => partOf(row) !== 'scheduled');
    return new Set(rows.map(({ target }) => target));
  }

  async countNames() {
    this.checkOpen();
    const counts = new Map<string, { kind: string; name: string; status: string | null; count: number }>();
    for (const { kind, name, status, state } of this.database.instances.values()) {
      if (kind === 'entity' && state === null) continue;
      const key = JSON.stringify([kind, name, status]);
      const counted = counts.get(key);
      if (counted === undefined) counts.set(key, { kind, name, status, count: 1 });
      else counted.count++;
    }
    return [...counts.values()];
  }

  async longestIdle() {
    this.checkOpen();
    const [first] = [...this.database.instances.values()]
      .filter(({ status }) => status !== null && !hasEnded(status as RuntimeStatus))
      .toSorted((a, b) => a.updatedAtMs - b.updatedAtMs || byBytes(a.id, b.id));
    return first && { id: first.id, name: first.name, updatedAtMs: first.updatedAtMs };
  }

  async inbox(
    { id }: { readonly id: string },
    { part, after, limit, bodyMax }: Parameters<InspectionStore['inbox']>[1],
  ): Promise<readonly InspectedMessage[]> {
    this.checkOpen();
    const orderOf = (row: InboxRow) => (part === 'adopted' ? row.arrival : part === 'scheduled' ? row.dueMs : 0) ?? 0;
    return [...this.database.inbox.values()]
      .filter((row) => row.target === id && partOf(row) === part)
      .toSorted((a, b) => orderOf(a) - orderOf(b) || a.seq - b.seq)
      .filter(
        (row) => after === undefined || orderOf(row) > after[0] || (orderOf(row) === after[0] && row.seq > after[1]),
      )
      .slice(0, limit)
      .map((row) => ({ ...row, body: firstCharacters(row.body, bodyMax), bodyLength: characters(row.body) }));
  }

  async countInbox(max: number): Promise<number> {
    this.checkOpen();
    return Math.min(max, this.database.inbox.size);
  }

  async countWaiting(targets: Targets): Promise<readonly WaitingCount[]> {
    this.checkOpen();
    return targets.flatMap(({ id }) => {
      const rows = [...this.database.inbox.values()].filter((row) => row.target === id && partOf(row) !== 'scheduled');
      const requests = rows.filter(isLockRequest).length;
      return rows.length === 0 ? [] : [{ target: id, waiting: rows.length, requests }];
    });
  }

  async lockTargets(limit: number): Promise<readonly { readonly id: string; readonly partition: number }[]> {
    this.checkOpen();
    const requests = [...this.database.inbox.values()].filter(
      (row) => partOf(row) !== 'scheduled' && isLockRequest(row),
    );
    const partitions = new Map(requests.map(({ target, partition }) => [target, partition]));
    return [...partitions].slice(0, limit).map(([id, partition]) => ({ id, partition }));
  }

  async lockRequests(targets: Targets, each: number): Promise<readonly InboxRow[]> {
    this.checkOpen();
    return targets.flatMap(({ id }) =>
      [...this.database.inbox.values()]
        .filter((row) => row.target === id && partOf(row) !== 'scheduled' && isLockRequest(row))
        .toSorted((a, b) => (a.arrival ?? Infinity) - (b.arrival ?? Infinity) || a.seq - b.seq)
        .slice(0, each),
    );
  }

  async rows(ids: readonly number[]): Promise<readonly InboxRow[]> {
    this.checkOpen();
    return [...new Set(ids)].flatMap((id) => this.database.inbox.get(id) ?? []);
  }

  async deadLetters(
    { target, targetPrefix = '' }: Parameters<InspectionStore['deadLetters']>[0],
    { after, descending, limit, bodyMax }: Parameters<InspectionStore['deadLetters']>[1],
  ): Promise<readonly InspectedLetter[]> {
    this.checkOpen();
    return [...this.database.deadLetters.values()]
      .filter((letter) => (target === undefined || letter.target === target) && letter.target.startsWith(targetPrefix))
      .filter(({ id }) => after === undefined || (descending ? id < after : id > after))
      .toSorted((a, b) => (descending ? b.id - a.id : a.id - b.id))
      .slice(0, limit)
      .map(({ id, target: to, body, attempts, reason, atMs }) => ({
        id,
        target: to,
        body: firstCharacters(body, bodyMax),
        bodyLength: characters(body),
        attempts,
        reason,
        atMs,
      }));
  }

  async countDeadLetters(max: number): Promise<number> {
    this.checkOpen();
    return Math.min(max, this.database.deadLetters.size);
  }

  async workers({
    before = Infinity,
    limit,
  }: Parameters<InspectionStore['workers']>[0]): Promise<readonly InspectedWorker[]> {
    this.checkOpen();
    const { workers, partitions } = this.database;
    return [...workers]
      .filter(([incarnation]) => incarnation < before)
      .toSorted(([a], [b]) => b - a)
      .slice(0, limit)
      .map(([incarnation, { kind, name, seq, alive, expiresAtMs, holds, version }]) => {
        const owned = partitions.filter(({ owner }) => owner === incarnation).length;
        return { incarnation, kind, name, seq, alive, expiresAtMs, holds, version, partitions: owned };
      });
  }

  async partitions(): Promise<readonly InspectedPartition[]> {
    this.checkOpen();
    return this.database.partitions.map(({ owner, epoch, crashes }, partition) => ({
      partition,
      owner,
      epoch,
      crashes,
    }));
  }

  async sizes(): Promise<readonly { readonly name: string; readonly bytes: number }[]> {
    this.checkOpen();
    return [];
  }
}

function isBehind(id: string, after: string | undefined, descending: boolean): boolean {
  return after === undefined || (descending ? byBytes(id, after) < 0 : byBytes(id, after) > 0);
}

function partOf({ arrival, dueMs }: InboxRow): 'adopted' | 'new' | 'scheduled' {
  return arrival !== null ? 'adopted' : dueMs === null ? 'new' : 'scheduled';
}

function isLockRequest({ body }: InboxRow): boolean {
  return body.startsWith('{"kind":"lock",');
}

function characters(text: string): number {
  return Array.from(text).length;
}

function firstCharacters(text: string, max: number): string {
  return text.length <= max ? text : Array.from(text).slice(0, max).join('');
}
