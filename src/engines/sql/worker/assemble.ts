/** Builds the parts of one term and joins them. */
import { Activities } from '../outgoing/activities.js';
import { Admission } from '../inbox/admission.js';
import { Committer } from '../commit/committer.js';
import { EntityTurns } from '../entities/entity-turn.js';
import { Evictor } from './evictor.js';
import { InboxRows } from '../inbox/inbox-rows.js';
import { Expiry } from '../entities/expiry.js';
import { ExpirySweep } from '../retention/expired-entities.js';
import type { WorkerTerm } from '../live/worker-term.js';
import { DeadLetterRequests } from '../outgoing/dead-letter-requests.js';
import { Loader } from '../live/loader.js';
import { Loop } from './loop.js';
import { NamedSignals } from '../entities/named-signals.js';
import { OperationAttempts } from '../entities/operation-attempts.js';
import { Poller } from '../inbox/poller.js';
import { Receipts } from '../inbox/receipts.js';
import { Router } from '../outgoing/router.js';
import { Executions } from '../orchestrations/executions.js';
import { RunActions } from '../orchestrations/run-actions.js';
import { RunTurns } from '../orchestrations/run-turn.js';
import type { SealedBatch } from '../commit/sealing.js';
import { notifyWaiters, type ClientWaits } from '../waiting/client-waits.js';
import { Spills } from '../live/spills.js';

export interface WorkerParts {
  readonly term: WorkerTerm;
  readonly committer: Committer;
  readonly entities: EntityTurns;
  readonly activities: Activities;
  readonly poller: Poller;
  readonly loop: Loop;
}

export function assembleWorker(term: WorkerTerm, waits: ClientWaits): WorkerParts {
  const { calls, queue, watch, waitingRows } = waits;
  const receipts = new Receipts(term);
  const router = new Router(term, calls, receipts);
  const activities = new Activities(term, router);
  const rows = new InboxRows(term, activities, waitingRows);
  const spills = new Spills(term, rows);
  const names = new NamedSignals(term, router);
  const expiry = new Expiry(term, new ExpirySweep(term));
  const entities = new EntityTurns(term, router, spills, names, new OperationAttempts(term), expiry);
  const runActions = new RunActions(term, router, activities);
  const executions = new Executions(term, router, runActions, (id, end) => watch.ended(id, end));
  const runs = new RunTurns(term, router, runActions, spills, executions);
  const loader = new Loader(term, spills);
  const poller = new Poller(term, rows, receipts);
  const deadLetterRequests = new DeadLetterRequests(term);
  term.onDeadLetter = (message) => deadLetterRequests.add(message);
  const evictor = new Evictor(term);
  const admission = new Admission(term, queue, router, receipts, calls);
  /** What a commit sets free. */
  const committed = (sealed: SealedBatch) => {
    term.rows.gone(sealed.commit.consumed);
    for (const message of sealed.written) message.durable = true;
    spills.committed(sealed);
    entities.durable(sealed);
    for (const message of sealed.activities) activities.add(message);
    activities.startWaiting();
    if (sealed.nextDueMs !== Number.POSITIVE_INFINITY) poller.scheduled(sealed.nextDueMs);
    notifyWaiters(sealed, waits, term.ports.logger);
    term.caution.committed();
    receipts.trim();
    evictor.sweep();
  };
  const committer = new Committer(term, committed);
  const loop = new Loop(term, admission, entities, runs, activities, loader, committer);
  return { term, committer, entities, activities, poller, loop };
}
