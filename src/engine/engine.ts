/**
 * Keeps a life of the engine going: begins one, waits for its end, finds out what became of its last batch, begins the next.
 *
 * What belongs to this process and not to a life outlives it: the intake queue, calls that wait for answers, client messages that
 * wait as rows.
 */
import { HostStoppedError, UnknownOutcomeError } from '../errors/index.js';
import { decodeError } from '../model/error-details.js';
import type { Answer } from '../model/messages.js';
import { hasEnded, type RunRecord } from '../model/run-record.js';
import type { ClientMessage, Intake } from '../ports/intake.js';
import type { Hub, InstanceRow } from '../ports/store.js';
import { Activities } from './activities.js';
import { Admission, IntakeQueue } from './admission.js';
import { Committer } from './committer.js';
import { EntityTurns } from './entity-turn.js';
import { Evictor } from './evictor.js';
import { Life } from './life.js';
import { Loader } from './loader.js';
import { Loop } from './loop.js';
import type { EngineOptions, EnginePorts } from './options.js';
import { PendingCalls } from './pending-calls.js';
import { Poller } from './poller.js';
import { Receipts } from './receipts.js';
import { Router } from './router.js';
import { RunActions } from './run-actions.js';
import { RunTurns } from './run-turn.js';
import { RunWatch } from './run-watch.js';
import type { SealedBatch } from './sealing.js';
import type { Submission } from './submission.js';

const resetsMax = 8;
const resetPauseMsMax = 2_000;
const busyAtStopMsMax = 1_000;

/** The parts of one life. */
interface Parts {
  readonly life: Life;
  readonly committer: Committer;
  readonly entities: EntityTurns;
  readonly activities: Activities;
  readonly poller: Poller;
  readonly loop: Loop;
}

export class Engine implements Intake {
  private readonly queue = new IntakeQueue();
  private readonly calls: PendingCalls;
  /** Client messages that are durable as rows and wait to be applied. */
  private readonly waitingRows = new Map<number, Submission>();
  private readonly watch = new RunWatch();
  private parts: Parts | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopRequested = false;
  private stopped: Error | undefined;

  private constructor(
    private readonly ports: EnginePorts,
    private readonly options: EngineOptions,
    private readonly hub: Hub,
  ) {
    this.calls = new PendingCalls(ports.random.uuid());
  }

  /** Resolves when the first life has passed its barrier. The store is open already. */
  static async start(ports: EnginePorts, options: EngineOptions, hub: Hub): Promise<Engine> {
    const engine = new Engine(ports, options, hub);
    ports.directory.learn(hub.names);
    engine.parts = await engine.begin();
    engine.running = engine.live();
    return engine;
  }

  // ---- lives

  private async begin(): Promise<Parts> {
    const { store, userCode } = this.ports;
    const { incarnation, nowMs } = await store.join({
      name: this.options.workerName,
      leaseMs: this.options.leaseMs,
      names: userCode.names,
    });
    const partitions = await store.acquire(incarnation);
    const life = new Life(this.ports, this.options, {
      incarnation,
      nowMs,
      partitions,
      partitionCount: this.hub.partitionCount,
    });
    const parts = this.assemble(life);
    await parts.poller.readBacklog();
    parts.activities.startWaiting();
    return parts;
  }

  private assemble(life: Life): Parts {
    const receipts = new Receipts(life);
    const router = new Router(life, this.calls, receipts);
    const activities = new Activities(life, router);
    const entities = new EntityTurns(life, router);
    const runs = new RunTurns(life, router, new RunActions(life, router, activities), (id, end) => this.watch.ended(id, end));
    const loader = new Loader(life, runs);
    const poller = new Poller(life, activities, this.waitingRows);
    const evictor = new Evictor(life);
    const admission = new Admission(life, this.queue, router, receipts, this.calls);
    const committer = new Committer(life, (sealed) => {
      for (const row of sealed.commit.consumed) life.consumedUncommitted.delete(row);
      for (const message of sealed.written) {
        message.durable = true;
        if (message.done || message.body.kind === 'activity') continue;
        const target = life.live.get(message.target);
        if (target?.kind === 'entity' && target.program?.effects === 'external' && !target.loading) {
          life.markReady(target);
        }
      }
      for (const entity of sealed.wake) if (entity.busy) life.markReady(entity);
      for (const message of sealed.activities) activities.add(message);
      entities.releaseHeld();
      activities.startWaiting();
      if (sealed.nextDueMs !== Number.POSITIVE_INFINITY) poller.scheduled(sealed.nextDueMs);
      this.release(sealed);
      receipts.trim();
      evictor.sweep();
    });
    const loop = new Loop(life, admission, entities, runs, activities, loader, committer);
    return { life, committer, entities, activities, poller, loop };
  }

