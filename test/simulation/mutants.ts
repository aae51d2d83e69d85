/**
 * The test of the tests: deliberate bugs, each of which the simulator must find.
 *
 * A mutant is a patch to a copy of the built files, so that no switch for it exists in what is published. Each `find` occurs
 * exactly once in its file; test/simulation/mutants.spec.ts holds that, so that they do not rot when the code changes.
 */
import { severalMutants } from './several-mutants.js';
import type { worlds } from './worlds.js';

export interface Mutant {
  readonly name: string;
  /** Below `dist/src`, without its ending. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The harm that a careless change could do. */
  readonly why: string;
  /** The world that was made for this danger, if there is one: its seeds come first. */
  readonly world?: keyof typeof worlds;
  /** The spec, below `test`, that is run instead of seeds: the danger is too rare for drawn worlds. */
  readonly spec?: string;
  /** Whether it takes several workers to find it: drawn seeds have them then. */
  readonly several?: boolean;
}

export const mutants: readonly Mutant[] = [
  // ---- the fence, and what becomes of batches
  {
    name: 'no fence',
    file: 'storage/memory/memory-commit',
    find: 'if (!worker?.alive || worker.seq !== batch.seq - 1)',
    replace: 'if (worker === undefined)',
    why: 'every commit passes, also one of a worker that somebody has taken over from',
  },
  {
    name: 'fence filters instead of raising',
    file: 'storage/memory/memory-store',
    find: 'checkBatch(this.database, batch);',
    replace: 'if (!this.database.isAlive(batch.incarnation)) return { nowMs }; checkBatch(this.database, batch);',
    why: 'a refused commit changes nothing, and is reported as done',
  },
  {
    name: 'retire leaves the row alive',
    file: 'storage/memory/memory-store',
    find: 'this.database.bury(worker);\n        return { seq: worker.seq };',
    replace: 'return { seq: worker.seq };',
    why: 'a commit under way lands after its outcome was asked for',
  },
  {
    name: 'unknown outcome taken as applied',
    file: 'engines/sql/worker/recovery',
    find: 'else if ((seq ?? 0) >= sealed.commit.seq)',
    replace: 'else if (true)',
    why: 'clients are acknowledged what was never stored',
  },
  {
    name: 'unknown outcome taken as not applied',
    file: 'engines/sql/worker/recovery',
    find: 'else if ((seq ?? 0) >= sealed.commit.seq)',
    replace: 'else if (false)',
    why: 'what was stored is submitted again',
  },
  {
    name: 'a lost batch is not put back',
    file: 'engines/sql/worker/recovery',
    find: 'lost = [...sealed.accepted, ...lost]',
    replace: 'void 0',
    why: 'clients of a batch that was refused wait for ever',
  },
  {
    name: 'a lost batch is put back at the end',
    file: 'engines/sql/inbox/intake-queue',
    find: '[...submissions, ...this.entries.slice(this.head)]',
    replace: '[...this.entries.slice(this.head), ...submissions]',
    why: 'what was sent later overtakes what was sent first',
  },
  {
    name: 'P2: clients are answered last after a commit',
    file: 'engines/sql/commit/committer',
    find: 'this.afterCommit.answer(sealed);\n        this.inFlight = undefined;',
    replace: 'this.inFlight = undefined; this.afterCommit.runSteps(sealed); this.afterCommit.answer(sealed);',
    why: 'an exception in a step after a commit leaves clients without an answer',
  },
  {
    name: 'P2: a batch that cannot be sealed is forgotten',
    file: 'engines/sql/commit/committer',
    find: 'term.batch = batch;',
    replace: 'void batch;',
    why: 'its clients wait for ever',
  },
  {
    name: 'memory is kept after a failed commit',
    file: 'engines/sql/worker/term-starter',
    find: 'await parts.poller.readBacklog(term.ownership.partitions, () => parts.loop.keepLease());',
    replace:
      'for (const each of this.lastLive?.values() ?? []) if (each.kind === "entity" && !each.busy) term.live.byId.set(each.id, each);\n        this.lastLive = term.live;\n        await parts.poller.readBacklog(term.ownership.partitions, () => parts.loop.keepLease());',
    why: 'states that were never stored are worked on',
  },
  {
    name: 'barrier skipped',
    file: 'engines/sql/worker/term-starter',
    find: 'await parts.poller.readBacklog(term.ownership.partitions, () => parts.loop.keepLease());',
    replace:
      'void parts.poller.readBacklog(term.ownership.partitions, () => parts.loop.keepLease()).catch((error) => term.end(error));',
    why: 'new messages are run before those that waited were read',
  },
  {
    name: 'a refused message is given up at once',
    file: 'engines/sql/core/refusals',
    find: 'const refusedMax = 4;',
    replace: 'const refusedMax = 1;',
    why: 'what the storage refuses for a moment becomes dead letters',
  },
  {
    name: 'a definite refusal is told as unknown',
    file: 'engines/sql/worker/worker',
    find: 'refuseUnstored(parts, this.waits, error);',
    replace: 'giveUpWaiting(parts, this.waits, reason);',
    why: 'clients repeat what was certainly not stored, and are not told why',
  },
  {
    name: 'a failed host says that it is active',
    file: 'engines/sql/worker/worker',
    find: "if (this.stopped !== undefined)\n            return this.failed ? 'failed' : 'stopped';",
    replace: '',
    why: 'nobody sees that a host does nothing any more',
  },
  {
    name: 'P6: each message starts the turn of the others again',
    file: 'engines/sql/worker/caution',
    find: 'message.attempts++;\n        this.chosen = message;',
    replace: 'this.refusals.waitingSinceMs = undefined; message.attempts++;\n        this.chosen = message;',
    why: 'a message that the storage refused once waits for ever under a steady flow of others',
    world: 'refusedTwice',
  },
  {
    name: 'no heartbeat while the backlog is read',
    file: 'engines/sql/inbox/poller',
    find: 'await betweenPages();',
    replace: '',
    why: 'two workers take over from each other for ever, because neither reads the backlog within its lease',
    world: 'longBacklogs',
  },
  {
    name: 'P5: a row that cannot be read ends the term',
    file: 'engines/sql/live/loader',
    find: 'this.unreadable(instance, error);\n            }\n        }\n    }\n    fillEntity',
    replace: 'throw error;\n            }\n        }\n    }\n    fillEntity',
    why: 'one damaged row stops everything',
    world: 'damagedRows',
  },
  {
    name: 'P5: a message to a damaged instance is dropped',
    file: 'engines/sql/live/damaged-instances',
    find: 'this.park(message);',
    replace: 'term.consume(message);',
    why: 'a signal that was acknowledged is gone when the row is mended',
    world: 'damagedRows',
  },
  {
    name: 'P5: callers of a damaged instance wait',
    file: 'engines/sql/live/damaged-instances',
    find: 'if (waiting !== undefined) {',
    replace: 'if (false) {',
    why: 'whoever calls a damaged entity gets no answer',
    world: 'damagedRows',
  },
  // ---- acknowledgements
  {
    name: 'acknowledged at admission',
    file: 'engines/sql/inbox/admission',
    find: 'if (submission.receipt !== undefined) {',
    replace: 'submission.resolve();\n        if (submission.receipt !== undefined) {',
    why: 'a client is told that its message is safe before it is stored',
  },
  {
    name: 'answered before the commit',
    file: 'engines/sql/outgoing/client-replies',
    find: 'afterCommit.push(() => this.calls.answer(reply, answer));',
    replace: 'this.calls.answer(reply, answer);',
    why: 'a caller sees the result of an operation that may never have happened',
  },
  {
    name: 'end of a run told before the commit',
    file: 'engines/sql/orchestrations/executions',
    find: 'this.term.batch.afterCommit.push(() => this.notifyEnd(run.id, record));',
    replace: 'this.notifyEnd(run.id, record);',
    why: 'whoever waits for a result gets one that may never be stored',
  },
  {
    name: 'run in memory read as committed',
    file: 'engines/sql/engine-watcher',
    find: 'const committed = run.lastBatch <= term.committedSeq;',
    replace: 'const committed = true;',
    why: 'a result is read out of a batch that is under way',
  },
  {
    name: 'a worker that stood still answers from its memory',
    file: 'engines/sql/live/worker-term',
    find: 'return this.ended === undefined && isMemoryFresh(this.sinceCommitMs, this.options.leaseMs, this.presence);',
    replace: 'return this.ended === undefined;',
    why: 'a client is told the end of an execution that another worker has restarted',
    world: 'pausedRestarts',
  },
  // ---- request ids
  {
    name: 'receipts not written',
    file: 'engines/sql/commit/sealing',
    find: 'receipts: [...batch.receipts.values()],',
    replace: 'receipts: [],',
    why: 'a repeated request takes effect again in the next term',
  },
  {
    name: 'receipt written behind its message',
    file: 'engines/sql/inbox/receipts',
    find: 'this.put(entry, noted);',
    replace: 'entry.receipt = noted;',
    why: 'the message is stored, and only its outcome brings the receipt',
  },
  {
    name: 'receipts not looked up',
    file: 'engines/sql/inbox/admission',
    find: 'if (!this.open || this.lookUp())',
    replace: 'if (!this.open)',
    why: 'only requests of this term are remembered',
  },
  {
    name: 'receipts forgotten while others are looked up',
    file: 'engines/sql/inbox/receipts',
    find: 'entry.lastBatch <= this.term.committedSeq && entry.pins === 0',
    replace: 'entry.lastBatch <= this.term.committedSeq',
    why: 'a repeat that was known before the look-up is new after it',
  },
  {
    name: 'content of a request not compared',
    file: 'engines/sql/inbox/receipts',
    find: "return entry.receipt.hash === hash ? 'repeat' : 'reused';",
    replace: "return 'repeat';",
    why: 'another request under the same id is taken for the first one',
  },
  {
    name: 'a repeated start begins anew',
    file: 'engines/sql/orchestrations/run-starts',
    find: "(body.parent === undefined ? 'sameInput' : 'startAgain')",
    replace: "'startAgain'",
    why: 'a start that is sent again after the end runs everything twice',
  },
  // ---- messages
  {
    name: 'row ids of a block that is not its own',
    file: 'engines/sql/live/ids-and-time',
    find: 'rowIdBlocks, term.block,',
    replace: 'rowIdBlocks, 0,',
    why: 'a term writes rows under ids that an earlier one has given out',
  },
  {
    name: 'a message consumed when it starts',
    file: 'engines/sql/entities/entity-turn',
    find: 'this.running++;',
    replace: 'this.running++;\n            this.term.consume(message);',
    why: 'a batch is sealed over a running operation, which a crash then loses',
  },
  {
    name: 'rows in memory taken again',
    file: 'engines/sql/live/known-rows',
    find: 'return !this.messages.has(id) && !this.consumed.has(id)',
    replace: 'return !this.consumed.has(id)',
    why: 'a poll that finds a row a second time runs its message twice',
  },
  {
    name: 'consumed rows taken again',
    file: 'engines/sql/live/known-rows',
    find: '&& !this.consumed.has(id)',
    replace: '',
    why: 'a poll sees rows whose end is not committed yet',
  },
  {
    name: 'places begin anew with each term',
    file: 'engines/sql/live/ids-and-time',
    find: 'if (arrival > this.arrivalCounter)',
    replace: 'if (false)',
    why: 'new messages get places before old ones',
  },
  {
    name: 'waiting rows left out of a batch',
    file: 'engines/sql/commit/sealing',
    find: 'if (message.done)\n            continue;',
    replace: 'if (message.done || message.body.kind === "answer")\n            continue;',
    why: 'a batch is not closed: answers that wait are in memory only',
  },
  {
    name: 'long queues overtaken',
    file: 'engines/sql/live/delivery',
    find: 'if (this.staysInTable(instance, message))',
    replace: 'if (false)',
    why: 'messages in memory run before older ones that wait in the table',
  },
  // ---- entities
  {
    name: 'evicted while dirty',
    file: 'engines/sql/worker/evictor',
    find: '!instance.dirty &&\n            instance.lastBatch <= this.term.committedSeq &&',
    replace: '',
    why: 'a state that no batch has yet is dropped',
  },
  {
    name: 'failed operations are not rolled back',
    file: 'contexts/entity-cell',
    find: 'this.slot.dropLive();',
    replace:
      'if (typeof context.left === "object" && context.operationName === "throw") this.slot.store(context.left, false);',
    why: 'an operation that throws leaves its changes behind',
  },
  {
    name: 'failed operations send',
    file: 'engines/sql/entities/entity-turn',
    find: 'entity.lastBatch = term.batch.seq;\n        if (entity.program',
    replace:
      'if (!outcome.ok && body.operation === "throw")\n            router.send("@list@mischief", { kind: "operation", operation: "append", input: body.input });\n        entity.lastBatch = term.batch.seq;\n        if (entity.program',
    why: 'signals of an operation that throws go out',
  },
  {
    name: 'the live state is stored',
    file: 'contexts/state-slot',
    find: 'if (this.text === undefined && this.tree !== undefined)\n            this.text = JSON.stringify(this.tree);',
    replace:
      'if (this.live !== undefined) this.text = JSON.stringify(this.live.value);\n        else if (this.text === undefined && this.tree !== undefined)\n            this.text = JSON.stringify(this.tree);',
    why: 'a batch holds what an operation that still runs has done so far',
  },
  {
    name: 'outside operation on an uncommitted message',
    file: 'engines/sql/entities/entity-turn',
    find: 'if (!message.durable)',
    replace: 'if (false)',
    why: 'the outside sees the effect of a message that may be lost',
  },
  {
    name: 'outside operation on an uncommitted state',
    file: 'engines/sql/entities/entity-turn',
    find: 'if (entity.lastBatch > term.committedSeq) {',
    replace: 'if (false) {',
    why: 'the outside sees a state that may be lost',
  },
  {
    name: 'activity before its row',
    file: 'engines/sql/orchestrations/run-actions',
    find: 'return { row: message.row };',
    replace:
      'this.activities.add(message);\n        this.activities.startWaiting();\n        return { row: message.row };',
    why: 'an activity runs that nobody may have asked for',
  },
  {
    name: 'an aborted operation is an outcome',
    file: 'engines/sql/entities/entity-turn',
    find: 'if (!outcome.ok && this.term.environment.signal.aborted)',
    replace: 'if (false)',
    why: 'a stop turns what it interrupts into failures',
  },
  {
    name: 'an aborted activity is an outcome',
    file: 'engines/sql/outgoing/activities',
    find: '(!outcome.ok && this.term.environment.signal.aborted)',
    replace: 'false',
    why: 'a stop turns activities that it interrupts into failures',
  },
  // ---- locks
  {
    name: 'locks kept at the end',
    file: 'engines/sql/orchestrations/executions',
    find: 'this.actions.releaseLocks(run);',
    replace: '',
    why: 'whoever fails, is terminated or continues as new leaves entities locked',
  },
  {
    name: 'release only to what is held',
    file: 'engines/sql/orchestrations/run-actions',
    find: 'for (const entity of run.ledger.asked())',
    replace: 'for (const entity of run.ledger.asked().slice(0, run.ledger.lock.held))',
    why: 'a lock that was asked for and not granted yet is granted to nobody',
  },
  {
    name: 'a lock is not stored',
    file: 'engines/sql/entities/entity-turn',
    find: "this.term.markDirty(entity);\n                if (body.kind === 'release')",
    replace: "if (body.kind === 'release')",
    why: 'after a crash others get in while the holder goes on',
  },
  {
    name: 'a lock granted while an operation runs',
    file: 'engines/sql/entities/entity-turn',
    find: 'entity.running === undefined; count++)',
    replace: 'entity.running === undefined || mailbox.peek()?.body.kind === "lock"; count++)',
    why: 'the holder works beside somebody else',
  },
  {
    name: "the holder's calls wait behind others",
    file: 'engines/sql/core/mailbox',
    find: 'this.addHolder(message);\n            return none;',
    replace: 'this.push(message);\n            return none;',
    why: 'the holder waits for those who wait for it',
  },
  {
    name: 'a lock request passes other messages too',
    file: 'engines/sql/core/mailbox',
    find: "return body.kind === 'lock' && begunOf(body) > begunMs;",
    replace: "return body.kind !== 'lock' || begunOf(body) > begunMs;",
    why: 'an orchestration gets the lock before the signal that it sent first',
    spec: 'core/mailbox',
  },
  {
    name: 'the begin of a section is forgotten',
    file: 'engines/sql/core/execution-ledger',
    find: 'begunMs: this.timeMs',
    replace: 'begunMs: Infinity',
    why: 'a section that holds a lock waits behind all others',
    spec: 'engine/order-of-locks',
  },
  {
    name: 'others get in while it is locked',
    file: 'engines/sql/core/mailbox',
    find: 'return this.holder === undefined ? this.first : this.holders[0];',
    replace:
      'if (this.holder !== undefined && this.holders.length === 0 && this.first?.body.kind === "operation") this.addHolder(this.shift());\n        return this.holder === undefined ? this.first : this.holders[0];',
    why: 'a critical section is not alone',
  },
  {
    name: 'locks asked for in any order',
    file: 'core/critical-section/lock-order',
    find: 'while (place > 0 && byCodeUnit(ordered[place - 1], id) > 0)',
    replace: 'while (false)',
    why: 'two sections wait for each other',
  },
  // ---- orchestrations
  {
    name: 'timers survive the end',
    file: 'engines/sql/orchestrations/executions',
    find: "if (kind === 'timer')\n                this.actions.cancelTimer(row);",
    replace: "if (kind === 'timer')\n                continue;",
    why: 'rows wait for runs that are over',
  },
  {
    name: 'two events in one drain',
    file: 'engines/sql/orchestrations/run-turn',
    find: 'else if (this.apply(run, message))\n                return;',
    replace: 'else\n                this.apply(run, message);',
    why: 'replay, one event per drain, comes out differently',
  },
  {
    name: 'a history chunk is lost',
    file: 'engines/sql/commit/sealing',
    find: 'history.push({',
    replace: 'if (record.chunks === 2)\n            record.chunks++;\n        else\n            history.push({',
    why: 'a run cannot be replayed',
  },
  {
    name: 'history kept at continue-as-new',
    file: 'engines/sql/orchestrations/executions',
    find: 'run.events = [];\n        this.term.batch.historyDeleted.push(run.id);\n        this.term.markDirty(run);',
    replace: 'run.events = [];\n        this.term.markDirty(run);',
    why: 'chunks of executions that are over are left for ever',
  },
  {
    name: 'a wait that lost its race takes an event',
    file: 'contexts/interest',
    find: 'this.of.rest();',
    replace: '{ }',
    why: 'an event that was acknowledged is given to a promise that nobody looks at',
  },
  {
    name: 'unread events given out all at once',
    file: 'contexts/event-buffer',
    find: 'afterMicrotasks(microtasksBetween, next);\n        };',
    replace: 'next();\n        };',
    why: 'a race takes an event for each of its waits',
  },
  {
    name: 'a failed child is not started again',
    file: 'engines/sql/orchestrations/run-starts',
    find: "return body.again === true ? sameInput : { kind: 'again' };",
    replace: 'return sameInput;',
    why: 'a further attempt gets the failure of the one before',
  },
  {
    name: 'children go on without their parent',
    file: 'engines/sql/orchestrations/run-commands',
    find: "this.router.send(id, { kind: 'terminate', reason, children: true });",
    replace: '{ }',
    why: 'a tree that was ended works on',
  },
  {
    name: 'no tick after a tick',
    file: 'engines/sql/entities/named-signals',
    find: 'writeForLater(this.term, dueMs, next, entity.id, signal);',
    replace: '',
    why: 'a periodic signal comes once',
  },
  // ---- time
  {
    name: 'polled too early',
    file: 'engines/sql/inbox/poller',
    find: 'nowMs: term.nowMs(), limit: term.options.rowsPerPage, members',
    replace: 'nowMs: term.nowMs() + 300, limit: term.options.rowsPerPage, members',
    why: 'timers fire before they are due',
  },
  {
    name: 'the time of day of the process',
    file: 'engines/sql/live/worker-term',
    find: 'return this.hubClock.nowMs();',
    replace: 'return Math.floor(this.ports.clock.wallMs());',
    why: 'timers go by a clock that may be wrong',
  },
  {
    name: 'a jump of the clock is adopted at once',
    file: 'engines/sql/live/hub-clock',
    find: 'const lastsMs = 600_000;',
    replace: 'const lastsMs = 0;',
    why: 'a clock that is wrong for a minute fires timers and expires entities',
  },
  {
    name: 'the times of the hub are read before the partitions are acquired',
    file: 'engines/sql/worker/term-starter',
    find: 'this.begun.add(joined.incarnation);',
    replace:
      'this.begun.add(joined.incarnation);\n        delete store.readTimes; const early = await store.readTimes(); store.readTimes = async () => early;',
    why: 'hub time goes back to what it was before another worker committed',
    world: 'slowJoins',
  },
  {
    name: 'hub time goes back',
    file: 'engines/sql/live/hub-clock',
    find: 'this.setTo(Math.max(ownMs, storedMs));',
    replace: 'this.setTo(clockMs);',
    why: 'what has expired is there again, and timers come late',
  },
  ...severalMutants,

  // ---- explanations
  {
    name: 'a wait for an event is no reason',
    file: 'engines/sql/inspection/explain-run',
    find: 'if (record.awaited !== undefined)',
    replace: 'if (false)',
    why: 'an orchestration that waits for an event rests without a reason that anybody could act on',
    spec: 'simulation/explained',
  },
  {
    name: 'an open call is no reason',
    file: 'engines/sql/inspection/open-tasks',
    find: "case 'call':",
    replace: "case 'never':",
    why: 'an orchestration that waits for an entity rests without a reason that anybody could act on',
    spec: 'engine/explanations',
  },
  {
    name: 'a read beside the commit of its rows waits for another commit',
    file: 'engines/sql/live/spills',
    find: 'rows.length === rowsPerPage || spill.lastBatch <= this.term.committedSeq',
    replace: 'rows.length === rowsPerPage',
    why: 'a locked entity waits for the heartbeat although its messages are stored',
    spec: 'engine/long-queues',
  },
];
