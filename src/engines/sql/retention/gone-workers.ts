import type { WorkerTerm } from '../live/worker-term.js';
import type { StepResult, Subject } from './pass.js';

/**
 * Retention of rows of workers and clients. A row whose lease has expired and that owns no partitions is marked as dead: its client ended
 * without `close`. A row that has been dead for long enough is deleted.
 */
export class GoneWorkers implements Subject<number> {
  readonly name = 'workers and clients';

  constructor(
    private readonly term: WorkerTerm,
    /** The retention time after the death, in active time. */
    readonly keptMs: number,
  ) {}

  async step(after: number | undefined, limit: number): Promise<StepResult<number>> {
    const { term } = this;
    const rows = await term.ports.store.scanWorkers(after === undefined ? { limit } : { after, limit });
    const free = rows.filter(({ partitions, incarnation }) => partitions === 0 && incarnation !== term.incarnation);
    const nowMs = term.nowMs();
    const beforeActiveMs = term.activeMs() - this.keptMs;
    const ended = free.filter(({ alive, expiresAtMs }) => alive && expiresAtMs <= nowMs);
    const deleted = free.filter(({ alive, activeMs }) => !alive && activeMs < beforeActiveMs);
    const { retention } = term.batch;
    if (ended.length > 0) retention.workersEnded = ended.map(({ incarnation, seq }) => [incarnation, seq] as const);
    if (deleted.length > 0) retention.workersDeleted = deleted.map(({ incarnation }) => incarnation);
    const next = rows.length < limit ? undefined : rows.at(-1)?.incarnation;
    return { next, seen: rows.length, deleted: deleted.length, open: ended.length + deleted.length > 0 };
  }
}
