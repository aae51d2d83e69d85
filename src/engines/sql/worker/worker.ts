/**
 * The worker of this process. The worker begins a term, waits for its end, settles the last batch, and begins the next term.
 *
 *   standby --no other worker is alive--> active --its term ends, and another worker is alive--> standby
 *
 * A standby has no worker row, and checks repeatedly whether this process may become the worker.
 *
 * `ClientWaits` belongs to the process and survives the end of a term.
 */
import { HostStoppedError } from '../../../errors/index.js';
import type { Timer } from '../../../ports/clock.js';
import type { Hub } from '../ports/store.js';
import { StoreBrokenError, StoreRefusedError } from '../ports/store-errors.js';
import { handOver, handOverAway } from './hand-over.js';
import { patiently } from '../patience.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { EngineOptions, EnginePorts } from '../options.js';
import type { WorkerParts } from './assemble.js';
import { giveUpWaiting, refuseUnstored, refuseWaiting, settleLastBatch } from './recovery.js';
import type { ClientWaits } from '../waiting/client-waits.js';
import { TermStarter } from './term-starter.js';
import { answerAtStopMsMax, stopTerm, withinMs } from './stopping.js';
import { Refusals } from '../core/refusals.js';
import type { HostRole, WorkerStatus } from '../status.js';

const resetPauseMsMax = 2_000;
/** Clients wait this long for a storage that does not answer. The engine itself does not give up. */
const patienceMs = 30_000;
/** The number of terms in a row that end with a refused batch and store nothing: the same batch would be refused for ever. */
const refusedTermsMax = 5;
/** The pause between the checks of a standby. */
const standbyPauseMs = 100;
const standbyPauseMsMax = 2_000;
/** The pause between the attempts of a worker to get the exclusive lock. */
const lockPauseMs = 1_000;

export class Worker {
  /** The present term, or the last one while the next term begins. `undefined` in a standby. */
  private current: WorkerParts | undefined;
  private readonly starter: TermStarter;
  private awaitingActive: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  private endPause: () => void = () => {};
  private lockTimer: Timer | undefined;
  /** The number of terms in a row that committed nothing, and the monotonic time since then. */
  private barrenTerms = 0;
  private barrenSinceMs = 0;
  /** The number of terms in a row that committed nothing because their first batch was refused for good. */
  private refusedTerms = 0;
  private readonly refusals = new Refusals();
  /** Whether the host stopped because of a failure. */
  private failed = false;
  private running: Promise<void> = Promise.resolve();
  private stopRequested = false;
  private observedRole: HostRole | undefined;
  /** The reason why there is no term any more. `undefined` while the host runs. */
  stopped: Error | undefined;

  constructor(
    private readonly ports: EnginePorts,
    private readonly options: EngineOptions,
    hub: Hub,
    private readonly waits: ClientWaits,
  ) {
    this.starter = new TermStarter(ports, options, hub, waits, this.refusals);
  }

  /** Resolves when the first term has read the backlog, or another worker was found alive. */
  async start(): Promise<void> {
    try {
      const { clock, logger } = this.ports;
      const patience = { clock, logger, timeoutMs: this.options.startTimeoutMs };
      this.current = await patiently(() => this.starter.begin(true), patience);
      this.starter.takingOver = false;
    } catch (error) {
      await this.starter.retireBegun().catch(() => {});
      throw error;
    }
    if (this.current !== undefined) this.observeRole('active');
    this.running = this.live();
  }

  get role(): HostRole {
    if (this.stopped !== undefined) return this.failed ? 'failed' : 'stopped';
    return this.current === undefined ? 'standby' : 'active';
  }