  /** The batch is committed: everybody who waits for it hears of it, in its order. */
  private release(sealed: SealedBatch): void {
    for (const submission of sealed.accepted) {
      if (submission.when === 'accepted') submission.resolve();
      else if (submission.row !== 0) this.waitingRows.set(submission.row, submission);
    }
    for (const run of sealed.afterCommit) {
      try {
        run();
      } catch (error) {
        this.ports.logger.error({ error }, 'A callback after a commit threw.');
      }
    }
  }

  private async live(): Promise<void> {
    let resets = 0;
    for (;;) {
      const parts = this.parts as Parts;
      const committedBefore = parts.life.committedSeq;
      await parts.loop.run();
      parts.poller.stop();
      await parts.committer.idle;
      const reason = parts.life.ended as Error;
      if (this.stopRequested) return this.finish(await this.outcomeAtStop(parts));
      resets = parts.life.committedSeq > committedBefore + 1 ? 0 : resets + 1;
      this.ports.logger.warn(
        { incarnation: parts.life.incarnation, reason: reason.message },
        'The worker drops its memory and begins anew.',
      );
      const next = await this.reset(parts, reason, resets);
      if (next === undefined) return;
      this.parts = next;
    }
  }

  /** The life ended in a stop; when its last batch failed on the way, those who wait for it are told what became of it. */
  private async outcomeAtStop(parts: Parts): Promise<Error> {
    if (parts.committer.free) return new HostStoppedError();
    try {
      await this.recover(parts);
      return new HostStoppedError();
    } catch (error) {
      const unknown = new UnknownOutcomeError('the storage did not say whether the last batch was stored', error);
      for (const submission of parts.committer.inFlight?.accepted ?? []) submission.reject(unknown);
      return new HostStoppedError('the storage of the host failed', error);
    }
  }

  /** Finds out what became of the last batch, puts back what was not acknowledged, and begins the next life. */
  private async reset(parts: Parts, reason: Error, resets: number): Promise<Parts | undefined> {
    const { clock } = this.ports;
    let cause = reason;
    let recovered = false;
    for (let attempt = resets; attempt <= resetsMax; attempt++) {
      try {
        if (!recovered) {
          await this.recover(parts);
          recovered = true;
        }
        return await this.begin();
      } catch (error) {
        cause = error as Error;
      }
      const pauseMs = Math.min(resetPauseMsMax, 25 * 2 ** attempt);
      await new Promise<void>((resolve) => clock.setTimer(pauseMs, resolve));
    }
    if (!recovered) {
      const unknown = new UnknownOutcomeError('the storage did not say whether the last batch was stored', cause);
      for (const submission of parts.committer.inFlight?.accepted ?? []) submission.reject(unknown);
    }
    this.finish(new HostStoppedError('the storage of the host failed', cause));
    return undefined;
  }

  private async recover({ life, committer }: Parts): Promise<void> {
    const sealed = committer.inFlight;
    const { seq } = await this.ports.store.retire(life.incarnation);
    const lost: Submission[] = [];
    if (sealed !== undefined) {
      if (seq >= sealed.commit.seq) this.release(sealed);
      else lost.push(...sealed.accepted);
    }
    lost.push(...life.batch.accepted);
    for (const submission of lost) submission.row = 0;
    this.queue.putBack(lost);
  }

  private finish(error: Error): void {
    this.stopped = error;
    for (const submission of this.queue.takeAll()) submission.reject(error);
    for (const submission of this.waitingRows.values()) submission.reject(error);
    this.waitingRows.clear();
    this.calls.failAll(error);
    this.watch.stop(error);
  }

  /** Graceful: nothing new is let in or started; what runs outside may end; the last batch gives the partitions back. */
  async stop(): Promise<void> {
    if (this.stopped !== undefined) return;
    if (!this.stopRequested) {
      this.stopRequested = true;
      const parts = this.parts as Parts;
      const refused = new HostStoppedError('the host is stopping');
      parts.life.stopping = true;
      for (const submission of this.queue.takeAll()) submission.reject(refused);
      await this.quiesce(parts);
      parts.loop.leave();
      // The commit that leaves wakes the loop; then the life is over.
      await this.left(parts);
      parts.life.end(refused);
    }
    await this.running;
  }

