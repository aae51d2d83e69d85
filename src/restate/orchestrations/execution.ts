/**
 * The driver of one execution: it feeds one event to the code, lets the code run until it waits, performs what it asks for, and waits for
 * the next completion. Restate hands completions out in the order of its journal, so a replay feeds the same events in the same order.
 *
 * No two promises of Restate are awaited side by side: the driver waits for one race over everything that is pending.
 */
import { NonDeterministicOrchestrationError } from '../../errors/index.js';
import { encodeError } from '../../model/error-details.js';
import type { RunOutcome, SessionEvent } from '../../model/orchestration-events.js';
import type { RunTags } from '../../model/run-start.js';
import { withTagChanges } from '../../model/run-start.js';
import { writeBound } from '../../ports/child-log.js';
import type { LogLevel } from '../../ports/log.js';
import type { OrchestrationSession } from '../../ports/user-code.js';
import { RestatePromise, type Context, type internal } from '../sdk.js';
import type { ContinuedMessage, EndedMessage, ExecutionMessage, Mail, Progress } from '../wire/messages.js';
import type { HandlerPorts } from '../wire/ports.js';
import { isProcessing } from '../wire/texts.js';
import { Actions } from './actions.js';
import { ActionLimits } from './action-limits.js';
import type { Happening } from './happening.js';
import { mailSignal } from './stored-run.js';

export async function execute(ctx: Context, message: ExecutionMessage, ports: HandlerPorts): Promise<void> {
  await new Execution(ctx, message, ports).run();
}

/** An orchestration waits because its code is not registered in this host. */
class MissingCode extends Error {
  constructor(name: string, version: number) {
    super(`Orchestration ${JSON.stringify(name)} is not registered in version ${version} in this host.`);
  }
}

class Execution {
  private readonly actions: Actions;
  private readonly limits: ActionLimits;
  private session: OrchestrationSession | undefined = undefined;
  /** `currentTime` of the code. It never goes back. */
  private timeMs: number;
  private mail: number;
  private nextMail: RestatePromise<Happening> | undefined = undefined;
  private readonly cancelled: RestatePromise<Happening>;
  private suspended = false;
  /** The first task of the last turn. */
  private lastTurn = Number.POSITIVE_INFINITY;
  private stopped = false;
  /** Happenings that wait until the instance is resumed, or until the code has received those before them. */
  private queue: Happening[] = [];
  private tags: RunTags | undefined = undefined;
  private reported: string | undefined = undefined;
  private outcome: RunOutcome | undefined = undefined;

  constructor(
    private readonly ctx: Context,
    private readonly message: ExecutionMessage,
    private readonly ports: HandlerPorts,
  ) {
    const { instance, execution, atMs, mail, events } = message;
    this.actions = new Actions(ctx, { instance, execution }, ports);
    this.limits = new ActionLimits(ports.limits);
    this.timeMs = atMs;
    this.mail = mail;
    this.tags = message.tags;
    const cancellation = (ctx as internal.ContextInternal).cancellation();
    this.cancelled = cancellation.map((): Happening => ({ kind: 'cancelled' }));
    this.reported = JSON.stringify(this.progress(undefined));
    for (const { name, value, atMs: eventMs } of events) {
      this.queue.push({ kind: 'feed', event: { kind: 'event', name, value }, atMs: eventMs });
    }
  }

  async run(): Promise<void> {
    const { instance, execution, name, version, input } = this.message;
    const program = this.ports.userCode.orchestration(name, version);
    // Restate asks again until a host has the code. To end the execution would lose it by a deployment without its version.
    if (program === undefined) throw new MissingCode(name, version);
    const session = program.start(
      { instanceId: instance, executionId: execution, name },
      { violated: (error) => this.violated(error), log: (level, fields, text) => this.log(level, fields, text) },
    );
    this.session = session;
    await this.feed(session, { kind: 'started', input, rules: 2 }, this.timeMs);
    await this.continue(session);
    this.logUnseen(session);
    session.close();
    await this.actions.end(this.outcome?.kind === 'completed' ? this.lastTurn : Number.POSITIVE_INFINITY);
    if (!this.stopped) this.report();
  }