  /** `undefined` without a term. */
  get status(): WorkerStatus | undefined {
    const { current, waits } = this;
    if (current === undefined || this.stopped !== undefined) return undefined;
    const { term, committer } = current;
    const { ownership, live, outside } = term;
    let backlog = 0;
    for (const instance of live.values()) backlog += instance.waiting + (instance.spill?.count ?? 0);
    return {
      incarnation: term.incarnation,
      partitions: [...ownership.values()]
        .map(({ partition, epoch }) => ({
          partition,
          epoch,
          leaving: ownership.isLeaving(partition),
          missingCode: term.waitingCode.in(partition),
        }))
        .toSorted((a, b) => a.partition - b.partition),
      partitionCount: term.partitionCount,
      intake: waits.queue.size,
      backlog,
      instances: live.size,
      outside: outside.count,
      sinceCommitMs: this.ports.clock.monotonicMs() - term.lastCommitStartedMs,
      commits: committer.stats.figures,
    };
  }

  /** Whether the process serves clients: its lease is certain, or it is a standby. */
  get ready(): boolean {
    if (this.stopped !== undefined || this.stopRequested) return false;
    const { current } = this;
    return current?.term.isMemoryValid ?? true;
  }

  /** The present term, or the last one while the next term begins. `undefined` in a standby. */
  get term(): WorkerTerm | undefined {
    return this.current?.term;
  }

  get rebalancer(): WorkerParts['rebalancer'] {
    return this.current?.rebalancer;
  }

  get activities(): WorkerParts['activities'] | undefined {
    return this.current?.activities;
  }

  get poller(): WorkerParts['poller'] | undefined {
    return this.current?.poller;
  }

  /** Whether messages of clients go to the worker of another process. */
  get relays(): boolean {
    return this.current === undefined && !this.starter.takingOver && this.stopped === undefined;
  }

  /** Resolves while this process is the worker, or when it becomes the worker. @throws the reason for which the host stopped before */
  active(): Promise<void> {
    if (this.stopped !== undefined) return Promise.reject(this.stopped);
    if (this.current !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => this.awaitingActive.push({ resolve, reject }));
  }

  /** The reason why messages of clients are refused. `undefined` if they are accepted. */
  get refusal(): Error | undefined {
    if (this.stopped !== undefined) return this.stopped;
    return this.stopRequested ? new HostStoppedError('the host is stopping') : undefined;
  }

  private async live(): Promise<void> {
    while (this.stopped === undefined) {
      const parts = this.current ?? (await this.standBy());
      if (parts === undefined) return;
      const ended = parts.loop.run();
      parts.rebalancer?.begin();
      if (this.starter.lockRefused) this.tryToLock(parts.term);
      if (this.stopRequested) void stopTerm(parts, this.ports.clock, this.options.stopTimeoutMs);
      await ended;
      parts.poller.stop();
      parts.rebalancer?.stop();
      this.lockTimer?.cancel();
      await parts.committer.idle;
      const reason = parts.term.ended as Error;
      if (this.stopRequested) return this.finishAtStop(parts);
      this.countBarren(parts, reason);
      if (reason instanceof StoreRefusedError)
        parts.term.caution.refused(parts.committer.inFlight?.commit.seq ?? -1, reason);
      if (reason instanceof StoreBrokenError) {
        giveUpWaiting(parts, this.waits, reason);
        this.finishBroken(reason);
      } else if (this.refusals.hopeless || this.refusedTerms >= refusedTermsMax)
        await this.finishRefused(parts, reason);
      else {
        const { incarnation } = parts.term;
        this.ports.observer?.reset?.({ code: (reason as { code?: string }).code });
        this.ports.logger.warn(
          { incarnation, reason: reason.message },
          'The worker reads its state again from storage.',
        );
        await this.reset(parts);
      }
    }
  }

  private observeRole(role: HostRole): void {
    if (role === this.observedRole) return;
    this.observedRole = role;
    this.ports.observer?.roleChanged?.(role);
  }

