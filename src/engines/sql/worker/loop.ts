/**
 * The one thread of a life: admits, runs turns, seals.
 *
 * Turns are rounds: every ready instance gets its visit, what was started asynchronously gets one shared drain, and what came of
 * it is folded in. Nothing is suspended between rounds, so a batch can be sealed at each.
 */
import { bounds, heartbeatMs, instancesPerRound, isFull, roundsPerAdmission, shouldSeal } from '../core/pace.js';
import type { Timer } from '../../../ports/clock.js';
import type { Activities } from '../outgoing/activities.js';
import type { Admission } from '../inbox/admission.js';
import type { Committer } from '../commit/committer.js';
import type { EntityTurns } from '../entities/entity-turn.js';
import type { Life } from '../live/worker-term.js';
import type { Loader } from '../live/loader.js';
import type { RunTurns } from '../orchestrations/run-turn.js';

const receiptsExpiryEveryMs = 60_000;

export class Loop {
  private heartbeat: Timer | undefined;
  private lastYieldMs = 0;
  private receiptsExpiredMs = Number.NEGATIVE_INFINITY;
  private leaving = false;
  private left = false;
  private roundsSinceAdmission = 0;

  constructor(
    private readonly life: Life,
    private readonly admission: Admission,
    private readonly entities: EntityTurns,
    private readonly runs: RunTurns,
    private readonly activities: Activities,
    private readonly loader: Loader,
    private readonly committer: Committer,
  ) {}

  /** Resolves when the life has ended. */
  async run(): Promise<void> {
    const { life } = this;
    const { clock } = life.ports;
    this.beat();
    try {
      while (life.ended === undefined) {
        // Whoever was just answered sends the next message first: it comes into the same chunk.
        await clock.drain();
        await this.pump();
        await life.sleep();
      }
    } catch (error) {
      // A failed assertion: the one reset path, like everything else that goes wrong.
      life.end(error instanceof Error ? error : new Error(String(error)));
    }
    this.heartbeat?.cancel();
  }

  /** The last commit: everything is in it, the partitions are free after it. Nothing runs any more. */
  leave(): void {
    this.leaving = true;
    this.life.wake();
  }

  /** Wakes the loop when the last good commit began a beat ago; while a commit is late, now and then. */
  private beat(): void {
    const { life } = this;
    const beatMs = heartbeatMs(life.options.leaseMs);
    const restMs = beatMs - (life.ports.clock.monotonicMs() - life.lastCommitStartedMs);
    this.heartbeat = life.ports.clock.setTimer(restMs > 0 ? Math.ceil(restMs) : beatMs / 4, () => {
      if (life.ended !== undefined) return;
      life.wake();
      this.beat();
    });
  }

  /** Works until nothing can be done without waiting. */
  private async pump(): Promise<void> {
    const { life, committer } = this;
    while (life.ended === undefined) {
      if (this.entities.anyCompleted) this.entities.settleCompleted();
      if (this.activities.anyCompleted) this.activities.settleCompleted();
      this.loader.start();
      if (this.leaving) {
        if (!committer.free || this.left) return;
        this.left = true;
        committer.commit({ leave: true });
        return;
      }
      const mayCompute = committer.free || !isFull(life.batch);
      let worked = false;
      if (mayCompute) {
        // Instances that keep each other busy do not keep clients out.
        const turn = !life.anythingReady || this.roundsSinceAdmission >= roundsPerAdmission;
        if (turn && !life.stopping && this.admission.open) {
          this.admission.admit();
          this.roundsSinceAdmission = 0;
          worked = true;
        }
        if (life.anythingReady) {
          this.roundsSinceAdmission++;
          await this.round();
          worked = true;
        }
      }
      if (shouldSeal(committer.free, life.anythingReady, life.batch) && (!life.batch.empty || this.beatDue())) {
        committer.commit({ receiptsExpireBeforeMs: this.expiry() });
        worked = true;
      }
      if (!worked) return;
    }
  }

  private async round(): Promise<void> {
    const { life, entities, runs } = this;
    const { clock } = life.ports;
    const startedMs = clock.monotonicMs();
    for (const instance of life.takeReady(instancesPerRound)) {
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
    life.batch.computingMs += endedMs - startedMs;
    if (endedMs - this.lastYieldMs > bounds.yieldAfterMs) {
      await clock.yield();
      this.lastYieldMs = clock.monotonicMs();
    }
  }

  private beatDue(): boolean {
    const { life } = this;
    return life.ports.clock.monotonicMs() - life.lastCommitStartedMs >= heartbeatMs(life.options.leaseMs) - 1;
  }

  private expiry(): number | undefined {
    const { life } = this;
    const nowMs = life.ports.clock.monotonicMs();
    if (nowMs - this.receiptsExpiredMs < receiptsExpiryEveryMs) return undefined;
    this.receiptsExpiredMs = nowMs;
    return life.nowMs() - life.options.receiptsKeptMs;
  }
}
