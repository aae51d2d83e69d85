/**
 * One subject of retention, again and again:
 *
 *   rests --time--> a pass, step by step with pauses, over the rows that may be over --> rests
 *
 * A step looks at a bounded number of rows, beside the commits, and gives what it deletes to the open batch: so each deletion is fenced,
 * and costs no commit of its own while others are served. What it found is committed before the next step begins.
 */
import { retentionPace } from '../core/retention-pace.js';
import { setLongTimer, type Timer } from '../../../ports/clock.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Load } from './load.js';

export interface Subject<Place> {
  /** As it stands in the log. */
  readonly name: string;
  /** How long its rows are kept: what is kept for long is looked at more rarely. */
  readonly keptMs: number;
  /**
   * Looks at `rows` rows behind this place at most, and gives to the open batch what is over among them.
   * @param after `undefined` at the beginning of a pass
   */
  step(after: Place | undefined, rows: number): Promise<StepResult<Place>>;
}

export interface StepResult<Place> {
  /** Where the next step goes on; `undefined` if this was the last one of the pass. */
  readonly next: Place | undefined;
  /** Rows that were looked at, and those that are deleted. */
  readonly seen: number;
  readonly deleted: number;
  /** Something of it is in the open batch: the next step begins when that is committed. */
  readonly open?: boolean;
}

export class Pass<Place> {
  private timer: Timer | undefined;
  private figures = { steps: 0, seen: 0, deleted: 0 };

  constructor(
    private readonly term: WorkerTerm,
    private readonly load: Load,
    private readonly subject: Subject<Place>,
  ) {
    term.environment.signal.addEventListener('abort', () => this.timer?.cancel());
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
    const { rows, pauseMs } = this.load.step;
    subject.step(after, rows).then(
      ({ next, seen, deleted, open }) => {
        if (term.ended !== undefined) return;
        this.figures.steps++;
        this.figures.seen += seen;
        this.figures.deleted += deleted;
        const goOn = () => (next === undefined ? this.over() : this.wait(pauseMs, () => this.step(next)));
        if (open !== true) return goOn();
        term.batch.afterCommit.push(goOn);
        term.wake();
      },
      (error: unknown) => {
        if (term.ended !== undefined) return;
        term.ports.logger.warn(
          { subject: subject.name, error },
          'Retention could not look; that is tried again later.',
        );
        this.over();
      },
    );
  }

  private over(): void {
    const { steps, seen, deleted } = this.figures;
    this.figures = { steps: 0, seen: 0, deleted: 0 };
    if (deleted > 0)
      this.term.ports.logger.debug({ subject: this.subject.name, steps, seen, deleted }, 'Retention has deleted rows');
    this.wait(retentionPace.restMs(this.subject.keptMs), () => this.step(undefined));
  }
}
