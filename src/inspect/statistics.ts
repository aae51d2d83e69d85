/** Statistics of one process: an observer that counts. Names of code that it has not seen are bounded, because clients can send any name. */
import type { ActivityObservation, CommitObservation, LockObservation, RunObservation } from '../hub/observer.js';
import type { CountedBatch, CountingObserver, OperationCount } from '../hub/operation-counts.js';
import type { Distribution, HubStatistics, RecentInterval, WorkerGauges } from '../hub/statistics.js';
import type { Clock } from '../ports/clock.js';
import { LogScale } from './log-scale.js';

/** The greatest number of names of a kind, and of operations of one entity. Further ones are counted together. */
const namesMax = 1_000;
const operationsMax = 100;
const others = '(others)';
const everyMs = 5_000;
const intervalsMax = 60;
/** So many commits are counted together: after each alone, code and figures would have to come into the caches of the processor again. */
const together = 64;

/** A distribution of times of which some were measured. The last measured one stands for those that were not. */
class SampledTimes {
  private readonly scale = new LogScale();
  private last: number | undefined = undefined;
  /** Things that came before the first measured time, which will stand for them. */
  private owed = 0;

  /** @param things how many things have a time, with those whose time is in `measured` */
  add(measured: readonly number[], things: number): void {
    const { length } = measured;
    for (let at = 0; at < length; at++) this.scale.add(measured[at] as number);
    if (length > 0) this.last = measured[length - 1];
    this.owed += things - length;
    if (this.last === undefined || this.owed <= 0) return;
    this.scale.add(this.last, this.owed);
    this.owed = 0;
  }

  get figures(): Distribution {
    return this.scale.figures;
  }
}

class Operation {
  ok = 0;
  failed = 0;
  retries = 0;
  readonly duration = new SampledTimes();
  readonly queued = new SampledTimes();
}

class Activity {
  ok = 0;
  failed = 0;
  readonly duration = new LogScale();
}

class Run {
  started = 0;
  completed = 0;
  failed = 0;
  terminated = 0;
  readonly duration = new LogScale();
}

class Lock {
  readonly waited = new LogScale();
  readonly held = new LogScale();
}

/** Things by name, at most `max`. */
class ByName<T> {
  private readonly found = new Map<string, T>();

  constructor(
    private readonly make: () => T,
    private readonly max = namesMax,
  ) {}

  of(name: string): T {
    return this.found.get(name) ?? this.add(name);
  }

  private add(given: string): T {
    const name = this.found.size < this.max ? given : others;
    const known = this.found.get(name);
    if (known !== undefined) return known;
    const made = this.make();
    this.found.set(name, made);
    return made;
  }

  list<R>(show: (name: string, one: T) => R): R[] {
    return Array.from(this.found, ([name, one]) => show(name, one));
  }
}

type Interval = { -readonly [Field in keyof RecentInterval]: RecentInterval[Field] };

export class Statistics implements CountingObserver {
  private readonly sinceMs: number;
  /** By `entity` and `operation`, in two steps: a text of both would cost more than all else. */
  private readonly operations = new ByName(() => new ByName(() => new Operation(), operationsMax));
  private readonly activities = new ByName(() => new Activity());
  private readonly runs = new ByName(() => new Run());
  private readonly locks = new ByName(() => new Lock());
  private readonly commitDuration = new LogScale();
  private readonly commitSize = new LogScale(1);
  private readonly totals = { accepted: 0, consumed: 0, inboxRows: 0, instances: 0, historyRows: 0 };
  private readonly intake = new LogScale();
  private readonly stalls = new LogScale();
  private readonly letters = new ByName(() => ({ count: 0 }));
  private readonly resets = new ByName(() => ({ count: 0 }));
  private readonly recent: Interval[] = [];
  private interval: Interval;
  private intervalEndsMs = 0;
  /** The last batches, fewer than `together`. */
  private readonly batches: CountedBatch[] = [];

  /** @param gauges the present load of the worker. `undefined` without a worker */
  constructor(
    private readonly clock: Clock,
    private readonly gauges: () => WorkerGauges | undefined,
  ) {
    this.sinceMs = clock.wallMs();
    this.interval = this.begin();
  }

  counted(batch: CountedBatch): void {
    // Commits are frequent enough to end intervals: without commits, nothing is counted.
    if (batch.endedMs >= this.intervalEndsMs) {
      this.countAll();
      this.interval = this.begin();
    }
    this.batches.push(batch);
    if (this.batches.length === together) this.countAll();
  }