  /** Checks repeatedly until this process may become the worker. Resolves with `undefined` if the host is stopped. */
  private async standBy(): Promise<WorkerParts | undefined> {
    const { logger } = this.ports;
    this.observeRole('standby');
    logger.info({}, 'Another worker is alive. This host is a standby.');
    this.ports.relay.prepare().catch(() => {});
    for (let pauseMs = standbyPauseMs; ;) {
      await this.pause(pauseMs);
      if (this.stopRequested) {
        await this.starter.retireBegun().catch(() => {});
        this.finish(new HostStoppedError());
        return undefined;
      }
      try {
        this.current = await this.starter.begin(true);
        if (this.current === undefined && this.starter.takingOver) this.stepDown();
        pauseMs = standbyPauseMs;
      } catch (error) {
        if (error instanceof StoreBrokenError) {
          this.finishBroken(error);
          return undefined;
        }
        if (pauseMs === standbyPauseMs) logger.warn({ error }, 'The standby cannot check whether a worker is alive.');
        pauseMs = Math.min(2 * pauseMs, standbyPauseMsMax);
      }
      if (this.current === undefined) continue;
      logger.info({ incarnation: this.current.term.incarnation }, 'This host is the worker now.');
      this.starter.takingOver = false;
      this.observeRole('active');
      for (const { resolve } of this.awaitingActive.splice(0)) resolve();
      return this.current;
    }
  }

  /** Tries to get the exclusive lock. Without the lock, the next worker would have to wait for the lease. */
  private tryToLock(term: WorkerTerm): void {
    this.lockTimer = this.ports.clock.setTimer(lockPauseMs, () => {
      if (term.ended !== undefined) return;
      const again = () => term.ended === undefined && this.tryToLock(term);
      this.ports.store.acquireExclusiveLock(term.incarnation).then((hold) => hold === 'refused' && again(), again);
    });
  }

  /**
   * Begins to use the next term. Another worker may have owned any partition since the last term, and may have done what callers wait for. So
   * all of them look into the tables from now on, beside what memory tells.
   */
  private continueWith(next: WorkerParts): void {
    this.current = next;
    if (!next.term.alone) handOverAway(this.waits, this.ports.relay, () => true);
  }

