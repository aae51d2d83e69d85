/** Loads instances: many rows with one read, then the histories of orchestrations that have not ended. */
import { StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import { startedInput, type HistoryEvent } from '../core/history.js';
import { SignalNames } from '../core/signal-names.js';
import { readMeta } from '../model/entity-meta.js';
import { type RunRecord } from '../model/run-record.js';
import { hasEnded, type RuntimeStatus } from '../../../model/runtime-status.js';
import { readRunRecord } from '../model/stored.js';
import type { HistoryChunk, InstanceRow } from '../ports/store.js';
import type { WorkerTerm } from './worker-term.js';
import type { Delivery } from './delivery.js';
import type { LiveEntity, LiveInstance, LiveRun } from './live-instance.js';
import { replay, replayLater } from '../orchestrations/replay.js';
import { stillMissing } from './missing-code.js';
import type { Spills } from './spills.js';
import { parseHistory } from '../core/history-text.js';

const rowsPerRead = 500;

export class Loader {
  private reading = false;

  constructor(
    private readonly term: WorkerTerm,
    private readonly delivery: Delivery,
    private readonly spills: Spills,
  ) {}

  /** Starts to read the rows that are wanted. Called by the loop. */
  start(): void {
    const { live } = this.term;
    if (this.reading || !live.anyWanted) return;
    this.reading = true;
    const wanted = live.takeWanted(rowsPerRead);
    this.read(wanted).then(
      () => {
        this.reading = false;
        this.term.wake();
      },
      (error: unknown) => this.term.end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  private async read(wanted: readonly LiveInstance[]): Promise<void> {
    const { store } = this.term.ports;
    const entities = wanted.filter(({ kind }) => kind === 'entity').map(({ id }) => id);
    const [rows, names] = await Promise.all([
      store.loadInstances(wanted.map(({ id }) => id)),
      entities.length === 0 ? [] : store.loadNamedSignals(entities),
    ]);
    if (this.term.ended !== undefined) return;
    const namesById = new Map<string, SignalNames>();
    for (const { entity, name, row } of names) {
      if (!namesById.has(entity)) namesById.set(entity, new SignalNames());
      namesById.get(entity)?.load(name, row);
    }
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const instance of wanted) {
      const row = byId.get(instance.id);
      // Another worker may have changed it since.
      if (instance.gone) continue;
      try {
        if (instance.kind === 'entity') this.fillEntity(instance, row, namesById.get(instance.id));
        else this.fillRun(instance, row);
      } catch (error) {
        this.unreadable(instance, error);
      }
    }
  }

  private fillEntity(entity: LiveEntity, row: InstanceRow | undefined, names: SignalNames | undefined): void {
    if (row !== undefined) checkRow(row, 'entity');
    const state = row?.state ?? undefined;
    entity.version = row?.version ?? 0;
    entity.createdAtMs = row?.createdAtMs ?? 0;
    entity.startWritten = row !== undefined;
    this.term.live.resize(entity, state?.length ?? 0);
    if (entity.program === undefined) entity.storedState = state;
    else entity.cell = entity.program.open(entity.id, state);
    if (row !== undefined) {
      const { lock, expires } = readMeta(row.meta);
      entity.expiresAtMs = expires;
      if (lock !== undefined) entity.mailbox.grant(lock);
    }
    if (names !== undefined) checkNames(entity.id, names);
    entity.named = names;
    if (entity.spill !== undefined && entity.mailbox.holder !== undefined) this.spills.findHolders(entity);
    else this.delivery.loaded(entity);
  }

  private fillRun(run: LiveRun, row: InstanceRow | undefined): void {
    if (row === undefined) return this.delivery.loaded(run);
    checkRow(row, 'orchestration');
    const record = readRunRecord(row.id, row.state);
    run.record = record;
    run.tagsWritten = record.tags;
    if (record.missing !== undefined) record.missing = stillMissing(record, this.term.ports.userCode);
    run.version = row.version;
    run.createdAtMs = row.createdAtMs;
    run.startWritten = true;
    run.statusWritten = row.status ?? undefined;
    this.term.live.resize(run, row.state?.length ?? 0);
    const { endedAtMs: atMs, endedActiveMs: activeMs } = row;
    run.end = atMs === null || activeMs === null ? undefined : { execution: record.execution, atMs, activeMs };
    if (hasEnded(record.status)) return this.delivery.loaded(run);
    this.replay(run, record, row.state?.length ?? 0);
  }

  /**
   * Marks an instance that cannot be read. Waiting callers get an error, and other messages stay in the table. Other instances continue.
   */
  private unreadable(instance: LiveInstance, error: unknown): void {
    const { id } = instance;
    instance.loading = true;
    instance.damage = error instanceof StorageError ? error : damaged(id, 'it cannot be read', error);
    this.term.ports.logger.error({ instance: id, error }, 'An instance cannot be read. Its one-way messages wait.');
    this.term.markReady(instance);
  }

  private replay(run: LiveRun, record: RunRecord, bytes: number): void {
    this.term.ports.store.loadHistory(run.id, record.execution).then(
      async (chunks) => {
        if (run.gone) return;
        try {
          // Code that may end the process runs only for a message, as an attempt of that message. The code of a suspended orchestration
          // runs after its resume.
          const later = this.term.caution.active || record.status === 'suspended';
          const events = eventsOf(run, chunks);
          if (record.inputIn === 'history') {
            run.input = startedInput(events);
            this.term.live.resize(run, bytes + (run.input?.length ?? 0));
          }
          await (later ? replayLater : replay)(this.term, run, events);
          this.delivery.loaded(run);
        } catch (error) {
          this.unreadable(run, error);
        }
      },
      (error: unknown) => this.term.end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Replays the history of an orchestration whose code has not run yet in this term. Its messages wait until the replay is complete. */
  replayNow(run: LiveRun, events: readonly HistoryEvent[]): void {
    run.pendingReplay = undefined;
    run.loading = true;
    replay(this.term, run, events).then(
      () => {
        this.delivery.loaded(run);
        this.term.wake();
      },
      (error: unknown) => this.unreadable(run, error),
    );
  }

  /**
   * Reads the history of an execution that has ended. The messages of the orchestration wait until it is read. The read begins after the
   * next commit, because until then the end of the execution may not be in the table.
   */
  readPast(run: LiveRun): void {
    const { term } = this;
    run.loading = true;
    term.batch.afterCommit.push(() => {
      if (term.ended !== undefined) return;
      term.ports.store.loadHistory(run.id, (run.record as RunRecord).execution).then(
        (chunks) => {
          try {
            run.past = eventsOf(run, chunks);
            this.delivery.loaded(run);
            term.wake();
          } catch (error) {
            this.unreadable(run, error);
          }
        },
        (error: unknown) => term.end(error instanceof Error ? error : new Error(String(error))),
      );
    });
  }

  /** Reads the sub-orchestrations of an orchestration, after the next commit. Its messages wait until they are read. */
  readChildren(run: LiveRun): void {
    const { term } = this;
    run.loading = true;
    term.batch.afterCommit.push(() => {
      if (term.ended !== undefined) return;
      this.childrenOf(run.id).then(
        (children) => {
          if (term.ended !== undefined) return;
          run.children = children;
          this.delivery.loaded(run);
          term.wake();
        },
        (error: unknown) => term.end(error instanceof Error ? error : new Error(String(error))),
      );
    });
  }

  private async childrenOf(parent: string): Promise<{ id: string; ended: boolean }[]> {
    const children: { id: string; ended: boolean }[] = [];
    for (let after: string | undefined; ;) {
      const page = { limit: rowsPerRead, withState: false, ...(after !== undefined && { after }) };
      const rows = await this.term.ports.store.queryInstances({ kind: 'orchestration', parent }, page);
      for (const { id, status } of rows) children.push({ id, ended: hasEnded(status as RuntimeStatus) });
      if (rows.length < rowsPerRead) return children;
      after = rows.at(-1)?.id;
    }
  }
}

/** @throws StorageError unless every chunk that the record counts was found, with the input if the record does not hold it */
function eventsOf({ id, record }: LiveRun, chunks: readonly HistoryChunk[]): HistoryEvent[] {
  const expected = record?.chunks ?? 0;
  if (chunks.length !== expected || chunks.some(({ chunk }, index) => chunk !== index))
    throw damaged(id, `its history has ${chunks.length} of ${expected} parts`);
  const all = chunks.flatMap(({ events }) => parseHistory(events));
  if (record?.inputIn === 'history' && startedInput(all) === undefined)
    throw damaged(id, 'its history does not contain its input');
  return all;
}

/** @throws StorageError if the id of an inbox row is not a safe integer */
function checkNames(id: string, names: SignalNames): void {
  for (const [name, row] of names)
    if (!Number.isSafeInteger(row)) throw damaged(id, `the row of its named signal ${quoted(name)} is ${quoted(row)}`);
}

/** @throws StorageError if a number of the row is not a safe integer, or the row is of another kind */
function checkRow(row: InstanceRow, kind: InstanceRow['kind']): void {
  if (row.kind !== kind) throw damaged(row.id, `its kind is ${quoted(row.kind)}`);
  if (!Number.isSafeInteger(row.version) || row.version < 1)
    throw damaged(row.id, `its version is ${quoted(row.version)}`);
  for (const atMs of [row.createdAtMs, row.updatedAtMs])
    if (!Number.isSafeInteger(atMs)) throw damaged(row.id, `one of its times is ${quoted(atMs)}`);
}

function damaged(id: string, problem: string, cause?: unknown): StorageError {
  const hint =
    'The database is damaged, or a newer version wrote it. Repair the row (from a backup), then start the host again.';
  return new StorageError(`The stored data of ${quoted(id)} is damaged: ${problem}.`, hint, cause);
}