  private countAll(): void {
    for (const { commit, counts } of this.batches) {
      this.countCommit(commit);
      if (counts === undefined) continue;
      for (const each of counts.operations) this.count(each);
      this.intake.addSome(counts.waited);
    }
    this.batches.length = 0;
  }

  private countCommit({ durationMs, accepted, consumed, inboxRows, instances, historyRows }: CommitObservation): void {
    this.commitDuration.add(durationMs);
    this.commitSize.add(accepted + consumed + inboxRows);
    const { totals, interval } = this;
    totals.accepted += accepted;
    totals.consumed += consumed;
    totals.inboxRows += inboxRows;
    totals.instances += instances;
    totals.historyRows += historyRows;
    interval.commits++;
    interval.accepted += accepted;
  }

  private count({ entity, operation, ok, failed, durations, queued }: OperationCount): void {
    const figures = this.operations.of(entity).of(operation);
    this.interval.operations += ok + failed;
    this.interval.failed += failed;
    figures.ok += ok;
    figures.failed += failed;
    figures.duration.add(durations, ok + failed);
    figures.queued.add(queued, ok + failed);
  }

  lockGranted({ entity, durationMs }: LockObservation): void {
    this.locks.of(entity).waited.add(durationMs);
  }

  lockReleased({ entity, durationMs }: LockObservation): void {
    this.locks.of(entity).held.add(durationMs);
  }

  runStarted({ name }: { readonly name: string }): void {
    this.runs.of(name).started++;
    this.interval.runsStarted++;
  }

  runEnded({ name, status, durationMs }: RunObservation): void {
    const figures = this.runs.of(name);
    figures[status]++;
    figures.duration.add(durationMs);
    this.interval.runsEnded++;
  }

  activityEnded({ name, outcome, durationMs }: ActivityObservation): void {
    const figures = this.activities.of(name);
    if (outcome === 'ok') figures.ok++;
    else figures.failed++;
    figures.duration.add(durationMs);
    this.interval.activities++;
  }

  retried({ entity, operation }: { readonly entity: string; readonly operation: string }): void {
    this.operations.of(entity).of(operation).retries++;
  }

  deadLettered({ kind }: { readonly kind: string }): void {
    this.letters.of(kind).count++;
  }

  reset({ code }: { readonly code: string | undefined }): void {
    this.resets.of(code ?? '').count++;
  }

  stalled(ms: number): void {
    this.stalls.add(ms);
  }

  private begin(): Interval {
    this.intervalEndsMs = this.clock.monotonicMs() + everyMs;
    const interval: Interval = {
      fromMs: this.clock.wallMs(),
      operations: 0,
      failed: 0,
      commits: 0,
      accepted: 0,
      runsStarted: 0,
      runsEnded: 0,
      activities: 0,
    };
    this.recent.push(interval);
    if (this.recent.length > intervalsMax) this.recent.shift();
    return interval;
  }

  get figures(): HubStatistics {
    this.countAll();
    if (this.clock.monotonicMs() >= this.intervalEndsMs) this.interval = this.begin();
    const counts = (names: ByName<{ count: number }>) =>
      Object.fromEntries(names.list((name, { count }) => [name, count] as const));
    return {
      sinceMs: this.sinceMs,
      atMs: this.clock.wallMs(),
      operations: this.operations
        .list((entity, byOperation) =>
          byOperation.list((operation, { ok, failed, retries, duration, queued }) => ({
            entity,
            operation,
            ok,
            failed,
            retries,
            duration: duration.figures,
            queued: queued.figures,
          })),
        )
        .flat(),
      activities: this.activities.list((name, { ok, failed, duration }) => ({
        name,
        ok,
        failed,
        duration: duration.figures,
      })),
      runs: this.runs.list((name, { duration, ...counted }) => ({ name, ...counted, duration: duration.figures })),
      locks: this.locks.list((entity, { waited, held }) => ({ entity, waited: waited.figures, held: held.figures })),
      commits: { ...this.totals, duration: this.commitDuration.figures, size: this.commitSize.figures },
      intake: this.intake.figures,
      recent: this.recent.map((interval) => ({ ...interval })),
      everyMs,
      deadLetters: counts(this.letters),
      resets: counts(this.resets),
      stalls: this.stalls.figures,
      now: this.gauges(),
    };
  }
}
