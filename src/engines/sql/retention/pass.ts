/**
 * The repeated pass of one subject of retention:
 *
 *   rests --time--> a pass, step by step with pauses, over the rows that may be deleted --> rests
 *
 * A step reads a bounded number of rows, beside the commits, and adds its deletions to the open batch. So each deletion is fenced, and
 * needs no commit of its own while the worker serves other work. The deletions of a step are committed before the next step begins.
 */
import { whenAborted } from '../../../core/when-aborted.js';
import { retentionPace, RetentionSpeed } from '../core/retention-pace.js';
import { setLongTimer, type Timer } from '../../../ports/clock.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Load } from './load.js';

export interface Subject<Place> {
  /** The name in log lines. */
  readonly name: string;
  /** `hub` if one worker works for all: the owner of partition 0. `own` if each worker deletes the rows of its own partitions. */
  readonly scope: 'hub' | 'own';
  /**
   * How long rows of this subject are kept, in milliseconds of active time. Passes over rows with a long retention time come less often.
   */
  readonly keptMs: number;
  /**
   * Reads at most `rows` rows behind this place, and adds the deletion of old ones to the open batch.
   * @param after `undefined` at the beginning of a pass
   */
  step(after: Place | undefined, rows: number): Promise<StepResult<Place>>;
}

export interface StepResult<Place> {
  /** The place where the next step continues. `undefined` after the last step of the pass. */
  readonly next: Place | undefined;
  /** The number of rows that were read, and of rows that are deleted. */
  readonly seen: number;
  readonly deleted: number;
  /** Whether the open batch holds deletions of this step. The next step begins after its commit. */
  readonly open?: boolean;
  /** Whether only a commit can bring rows of this subject. The next pass waits for one, so that an idle database is not read again. */
  readonly idle?: boolean;
}

export class Pass<Place> {
  private timer: Timer | undefined;
  private figures = { steps: 0, seen: 0, deleted: 0 };
  private readonly speed: RetentionSpeed;

  constructor(
    private readonly term: WorkerTerm,
    private readonly load: Load,
    private readonly subject: Subject<Place>,
  ) {
    this.speed = new RetentionSpeed(subject.keptMs);
    whenAborted(term.environment.signal, () => this.timer?.cancel());
  }

  begin(): void {
    this.wait(retentionPace.firstMs, () => this.step(undefined));
  }

  private wait(ms: number, then: () => void): void {
    const { term } = this;
    if (term.ended !== undefined) return;
    this.timer = setLongTimer(term.ports.clock, ms, () => {
      if (term.ended === undefined && !term.stopping) then();
    });
  }

  private step(after: Place | undefined): void {
    const { term, subject } = this;
    if (subject.scope === 'hub' && !term.ownership.owns(0)) return this.over();
    const nowMs = term.ports.clock.monotonicMs();
    if (after === undefined) this.speed.begin(nowMs);
    const { rows, pauseMs } = this.load.step(this.speed.at(nowMs));
    subject.step(after, rows).then(
      ({ next, seen, deleted, open, idle }) => {
        if (term.ended !== undefined) return;
        this.figures.steps++;
        this.figures.seen += seen;
        this.figures.deleted += deleted;
        const goOn = () => (next === undefined ? this.over(idle) : this.wait(pauseMs, () => this.step(next)));
        if (open !== true) return goOn();
        term.batch.afterCommit.push(goOn);
        term.wake();
      },
      (error: unknown) => {
        if (term.ended !== undefined) return;
        term.ports.logger.warn(
          { subject: subject.name, error },
          'A step of retention failed. The worker tries again later.',
        );
        this.over();
      },
    );
  }

  private over(idle = false): void {
    this.speed.end(this.term.ports.clock.monotonicMs());
    const { steps, seen, deleted } = this.figures;
    this.figures = { steps: 0, seen: 0, deleted: 0 };
    if (deleted > 0)
      this.term.ports.logger.debug({ subject: this.subject.name, steps, seen, deleted }, 'Retention has deleted rows.');
    const rest = () => this.wait(retentionPace.restMs(this.subject.keptMs), () => this.step(undefined));
    if (idle) this.load.afterCommit(rest);
    else rest();
  }
}
