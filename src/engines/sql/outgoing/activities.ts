/** Runs activities: each after the commit of the row that asks for it, and again after a crash until its result is committed. */
import { mayStartExternal } from '../core/pace.js';
import { encodeError } from '../../../model/error-details.js';
import type { ActivityMessage, Answer } from '../model/messages.js';
import type { ActivityOutcome, ActivityRequest } from '../../../ports/user-code.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Message } from '../live/message.js';
import { forgetMissing } from '../live/missing-code.js';
import type { Router } from './router.js';

/** An activity that runs. Its signal is made when its code looks at it, which most code does not. */
class Running implements ActivityRequest {
  readonly instanceId: string;
  readonly name: string;
  readonly input: string | undefined;
  private aborter: AbortController | undefined = undefined;
  private given: { readonly reason: unknown } | undefined = undefined;

  constructor({ instance, name, input }: ActivityMessage) {
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

  /** Tells it to give up. */
  abort(reason: unknown): void {
    this.given ??= { reason };
    this.aborter?.abort(reason);
  }
}

interface Completed {
  readonly message: Message<ActivityMessage>;
  readonly outcome: ActivityOutcome;
  /** Monotonic; 0 where nobody observes. */
  readonly startedMs: number;
}

export class Activities {
  private waiting: Message<ActivityMessage>[] = [];
  /** Names of activities that wait for their code. */
  private readonly missing = new Set<string>();
  private readonly running = new Map<number, Running>();
  private completed: Completed[] = [];

  constructor(
    private readonly term: WorkerTerm,
    private readonly router: Router,
  ) {
    term.environment.signal.addEventListener('abort', () => {
      for (const running of this.running.values()) running.abort(term.environment.signal.reason);
    });
  }

  get runningCount(): number {
    return this.running.size;
  }

  get anyCompleted(): boolean {
    return this.completed.length > 0;
  }

  /** The rows of these are committed: they may start, as far as there is room. */
  committed(messages: readonly Message<ActivityMessage>[]): void {
    for (const message of messages) this.add(message);
    this.startWaiting();
  }

  /** Its row is committed: it may start. */
  add(message: Message<ActivityMessage>): void {
    if (!message.done) this.waiting.push(message);
  }

  /** Starts what may start. Called after each commit and each end of an activity. */
  startWaiting(): void {
    const { term } = this;
    if (this.waiting.length === 0 || term.stopping || term.environment.signal.aborted) return;
    const fresh = mayStartExternal(term.ports.clock.monotonicMs(), term.lastCommitStartedMs, term.options.leaseMs);
    if (!fresh) return;
    let started = 0;
    for (const message of this.waiting) {
      if (this.running.size >= term.options.maxConcurrentActivities) break;
      // Announced once, not registered here: its row waits for a process that has it, and nothing is tried.
      if (!message.done && term.ports.userCode.activity(message.body.name) === undefined) {
        started++;
        this.reportMissing(message.body);
        continue;
      }
      const permission = message.done ? 'run' : term.caution.permit(undefined, message);
      // Only one is tried at a time; the others ask again after the next commit.
      if (permission === 'wait') break;
      started++;
      if (permission === 'abandon') this.abandon(message);
      else if (!message.done) this.start(message);
    }
    this.waiting.splice(0, started);
  }

  /** The log says it once of each name, and the status of each run that waits for it. */
  private reportMissing({ name, instance, execution, task }: ActivityMessage): void {
    this.router.send(instance, { kind: 'missing', execution, task, name });
    if (this.missing.has(name)) return;
    this.missing.add(name);
    const fields = { instance, activity: name };
    this.term.ports.logger.warn(fields, 'An activity waits: its code is not registered here.');
  }

  /** It ended its process too often: its orchestration is told, which is where it can be dealt with. */
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
    const running = new Running(body);
    this.running.set(row, running);
    const run = this.term.live.get(body.instance);
    if (run?.kind === 'orchestration' && run.record?.execution === body.execution)
      forgetMissing(this.term, run, body.task);
    const { clock, observer } = this.term.ports;
    const startedMs = observer?.activityEnded === undefined ? 0 : clock.monotonicMs();
    this.term.caution.awaits(message);
    void program.run(running).then((outcome) => {
      this.running.delete(row);
      this.completed.push({ message, outcome, startedMs });
      this.term.wake();
    });
  }

  /** Results go to their orchestrations; the row that asked is consumed with them. */
  settleCompleted(): void {
    const completed = this.completed;
    this.completed = [];
    for (const { message, outcome, startedMs } of completed) {
      // One that failed because it was told to give up runs again: its row is left.
      if (message.done || (!outcome.ok && this.term.environment.signal.aborted)) continue;
      const { instance, execution, task } = message.body;
      this.term.consume(message);
      const answer: Answer = outcome.ok ? { ok: true, value: outcome.result } : { ok: false, error: outcome.error };
      this.router.send(instance, { kind: 'answer', execution, task, answer });
      this.observe(message.body.name, outcome, startedMs);
    }
    this.startWaiting();
  }

  private observe(name: string, { ok }: ActivityOutcome, startedMs: number): void {
    const { clock, observer } = this.term.ports;
    if (observer?.activityEnded === undefined) return;
    const ended = { name, outcome: ok ? 'ok' : 'failed', durationMs: clock.monotonicMs() - startedMs } as const;
    this.term.batch.afterCommit.push(() => observer.activityEnded?.(ended));
  }

  /** Nobody waits for this one any more: its row goes, and if it runs it is told so and holds no place from now on. */
  cancel(row: number, reason: string): void {
    const message = this.term.rows.get(row);
    if (message !== undefined) this.term.consume(message);
    const running = this.running.get(row);
    this.running.delete(row);
    running?.abort(new Error(reason));
  }
}
