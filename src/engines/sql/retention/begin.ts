import type { WorkerTerm } from '../live/worker-term.js';
import { Load } from './load.js';
import { OldReceipts } from './old-receipts.js';
import { Pass } from './pass.js';

/** Begins what deletes rows whose time is over, a service for each subject. They end with the term. */
export function beginRetention(term: WorkerTerm): Load {
  const load = new Load(term.ports.clock);
  new Pass(term, load, new OldReceipts(term, term.options.receiptsKeptMs)).begin();
  return load;
}
