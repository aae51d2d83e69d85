/** Builds the parts of one worker term and connects them. */
import { Activities } from '../outgoing/activities.js';
import { Admission } from '../inbox/admission.js';
import { AfterCommit } from '../commit/after-commit.js';
import { CodeBalance } from './code-balance.js';
import { Committer } from '../commit/committer.js';
import { EntityTurns } from '../entities/entity-turn.js';
import { Evictor } from './evictor.js';
import { Gives } from './gives.js';
import { Rebalancer } from './rebalancer.js';
import type { SeenWorkers } from './seen-workers.js';
import { wakeOthers } from './wake-others.js';
import { InboxRows } from '../inbox/inbox-rows.js';
import { Expiry } from '../entities/expiry.js';
import { ExpirySweep } from '../retention/expired-entities.js';
import { beginRetention } from '../retention/begin.js';
import { Load } from '../retention/load.js';
import { Purge } from '../retention/purge.js';
import { PurgeRequests } from '../retention/purge-requests.js';
import type { WorkerTerm } from '../live/worker-term.js';
import { ClientReplies } from '../outgoing/client-replies.js';
import { Delivery } from '../live/delivery.js';
import { DeadLetterRequests } from '../outgoing/dead-letter-requests.js';
import { WaitingRequests } from '../outgoing/waiting-requests.js';
import { DamagedInstances } from '../live/damaged-instances.js';
import { Loader } from '../live/loader.js';
import { Loop } from './loop.js';
import { NamedSignals } from '../entities/named-signals.js';
import { OperationAttempts } from '../entities/operation-attempts.js';
import { Poller } from '../inbox/poller.js';
import { Receipts } from '../inbox/receipts.js';
import { UnknownRuns } from '../orchestrations/unknown-runs.js';
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
  readonly activities: Activities;
  readonly poller: Poller;
  readonly loop: Loop;
  readonly gives: Gives;
  /** `undefined` if one worker owns all partitions. */
  readonly rebalancer: Rebalancer | undefined;
}

export function assembleWorker(term: WorkerTerm, waits: ClientWaits, seen: SeenWorkers): WorkerParts {
  const { calls, queue, watch, waitingRows } = waits;
  const receipts = new Receipts(term);
  const replies = new ClientReplies(term, calls, receipts);
  const names = new NamedSignals(term, replies);
  const requests = new WaitingRequests(term);
  const delivery = new Delivery(term, names, requests);
  const router = new Router(term, delivery, replies);
  const activities = new Activities(term, router);
  const rows = new InboxRows(term, delivery, activities, waitingRows);
  const spills = new Spills(term, delivery, rows);
  const loader = new Loader(term, delivery, spills);
  const load = new Load(term.ports.clock);
  const expiry = new Expiry(term, new ExpirySweep(term, delivery, load));
  const entities = new EntityTurns(term, router, spills, names, new OperationAttempts(term), expiry);
  const poller = new Poller(term, rows, receipts);
  const unknown = new UnknownRuns(term, delivery, () => poller.pollNow());
  const runActions = new RunActions(term, router, activities);
  const executions = new Executions(term, delivery, router, runActions, (id, end) => watch.ended(id, end));
  const runs = new RunTurns(term, router, runActions, spills, executions, loader, unknown);
  const purge = new Purge(term, delivery);
  beginRetention(term, load, purge);
  const damaged = new DamagedInstances(term, router, (id, error) => watch.damaged(id, error));
  const evictor = new Evictor(term);
  const admission = new Admission(term, queue, delivery, router, receipts, calls);
  const gives = new Gives(term, waits, term.ports.relay, receipts, activities);
  const afterCommit = new AfterCommit(
    (sealed) => notifyWaiters(sealed, waits, term.ports.logger),
    [
      { name: 'hand partitions over', run: (sealed) => gives.committed(sealed) },
      { name: 'wake other processes', run: (sealed) => wakeOthers(term, waits, sealed) },
      { name: 'forget consumed rows', run: (sealed) => term.rows.gone(sealed.commit.consumed) },
      { name: 'mark written rows durable', run: markDurable },
      { name: 'forget rows that wait in the table', run: (sealed) => spills.committed(sealed) },
      { name: 'let external operations continue', run: (sealed) => entities.durable(sealed) },
      { name: 'start activities', run: (sealed) => activities.committed(sealed.activities) },
      { name: 'wait for the next scheduled row', run: ({ nextDueMs }) => poller.scheduled(nextDueMs) },
      { name: 'let cautious work continue', run: () => term.caution.committed() },
      { name: 'forget receipts', run: () => receipts.trim() },
      { name: 'let retention give way', run: (sealed) => load.committed(sealed) },
      { name: 'evict ended orchestrations', run: ({ instances }) => evictor.committed(instances) },
      { name: 'evict idle instances', run: () => evictor.sweep() },
    ],
  );
  const committer = new Committer(term, afterCommit);
  const purges = new PurgeRequests(term, requests, purge, load);
  const deadLetters = new DeadLetterRequests(term, requests, delivery);
  const readers = [loader, deadLetters, purges];
  const loop = new Loop(term, admission, entities, runs, damaged, activities, readers, committer, gives);
  const code = new CodeBalance(term, activities);
  const rebalancer = term.shared ? new Rebalancer(term, loop, poller, gives, seen, code) : undefined;
  return { term, committer, activities, poller, loop, gives, rebalancer };
}

function markDurable(sealed: SealedBatch): void {
  for (const message of sealed.written) message.durable = true;
}