  private async quiesce({ life, entities, activities, committer }: Parts): Promise<void> {
    const { clock } = this.ports;
    const startedMs = clock.monotonicMs();
    while (life.ended === undefined) {
      const outside = entities.runningCount + activities.runningCount;
      if (outside === 0 && committer.free && life.batch.empty && !life.anythingReady) return;
      const elapsedMs = clock.monotonicMs() - startedMs;
      // Instances that keep each other busy go on with the next host.
      if (outside === 0 && elapsedMs > busyAtStopMsMax) return;
      if (elapsedMs > this.options.stopTimeoutMs + 1_000) return;
      if (elapsedMs > this.options.stopTimeoutMs) life.abortExternal(new HostStoppedError('the host is stopping'));
      life.wake();
      await new Promise<void>((resolve) => clock.setTimer(1, resolve));
    }
  }

  private async left({ life, committer }: Parts): Promise<void> {
    const { clock } = this.ports;
    const before = life.committedSeq;
    while (life.ended === undefined && (life.committedSeq === before || !committer.free)) {
      await new Promise<void>((resolve) => clock.setTimer(1, resolve));
    }
  }

  // ---- intake

  send(message: ClientMessage): Promise<void> {
    return this.submit(message, 'accepted');
  }

  apply(message: ClientMessage): Promise<void> {
    return this.submit(message, 'applied');
  }

  private submit(message: ClientMessage, when: Submission['when']): Promise<void> {
    return new Promise((resolve, reject) => {
      const refusal = this.refusal();
      if (refusal !== undefined) return reject(refusal);
      const submission: Submission = {
        target: message.target,
        body: message.body,
        dueMs: message.dueMs,
        receipt: message.receipt,
        when,
        row: 0,
        resolve: () => {
          if (submission.row !== 0) this.waitingRows.delete(submission.row);
          resolve();
        },
        reject: (error) => {
          if (submission.row !== 0) this.waitingRows.delete(submission.row);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      };
      this.queue.push(submission);
      this.parts?.life.wake();
    });
  }

  private refusal(): Error | undefined {
    if (this.stopped !== undefined) return this.stopped;
    return this.stopRequested ? new HostStoppedError('the host is stopping') : undefined;
  }

  call(
    target: string,
    operation: string,
    input: string | undefined,
    receipt: ClientMessage['receipt'],
  ): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const settle = (answer: Answer) => (answer.ok ? resolve(answer.value) : reject(decodeError(answer.error)));
      const reply = this.calls.open(receipt?.requestId, settle, reject);
      this.submit({ target, body: { kind: 'operation', operation, input, reply }, receipt }, 'accepted').catch(
        (error: unknown) => {
          this.calls.forget(reply.call);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  async read(instanceId: string): Promise<InstanceRow | undefined> {
    const [row] = await this.ports.store.loadInstances([instanceId]);
    return row;
  }

  watchRun(instanceId: string, callback: (end: RunRecord | Error) => void): () => void {
    if (this.stopped !== undefined) {
      callback(this.stopped);
      return () => {};
    }
    const cancel = this.watch.add(instanceId, callback);
    const run = this.parts?.life.live.get(instanceId);
    if (run?.kind === 'orchestration' && !run.loading && run.record !== undefined) {
      const committed = run.lastBatch <= (this.parts as Parts).life.committedSeq;
      if (hasEnded(run.record.status) && committed) this.watch.ended(instanceId, run.record);
      return cancel;
    }
    // Watched before it is read: an end that is committed meanwhile is not missed.
    this.read(instanceId).then(
      (row) => {
        const record = row?.kind === 'orchestration' ? (JSON.parse(row.state as string) as RunRecord) : undefined;
        if (record === undefined) this.watch.missing(instanceId, callback);
        else if (hasEnded(record.status)) this.watch.ended(instanceId, record);
      },
      (error: unknown) => this.watch.fail(instanceId, callback, error as Error),
    );
    return cancel;
  }

  newInstanceId(): string {
    return this.parts?.life.newInstanceId() ?? this.ports.random.uuid();
  }

  hubTimeMs(): number {
    return this.parts?.life.nowMs() ?? this.ports.clock.wallMs();
  }
}

