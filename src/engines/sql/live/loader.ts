/** Brings instances into memory: their rows in one read for many, then the history of orchestrations that still run. */
import type { HistoryEvent } from '../core/history.js';
import { readMeta } from '../../../model/entity-meta.js';
import { hasEnded, type RunRecord } from '../../../model/run-record.js';
import { readRunRecord } from '../../../model/stored.js';
import type { HistoryChunk, InstanceRow } from '../ports/store.js';
import type { WorkerTerm } from './worker-term.js';
import type { LiveEntity, LiveInstance, LiveRun } from './live-instance.js';
import { replay, replayLater } from '../orchestrations/replay.js';
import type { Spills } from './spills.js';

const rowsPerRead = 500;

export class Loader {
  private wanted: LiveInstance[] = [];
  private reading = false;

  constructor(
    private readonly term: WorkerTerm,
    private readonly spills: Spills,
  ) {
    term.onMissing = (instance) => this.wanted.push(instance);
    term.onPast = (run) => this.readPast(run);
    term.onPendingReplay = (run, events) => this.tell(run, events);
  }

  /** Starts to read what is wanted; called by the loop. */
  start(): void {
    if (this.reading || this.wanted.length === 0) return;
    this.reading = true;
    const wanted = this.wanted.splice(0, rowsPerRead);
    this.read(wanted).then(
      () => {
        this.reading = false;
        this.term.wake();
      },
      (error: unknown) => this.term.end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  private async read(wanted: readonly LiveInstance[]): Promise<void> {
    const rows = await this.term.ports.store.loadInstances(wanted.map(({ id }) => id));
    if (this.term.ended !== undefined) return;
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const instance of wanted) {
      const row = byId.get(instance.id);
      try {
        if (instance.kind === 'entity') this.fillEntity(instance, row);
        else this.fillRun(instance, row);
      } catch (error) {
        this.unreadable(instance, error);
      }
    }
  }

  private fillEntity(entity: LiveEntity, row: InstanceRow | undefined): void {
    const state = row?.state ?? undefined;
    entity.version = row?.version ?? 0;
    entity.createdAtMs = row?.createdAtMs ?? 0;
    if (entity.program === undefined) entity.storedState = state;
    else entity.cell = entity.program.open(entity.id, state);
    if (row !== undefined) {
      const { lock, named, expires } = readMeta(row.meta);
      entity.expiresAtMs = expires;
      if (named !== undefined) entity.named = new Map(Object.entries(named));
      if (lock !== undefined) entity.mailbox.grant(lock);
    }
    if (entity.spill !== undefined && entity.mailbox.holder !== undefined) this.spills.findHolders(entity);
    else this.term.loaded(entity);
  }

  private fillRun(run: LiveRun, row: InstanceRow | undefined): void {
    if (row === undefined) return this.term.loaded(run);
    const record = readRunRecord(row.id, row.state);
    run.record = record;
    run.version = row.version;
    run.createdAtMs = row.createdAtMs;
    if (hasEnded(record.status)) return this.term.loaded(run);
    this.replay(run, record);
  }

  /** It cannot be read: its messages wait in the table. It stops nobody else. */
  private unreadable({ id }: LiveInstance, error: unknown): void {
    this.term.ports.logger.error({ instance: id, error }, 'An instance cannot be read; its messages wait.');
  }

  private replay(run: LiveRun, record: RunRecord): void {
    this.term.ports.store.loadHistory(run.id, record.execution).then(
      async (chunks) => {
        try {
          // Code that may end the process runs when a message is for it, as an attempt of that; of a suspended run, after its resume.
          const later = this.term.caution.active || record.status === 'suspended';
          await (later ? replayLater : replay)(this.term, run, eventsOf(chunks));
          this.term.loaded(run);
        } catch (error) {
          this.unreadable(run, error);
        }
      },
      (error: unknown) => this.term.end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** A message is for its code, which now is told what it was told before. */
  private tell(run: LiveRun, events: readonly HistoryEvent[]): void {
    replay(this.term, run, events).then(
      () => {
        this.term.loaded(run);
        this.term.wake();
      },
      (error: unknown) => this.unreadable(run, error),
    );
  }

  /** After the next commit: until then the end of the execution may not be in the table. */
  private readPast(run: LiveRun): void {
    const { term } = this;
    term.batch.afterCommit.push(() => {
      if (term.ended !== undefined) return;
      term.ports.store.loadHistory(run.id, (run.record as RunRecord).execution).then(
        (chunks) => {
          try {
            run.past = eventsOf(chunks);
            term.loaded(run);
            term.wake();
          } catch (error) {
            this.unreadable(run, error);
          }
        },
        (error: unknown) => term.end(error instanceof Error ? error : new Error(String(error))),
      );
    });
  }
}

function eventsOf(chunks: readonly HistoryChunk[]): HistoryEvent[] {
  return chunks.flatMap(({ events }) => JSON.parse(events) as HistoryEvent[]);
}
