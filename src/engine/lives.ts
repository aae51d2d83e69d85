/**
 * Keeps a life of the engine going: begins one, waits for its end, finds out what became of its last batch, begins the next.
 *
 * What belongs to this process and not to a life outlives it (`Shared`): the intake queue, calls that wait for answers, client
 * messages that wait as rows.
 */
import { HostStoppedError, StorageError } from '../errors/index.js';
import type { Hub } from '../ports/store.js';
import { StoreBrokenError, StoreRefusedError } from '../ports/store-errors.js';
import { Life } from './life.js';
import type { EngineOptions, EnginePorts } from './options.js';
import { partsOf, type Parts } from './parts.js';
import { giveUpWaiting, refuseWaiting, settleLastBatch } from './recovery.js';
import type { Shared } from './shared.js';

const resetPauseMsMax = 2_000;
/** Clients wait for a storage that does not answer for this long; the engine itself does not give up. */
const patienceMs = 30_000;
/** Lives in a row that end with a refused batch before anything else was stored: the same batch would be refused for ever. */
const refusedLivesMax = 5;
const busyAtStopMsMax = 1_000;
/** What was aborted at a stop may still end by itself for this long. */
const abortedMsMax = 500;
/** How long a stop waits for the storage's answer. */
const answerAtStopMsMax = 5_000;

export class Lives {
  private current: Parts | undefined;
  /** Incarnations that joined and whose life has not begun. */
  private readonly begun = new Set<number>();
  /** Lives in a row that committed nothing, and since when (monotonic). */
  private barrenLives = 0;
  private barrenSinceMs = 0;
  /** Lives in a row that committed nothing because their first batch was refused for good. */
  private refusedLives = 0;
  private readonly attemptsBefore = new Map<number, number>();
  private running: Promise<void> = Promise.resolve();
  private stopRequested = false;
  /** Why there is no life any more. */
  stopped: Error | undefined;

  constructor(
    private readonly ports: EnginePorts,
    private readonly options: EngineOptions,
    private readonly hub: Hub,
    private readonly shared: Shared,
  ) {}

  /** Resolves when the first life has passed its barrier. */
  async start(): Promise<void> {
    try {
      this.current = await this.begin(true);
    } catch (error) {
      await this.retireBegun().catch(() => {});
      throw error;
    }
    this.running = this.live();
  }

  /** The life of now; while the next one is being begun, the last one. */
  get life(): Life {
    return (this.current as Parts).life;
  }

  /** Why clients are not served; `undefined`: they are. */
  get refusal(): Error | undefined {
    if (this.stopped !== undefined) return this.stopped;
    return this.stopRequested ? new HostStoppedError('the host is stopping') : undefined;
  }

  /** @param suspicious what the life before ran may have ended it */
  private async begin(suspicious: boolean): Promise<Parts> {
    const { store, userCode } = this.ports;
    // What a beginning that failed half-way left alive would hold its partitions until its lease is over.
    await this.retireBegun();
    const { incarnation, nowMs } = await store.join({
      name: this.options.workerName,
      leaseMs: this.options.leaseMs,
      names: userCode.names,
    });
    this.begun.add(incarnation);
    const partitions = await store.acquire(incarnation, suspicious);
    if (partitions.length < this.hub.partitionCount) {
      throw new StorageError(
        'Another worker is alive on this database.',
        'Stop it first: several workers on one database are not supported yet.',
        undefined,
        'DE_STORAGE_OWNED',
      );
    }
    const life = new Life(this.ports, this.options, {
      incarnation,
      nowMs,
      partitions,
      partitionCount: this.hub.partitionCount,
      attemptsBefore: this.attemptsBefore,
    });
    const parts = partsOf(life, this.shared);
    await parts.poller.readBacklog();
    parts.activities.startWaiting();
    this.begun.delete(incarnation);
    return parts;
  }

  private async retireBegun(): Promise<void> {
    for (const incarnation of this.begun) {
      await this.ports.store.retire(incarnation);
      this.begun.delete(incarnation);
    }
  }

  private async live(): Promise<void> {
    while (this.stopped === undefined) {
      const parts = this.current as Parts;
      const ended = parts.loop.run();
      if (this.stopRequested) void this.stopLife(parts);
      await ended;
      parts.poller.stop();
      await parts.committer.idle;
      const reason = parts.life.ended as Error;
      if (this.stopRequested) return this.finishAtStop(parts);
      this.countBarren(parts, reason);
      this.ports.logger.warn(
        { incarnation: parts.life.incarnation, reason: reason.message },
        'The worker drops its memory and begins anew.',
      );
      if (reason instanceof StoreBrokenError) {
        giveUpWaiting(parts, this.shared, reason);
        this.finish(new HostStoppedError('the storage of the host is broken', reason));
      } else if (this.refusedLives >= refusedLivesMax) {
        giveUpWaiting(parts, this.shared, reason);
        this.finish(new HostStoppedError('the storage refuses what the host has to write', reason));
      } else {
        // What ran alone in a batch that was refused would be refused again: it counts as tried to the end.
        if (reason instanceof StoreRefusedError) parts.life.caution.refused(parts.committer.inFlight?.commit.seq ?? -1);
        await this.reset(parts);
      }
    }
  }