  /** Feeds what happens until the code ends, or the instance is stopped. */
  private async continue(session: OrchestrationSession): Promise<void> {
    while (this.outcome === undefined && !this.stopped) {
      const waiting = this.suspended ? undefined : this.queue.shift();
      const happening = waiting ?? (await this.next());
      await this.take(session, happening);
    }
  }

  /** Waits for one completion. A suspended execution waits for mails only. */
  private next(): Promise<Happening> {
    this.nextMail ??= this.ctx
      .signal<Mail>(mailSignal(this.mail))
      .map((mail): Happening => ({ kind: 'mail', mail: mail as Mail }));
    const pending = this.suspended ? [] : this.actions.pending();
    return RestatePromise.race([this.nextMail, this.cancelled, ...pending]);
  }

  private async take(session: OrchestrationSession, happening: Happening): Promise<void> {
    switch (happening.kind) {
      case 'mail':
        this.mail++;
        this.nextMail = undefined;
        await this.takeMail(session, happening.mail);
        return;
      case 'cancelled':
        this.cancel();
        return;
      case 'feed':
        if (this.isEarly(happening)) return;
        if ('task' in happening.event) this.actions.forget(happening.event.task);
        await this.feed(session, happening.event, happening.atMs ?? this.timeMs);
        return;
      case 'granted': {
        const granted = this.actions.granted(happening);
        if (granted !== undefined) await this.feed(session, granted, this.timeMs);
        return;
      }
      case 'lost':
        this.outcome = { kind: 'failed', error: encodeError(this.actions.lost(happening)) };
    }
  }

  /** Whether a timer is no longer wanted, or others come before it. These are fed first. */
  private isEarly(happening: Happening & { kind: 'feed' }): boolean {
    const { event } = happening;
    if (event.kind !== 'fired') return false;
    if (!this.actions.isPending(event.task)) return true;
    const earlier = this.actions.earlierTimers(event.task);
    if (earlier.length === 0) return false;
    this.queue = [...earlier, happening, ...this.queue];
    return true;
  }

  private async takeMail(session: OrchestrationSession, mail: Mail): Promise<void> {
    switch (mail.kind) {
      case 'event':
        this.queue.push({
          kind: 'feed',
          event: { kind: 'event', name: mail.name, value: mail.value },
          atMs: mail.atMs,
        });
        return;
      case 'suspend':
        this.suspended = true;
        return;
      case 'resume':
        this.suspended = false;
        return;
      case 'stop':
        this.stopped = true;
        if (mail.children !== undefined) this.actions.terminateChildren(mail.children.reason, this.timeMs);
        session.close();
    }
  }

  /** An operator has cancelled the invocation: the instance is terminated. */
  private cancel(): void {
    const { execution } = this.message;
    const ended: EndedMessage = { execution, status: 'terminated', reason: 'cancelled', atMs: this.timeMs };
    this.tell('ended', ended);
    this.stopped = true;
  }

  private async feed(session: OrchestrationSession, event: SessionEvent, atMs: number): Promise<void> {
    this.timeMs = Math.max(this.timeMs, atMs);
    this.limits.fed(event);
    session.feed(event, this.timeMs, isProcessing(this.ctx) ? undefined : this.replayed());
    await this.ports.clock.drain();
    const actions = session.collect();
    this.lastTurn = actions[0]?.task ?? Number.POSITIVE_INFINITY;
    const tooMuch = this.limits.exceeded(actions) ?? this.noteTags(session);
    if (tooMuch !== undefined) {
      this.outcome = { kind: 'failed', error: encodeError(tooMuch) };
      return;
    }
    for (const action of actions) await this.actions.perform(action, this.timeMs);
    for (const known of this.actions.takeKnown()) this.queue.push(known);
    this.outcome = session.outcome;
    if (this.outcome !== undefined) return;
    if (!session.waiting) {
      const { instance } = this.message;
      const problem = 'it waits for something that is not durable: no task of its context is pending';
      const error = new NonDeterministicOrchestrationError(instance, problem, undefined, undefined, session.lastStep);
      this.outcome = { kind: 'failed', error: encodeError(error) };
      return;
    }
    if (this.queue.length === 0) this.reportProgress(session);
  }

