/** Runs activities: each one after the commit of its inbox row, and again after a crash until its result is committed. */
import { whenAborted } from '../../../core/when-aborted.js';
import { partitionOf } from '../core/partition.js';
import { UnknownActivityError } from '../../../errors/index.js';
import { encodeError } from '../../../model/error-details.js';
import type { ActivityMessage, Answer } from '../model/messages.js';
import type { ActivityOutcome, ActivityRequest } from '../../../ports/user-code.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Message } from '../live/message.js';
import { forgetMissing } from '../live/missing-code.js';
import type { Router } from './router.js';

/** A running activity. Its abort signal is made on first use, because most activities never read it. */
export class Running implements ActivityRequest {
  readonly instanceId: string;
  readonly name: string;
  readonly input: string | undefined;
  /** Whether it was cancelled, or its outcome is in a batch. */
  over = false;
  /** Hub time of the start. */
  startedAtMs = 0;
  readonly trace: string | undefined;
  private aborter: AbortController | undefined = undefined;
  private given: { readonly reason: unknown } | undefined = undefined;

  /** @param partition the partition of the orchestration */
  constructor(
    { instance, name, input, trace }: ActivityMessage,
    readonly partition: number,
  ) {
    this.trace = trace;
    this.instanceId = instance;
    this.name = name;
    this.input = input;
  }

  get signal(): AbortSignal {
    if (this.aborter === undefined) {
      this.aborter = new AbortController();
      if (this.given !== undefined) this.aborter.abort(this.given.reason);
    }
    return this.aborter.signal;
  }

  /** Aborts the signal of the activity. */
  abort(reason: unknown): void {
    this.given ??= { reason };
    this.aborter?.abort(reason);
  }
}

interface Completed {
  readonly message: Message<ActivityMessage>;
  readonly running: Running;
  readonly outcome: ActivityOutcome;
  /** The monotonic start time. 0 if there is no observer. */
  readonly startedMs: number;
}

export class Activities {
  private waiting: Message<ActivityMessage>[] = [];
  /** Names of activities that wait for their code to be registered. */
  private readonly missing = new Set<string>();
  private readonly running = new Map<number, Running>();
  private completed: Completed[] = [];

  constructor(
    private readonly term: WorkerTerm,
    private readonly router: Router,
  ) {
    whenAborted(term.environment.signal, () => {
      for (const running of this.running.values()) running.abort(term.environment.signal.reason);
    });
  }

  /** The number of activities that run now. */
  get count(): number {
    return this.running.size;
  }

  /** The running activity of this row. `waiting` if it waits in memory, `undefined` if it is not in memory. */
  find(row: number): Running | 'waiting' | undefined {
    return this.running.get(row) ?? (this.waiting.some((message) => message.row === row) ? 'waiting' : undefined);
  }

  get anyCompleted(): boolean {
    return this.completed.length > 0;
  }

  /** Queues activities whose rows are committed, and starts as many as the limit allows. */
  committed(messages: readonly Message<ActivityMessage>[]): void {
    for (const message of messages) this.add(message);
    this.startWaiting();
  }

  /** Queues an activity whose row is committed. */
  add(message: Message<ActivityMessage>): void {
    if (!message.done && this.term.ownership.ownsTarget(message.body.instance)) this.waiting.push(message);
  }

  /** Starts waiting activities up to the limit. Called after each commit and each end of an activity. */
  startWaiting(): void {
    const { term } = this;
    if (this.waiting.length === 0 || term.stopping || term.environment.signal.aborted) return;
    if (!term.mayStartOutside) return;
    let started = 0;
    /** Their partitions are to be given away. */
    const leaving: Message<ActivityMessage>[] = [];
    for (const message of this.waiting) {
      if (this.running.size >= term.options.maxConcurrentActivities) break;
      // An activity that is not registered here is reported once. Its row waits for a process that has the code.
      if (!message.done && term.ports.userCode.activity(message.body.name) === undefined) {
        started++;
        this.waitForCode(message);
        continue;
      }
      if (!message.done && term.ownership.isLeaving(this.partitionOf(message.body))) {
        started++;
        leaving.push(message);
        continue;
      }
      const permission = message.done ? 'run' : term.caution.permit(undefined, message);
      // Cautious work starts one activity at a time. The others are asked for again after the next commit.
      if (permission === 'wait') break;
      started++;
      if (permission === 'abandon') this.abandon(message);
      else if (!message.done) this.start(message);
    }
    this.waiting.splice(0, started);
    if (leaving.length > 0) this.waiting = leaving.concat(this.waiting);
  }

  /** Keeps an activity that is not registered here. One that no worker has ever announced is refused. */
  private waitForCode(message: Message<ActivityMessage>): void {
    const { term } = this;
    const { directory } = term.ports;
    const { body, row } = message;
    if (term.shared && !directory.knows('activity', body.name)) {
      const again = () => {
        this.add(message);
        this.startWaiting();
        term.wake();
      };
      if (term.freshNames.waits(message, again)) return;
      const { instance, execution, task } = body;
      const error = encodeError(new UnknownActivityError(body.name, directory.list('activity')));
      term.consume(message);
      this.router.send(instance, { kind: 'answer', execution, task, answer: { ok: false, error } });
      return;
    }
    term.waitingCode.note(this.partitionOf(body), `activity:${body.name}`, row, () => !message.done);
    this.reportMissing(body);
  }

