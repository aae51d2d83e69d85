/**
 * The main loop of a worker term: it admits messages, runs turns, and seals batches.
 *
 * Turns come in rounds: every ready instance gets its visit, then the microtasks are drained for work that was started asynchronously, and
 * the outcomes go into the open batch. Nothing is suspended between rounds, so a batch can be sealed after each round.
 */
import { bounds, instancesPerRound, isFull, roundsPerAdmission, shouldSeal } from '../core/pace.js';
import type { Timer } from '../../../ports/clock.js';
import type { Activities } from '../outgoing/activities.js';
import type { Admission } from '../inbox/admission.js';
import type { Committer } from '../commit/committer.js';
import type { Gives } from './gives.js';
import type { EntityTurns } from '../entities/entity-turn.js';
import type { DamagedInstances } from '../live/damaged-instances.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { RunTurns } from '../orchestrations/run-turn.js';

/** A round that takes this long is reported: it held up clients and timers. */
const stalledMs = 50;

/** Reads from the database for the worker. `start` does nothing if there is nothing to read, or a read is in progress. */
export interface Reader {
  start(): void;
}

export class Loop {
  private heartbeat: Timer | undefined;
  private lastYieldMs = 0;
  private leaving = false;
  private left = false;
  /** Work that must run while no turn runs, in order. */
  private readonly interludes: (() => Promise<void>)[] = [];
  private roundsSinceAdmission = 0;

  constructor(
    private readonly term: WorkerTerm,
    private readonly admission: Admission,
    private readonly entities: EntityTurns,
    private readonly runs: RunTurns,
    private readonly damaged: DamagedInstances,
    private readonly activities: Activities,
    private readonly readers: readonly Reader[],
    private readonly committer: Committer,
    private readonly gives: Gives,
  ) {}

  /**
   * Runs this work while no message is admitted and no turn runs, after everything that happened before is committed. Activities and
   * external operations go on meanwhile, and their outcomes wait. An error of the work ends the term.
   */
  interrupt(work: () => Promise<void>): void {
    this.interludes.push(work);
    this.term.wake();
  }

  private async interlude(work: () => Promise<void>): Promise<void> {
    const { term, committer } = this;
    await committer.idle;
    // Also effects that came after the batch in flight was sealed. Otherwise their own effects in other workers could overtake them.
    if (term.ended === undefined && !term.batch.empty) {
      this.commit();
      await committer.idle;
    }
    if (term.ended !== undefined) return;
    let over = false;
    const working = work().finally(() => {
      over = true;
      term.wake();
    });
    // The lease must last as long as the work takes.
    while (!over && term.ended === undefined) {
      if (committer.free && this.beatDue()) this.commit();
      await term.sleep();
    }
    if (over) await working;
    else working.catch(() => {});
  }

  private commit({ leave }: { leave?: boolean } = {}): void {
    const { gives } = this;
    this.committer.commit({ leave, gives: gives.take(), receiptsDeleted: gives.takeHeard() });
  }

  /**
   * Keeps the lease while the backlog is read, before the loop runs. Resolves when the heartbeat is stored, or at once if none is due.
   * @throws the reason if the term has ended
   */
  async keepLease(): Promise<void> {
    if (!this.beatDue()) return;
    this.commit();
    await this.committer.idle;
    if (this.term.ended !== undefined) throw this.term.ended;
  }

  /** Resolves when the term has ended. */
  async run(): Promise<void> {
    const { term } = this;
    const { clock } = term.ports;
    this.beat();
    term.caution.begin();
    try {
      while (term.ended === undefined) {
        // A client that was just answered sends its next message first, so that the message comes into the same chunk.
        await clock.drain();
        while (this.interludes.length > 0 && !this.leaving && term.ended === undefined)
          await this.interlude(this.interludes.shift() as () => Promise<void>);
        await this.pump();
        await term.sleep();
      }
    } catch (error) {
      // A failed assertion ends the term, like every other failure.
      term.end(error instanceof Error ? error : new Error(String(error)));
    }
    this.heartbeat?.cancel();
  }

  /** Starts the last commit, which holds all remaining effects and frees the partitions. Nothing runs any more. */
  leave(): void {
    this.leaving = true;
    this.term.wake();
  }

  /** Whether the last commit was started. */
  get hasLeft(): boolean {
    return this.left;
  }

  /** Wakes the loop when it is time for a heartbeat, and repeatedly while a commit is late. */
  private beat(): void {
    const { term } = this;
    const beatMs = term.heartbeatMs;
    const restMs = beatMs - (term.ports.clock.monotonicMs() - term.lastCommitStartedMs);
    this.heartbeat = term.ports.clock.setTimer(restMs > 0 ? Math.ceil(restMs) : beatMs / 4, () => {
      if (term.ended !== undefined) return;
      term.wake();
      this.beat();
    });
  }

  /** Works until nothing can be done without waiting. */
  private async pump(): Promise<void> {
    const { term, committer } = this;
    while (term.ended === undefined) {
      if (this.entities.anyCompleted) this.entities.settleCompleted();
      if (this.activities.anyCompleted) this.activities.settleCompleted();
      for (const reader of this.readers) reader.start();
      if (this.interludes.length > 0 && !this.leaving) return;
      if (this.leaving) {
        if (!committer.free || this.left) return;
        this.left = true;
        this.commit({ leave: true });
        return;
      }
      const mayCompute = committer.free || !isFull(term.batch);
      let worked = false;
      if (mayCompute) {
        // Instances that keep each other busy must not block clients.
        const turn = !term.anythingReady || this.roundsSinceAdmission >= roundsPerAdmission;
        if (turn && !term.stopping && this.admission.open) {
          term.beginRound(term.ports.clock.monotonicMs());
          this.admission.admit();
          this.roundsSinceAdmission = 0;
          worked = true;
        }
        if (term.anythingReady) {
          this.roundsSinceAdmission++;
          await this.round();
          worked = true;
        }
      }
      if (shouldSeal(committer.free, term.anythingReady, term.batch) && this.anythingToCommit()) {
        this.commit();
        worked = true;
      }
      if (!worked) return;
    }
  }

  private async round(): Promise<void> {
    const { term, entities, runs } = this;
    const { clock } = term.ports;
    const startedMs = clock.monotonicMs();
    term.beginRound(startedMs);
    term.timing.beginRound(startedMs);
    for (const instance of term.takeReady(instancesPerRound)) {
      if (instance.gone) continue;
      if (instance.damage !== undefined) this.damaged.visit(instance, instance.damage);
      if (instance.loading) continue;
      if (instance.kind === 'entity') entities.visit(instance);
      else runs.visit(instance);
    }
    while (entities.anySuspended || runs.anyFed) {
      await clock.drain();
      entities.settleSuspended();
      runs.settle();
    }
    const endedMs = clock.monotonicMs();
    term.batch.computingMs += endedMs - startedMs;
    if (endedMs - startedMs >= stalledMs) term.ports.observer?.stalled?.(endedMs - startedMs);
    if (endedMs - this.lastYieldMs > bounds.yieldAfterMs) {
      await clock.yield();
      this.lastYieldMs = clock.monotonicMs();
    }
  }

  private anythingToCommit(): boolean {
    const { batch, shared } = this.term;
    // Others give partitions only to a worker that has committed.
    const first = shared && batch.seq === 1;
    return first || !batch.empty || this.beatDue() || this.gives.anyReady;
  }

  private beatDue(): boolean {
    const { term } = this;
    return term.ports.clock.monotonicMs() - term.lastCommitStartedMs >= term.heartbeatMs - 1;
  }
}