  /** Finds out what became of the last batch, and begins the next life, for as long as it takes. */
  private async reset(parts: Parts): Promise<void> {
    const { clock } = this.ports;
    let settled = false;
    // The first try comes at once; lives that commit nothing begin ever more rarely.
    for (let attempt = this.barrenLives - 1; ; attempt++) {
      if (attempt > 0 && !this.stopRequested) {
        const pauseMs = Math.min(resetPauseMsMax, 25 * 2 ** attempt);
        await new Promise<void>((resolve) => clock.setTimer(pauseMs, resolve));
      }
      let cause: unknown;
      try {
        if (!settled) await settleLastBatch(parts, this.shared, this.ports);
        settled = true;
        if (this.outOfPatience) refuseWaiting(this.shared.queue.takeAll(), parts.life.ended);
        this.current = await this.begin(parts.life.ended instanceof StoreRefusedError);
        return;
      } catch (error) {
        cause = error;
      }
      if (this.stopRequested || cause instanceof StoreBrokenError) {
        if (!settled) giveUpWaiting(parts, this.shared, cause);
        return this.finish(new HostStoppedError('the storage of the host failed', cause));
      }
      if (this.outOfPatience) {
        if (settled) refuseWaiting(this.shared.queue.takeAll(), cause);
        else giveUpWaiting(parts, this.shared, cause);
      }
    }
  }

  private countBarren({ life }: Parts, reason: Error): void {
    this.refusedLives = reason instanceof StoreRefusedError && life.committedSeq === 0 ? this.refusedLives + 1 : 0;
    if (this.barrenLives === 0 || life.committedSeq > 0) {
      this.barrenLives = 0;
      this.barrenSinceMs = this.ports.clock.monotonicMs();
    }
    this.barrenLives++;
  }

  private get outOfPatience(): boolean {
    return this.ports.clock.monotonicMs() - this.barrenSinceMs > patienceMs;
  }

  /** The life ended in a stop; when its last batch failed on the way, those who wait for it are told what became of it. */
  private async finishAtStop(parts: Parts): Promise<void> {
    if (parts.committer.free) {
      const stopped = new HostStoppedError();
      for (const submission of parts.life.batch.accepted) submission.reject(stopped);
      return this.finish(stopped);
    }
    try {
      await this.withinMs(answerAtStopMsMax, settleLastBatch(parts, this.shared, this.ports));
      this.finish(new HostStoppedError());
    } catch (error) {
      giveUpWaiting(parts, this.shared, error);
      this.finish(new HostStoppedError('the storage of the host failed', error));
    }
  }

  private finish(error: Error): void {
    this.stopped = error;
    for (const submission of this.shared.queue.takeAll()) submission.reject(error);
    for (const submission of this.shared.waitingRows.values()) submission.reject(error);
    this.shared.waitingRows.clear();
    this.shared.calls.failAll(error);
    this.shared.watch.stop(error);
    this.shared.rowWatch.stop(error);
  }

  /** Graceful: nothing new is let in or started; what runs outside may end; the last batch gives the partitions back. */
  async stop(): Promise<void> {
    if (this.stopped === undefined && !this.stopRequested) {
      this.stopRequested = true;
      const refused = new HostStoppedError('the host is stopping');
      for (const submission of this.shared.queue.takeAll()) submission.reject(refused);
      // A life that begins meanwhile is stopped where it begins.
      void this.stopLife(this.current as Parts);
    }
    try {
      // Each step has its own limit; only a reset under way may wait for the storage for ever.
      await this.withinMs(this.options.stopTimeoutMs + 4 * answerAtStopMsMax, this.running);
    } catch (error) {
      if (this.stopped !== undefined) return;
      giveUpWaiting(this.current as Parts, this.shared, error);
      this.finish(new HostStoppedError('the storage of the host failed', error));
    }
  }

  private async stopLife(parts: Parts): Promise<void> {
    const { life, loop, committer } = parts;
    life.stopping = true;
    const refused = new HostStoppedError('the host is stopping');
    const quiet = await this.quiesce(parts, refused);
    // A clean stop ends no attempt.
    life.caution.giveBack();
    if (quiet) {
      loop.leave();
      const before = life.committedSeq;
      await this.until(
        answerAtStopMsMax,
        () => life.ended !== undefined || (life.committedSeq > before && committer.free),
      );
    }
    committer.abandon();
    life.end(refused);
  }

  /** Resolves when nothing runs outside and everything is committed, or it has taken too long; false: the storage does not answer. */
  private async quiesce({ life, entities, activities, committer }: Parts, refused: Error): Promise<boolean> {
    const { clock } = this.ports;
    const { stopTimeoutMs } = this.options;
    const startedMs = clock.monotonicMs();
    await this.until(stopTimeoutMs + answerAtStopMsMax, () => {
      if (life.ended !== undefined) return true;
      const elapsedMs = clock.monotonicMs() - startedMs;
      if (elapsedMs > stopTimeoutMs) life.abortExternal(refused);
      life.wake();
      const outside = entities.runningCount + activities.runningCount;
      if (outside > 0 && elapsedMs <= stopTimeoutMs + abortedMsMax) return false;
      // Instances that keep each other busy go on with the next host.
      return committer.free && ((life.batch.empty && !life.anythingReady) || elapsedMs > busyAtStopMsMax);
    });
    return committer.free && life.ended === undefined;
  }

  /** Looks again and again, ever more rarely, until the condition holds or the time is over. */
  private async until(ms: number, condition: () => boolean): Promise<void> {
    const { clock } = this.ports;
    const endMs = clock.monotonicMs() + ms;
    for (let pauseMs = 1; !condition() && clock.monotonicMs() < endMs; pauseMs = Math.min(pauseMs * 1.5, 50)) {
      await new Promise<void>((resolve) => clock.setTimer(pauseMs, resolve));
    }
  }

  private withinMs<T>(ms: number, promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new HostStoppedError('the storage does not answer'));
      const timer = this.ports.clock.setTimer(ms, late);
      promise.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}
