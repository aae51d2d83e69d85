import type { WorkerTerm } from '../live/worker-term.js';
import type { StepResult, Subject } from './pass.js';

/** The number of free pages that stay in the file, because new rows soon need them. */
const keptPages = 1_000;

/** Retention of free pages: returns unused pages of the database file to the file system. */
export class FreePages implements Subject<true> {
  readonly name = 'free pages';
  readonly scope = 'hub';
  readonly keptMs = 3_600_000;

  constructor(private readonly term: WorkerTerm) {}

  async step(_after: true | undefined, rows: number): Promise<StepResult<true>> {
    const { given, left } = await this.term.ports.store.giveBackPages({ max: rows, keep: keptPages });
    return { next: given > 0 && left > keptPages ? true : undefined, seen: given, deleted: given, idle: given === 0 };
  }
}
