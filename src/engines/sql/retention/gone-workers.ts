import { clientLeaseMs } from '../core/client-lease.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { WorkerStanding } from '../ports/store.js';
import type { StepResult, Subject } from './pass.js';

/** The number of clients that are observed at the same time. The rows of all other clients are kept until their leases expire. */
const observedMax = 100_000;

/** A client's row as it was when its `seq` was seen for the first time. */
interface Observation {
  readonly seq: number;
  readonly sinceActiveMs: number;
  /** The number of the last pass that saw the row. */
  pass: number;
}

/**
 * Rows of workers and clients that are gone. A row that owns nothing is marked as dead when its lease has expired. A row of a client is also
 * marked as dead when its `seq` has not moved for some time: the client was killed, or it is idle. An idle client gets a new row with its
 * next append. A row that has been dead for long enough is deleted.
 */
export class GoneWorkers implements Subject<number> {
  readonly name = 'workers and clients';
  readonly scope = 'hub';
  private readonly observed = new Map<number, Observation>();
  private pass = 0;

  constructor(
    private readonly term: WorkerTerm,
    /** The retention time after the death, in active time. */
    readonly keptMs: number,
  ) {}

  async step(after: number | undefined, limit: number): Promise<StepResult<number>> {
    const { term } = this;
    if (after === undefined) this.pass++;
    const rows = await term.ports.store.scanWorkers(after === undefined ? { limit } : { after, limit });
    const free = rows.filter(({ partitions, incarnation }) => partitions === 0 && incarnation !== term.incarnation);
    const nowMs = term.nowMs();
    const beforeActiveMs = term.activeMs() - this.keptMs;
    const ended = free.filter((row) => row.alive && (this.isUnmoved(row) || row.expiresAtMs <= nowMs));
    const deleted = free.filter(({ alive, activeMs }) => !alive && activeMs < beforeActiveMs);
    const { retention } = term.batch;
    if (ended.length > 0) retention.workersEnded = ended.map(({ incarnation, seq }) => [incarnation, seq] as const);
    if (deleted.length > 0) retention.workersDeleted = deleted.map(({ incarnation }) => incarnation);
    const next = rows.length < limit ? undefined : rows.at(-1)?.incarnation;
    if (next === undefined) this.forgetUnseen();
    const idle = term.alone && after === undefined && free.length === 0;
    return { next, idle, seen: rows.length, deleted: deleted.length, open: ended.length + deleted.length > 0 };
  }

  /** Whether this is a client whose `seq` has not moved for the shorter one of its lease and the retention, in active time. */
  private isUnmoved({ kind, incarnation, seq }: WorkerStanding): boolean {
    if (kind !== 'client') return false;
    const sinceActiveMs = this.term.activeMs();
    const known = this.observed.get(incarnation);
    if (known?.seq === seq) {
      known.pass = this.pass;
      return sinceActiveMs - known.sinceActiveMs >= Math.min(clientLeaseMs, this.keptMs);
    }
    if (known !== undefined || this.observed.size < observedMax)
      this.observed.set(incarnation, { seq, sinceActiveMs, pass: this.pass });
    return false;
  }

  /** Forgets clients whose rows are dead or deleted. */
  private forgetUnseen(): void {
    for (const [incarnation, { pass }] of this.observed) if (pass !== this.pass) this.observed.delete(incarnation);
  }
}
