/**
 * Keeps a life of the engine going: begins one, waits for its end, finds out what became of its last batch, begins the next.
 *
 *   standby --nobody else is the worker--> active --its life ends, and another worker is alive--> standby
 *
 * A standby has no worker row. It looks again and again whether it may become the worker.
 *
 * What belongs to this process and not to a life outlives it (`Shared`): the intake queue, calls that wait for answers, client
 * messages that wait as rows.
 */
import { HostStoppedError } from '../../../errors/index.js';
import type { Timer } from '../../../ports/clock.js';
import type { Hub } from '../ports/store.js';
import { StoreBrokenError, StoreRefusedError } from '../ports/store-errors.js';
import { handOver } from './hand-over.js';
import { Life } from '../live/worker-term.js';
import type { EngineOptions, EnginePorts } from '../options.js';
import { partsOf, type Parts } from './assemble.js';
import { giveUpWaiting, refuseWaiting, settleLastBatch } from './recovery.js';
import type { Shared } from '../waiting/client-waits.js';
import { Succession } from './leader-election.js';

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

/** How often a standby looks whether it may become the worker. */
const standbyPauseMs = 100;
const standbyPauseMsMax = 2_000;
/** How often a worker without the exclusive hold tries to get it. */
const holdPauseMs = 1_000;

