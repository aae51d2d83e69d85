/** One entity or orchestration instance in detail: its state, history, timeline and messages. */
import type {
  EntityDetail,
  HistoryEntry,
  HistoryOptions,
  ListOptions,
  Page,
  RunEntry,
  RunHistory,
  ShownValue,
  Timeline,
  TimelineBar,
  ValueOptions,
  WaitingMessage,
} from '../../../hub/inspected.js';
import { makeCursor, readCursor } from '../../../inspect/cursors.js';
import type { ScanGate } from '../../../inspect/scan-gate.js';
import { timelineOf } from '../../../inspect/timeline.js';
import { detailValueMax, listValueMax, shownValue } from '../../../inspect/values.js';
import { lookAgain } from '../connected/pending-run.js';
import { startedInput, type HistoryEvent } from '../core/history.js';
import { partitionOf } from '../core/partition.js';
import { eventsOf, historyEntries } from '../history-entries.js';
import { readMeta, type HeldLock } from '../model/entity-meta.js';
import type { RunRecord } from '../model/run-record.js';
import { readRunRecord } from '../model/stored.js';
import type { InboxPart, InspectedMessage, InspectionStore, InstanceRow } from '../ports/store.js';
import { entityEntry, runEntry, waitingMessage } from './entries.js';
import { countMax, isInboxShort } from './inbox-length.js';
import type { InspectionPorts } from './ports.js';

const defaultLimit = 50;
const parts: readonly InboxPart[] = ['adopted', 'new', 'scheduled'];
/** The greatest length of a body that is read as a whole. */
const bodyMax = 2 * detailValueMax;
/** The greatest number of sub-orchestrations in one timeline. */
const childrenMax = 100;

/** An orchestration with the history of its present execution, as one commit left them. */
export interface ReadRun {
  readonly row: InstanceRow;
  /** `undefined` if the record cannot be read. */
  readonly record: RunRecord | undefined;
  readonly events: readonly HistoryEvent[];
  /** Why the record or a part of the history cannot be read. */
  readonly problem: string | undefined;
}

export class Details {
  constructor(
    private readonly ports: InspectionPorts,
    private readonly gate: ScanGate,
  ) {}

  private get inspection(): InspectionStore {
    return this.ports.store.inspect();
  }

  target(id: string): { readonly id: string; readonly partition: number } {
    return { id, partition: partitionOf(id, this.ports.partitionCount) };
  }

