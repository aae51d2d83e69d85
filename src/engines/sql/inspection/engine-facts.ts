/** Reads the memory of the worker of this process for an inspector. Every method is quick, and changes nothing. */
import type { RunningOperation } from '../../../hub/inspected.js';
import type { WorkerGauges } from '../../../hub/statistics.js';
import type { LiveEntity } from '../live/live-instance.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Activities } from '../outgoing/activities.js';
import type { ActivityFact, EntityFact, LiveFacts } from './live-facts.js';

/** The parts of the present worker term. `undefined` in a standby. */
export interface PresentTerm {
  readonly term: WorkerTerm;
  readonly activities: Activities;
  /** The number of messages in the intake queue. */
  readonly intake: number;
}

export class EngineFacts implements LiveFacts {
  constructor(
    private readonly present: () => PresentTerm | undefined,
    private readonly monotonicMs: () => number,
  ) {}

  private termOf(target: string): WorkerTerm | undefined {
    const term = this.present()?.term;
    return term?.ended === undefined && term?.ownership.ownsTarget(target) === true ? term : undefined;
  }

  owns(target: string): boolean {
    return this.termOf(target) !== undefined;
  }

  entity(id: string): EntityFact | undefined {
    const term = this.termOf(id);
    const entity = term?.live.get(id);
    if (term === undefined || entity?.kind !== 'entity') return undefined;
    return {
      waiting: entity.waiting + (entity.spill?.count ?? 0),
      running: this.runningIn(entity, term),
      slots: slotsOf(entity, term),
    };
  }

  private runningIn(entity: LiveEntity, term: WorkerTerm): RunningOperation | undefined {
    const { running, next, startedAtMs } = entity;
    if (running?.body.kind !== 'operation') return undefined;
    const { operation } = running.body;
    const hasAttempts = entity.program?.attemptsOf(operation) !== undefined;
    const failed = next?.attempts.failed ?? entity.suspended?.attempts?.failed ?? 0;
    const nextAttemptAtMs = next === undefined ? undefined : term.nowMs() + (next.atMs - this.monotonicMs());
    return {
      operation,
      sinceMs: startedAtMs,
      attempt: hasAttempts ? failed + (next === undefined ? 1 : 0) : undefined,
      nextAttemptAtMs: nextAttemptAtMs === undefined ? undefined : Math.round(nextAttemptAtMs),
    };
  }

  damage(id: string): string | undefined {
    return this.termOf(id)?.live.get(id)?.damage?.message;
  }

  waiting(id: string): number {
    const instance = this.termOf(id)?.live.get(id);
    return instance === undefined ? 0 : instance.waiting + (instance.spill?.count ?? 0);
  }

  activity(row: number): ActivityFact | undefined {
    const present = this.present();
    if (present === undefined || present.term.ended !== undefined) return undefined;
    const { running, max } = { running: present.activities.count, max: present.term.options.maxConcurrentActivities };
    const found = present.activities.find(row);
    if (found === undefined) return undefined;
    return found === 'waiting' ? { state: 'waiting', running, max } : { state: 'running', sinceMs: found.startedAtMs };
  }

  isCautious(target: string): boolean {
    const term = this.termOf(target);
    return term?.caution.isCautiousFor(target) === true;
  }

  lockedEntities(max: number): readonly string[] {
    const ids: string[] = [];
    for (const instance of this.present()?.term.live.values() ?? []) {
      if (instance.kind !== 'entity' || instance.mailbox.holder === undefined) continue;
      ids.push(instance.id);
      if (ids.length === max) break;
    }
    return ids;
  }

  partitions(): ReadonlyMap<number, { readonly backlog: number; readonly leaving: boolean }> {
    const term = this.present()?.term;
    const found = new Map<number, { backlog: number; leaving: boolean }>();
    if (term === undefined) return found;
    for (const { partition } of term.ownership.values())
      found.set(partition, { backlog: 0, leaving: term.ownership.isLeaving(partition) });
    for (const instance of term.live.values()) {
      const partition = found.get(instance.partition);
      if (partition !== undefined) partition.backlog += instance.waiting + (instance.spill?.count ?? 0);
    }
    return found;
  }

  gauges(): WorkerGauges {
    const present = this.present();
    const backlog = new Map<string, number>();
    let [runBacklog, locksHeld, locksWaiting] = [0, 0, 0];
    for (const instance of present?.term.live.values() ?? []) {
      const waiting = instance.waiting + (instance.spill?.count ?? 0);
      if (instance.kind === 'orchestration') {
        runBacklog += waiting;
        continue;
      }
      if (waiting > 0) backlog.set(instance.name, (backlog.get(instance.name) ?? 0) + waiting);
      if (instance.mailbox.holder !== undefined) locksHeld++;
      for (const { body } of instance.mailbox.all()) if (body.kind === 'lock') locksWaiting++;
    }
    const term = present?.term;
    const sinceCommitMs = term === undefined ? 0 : this.monotonicMs() - term.lastCommitStartedMs;
    return {
      intake: present?.intake ?? 0,
      backlog: Object.fromEntries(backlog),
      runBacklog,
      instances: term?.live.size ?? 0,
      outside: term?.outside.count ?? 0,
      locksHeld,
      locksWaiting,
      leaseLeftMs: term === undefined ? 0 : term.options.leaseMs - sinceCommitMs,
      partitions: term?.ownership.size ?? 0,
    };
  }
}

/** The places for external operations, if this entity waits for one. */
function slotsOf(entity: LiveEntity, term: WorkerTerm): EntityFact['slots'] {
  if (entity.program?.effects !== 'external' || entity.running !== undefined || entity.mailbox.peek() === undefined)
    return undefined;
  const running = term.outside.operations;
  const max = term.options.maxConcurrentExternal;
  return running >= max ? { running, max } : undefined;
}