export class Lives {
  /** The life of now; while the next one is being begun, the last one; none in a standby. */
  private current: Parts | undefined;
  private readonly succession: Succession;
  /** The partitions are this one's, and are about to be read: clients wait for that. */
  private takingOver = false;
  private awaitingActive: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  private endPause: () => void = () => {};
  private holdTimer: Timer | undefined;
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
  ) {
    this.succession = new Succession(ports, options.leaseMs);
  }

  /** Resolves when the first life has passed its barrier, or another worker was found alive. */
  async start(): Promise<void> {
    try {
      this.current = await this.begin(true);
      this.takingOver = false;
    } catch (error) {
      await this.retireBegun().catch(() => {});
      throw error;
    }
    this.running = this.live();
  }

  /** The life of now; while the next one is being begun, the last one. `undefined`: this is a standby. */
  get life(): Life | undefined {
    return this.current?.life;
  }

  get poller(): Parts['poller'] | undefined {
    return this.current?.poller;
  }

  /** What clients send goes to the worker of another process. */
  get relays(): boolean {
    return this.current === undefined && !this.takingOver && this.stopped === undefined;
  }

  /** Resolves while this process is, or when it becomes, the worker. @throws why it ended before */
  active(): Promise<void> {
    if (this.stopped !== undefined) return Promise.reject(this.stopped);
    if (this.current !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => this.awaitingActive.push({ resolve, reject }));
  }

  /** Why clients are not served; `undefined`: they are. */
  get refusal(): Error | undefined {
    if (this.stopped !== undefined) return this.stopped;
    return this.stopRequested ? new HostStoppedError('the host is stopping') : undefined;
  }

  /**
   * `undefined`: another worker is alive.
   * @param suspicious what the life before ran may have ended it
   */
  private async begin(suspicious: boolean): Promise<Parts | undefined> {
    const { store, userCode } = this.ports;
    // What a beginning that failed half-way left alive would hold its partitions until its lease is over.
    await this.retireBegun();
    const predecessors = await this.succession.predecessors();
    if (predecessors === undefined) return undefined;
    for (const incarnation of predecessors) await store.retire(incarnation);
    const { incarnation, nowMs } = await store.join({
      name: this.options.workerName,
      leaseMs: this.options.leaseMs,
      names: userCode.names,
    });
    this.begun.add(incarnation);
    const partitions = await store.acquire(incarnation, suspicious || predecessors.length > 0);
    if (partitions.length < this.hub.partitionCount) {
      // Another one was quicker. What a third one left is its business.
      await this.retireBegun();
      return undefined;
    }
    this.takingOver = true;
    // What clients here have sent on the way to another worker is read with the rest, before anything that they send now.
    await this.ports.relay.drain();
    const life = new Life(this.ports, this.options, {
      incarnation,
      nowMs,
      partitions,
      partitionCount: this.hub.partitionCount,
      process: this.shared.calls.process,
      alone: this.hub.alone,
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
      await this.ports.store.retire(incarnation, { attempts: [] });
      this.begun.delete(incarnation);
    }
  }

  private async live(): Promise<void> {
    while (this.stopped === undefined) {
      const parts = this.current ?? (await this.standBy());
      if (parts === undefined) return;
      const ended = parts.loop.run();
      if (this.succession.holdRefused) this.tryToHold(parts.life);
      if (this.stopRequested) void this.stopLife(parts);
      await ended;
      parts.poller.stop();
      this.holdTimer?.cancel();
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
        this.finishBroken(reason);
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

  /** Looks until this process may become the worker. `undefined`: it is stopped. */
  private async standBy(): Promise<Parts | undefined> {
    const { logger } = this.ports;
    logger.info({}, 'Another worker is alive: this host is its standby.');
    this.ports.relay.prepare().catch(() => {});
    for (let pauseMs = standbyPauseMs; ;) {
      await this.pause(pauseMs);
      if (this.stopRequested) {
        await this.retireBegun().catch(() => {});
        this.finish(new HostStoppedError());
        return undefined;
      }
      try {
        this.current = await this.begin(true);
        if (this.current === undefined && this.takingOver) this.giveWay();
        pauseMs = standbyPauseMs;
      } catch (error) {
        if (error instanceof StoreBrokenError) {
          this.finishBroken(error);
          return undefined;
        }
        if (pauseMs === standbyPauseMs) logger.warn({ error }, 'The standby cannot look for the worker.');
        pauseMs = Math.min(2 * pauseMs, standbyPauseMsMax);
      }
      if (this.current === undefined) continue;
      logger.info({ incarnation: this.current.life.incarnation }, 'This host is the worker now.');
      this.takingOver = false;
      for (const { resolve } of this.awaitingActive.splice(0)) resolve();
      return this.current;
    }
  }

  /** Without the hold, whoever follows would have to wait for the lease. */
  private tryToHold(life: Life): void {
    this.holdTimer = this.ports.clock.setTimer(holdPauseMs, () => {
      if (life.ended !== undefined) return;
      const again = () => life.ended === undefined && this.tryToHold(life);
      this.ports.store.hold(life.incarnation).then((hold) => hold === 'refused' && again(), again);
    });
  }

  /** Another worker is alive, and has what was this one's, or was to be: who waits here hears from there. */
  private giveWay(): void {
    this.current = undefined;
    this.takingOver = false;
    handOver(this.shared, this.ports.relay);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.ports.clock.setTimer(ms, resolve);
      this.endPause = () => {
        timer.cancel();
        resolve();
      };
    });
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
        const next = await this.begin(parts.life.ended instanceof StoreRefusedError);
        if (next === undefined) this.giveWay();
        else this.current = next;
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
    for (const { reject } of this.awaitingActive.splice(0)) reject(error);
  }

  /** Nobody may go on with the storage in this process, also not to hear what another one answers. */
  private finishBroken(reason: StoreBrokenError): void {
    const error = new HostStoppedError('the storage of the host is broken', reason);
    this.finish(error);
    this.ports.relay.close(error).catch(() => {});
  }

  /** Graceful: nothing new is let in or started; what runs outside may end; the last batch gives the partitions back. */
  async stop(): Promise<void> {
    if (this.stopped === undefined && !this.stopRequested) {
      this.stopRequested = true;
      const refused = new HostStoppedError('the host is stopping');
      for (const submission of this.shared.queue.takeAll()) submission.reject(refused);
      // A life that begins meanwhile is stopped where it begins.
      if (this.current !== undefined) void this.stopLife(this.current);
      this.endPause();
    }
    try {
      // Each step has its own limit; only a reset under way may wait for the storage for ever.
      await this.withinMs(this.options.stopTimeoutMs + 4 * answerAtStopMsMax, this.running);
    } catch (error) {
      if (this.stopped !== undefined) return;
      if (this.current !== undefined) giveUpWaiting(this.current, this.shared, error);
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