  /** Hands all waits over to another worker, which owns the partitions now. */
  private stepDown(): void {
    this.current = undefined;
    this.starter.takingOver = false;
    handOver(this.waits, this.ports.relay);
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

  /** Settles the last batch and begins the next term, for as long as it takes. */
  private async reset(parts: WorkerParts): Promise<void> {
    const { clock } = this.ports;
    let settled = false;
    // The first attempt comes at once. Terms that commit nothing make the pauses longer.
    for (let attempt = this.barrenTerms - 1; ; attempt++) {
      if (attempt > 0 && !this.stopRequested) {
        const pauseMs = Math.min(resetPauseMsMax, 25 * 2 ** attempt);
        await new Promise<void>((resolve) => clock.setTimer(pauseMs, resolve));
      }
      let cause: unknown;
      try {
        if (!settled) await settleLastBatch(parts, this.waits, this.ports);
        settled = true;
        if (this.outOfPatience) refuseWaiting(this.waits.queue.takeAll(), parts.term.ended);
        const next = await this.starter.begin(false);
        if (next === undefined) this.stepDown();
        else this.continueWith(next);
        return;
      } catch (error) {
        cause = error;
      }
      if (this.stopRequested || cause instanceof StoreBrokenError) {
        if (!settled) giveUpWaiting(parts, this.waits, cause);
        return this.fail(new HostStoppedError('the storage of the host failed', cause));
      }
      if (this.outOfPatience) {
        if (settled) refuseWaiting(this.waits.queue.takeAll(), cause);
        else giveUpWaiting(parts, this.waits, cause);
      }
    }
  }

  private countBarren({ term }: WorkerParts, reason: Error): void {
    this.refusedTerms = reason instanceof StoreRefusedError && term.committedSeq === 0 ? this.refusedTerms + 1 : 0;
    if (this.barrenTerms === 0 || term.committedSeq > 0) {
      this.barrenTerms = 0;
      this.barrenSinceMs = this.ports.clock.monotonicMs();
    }
    this.barrenTerms++;
  }

  private get outOfPatience(): boolean {
    return this.ports.clock.monotonicMs() - this.barrenSinceMs > patienceMs;
  }

  /** Ends a term after a stop. If its last batch failed, the waiting clients are answered by the outcome of that batch. */
  private async finishAtStop(parts: WorkerParts): Promise<void> {
    if (parts.committer.free) {
      const stopped = new HostStoppedError();
      for (const submission of parts.term.batch.accepted) submission.reject(stopped);
      if (!parts.loop.hasLeft) await this.freePartitions(parts);
      return this.finish(stopped);
    }
    try {
      await withinMs(this.ports.clock, answerAtStopMsMax, settleLastBatch(parts, this.waits, this.ports));
      this.finish(new HostStoppedError());
    } catch (error) {
      giveUpWaiting(parts, this.waits, error);
      this.fail(new HostStoppedError('the storage of the host failed', error));
    }
  }

  /** Frees the partitions of a term that ended without its last batch. Otherwise they wait for the end of its lease. Never rejects. */
  private async freePartitions({ term }: WorkerParts): Promise<void> {
    const { clock, store, logger } = this.ports;
    try {
      const retiring = store.retire(term.incarnation, { attempts: term.caution.attemptsToGiveBack });
      await withinMs(clock, answerAtStopMsMax, retiring);
    } catch (error) {
      logger.warn({ error }, 'The worker could not free its partitions.');
    }
  }

  /** Stops a host whose storage refuses everything that the worker writes. Each refusal was definite. */
  private async finishRefused(parts: WorkerParts, reason: Error): Promise<void> {
    const error = new HostStoppedError('the storage refuses the writes of the host', reason);
    refuseUnstored(parts, this.waits, error);
    this.fail(error);
    // Frees the partitions for other workers, without a suspicion that a message ended this one.
    await settleLastBatch(parts, this.waits, this.ports).catch((cause: unknown) => {
      this.ports.logger.warn({ error: cause }, 'The worker could not free its partitions.');
    });
    await this.ports.relay.close(error).catch(() => {});
  }

  /** Stops the host because of a failure. Waiting callers and the log get the reason. */
  private fail(error: HostStoppedError): void {
    this.failed = true;
    this.ports.logger.error({ error: error.cause ?? error }, `The host has failed. ${error.message}`);
    this.finish(error);
  }

  private finish(error: Error): void {
    this.stopped = error;
    this.observeRole(this.role);
    for (const submission of this.waits.queue.takeAll()) submission.reject(error);
    for (const submission of this.waits.waitingRows.values()) submission.reject(error);
    this.waits.waitingRows.clear();
    this.waits.calls.failAll(error);
    this.waits.watch.stop(error);
    this.waits.rowWatch.stop(error);
    for (const { reject } of this.awaitingActive.splice(0)) reject(error);
  }

  /** Stops the host because its storage is broken. This process must not use the storage again, not even to read answers. */
  private finishBroken(reason: StoreBrokenError): void {
    const error = new HostStoppedError('the storage of the host is broken', reason);
    this.fail(error);
    this.ports.relay.close(error).catch(() => {});
  }

  /** Stops gracefully: refuses messages, lets running activities and external operations end, and frees the partitions. */
  async stop(): Promise<void> {
    if (this.stopped === undefined && !this.stopRequested) {
      this.stopRequested = true;
      const refused = new HostStoppedError('the host is stopping');
      for (const submission of this.waits.queue.takeAll()) submission.reject(refused);
      // A term that begins meanwhile is stopped at its begin.
      if (this.current !== undefined) void stopTerm(this.current, this.ports.clock, this.options.stopTimeoutMs);
      this.endPause();
    }
    try {
      // Each step has its own limit. Only a reset in progress could wait for the storage for ever.
      await withinMs(this.ports.clock, this.options.stopTimeoutMs + 4 * answerAtStopMsMax, this.running);
    } catch (error) {
      if (this.stopped !== undefined) return;
      if (this.current !== undefined) giveUpWaiting(this.current, this.waits, error);
      this.fail(new HostStoppedError('the storage of the host failed', error));
    }
  }
}
