import type { WorkerTerm } from '../live/worker-term.js';
import type { StepResult, Subject } from './pass.js';

/** Dead letters that are older than their retention time. */
export class OldDeadLetters implements Subject<number> {
  readonly name = 'dead letters';
  readonly scope = 'hub';

  constructor(
    private readonly term: WorkerTerm,
    /** In active time. */
    readonly keptMs: number,
  ) {}

  async step(after: number | undefined, limit: number): Promise<StepResult<number>> {
    const { term } = this;
    const letters = await term.ports.store.loadDeadLetters(after === undefined ? { limit } : { after, limit });
    const beforeActiveMs = term.activeMs() - this.keptMs;
    const old = letters.filter(({ activeMs }) => activeMs < beforeActiveMs);
    for (const { id } of old) term.batch.deadLettersDeleted.push(id);
    const next = letters.length < limit ? undefined : letters.at(-1)?.id;
    return { next, seen: letters.length, deleted: old.length, open: old.length > 0 };
  }
}
