/** Bulk work: one action on everything that a filter selects, in slices of 100, one work at a time, with progress, and cancellable. */
import { randomUUID } from 'node:crypto';
import { HttpProblem, problemBody, type ProblemBody } from './problem.js';

/** Numbers of items in one slice. */
export const sliceMax = 100;
/** The maximum number of errors that are kept of one work. */
const errorsMax = 20;
/** The number of ended works that can be asked for. */
const endedMax = 20;

/** A page of what a filter selects. */
export interface Slice {
  readonly ids: readonly string[];
  readonly next: string | undefined;
}

export interface BulkSource {
  /** The next items after a cursor. */
  slice(cursor: string | undefined): Promise<Slice>;
  act(id: string): Promise<unknown>;
}

export interface BulkProgress {
  readonly id: string;
  readonly action: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  /** The number that the filter selected at the beginning. `null` if it was not counted. */
  readonly selected: number | null;
  readonly done: number;
  readonly failed: number;
  /** The first errors, with the items that they belong to. */
  readonly errors: readonly { readonly id: string; readonly error: ProblemBody }[];
}

/** One work. */
export class BulkWork {
  readonly id = randomUUID();
  private state: BulkProgress['state'] = 'running';
  private done = 0;
  private failed = 0;
  private readonly errors: BulkProgress['errors'][number][] = [];
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly source: BulkSource,
    private readonly about: { readonly action: string; readonly selected: number | null; readonly atMost: number },
  ) {}

  get progress(): BulkProgress {
    const { action, selected } = this.about;
    const { id, state, done, failed } = this;
    return { id, action, state, selected, done, failed, errors: [...this.errors] };
  }

  /** Calls back after each slice, and at the end. Returns a function that stops the calls. */
  onProgress(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Ends the work after the present slice. */
  cancel(): void {
    if (this.state === 'running') this.state = 'cancelled';
  }

  /** Runs until nothing is left. Never rejects. */
  async run(): Promise<void> {
    let cursor: string | undefined;
    try {
      do {
        const slice = await this.source.slice(cursor);
        cursor = slice.next;
        await this.runSlice(slice.ids.slice(0, this.about.atMost - this.done - this.failed));
      } while (cursor !== undefined && this.isGoingOn());
      if (this.state === 'running') this.state = 'done';
    } catch (error) {
      this.addError('', error);
      this.state = 'failed';
    }
    this.notify();
  }

  private isGoingOn(): boolean {
    return this.state === 'running' && this.done + this.failed < this.about.atMost;
  }

  private async runSlice(ids: readonly string[]): Promise<void> {
    await Promise.all(
      ids.map(async (id) => {
        try {
          await this.source.act(id);
          this.done++;
        } catch (error) {
          this.failed++;
          this.addError(id, error);
        }
      }),
    );
    this.notify();
  }

  private addError(id: string, error: unknown): void {
    if (this.errors.length < errorsMax) this.errors.push({ id, error: problemBody(error) });
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

/** The works of a handler: the running one and the last ended ones. */
export class BulkWorks {
  private readonly works = new Map<string, BulkWork>();
  private running: BulkWork | undefined;

  /** Begins a work. @throws HttpProblem if one runs already */
  begin(work: BulkWork): void {
    if (this.running !== undefined) {
      throw new HttpProblem(
        'DE_HTTP_CONFLICT',
        `The bulk work ${this.running.id} runs already.`,
        'Wait for its end, or cancel it: DELETE /api/v1/bulk/{id}.',
      );
    }
    this.running = work;
    this.works.set(work.id, work);
    const [oldest] = this.works.keys();
    if (this.works.size > endedMax && oldest !== undefined) this.works.delete(oldest);
    void work.run().then(() => {
      this.running = undefined;
    });
  }

  get(id: string): BulkWork | undefined {
    return this.works.get(id);
  }

  /** Cancels the running work. */
  close(): void {
    this.running?.cancel();
  }
}