  /** Logs each missing name once, and marks the activity as missing in the status of its orchestration. */
  private reportMissing({ name, instance, execution, task }: ActivityMessage): void {
    this.router.send(instance, { kind: 'missing', execution, task, name });
    if (this.missing.has(name)) return;
    this.missing.add(name);
    const fields = { instance, activity: name };
    this.term.ports.logger.warn(fields, 'An activity waits because its code is not registered here.');
  }

  /**
   * Answers the orchestration with an error, because the activity has ended its process too often. The orchestration can handle the error.
   */
  private abandon(message: Message<ActivityMessage>): void {
    const { instance, execution, task } = message.body;
    const error = encodeError(this.term.caution.abandonedError(message));
    this.term.consume(message);
    this.router.send(instance, { kind: 'answer', execution, task, answer: { ok: false, error } });
  }

  private start(message: Message<ActivityMessage>): void {
    const { body, row } = message;
    const program = this.term.ports.userCode.activity(body.name);
    if (program === undefined) return;
    const running = new Running(body, this.partitionOf(body));
    running.startedAtMs = this.term.nowMs();
    this.running.set(row, running);
    this.term.outside.begins(running.partition);
    const run = this.term.live.get(body.instance);
    if (run?.kind === 'orchestration' && run.record?.execution === body.execution)
      forgetMissing(this.term, run, body.task);
    const { clock, observer, tracer } = this.term.ports;
    const { trace } = body;
    const isTraced = trace !== undefined && tracer !== undefined;
    const startedMs = observer?.activityEnded === undefined && !isTraced ? 0 : clock.monotonicMs();
    this.term.caution.awaits(message);
    const work = isTraced ? tracer.within(trace, () => program.run(running)) : program.run(running);
    void work.then((outcome) => {
      this.running.delete(row);
      this.completed.push({ message, running, outcome, startedMs });
      this.term.wake();
    });
  }

  /** Sends results to their orchestrations, and consumes the rows of the activities in the same batch. */
  settleCompleted(): void {
    const completed = this.completed;
    this.completed = [];
    for (const { message, running, outcome, startedMs } of completed) {
      this.ended(running);
      // An activity that failed after it was aborted runs again, so its row stays.
      if (message.done || (!outcome.ok && this.term.environment.signal.aborted)) continue;
      const { instance, execution, task } = message.body;
      this.term.consume(message);
      const answer: Answer = outcome.ok ? { ok: true, value: outcome.result } : { ok: false, error: outcome.error };
      this.router.send(instance, { kind: 'answer', execution, task, answer, started: running.startedAtMs });
      this.observe(message.body, outcome, startedMs);
    }
    this.startWaiting();
  }

  private observe(body: ActivityMessage, { ok }: ActivityOutcome, startedMs: number): void {
    const { clock, observer, tracer } = this.term.ports;
    const { name, trace, instance, execution, task } = body;
    const outcome = ok ? 'ok' : 'failed';
    const durationMs = clock.monotonicMs() - startedMs;
    if (trace !== undefined && tracer !== undefined) {
      const endedMs = this.term.nowMs();
      const times = { startedMs: endedMs - durationMs, endedMs };
      const work = { kind: 'activity', name, target: instance, execution, task, trace, outcome, ...times } as const;
      this.term.batch.afterCommit.push(() => tracer.ended({ ...work, operation: undefined }));
    }
    if (observer?.activityEnded === undefined) return;
    const ended = { name, outcome, durationMs } as const;
    this.term.batch.afterCommit.push(() => observer.activityEnded?.(ended));
  }

  /** Cancels an activity whose result is no longer needed: deletes its row, and aborts it if it runs. Its place becomes free at once. */
  cancel(row: number, reason: string): void {
    const message = this.term.rows.get(row);
    if (message !== undefined) this.term.consume(message);
    const running = this.running.get(row);
    if (running === undefined) return;
    this.running.delete(row);
    this.ended(running);
    running.abort(new Error(reason));
  }

  /** Notes that the activity is cancelled, or its outcome is in the open batch. */
  private ended(running: Running): void {
    if (running.over) return;
    running.over = true;
    this.term.outside.ends(running.partition);
  }

  /** Forgets waiting activities of partitions that another worker owns now. */
  lost(partitions: ReadonlySet<number>): void {
    this.waiting = this.waiting.filter(({ body }) => !partitions.has(this.partitionOf(body)));
  }

  /** The partitions and names of the activities that run or wait for their turn. */
  *inUse(): Iterable<readonly [partition: number, name: string]> {
    for (const { partition, name } of this.running.values()) yield [partition, name];
    for (const { body } of this.waiting) yield [this.partitionOf(body), body.name];
  }

  /** Worth its cost only where partitions come and go one by one. */
  private partitionOf({ instance }: ActivityMessage): number {
    return this.term.shared ? partitionOf(instance, this.term.partitionCount) : 0;
  }
}
