/** Builds the parts of one life and joins them. */
import { Activities } from '../outgoing/activities.js';
import { Admission } from '../inbox/admission.js';
import { Committer } from '../commit/committer.js';
import { EntityTurns } from '../entities/entity-turn.js';
import { Evictor } from './evictor.js';
import { InboxRows } from '../inbox/inbox-rows.js';
import { Expiry } from '../entities/expiry.js';
import { ExpirySweep } from '../retention/expired-entities.js';
import type { Life } from '../live/worker-term.js';
import { Letters } from '../outgoing/dead-letter-requests.js';
import { Loader } from '../live/loader.js';
import { Loop } from './loop.js';
import { NamedSignals } from '../entities/named-signals.js';
import { OperationAttempts } from '../entities/operation-attempts.js';
import { Poller } from '../inbox/poller.js';
import { Receipts } from '../inbox/receipts.js';
import { Router } from '../outgoing/router.js';
import { RunActions } from '../orchestrations/run-actions.js';
import { RunTurns } from '../orchestrations/run-turn.js';
import type { SealedBatch } from '../commit/sealing.js';
import { release, type Shared } from '../waiting/client-waits.js';
import { Spills } from '../live/spills.js';

export interface Parts {
  readonly life: Life;
  readonly committer: Committer;
  readonly entities: EntityTurns;
  readonly activities: Activities;
  readonly poller: Poller;
  readonly loop: Loop;
}

export function partsOf(life: Life, shared: Shared): Parts {
  const { calls, queue, watch, waitingRows } = shared;
  const receipts = new Receipts(life);
  const router = new Router(life, calls, receipts);
  const activities = new Activities(life, router);
  const rows = new InboxRows(life, activities, waitingRows);
  const spills = new Spills(life, rows);
  const names = new NamedSignals(life, router);
  const expiry = new Expiry(life, new ExpirySweep(life));
  const entities = new EntityTurns(life, router, spills, names, new OperationAttempts(life), expiry);
  const runActions = new RunActions(life, router, activities);
  const runs = new RunTurns(life, router, runActions, spills, (id, end) => watch.ended(id, end));
  const loader = new Loader(life, spills);
  const poller = new Poller(life, rows, receipts);
  const letters = new Letters(life);
  life.onLetter = (message) => letters.add(message);
  const evictor = new Evictor(life);
  const admission = new Admission(life, queue, router, receipts, calls);
  /** What a commit sets free. */
  const committed = (sealed: SealedBatch) => {
    life.rows.gone(sealed.commit.consumed);
    for (const message of sealed.written) message.durable = true;
    spills.committed(sealed);
    entities.durable(sealed);
    for (const message of sealed.activities) activities.add(message);
    activities.startWaiting();
    if (sealed.nextDueMs !== Number.POSITIVE_INFINITY) poller.scheduled(sealed.nextDueMs);
    release(sealed, shared, life.ports.logger);
    life.caution.committed();
    receipts.trim();
    evictor.sweep();
  };
  const committer = new Committer(life, committed);
  const loop = new Loop(life, admission, entities, runs, activities, loader, committer);
  return { life, committer, entities, activities, poller, loop };
}
