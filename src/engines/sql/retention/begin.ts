import type { WorkerTerm } from '../live/worker-term.js';
import { EndedRuns } from './ended-runs.js';
import { FreePages } from './free-pages.js';
import { GoneWorkers } from './gone-workers.js';
import type { Load } from './load.js';
import { OldDeadLetters } from './old-dead-letters.js';
import { OldReceipts } from './old-receipts.js';
import { Pass } from './pass.js';
import type { Purge } from './purge.js';

/** Starts retention: one pass for each subject. The passes end with the term. */
export function beginRetention(term: WorkerTerm, load: Load, purge: Purge): void {
  const { retention } = term.options;
  const { receipts, deadLetters } = retention;
  if (receipts < Infinity) new Pass(term, load, new OldReceipts(term, receipts)).begin();
  new Pass(term, load, new GoneWorkers(term, retention.workers)).begin();
  if (deadLetters < Infinity) new Pass(term, load, new OldDeadLetters(term, deadLetters)).begin();
  new Pass(term, load, new EndedRuns(term, purge, retention)).begin();
  new Pass(term, load, new FreePages(term)).begin();
}
