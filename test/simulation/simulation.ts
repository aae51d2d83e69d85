/**
 * Runs a plan: the engine as it is, on simulated time, storage and processes. First with all the trouble of the plan; then the
 * world heals, and everything that was acknowledged must come to its end.
 */
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';
import { StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import { partitionOf } from '../../src/engines/sql/core/partition.js';
import type { Definition } from '../../src/contexts/programs.js';
import { checkCalm } from '../engine/checks.js';
import { throwAfterCommits } from './exceptions.js';
import { checkExplained } from './explained.js';
import { commitFaults, crashes, type Fault, type FaultStore } from '../engine/fault-store.js';
import { Journal } from '../engine/senders.js';
import { Seeded } from '../../src/testing/seeded.js';
import type { ProcessClock } from '../../src/testing/virtual-clock.js';
import type { Witnessed } from './newer-programs.js';
import { Violation } from '../engine/violation.js';
import { Stuck, World, type Process } from '../engine/world.js';
import type { Board } from '../engine/senders.js';
import { CheckedStore } from './checked-store.js';
import { CommitChecker } from './commit-checker.js';
import { ConnectedBoard } from './connected-board.js';
import { Fleet } from './fleet.js';
import { HubTimeChecker } from './hub-time-checker.js';
import { noGlobals } from './no-globals.js';
import type { Plan, Step, Strike } from './plan.js';
import { accounts, definitionsFor, openingBalance, type OutsideWork, type Surroundings } from './programs.js';
import { SimulatedTime } from './simulated-time.js';
import { Trace } from './trace.js';
import { SimulatedSender, type Tallies } from './workload.js';

/** How long clients may take, with all the trouble, in virtual time. */
const troubleMsMax = 20 * 60_000;
/** How long everything may take to come to its end when nothing goes wrong any more. A clock that has jumped is followed after ten minutes. */
const healingMsMax = 25 * 60_000;
/**
 * How many deaths in a row leave every message alone: after two, work is cautious, and three more that meet the same message give
 * it up. Being taken over from is a death to whoever follows, and so is a stop that the storage does not answer.
 */
const deathsInARow = 4;
/** How many refusals in a row leave every message alone: one that is refused alone four times is given up. */
const refusalsInARow = 3;
/**
 * How many exceptions of our own code a seed has. Each of them ends a term: without a bound, a backlog that needs more commits than the
 * next exception leaves is read for ever.
 */
const exceptionsMax = 100;
/** Work is healthy again after a minute. */
const refusalsForgottenMs = 90_000;

/** Everything that can go wrong here. */
export const troubles: readonly string[] = [
  ...commitFaults,
  ...crashes,
  'kill',
  'stop',
  'retire',
  'pause',
  'database clock',
  'stall',
  'hang',
  'hint lost',
  'hint doubled',
];

export interface Outcome {
  readonly hash: string;
  /** Faults injected, by kind. */
  readonly faults: ReadonlyMap<string, number>;
  /** Faults of the storage, as a plan can be given them. */
  readonly injected: readonly (readonly [access: number, fault: Fault])[];
  readonly accesses: number;
  readonly commits: number;
  readonly acknowledged: number;
  readonly takeovers: number;
  /** Partitions that their owners gave to others. */
  readonly gives: number;
  readonly starts: number;
  readonly virtualMs: number;
  readonly events: number;
  /** How often an open orchestration of a world at rest was explained. */
  readonly explained: number;
  readonly failure: Failure | undefined;
}

export interface Failure {
  /** The checker that reported the failure. */
  readonly checker: string;
  readonly message: string;
  readonly tail: readonly string[];
}

/** @param withHistories whether every history is replayed at the end */
export async function simulate(plan: Plan, withHistories = true): Promise<Outcome> {
  const simulation = new Simulation(plan);
  const restore = noGlobals();
  let failure: Failure | undefined;
  try {
    await simulation.run(withHistories);
  } catch (error) {
    failure = { ...describe(error), tail: [...simulation.trace.tail, ...simulation.world.dump().split('\n')] };
  } finally {
    restore();
  }
  return simulation.outcome(failure);
}

function describe(error: unknown): Omit<Failure, 'tail'> {
  if (error instanceof Violation) return { checker: error.checker, message: error.message };
  const { name, message, stack = message } = error as Error;
  if (error instanceof Stuck) return { checker: 'progress', message };
  return name === 'AssertionError' ? { checker: 'calm', message } : { checker: 'error', message: stack };
}

class SimulatedWorld extends World {
  processes = 0;

  constructor(
    plan: Plan,
    override readonly time: SimulatedTime,
    private readonly checker: CommitChecker,
    private readonly programs: (clock: ProcessClock) => readonly Definition[],
    private readonly heard: ConstructorParameters<typeof CheckedStore>[4],
  ) {
    super([], {
      seed: plan.seed,
      time,
      options: plan.options,
      database: {
        partitionCount: plan.partitionCount,
        lockless: plan.processes > 1,
        shared: plan.several === true,
        presence: plan.presence ?? plan.several === true,
      },
    });
    this.definitions = programs({ alive: true } as ProcessClock);
  }

  protected override definitionsFor(clock: ProcessClock): readonly Definition[] {
    return this.programs(clock);
  }

  protected override openStore(): CheckedStore {
    return new CheckedStore(this.database, () => this.time.wallMs(), this.checker, ++this.processes, this.heard);
  }

  override async quiet(): Promise<void> {
    await this.time.run(() => false, 0);
  }
}

class Simulation {
  readonly trace = new Trace();
  readonly world: SimulatedWorld;
  private readonly time: SimulatedTime;
  private readonly checker: CommitChecker;
  private readonly hubTime: HubTimeChecker;
  private readonly fleet: Fleet;
  private readonly journal = new Journal();
  private readonly tallies: Tallies = new Map();
  private readonly witnessed = new Map<string, number>();
  private readonly faults = new Map<string, number>();
  private readonly hinted = new Map<string, number>();
  private readonly injected: [number, Fault][] = [];
  private readonly random: Record<
    'faults' | 'latency' | 'code' | 'processes' | 'hints' | 'exceptions' | 'deployments',
    Seeded
  >;
  /** The possible fates of hints. */
  private readonly hints: readonly ('in order' | 'lost' | 'doubled')[];
  private readonly given: ReadonlyMap<number, Fault>;
  private readonly hung = new Set<string>();
  /** The work that runs outside of turns, by process and instance. */
  private readonly running = new Map<string, AbortSignal[]>();
  /** The current step of each client. */
  private readonly doing = new Map<string, Step>();
  private accesses = 0;
  private drawn = 0;
  private deaths = 0;
  private lastDeathMs = 0;
  private refusals = 0;
  private lastRefusalMs = 0;
  private healing = false;
  /** How long the next worker stands still before it acquires its partitions. */
  private standsMs = 0;
  private explained = 0;
  private violation: Violation | undefined;
  /** Whether every name is announced, so that processes with less code may start. */
  private isOpen = false;
  /** Whether the process that starts now lacks a part of the code. */
  private lacks = false;

  constructor(private readonly plan: Plan) {
    const stream = (name: number) => new Seeded(Math.imul(plan.seed, 0x9e3779b1) ^ name);
    this.random = {
      faults: stream(1),
      latency: stream(2),
      code: stream(3),
      processes: stream(4),
      hints: stream(6),
      exceptions: stream(7),
      deployments: stream(9),
    };
    this.hints = plan.hints === 'mixed' ? ['in order', 'lost', 'doubled'] : [plan.hints];
    this.given = new Map('given' in plan.faults ? plan.faults.given : []);
    this.time = new SimulatedTime(stream(5));
    this.time.stepMs = plan.stepMs;
    const report = (checker: string, problem: string) => void (this.violation ??= new Violation(checker, problem));
    const { partitionCount } = plan;
    this.hubTime = new HubTimeChecker(report);
    this.checker = new CommitChecker(partitionCount, () => this.time.latestWallMs(), report);
    const programs = (clock: ProcessClock) => this.deployed(definitionsFor(this.surroundings(clock, report)));
    const heard = {
      committed: (batch: CommitBatch, touched: ReadonlySet<number>) => this.committed(batch, touched),
      acquired: (incarnation: number) => {
        if (plan.several !== true) this.fleet.acquired(incarnation);
      },
    };
    this.world = new SimulatedWorld(plan, this.time, this.checker, programs, heard);
    this.world.onStore = (store, clock) => this.onStore(store, clock);
    const evictAfterEachTurn = () => ({ evictAfterEachTurn: this.random.processes.chance(plan.evicting) });
    const several = plan.several === true;
    this.fleet = new Fleet(this.world, this.random.processes, evictAfterEachTurn, plan.straying, several, (place) => {
      this.lacks = place > 0 && this.isOpen && this.random.deployments.chance(plan.differing ?? 0);
    });
    this.journal.manyProcesses = plan.processes > 1 || plan.connected > 0;
    this.journal.onAcknowledged = (list, value) => this.checkDurable(list, value);
  }

  async run(withHistories: boolean): Promise<void> {
    const { plan } = this;
    this.fleet.keep(plan.processes);
    const sender = (name: string, board: Board = this.fleet) =>
      new SimulatedSender(name, board, this.journal, this.tallies, this.witnessed);
    await this.until(sender('opener').openAccounts(), 'opening');
    this.isOpen = true;
    for (const strike of plan.strikes) this.time.setTimer(strike.atMs, () => this.strike(strike));
    const senders = plan.senders.map(async (steps, number) => {
      const connected = number < plan.connected ? new ConnectedBoard(this.world, this.random.processes) : undefined;
      if (connected !== undefined && this.random.processes.chance(0.5)) void connected.strike(2_000);
      const client = sender(`s${number}`, connected);
      for (const step of steps) {
        this.doing.set(client.name, step);
        this.trace.add(`${this.time.elapsedMs.toFixed(3)} ${client.name}: ${JSON.stringify(step)}`);
        await client.perform(step);
      }
      this.doing.delete(client.name);
    });
    await this.until(Promise.all(senders), 'clients', plan.limitMs);
    if (this.faults.size === 0) await this.checkSound();
    await this.heal();
    await this.check(withHistories);
    if (this.journal.answers === 0 && plan.senders.flat().some((step) => step.do !== 'rest'))
      throw new Violation('harness', 'nothing was answered');
  }

  outcome(failure: Failure | undefined): Outcome {
    const { faults, hinted, injected, accesses, checker, fleet, time } = this;
    return {
      hash: this.trace.hash,
      faults: new Map([...faults, ...hinted]),
      injected,
      accesses,
      commits: checker.commits,
      acknowledged: this.journal.acknowledged,
      takeovers: checker.takeovers,
      gives: checker.gives,
      starts: fleet.starts,
      virtualMs: time.elapsedMs,
      events: time.events,
      explained: this.explained,
      failure,
    };
  }

  private get leaseMs(): number {
    return this.plan.options.leaseMs ?? this.world.options.leaseMs;
  }

  /** Lets time pass until the promise settles. */
  private async until<T>(promise: Promise<T>, what: string, limitMs = troubleMsMax): Promise<T> {
    let over = false;
    const mark = () => (over = true);
    promise.then(mark, mark);
    const enough = await this.time.run(() => over || this.violation !== undefined, limitMs);
    if (this.violation !== undefined) throw this.violation;
    if (!enough) {
      const doing = JSON.stringify([...this.doing]);
      throw new Stuck(`${what} did not come to an end within ${limitMs} ms of virtual time: ${doing}`);
    }
    return promise;
  }

  private async pass(ms: number): Promise<void> {
    await this.time.run(() => this.violation !== undefined, ms);
    if (this.violation !== undefined) throw this.violation;
  }

  // ---- trouble

  private onStore(store: FaultStore, clock: ProcessClock): void {
    const { latency, processes } = this.random;
    const { latencyMs, rate, skewMs } = this.plan;
    const { leaseMs } = this;
    clock.rate = rate;
    clock.skewMs = processes.chance(0.5) ? skewMs : 0;
    const between = (ms: number) => (latency.u32() / 2 ** 32) * ms;
    store.latency = () => [0.1 + between(latencyMs), 0.1 + between(latencyMs)];
    // Slower than that, and the lease is lost: the next process may suspect what was done under it.
    store.slowness = () => (between(1) < 0.2 && this.mayDie() ? between(3 * leaseMs) : between(leaseMs / 5));
    throwAfterCommits(store, clock, () => this.exceptionAt());
    this.refuseWrites(store);
    const acquire = store.acquire.bind(store);
    store.acquire = async (...given) => {
      const { standsMs } = this;
      this.standsMs = 0;
      if (standsMs > 0) await this.time.turns(standsMs);
      return acquire(...given);
    };
    const { hint } = store;
    store.hint = (callback) => this.hint(() => hint(callback));
    store.lateness = () => between(latency.pick([10, 2 * leaseMs]));
    store.plan = (access) => {
      const refuses = access === 'commit' && this.isRefusing;
      const fault = this.healing ? undefined : refuses ? 'refuse' : this.faultAt(this.accesses);
      this.trace.add(
        `${this.time.elapsedMs.toFixed(3)} worker ${store.incarnation} ${access}${fault === undefined ? '' : `: ${fault}`}`,
      );
      if (fault !== undefined) {
        this.count(fault);
        this.injected.push([this.accesses, fault]);
      }
      this.accesses++;
      return fault;
    };
  }

  private refuseWrites(store: FaultStore): void {
    const { to, times } = this.plan.refusesWrites ?? { to: '', times: 0 };
    const commit = store.commit.bind(store);
    store.commit = async (batch) => {
      const left = times - (this.faults.get('refuse') ?? 0);
      if (left <= 0 || !batch.instances.some(({ id }) => id.startsWith(to))) return commit(batch);
      this.count('refuse');
      throw new StoreRefusedError('the storage refuses this write (a fault)');
    };
  }

  /** A process tells another one that there is something for it. */
  private hint(arrive: () => void): void {
    const { hints } = this.random;
    const what = this.healing ? 'in order' : hints.pick(this.hints);
    // Costs time at most: such a world is a sound one.
    if (what !== 'in order') this.hinted.set(`hint ${what}`, (this.hinted.get(`hint ${what}`) ?? 0) + 1);
    if (what === 'lost') return;
    arrive();
    if (what === 'doubled') this.time.setTimer(hints.below(50), arrive);
  }

  /** At which look at the clock after a commit our own code throws; mostly never. */
  private exceptionAt(): number | undefined {
    const { exceptions = 0 } = this.plan;
    const { exceptions: random } = this.random;
    if (exceptions === 0 || this.healing || !random.chance(exceptions)) return undefined;
    if ((this.faults.get('exception') ?? 0) >= exceptionsMax) return undefined;
    this.count('exception');
    return 1 + random.below(8);
  }

  private get isRefusing(): boolean {
    const { fromMs, toMs } = this.plan.refusing ?? { fromMs: Infinity, toMs: 0 };
    return this.time.elapsedMs >= fromMs && this.time.elapsedMs < toMs;
  }

  private faultAt(access: number): Fault | undefined {
    const { faults } = this.plan;
    if ('given' in faults) return this.given.get(access);
    const { kinds, probability, most } = faults;
    const random = this.random.faults;
    if (!random.chance(probability) || this.drawn >= most) return undefined;
    const fault = random.pick(kinds);
    const isDeath = crashes.includes(fault) || (fault === 'fenced' && this.plan.processes > 1);
    if (isDeath && !this.mayDie()) return undefined;
    if (fault === 'refuse' && !this.mayRefuse()) return undefined;
    this.drawn++;
    return fault;
  }

  /** One more death, if it cannot make a message suspect that did nothing. */
  private mayDie(): boolean {
    const { elapsedMs } = this.time;
    // A death that was allowed long ago and is in no book did not come about.
    if (elapsedMs - this.lastDeathMs > 3 * this.leaseMs + 10_000 && this.nobodySuspects) this.deaths = 0;
    if (this.healing || this.deaths >= deathsInARow) return false;
    this.deaths++;
    this.lastDeathMs = elapsedMs;
    return true;
  }

  /** One more refusal, if it cannot make a message look as if it could never be stored. It is no death. */
  private mayRefuse(): boolean {
    const { elapsedMs } = this.time;
    if (elapsedMs - this.lastRefusalMs > refusalsForgottenMs) this.refusals = 0;
    if (this.refusals >= refusalsInARow) return false;
    this.refusals++;
    this.lastRefusalMs = elapsedMs;
    return true;
  }

  private get nobodySuspects(): boolean {
    const { inbox, partitions } = this.world.database;
    return (
      partitions.every(({ crashes }) => crashes === 0) && ![...inbox.values()].some(({ attempts }) => attempts > 0)
    );
  }

  private wasNoDeath(): void {
    this.deaths = Math.max(0, this.deaths - 1);
  }

  private count(fault: string): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }

  /** When one more death may make a message suspect it waits for a while; then work is healthy again. */
  private stopIn(ms: number, clock: ProcessClock, patience = 100): void {
    this.time.setTimer(ms, () => {
      if (this.healing) return;
      // Of several workers, it is the one in which something hangs.
      const owner =
        this.plan.several === true ? this.fleet.processes.find((each) => each.clock === clock) : this.fleet.owner;
      if (this.plan.several === true && owner === undefined) return;
      if (owner === undefined || owner.clock.paused) return this.stopIn(1_000, clock, patience);
      if (!this.mayDie() && patience > 0) return this.stopIn(1_000, clock, patience - 1);
      this.count('stop');
      this.trace.add(`${this.time.elapsedMs.toFixed(3)} stop`);
      void this.stop(owner);
    });
  }

  private strike(strike: Strike): void {
    if (this.healing) return;
    const process = this.fleet.owner;
    if (strike.kind === 'database clock') {
      // Forward: leases are over at once.
      if (strike.ms > 500 && this.plan.processes > 1 && !this.mayDie()) return;
      this.time.jump(strike.ms);
      this.hubTime.jumped(this.time.elapsedMs, strike.ms);
    } else if (strike.kind === 'stand') this.standsMs = strike.ms;
    else if (strike.kind === 'presence lost') return this.losePresence(process, strike.ms);
    else if (process === undefined || process.clock.paused) return;
    else if (strike.kind === 'retire' && this.plan.processes === 1) this.retire(process);
    else {
      if (!this.mayDie()) return;
      if (strike.kind === 'retire') this.retire(process);
      else if (strike.kind === 'stop') void this.stop(process);
      else if (strike.kind === 'pause') {
        this.fleet.pause(process);
        this.time.setTimer(strike.ms, () => this.fleet.resume(process));
      } else process.die();
    }
    this.count(strike.kind);
    this.trace.add(`${this.time.elapsedMs.toFixed(3)} ${strike.kind}`);
  }

  /** The presence lock of this worker is free for a while. Costs time at most: such a world is a sound one. */
  private losePresence(process: Process | undefined, ms: number): void {
    if (process === undefined) return;
    this.hinted.set('presence lost', (this.hinted.get('presence lost') ?? 0) + 1);
    process.store.onCut();
    this.time.setTimer(ms, () => process.store.onMend());
  }

  /** Somebody marks the row of this worker dead. */
  private retire({ store }: Process): void {
    const row = this.world.database.workers.get(store.incarnation);
    if (row?.alive !== true) return;
    this.world.database.bury(row);
    this.checker.retired(store.incarnation, row.seq);
  }

  private async stop(process: Process): Promise<void> {
    await Promise.race([process.engine.stop(), process.died]);
    if (this.world.database.partitions.every(({ owner }) => owner !== process.store.incarnation)) this.wasNoDeath();
    process.die();
  }

  /** The code of a process that starts now: all of it, or a part that this seed draws. */
  private deployed(definitions: readonly Definition[]): readonly Definition[] {
    const { lacks } = this;
    this.lacks = false;
    if (!lacks) return definitions;
    this.hinted.set('less code', (this.hinted.get('less code') ?? 0) + 1);
    return definitions.filter(() => this.random.deployments.chance(0.7));
  }

  // ---- what the code of a process has around it

  private surroundings(clock: ProcessClock, report: Surroundings['report']): Surroundings {
    const { code } = this.random;
    const process = this.world?.processes + 1;
    return {
      io: async () => {
        await this.time.turns(code.below(4) === 0 ? code.below(40) : code.below(3));
        await clock.awake();
      },
      stall: () => {
        this.time.elapsedMs += this.mayDie() ? this.leaseMs * 1.5 : this.leaseMs / 5;
        this.count('stall');
      },
      chance: () => code.chance(0.5),
      hangs: (value) => {
        if (this.healing || this.hung.has(value) || !code.chance(0.3)) return false;
        this.hung.add(value);
        this.count('hang');
        // Nobody else ends it: somebody stops the process after a while.
        this.stopIn(code.below(10_000), clock);
        return true;
      },
      begins: (work) => this.begins(clock, `${process}/${work.instanceId}`, work, report),
      isBusy: (instanceId) => this.runningAt(`${process}/${instanceId}`).length > 0,
      isDue: (what, dueMs) => {
        if (this.time.latestWallMs() < dueMs)
          report('timers', `${what} fired ${dueMs - this.time.latestWallMs()} ms early`);
      },
      report,
    };
  }

  /** Nothing begins outside before what asks for it, and what it sees, are committed; and one operation at a time. */
  private begins(
    clock: ProcessClock,
    place: string,
    { instanceId, input, state, signal }: OutsideWork,
    report: Surroundings['report'],
  ): () => void {
    const text = JSON.stringify(input);
    const waits = this.checker.waits(
      (target, body) => target === instanceId && (body as { input?: string }).input === text,
    );
    // One that has lost its partitions, and does not know it yet, goes by old rows.
    const knows =
      this.fleet.ownerOf(partitionOf(instanceId, this.plan.partitionCount))?.clock === clock && !signal.aborted;
    if (!waits && knows) report('outside', `${instanceId} began with ${text}, which is not committed`);
    if (!instanceId.startsWith('@')) return () => {};
    const row = this.world.row(instanceId);
    const { expires = Infinity } = JSON.parse(row?.meta ?? '{}') as { expires?: number };
    const isExpired = expires <= this.time.latestWallMs() && state === undefined;
    const stored = row?.state ?? undefined;
    if (knows && !isExpired && JSON.stringify(state) !== stored)
      report('outside', `${instanceId} began on ${JSON.stringify(state)}, and ${stored} is committed`);
    const running = this.runningAt(place);
    if (running.length > 0) report('serial', `two operations of ${instanceId} run at once`);
    this.running.set(place, [...running, signal]);
    return () => {
      const rest = this.running.get(place) as AbortSignal[];
      rest.splice(rest.indexOf(signal), 1);
    };
  }

  private runningAt(place: string): AbortSignal[] {
    return (this.running.get(place) ?? []).filter((signal) => !signal.aborted);
  }

  // ---- checks

  private committed(batch: CommitBatch, touched: ReadonlySet<number>): void {
    const { incarnation, seq, consumed, instances, inbox } = batch;
    this.trace.add(
      `  committed ${incarnation}/${seq}: -${consumed.length} +${inbox.length} rows, ${instances.map(({ id }) => id).join(' ')}`,
    );
    this.hubTime.committed(batch, touched, this.time.elapsedMs);
    if (this.faults.size === 0 && this.plan.stepMs < 1) this.checkPunctual();
    if (batch.healthy !== undefined && this.nobodySuspects) this.deaths = 0;
  }

  /** In a sound world, what is due is taken. Hub time follows the monotonic clock of a process, which may be slow. */
  private checkPunctual(): void {
    const slowMs = this.time.elapsedMs * (1 - this.plan.rate);
    const longAgoMs = this.time.wallMs() - slowMs - 3_000;
    for (const { arrival, dueMs, target, body } of this.world.database.inbox.values())
      if (arrival === null && dueMs !== null && dueMs < longAgoMs)
        this.violation ??= new Violation(
          'timers',
          `${target} has waited for ${body} since ${longAgoMs + 3_000 - dueMs} ms`,
        );
  }

  /** An acknowledged value is committed: its message waits in the storage, or has been applied. */
  private checkDurable(list: string, value: string): void {
    const has = (text: string | null) =>
      text?.includes(`"${value}"`) === true || text?.includes(`"${value}\\`) === true;
    const { instances, inbox } = this.world.database;
    const [name, key] = list.split('/') as [string, string];
    if (has(instances.get(`@${name.toLowerCase()}@${key}`)?.state ?? null)) return;
    for (const row of inbox.values()) if (has(row.body)) return;
    for (const row of instances.values()) if (has(row.state)) return;
    this.violation ??= new Violation('acknowledgement', `${value} for ${list} was acknowledged and is not committed`);
  }

  /** In a run without faults no worker reloads its state, and every due message is processed. */
  private async checkSound(): Promise<void> {
    this.healing = true;
    await this.pass(5_000);
    const reset = this.world.log.find(({ message }) => message.startsWith('The worker reads its state again'));
    if (reset !== undefined) throw new Violation('calm', `a worker began anew: ${JSON.stringify(reset.fields)}`);
    for (const { target, dueMs, body } of this.world.database.inbox.values())
      if (dueMs === null || dueMs < this.time.wallMs() - 2_000)
        throw new Violation('calm', `${target} waits for ${body}`);
    if (this.fleet.owner !== undefined) await this.checkExplained(this.fleet.owner);
  }

  /** Ends all faults: a paused process continues, a hanging process is stopped, and only one process remains. */
  private async heal(): Promise<void> {
    this.healing = true;
    this.fleet.end();
    const [survivor, ...others] = [...new Set([this.fleet.owner, ...this.fleet.processes])].filter(
      (process) => process !== undefined,
    );
    for (const process of others) process.die();
    if (survivor?.clock.paused === true) this.fleet.resume(survivor);
    if (survivor !== undefined) await this.until(this.stop(survivor), 'the stop of a process', healingMsMax);
    // Requests that are late come now, and every lease ends.
    await this.pass(2 * this.leaseMs);
    const last = new Fleet(this.world, this.random.processes, () => ({}));
    last.keep(1);
    const process = await this.until(last.current(), 'the start of the last process', healingMsMax);
    for (let elapsedMs = 0; this.busy(process); elapsedMs += 1_000) {
      if (elapsedMs > healingMsMax) throw new Stuck(`something waits after ${healingMsMax} ms without trouble`);
      await this.pass(1_000);
    }
    await this.checkHealed();
    if (this.plan.seed % 4 === 0) await this.restOpen(process);
    last.end();
    await this.until(process.engine.stop(), 'the last stop', healingMsMax);
    if (this.world.database.partitions.some(({ owner }) => owner !== 0))
      throw new Violation('stop', 'a partition has an owner after the last process has stopped');
  }

  private busy({ store }: Process): boolean {
    const { inbox, partitions } = this.world.database;
    return inbox.size > 0 || partitions.some(({ owner }) => owner !== store.incarnation);
  }

  private async checkHealed(): Promise<void> {
    // One beat, in which whatever is only in memory would show.
    await this.pass(20_000);
  }

  /** Orchestrations that wait for locks, timers and events come to rest. Each of them has a reason, until somebody ends them. */
  private async restOpen(process: Process): Promise<void> {
    const { client } = process;
    const inputs = [
      { name: 'Counter', keys: ['a', 'b'], restMs: 0, end: 'stay' },
      { name: 'Counter', keys: ['b', 'c'], restMs: 0, end: 'stay' },
      { name: 'Vault', keys: ['v'], restMs: 3_600_000, end: 'leave' },
      { name: 'Vault', keys: ['v', 'w'], restMs: 0, end: 'leave' },
    ];
    const ids = inputs.map((_, number) => `rest-${number}`);
    for (const [number, input] of inputs.entries())
      await this.until(client.startNew('Holder', { instanceId: ids[number], input }), 'a start', healingMsMax);
    await this.pass(5_000);
    await this.checkExplained(process);
    for (const instanceId of ids)
      await this.until(client.run('Holder', instanceId).terminate('the end'), 'a termination', healingMsMax);
    await this.pass(5_000);
  }

  /** Nothing moves any more, and each orchestration that is open has a reason. */
  private async checkExplained(process: Process): Promise<void> {
    this.explained += await this.until(checkExplained(this.world, process), 'the explanations');
  }

  private async check(withHistories: boolean): Promise<void> {
    const { world, journal, tallies } = this;
    journal.check(world);
    for (const [key, { least, most }] of tallies) {
      const value = Number(world.row(key)?.state ?? 0);
      if (value < least || value > most)
        throw new Violation('exactly once', `counter ${key} is ${value}; ${least} of ${most} were acknowledged`);
    }
    for (const [witness, count] of this.witnessed) checkWitness(witness, world.row(witness)?.state ?? null, count);
    const sum = accounts.reduce((total, key) => total + ((world.state('Counter', key) as number | undefined) ?? 0), 0);
    if (sum !== openingBalance * accounts.length) throw new Violation('conservation', `the accounts hold ${sum}`);
    for (const { id, state } of world.database.instances.values())
      if (/^@(slow)?mischief@/.test(id)) throw new Violation('atomicity', `${id} has state ${state}`);
    if (world.database.deadLetters.size > 0)
      throw new Violation(
        'dead letters',
        [...world.database.deadLetters.values()].map(({ target, body }) => `${target} ${body}`).join('\n'),
      );
    if (withHistories) await this.until(checkCalm(world, ['Fickle']), 'replay');
  }
}

/** Every cause was seen once, and before its effect. */
function checkWitness(witness: string, state: string | null, count: number): void {
  const { first, second, wrong } = JSON.parse(state ?? '{"first":[],"second":[],"wrong":[]}') as Witnessed;
  if (wrong.length > 0)
    throw new Violation('order', `${witness} saw the effects of ${wrong.join()} before their causes`);
  for (const numbers of [first, second])
    if (numbers.length !== count || new Set(numbers).size !== count)
      throw new Violation('exactly once', `${witness} saw ${numbers.join()} of ${count} causes`);
}