  async entity(id: string, { valueMax = detailValueMax }: ValueOptions): Promise<EntityDetail | undefined> {
    const { store, facts, code } = this.ports;
    const target = this.target(id);
    const [row] = await store.loadInstances([id]);
    const [counts, scheduled] = await this.inTurn(async () => [
      await this.inspection.countWaiting([target]),
      await this.inspection.inbox(target, { part: 'scheduled', limit: countMax, bodyMax: 0 }),
    ]);
    const waiting = counts[0]?.waiting ?? 0;
    const live = facts?.entity(id);
    if (row === undefined && waiting === 0 && scheduled.length === 0 && live === undefined) return undefined;
    const second = id.indexOf('@', 1);
    const [name, key] = [id.slice(1, second), id.slice(second + 1)];
    const nowMs = this.ports.hubTimeMs();
    const shown = row ?? {
      ...noEntity,
      id,
      name,
      key,
      partition: target.partition,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    return {
      ...entityEntry({ ...shown, stateLength: shown.state?.length ?? null }, nowMs, valueMax, undefined),
      backlog: Math.min(countMax, waiting),
      scheduled: scheduled.length,
      registered: code === undefined ? undefined : code.entities.some((entity) => entity.name === name),
      ...(live !== undefined && { live: { waiting: live.waiting, running: live.running } }),
    };
  }

  async run(id: string, { valueMax = detailValueMax }: ValueOptions): Promise<RunEntry | undefined> {
    const read = await this.readRun(id, true);
    return read && this.entryOf(read, valueMax);
  }

  private entryOf({ row, record, events, problem }: ReadRun, valueMax: number): RunEntry {
    const isElsewhere = record?.inputIn === 'history';
    const input = isElsewhere
      ? (startedInput(events) ?? new Error(problem ?? 'The history does not contain the input.'))
      : undefined;
    return runEntry({ ...row, stateLength: row.state?.length ?? null }, valueMax, input);
  }

  /**
   * Reads an orchestration with its history. A history that is shorter than the record says belongs to an execution that has ended
   * meanwhile, so both are read again, once.
   * @param inputOnly whether the first part of the history is enough, if any
   */
  async readRun(id: string, inputOnly = false): Promise<ReadRun | undefined> {
    const { store } = this.ports;
    for (let gone: string | undefined; ;) {
      const [stored] = await store.loadInstances([id]);
      const row = stored ?? (await lookAgain(store, id, this.ports.hubTimeMs()));
      if (row?.kind !== 'orchestration') return undefined;
      let record: RunRecord;
      try {
        record = readRunRecord(row.id, row.state);
      } catch (error) {
        return { row, record: undefined, events: [], problem: error instanceof Error ? error.message : String(error) };
      }
      const { execution, inputIn } = record;
      const chunks = inputOnly ? (inputIn === 'history' ? 1 : 0) : record.chunks;
      const key = { instance: id, execution };
      const found =
        chunks === 0 ? [] : await (inputOnly ? store.loadFirstChunks([key]) : store.loadHistory(id, execution));
      if (found.length >= chunks || gone === execution) return { row, record, ...eventsOf({ chunks }, found) };
      gone = execution;
    }
  }

  async history(id: string, options: HistoryOptions): Promise<RunHistory | undefined> {
    const { cursor, limit = 100, valueMax = detailValueMax } = options;
    const read = await this.readRun(id);
    if (read === undefined) return undefined;
    const { row, record, events, problem } = read;
    const execution = record?.execution ?? '';
    const [from = 0] = (readCursor(`history.${execution}`, cursor, ['number']) ?? []) as [number?];
    const all = historyEntries(events);
    const items = all.slice(from, from + limit).map((entry) => cutEntry(entry, valueMax));
    const end = from + items.length;
    return {
      instance: id,
      name: record?.name ?? row.name,
      status: record?.status ?? (row.status as RunRecord['status']),
      execution,
      problem,
      items,
      next: end < all.length ? makeCursor(`history.${execution}`, [end]) : undefined,
    };
  }

  async timeline(id: string, depth: number): Promise<Timeline | undefined> {
    return this.timelineWith(id, depth, { left: childrenMax });
  }

  private async timelineWith(id: string, depth: number, children: { left: number }): Promise<Timeline | undefined> {
    const read = await this.readRun(id);
    if (read === undefined) return undefined;
    const timeline = timelineOf(this.entryOf(read, 0), historyEntries(read.events), read.problem === undefined);
    if (depth === 0) return timeline;
    const bars: TimelineBar[] = [];
    for (const bar of timeline.bars) {
      const isChild = bar.kind === 'child' && bar.target !== undefined && children.left-- > 0;
      const child = isChild ? await this.timelineWith(bar.target, depth - 1, children) : undefined;
      bars.push({ ...bar, child, startedAtMs: bar.startedAtMs ?? child?.startedAtMs });
    }
    return { ...timeline, bars };
  }

  async messages(id: string, options: ListOptions): Promise<Page<WaitingMessage>> {
    const { cursor, limit = defaultLimit, valueMax = listValueMax } = options;
    const target = this.target(id);
    const place = readCursor('messages', cursor, ['number', 'number', 'number']) as
      [number, number, number] | undefined;
    const rows: InspectedMessage[] = [];
    let [part, after] = place === undefined ? [0, undefined] : [place[0], [place[1], place[2]] as const];
    // One turn for all parts: with a turn for each, a page would wait for the rest after every one of them.
    await this.inTurn(async () => {
      for (; part < parts.length && rows.length < limit; part++) {
        const page = { part: parts[part] as InboxPart, after, limit: limit - rows.length, bodyMax };
        for (const row of await this.inspection.inbox(target, page)) rows.push(row);
        after = undefined;
        if (rows.length === limit) break;
      }
    });
    const lock = rows.length === 0 ? undefined : await this.lockOf(id);
    const items = rows.map((row) => waitingMessage(row, lock, valueMax));
    const last = rows.at(-1);
    const next =
      rows.length < limit || last === undefined ? undefined : makeCursor('messages', [part, orderOf(last), last.seq]);
    return { items, next };
  }

  /** Reads what waits for one target. No index begins with the target, so a read of a long inbox scans, and takes its turn at the gate. */
  private async inTurn<T>(read: () => Promise<T>): Promise<T> {
    return (await isInboxShort(this.inspection)) ? read() : this.gate.run(read);
  }

  /** The lock of an entity. `undefined` if the id is that of an orchestration, or nothing locks the entity. */
  async lockOf(id: string): Promise<HeldLock | undefined> {
    if (!id.startsWith('@')) return undefined;
    const [row] = await this.ports.store.loadInstances([id], false);
    try {
      return row === undefined ? undefined : readMeta(row.meta).lock;
    } catch {
      return undefined;
    }
  }
}

const noEntity: Omit<InstanceRow, 'id' | 'name' | 'key' | 'partition' | 'createdAtMs' | 'updatedAtMs'> = {
  kind: 'entity',
  version: 0,
  state: null,
  meta: null,
  status: null,
  endedAtMs: null,
  endedActiveMs: null,
  parent: null,
};

/** The place of a row within its part. */
function orderOf({ arrival, dueMs }: InspectedMessage): number {
  return arrival ?? dueMs ?? 0;
}

function cutEntry(entry: HistoryEntry, valueMax: number): HistoryEntry {
  const cut = (value: ShownValue | undefined) => shownValue(value?.text, valueMax, value?.length);
  return { ...entry, value: cut(entry.value), error: cut(entry.error) };
}