  /** The facts of a replayed turn: the names of its first run, and every patch. */
  private replayed() {
    const { directory } = this.ports;
    const kinds = ['entity', 'orchestration', 'activity', 'version'] as const;
    const knows = (what: string) =>
      kinds.some((kind) => what.startsWith(`${kind}:`) && directory.knows(kind, what.slice(kind.length + 1)));
    const refused = { has: (what: string) => !knows(what), get: () => undefined } as unknown as ReadonlyMap<
      string,
      undefined
    >;
    return { refused, patches: { has: () => true } as unknown as ReadonlySet<string> };
  }

  private noteTags({ tagChanges }: OrchestrationSession): Error | undefined {
    if (tagChanges === undefined) return undefined;
    this.tags = withTagChanges(this.tags, tagChanges);
    return this.limits.tagsExceeded(this.tags);
  }

  private progress(session: OrchestrationSession | undefined): Progress {
    const { names, count, awaited } = session?.unreadEvents ?? { names: [], count: 0, awaited: [] };
    return {
      customStatus: session?.customStatus === undefined ? this.message.customStatus : session.customStatus.text,
      tags: this.tags,
      unread: count === 0 ? undefined : { names, count },
      awaited: awaited.length === 0 ? undefined : awaited,
    };
  }

  /** Tells the record what its status shows, if that has changed. */
  private reportProgress(session: OrchestrationSession): void {
    const progress = this.progress(session);
    const text = JSON.stringify(progress);
    if (text === this.reported) return;
    this.reported = text;
    const { instance, execution } = this.message;
    this.actions.sending.toRun(instance, 'progress', { execution, progress, atMs: this.timeMs });
  }

  private report(): void {
    const { execution } = this.message;
    const { outcome, timeMs: atMs } = this;
    const progress = this.progress(this.session);
    if (outcome === undefined) return;
    if (outcome.kind === 'continued') {
      const { mail } = this;
      const { kind, ...rest } = outcome;
      const queued = this.queue.flatMap(({ kind: what, ...each }) =>
        what === 'feed' && 'event' in each && each.event.kind === 'event' ? [each.event] : [],
      );
      const events = outcome.keepEvents ? outcome.events.concat(queued) : outcome.events;
      const message: ContinuedMessage = { execution, outcome: { kind, ...rest, events }, progress, mail, atMs };
      this.tell('continued', message);
      return;
    }
    const ended: EndedMessage =
      outcome.kind === 'completed'
        ? { execution, status: 'completed', output: outcome.output, progress, atMs }
        : { execution, status: 'failed', error: outcome.error, progress, atMs };
    this.tell('ended', ended);
  }

  /** Tells the record what became of this execution, as its last message. */
  private tell(method: 'ended' | 'continued', message: EndedMessage | ContinuedMessage): void {
    this.actions.sending.toRun(this.message.instance, method, message, 0, this.actions.entry());
  }

  /** The code did something durable after it had awaited something else. That happens at any time, so the record is ended from outside. */
  private violated(error: unknown): void {
    const { instance, execution } = this.message;
    this.ports.endFromOutside(instance, { execution, status: 'failed', error: encodeError(error), outside: true });
  }

  private log(level: LogLevel, fields: object, text: string): void {
    if (!isProcessing(this.ctx)) return;
    const { instance, execution } = this.message;
    const { logger } = this.ports;
    writeBound(logger, level, logger.child === undefined ? { instance } : { instance, execution }, fields, text);
  }

  private logUnseen({ unseenErrors }: OrchestrationSession): void {
    if (!isProcessing(this.ctx)) return;
    for (const error of unseenErrors) {
      const { code, message } = error as { code?: unknown; message?: unknown };
      const fields = { instance: this.message.instance, code };
      this.ports.logger.warn(fields, `The orchestration never awaited a rejected promise: ${String(message)}`);
    }
  }
}
