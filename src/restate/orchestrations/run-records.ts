/** Applies one message to the record of an orchestration instance. */
import { inputHash } from '../../core/input-hash.js';
import {
  InstanceAlreadyExistsError,
  InvalidOperationError,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
} from '../../errors/index.js';
import { encodeError } from '../../model/error-details.js';
import { hasEnded } from '../../model/runtime-status.js';
import { serde, type InvocationId, type ObjectContext } from '../sdk.js';
import type {
  Answer,
  CommandMessage,
  ContinuedMessage,
  EndedMessage,
  EventMessage,
  ExecutionMessage,
  Mail,
  Progress,
  ProgressMessage,
  StartMessage,
} from '../wire/messages.js';
import type { HandlerPorts } from '../wire/ports.js';
import { Sending } from '../wire/sending.js';
import { isProcessing } from '../wire/texts.js';
import { endedError, eventKey, mailSignal, outcomeOf, runKey, verdictOf, type StoredRun } from './stored-run.js';

const done: Answer = { ok: true };

function refused(error: Error): Answer {
  return { ok: false, error: encodeError(error) };
}

export class RunRecords {
  constructor(
    private readonly ctx: ObjectContext,
    private readonly id: string,
    private readonly ports: HandlerPorts,
  ) {}

  private async read(): Promise<StoredRun | undefined> {
    return (await this.ctx.get<StoredRun>(runKey)) ?? undefined;
  }

  private write(run: StoredRun): void {
    this.ctx.set(runKey, run);
  }

  async start(message: StartMessage): Promise<Answer> {
    const run = await this.read();
    const verdict = run === undefined ? undefined : verdictOf(run, message);
    if (run !== undefined && verdict?.kind === 'refused') {
      return this.refuseStart(message, new InstanceAlreadyExistsError(this.id, run.name, verdict.difference));
    }
    if (run !== undefined && verdict?.kind === 'same') {
      if (message.parent !== undefined) this.answer(message.parent, outcomeOf(this.id, run));
      return done;
    }
    await this.open(message, run);
    return done;
  }

  private refuseStart({ name, parent, oneWay }: StartMessage, error: Error): Answer {
    if (parent !== undefined) this.answer(parent, refused(new OrchestrationFailedError(name, this.id, error)));
    else if (oneWay === true && isProcessing(this.ctx)) {
      this.ports.startRefused({ instanceId: this.id, name, error });
    }
    return refused(error);
  }

  private async open({ name, input, version, details, parent, atMs }: StartMessage, old: StoredRun | undefined) {
    const startsAtMs = details?.startsAtMs;
    const run: StoredRun = {
      name,
      version: version ?? this.ports.userCode.orchestration(name)?.version ?? 1,
      status: startsAtMs !== undefined && startsAtMs > atMs ? 'pending' : 'running',
      execution: this.ctx.rand.uuidv4(),
      input,
      startedWith: inputHash(input),
      customStatus: details?.customStatus,
      tags: details?.tags,
      parent,
      startsAtMs,
      createdAtMs: atMs,
      updatedAtMs: atMs,
      mail: old?.mail ?? 0,
      firstMail: old?.mail ?? 0,
    };
    if (run.status === 'running') {
      this.write(await this.launch({ ...run, startsAtMs: undefined }, atMs));
      return;
    }
    this.write(run);
    const { execution } = run;
    new Sending(this.ctx, this.ports.names).toRun(this.id, 'begin', { execution }, (startsAtMs as number) - atMs);
  }

  /** Starts the execution of a record. It receives the events that came before it. */
  private async launch(run: StoredRun, atMs: number): Promise<StoredRun> {
    const { name, version, execution, input, mail, tags, customStatus } = run;
    const parameter: ExecutionMessage = {
      instance: this.id,
      execution,
      name,
      version,
      input,
      mail,
      tags,
      customStatus,
      atMs,
      events: await this.takeEvents(run),
    };
    const sent = this.ctx.genericSend({
      service: this.ports.names.orchestration(name),
      method: 'run',
      parameter,
      inputSerde: serde.json,
      idempotencyKey: execution,
    });
    return { ...run, firstMail: mail, invocation: await sent.invocationId };
  }

  /** Removes the stored events that no execution has read, and returns them. */
  private async takeEvents({ firstMail, mail }: StoredRun): Promise<EventMessage[]> {
    const events: EventMessage[] = [];
    for (let number = firstMail; number < mail; number++) {
      const event = await this.ctx.get<EventMessage>(eventKey(number));
      if (event === null) continue;
      this.ctx.clear(eventKey(number));
      events.push(event);
    }
    return events;
  }

  private dropEvents(first: number, end: number): void {
    for (let number = first; number < end; number++) this.ctx.clear(eventKey(number));
  }

  /** A scheduled start is due. */
  async begin(execution: string): Promise<void> {
    const run = await this.read();
    if (run === undefined || run.execution !== execution || run.invocation !== undefined || hasEnded(run.status))
      return;
    const begun: StoredRun = { ...run, startsAtMs: undefined };
    if (run.status === 'suspended') this.write(begun);
    else this.write(await this.launch({ ...begun, status: 'running' }, run.startsAtMs ?? run.updatedAtMs));
  }

  async raise(event: EventMessage): Promise<Answer> {
    const run = await this.read();
    if (run === undefined) return refused(new OrchestrationNotFoundError(this.id));
    if (hasEnded(run.status)) return refused(endedError(this.id, run));
    this.ctx.set(eventKey(run.mail), event);
    this.write(this.mailed(run, { kind: 'event', ...event }));
    return done;
  }

  /** Sends a mail to the execution, if it has begun. */
  private mailed(run: StoredRun, mail: Mail): StoredRun {
    if (run.invocation !== undefined) {
      this.ctx
        .invocation(run.invocation as InvocationId)
        .signal<Mail>(mailSignal(run.mail))
        .resolve(mail);
    }
    return { ...run, mail: run.mail + 1 };
  }

  async command(message: CommandMessage): Promise<Answer> {
    const run = await this.read();
    if (run === undefined) return refused(new OrchestrationNotFoundError(this.id));
    const ended = hasEnded(run.status);
    switch (message.kind) {
      case 'terminate':
        if (ended) return message.children === true ? done : refused(endedError(this.id, run));
        this.terminate(run, message);
        return done;
      case 'suspend':
        if (ended) return refused(endedError(this.id, run));
        this.suspend(run, message.reason, message.atMs);
        return done;
      case 'resume':
        if (ended) return refused(endedError(this.id, run));
        if (run.status === 'suspended') await this.resume(run, message.atMs);
        return done;
      case 'restart':
        return ended ? this.restart(run, message.atMs) : refused(this.notRestarted(run));
      case 'purge':
        return this.purge(run, message.execution);
    }
  }

  private terminate(run: StoredRun, { reason, children, atMs }: CommandMessage & { kind: 'terminate' }): void {
    this.dropEvents(run.firstMail, run.mail);
    const stop: Mail = { kind: 'stop', children: children === true ? { reason } : undefined };
    this.end(this.mailed(run, stop), { status: 'terminated', reason }, atMs);
  }

  private suspend(run: StoredRun, reason: string | undefined, atMs: number): void {
    const mailed = run.status === 'suspended' ? run : this.mailed(run, { kind: 'suspend' });
    this.write({ ...mailed, status: 'suspended', reason, updatedAtMs: atMs });
  }

  private async resume(run: StoredRun, atMs: number): Promise<void> {
    const resumed: StoredRun = { ...run, reason: undefined, updatedAtMs: atMs };
    if (run.invocation !== undefined) {
      this.write({ ...this.mailed(resumed, { kind: 'resume', atMs }), status: 'running' });
    } else if (run.startsAtMs !== undefined) this.write({ ...resumed, status: 'pending' });
    else this.write(await this.launch({ ...resumed, status: 'running' }, atMs));
  }

  private notRestarted({ status }: StoredRun): Error {
    return new InvalidOperationError(
      `Orchestration ${JSON.stringify(this.id)} is ${status} and cannot be restarted under its own id.`,
      'Terminate the run first, or set { newInstanceId: true } for a second run.',
    );
  }

  private async restart(run: StoredRun, atMs: number): Promise<Answer> {
    const { name, input, startedWith, tags, mail } = run;
    const version = this.ports.userCode.orchestration(name)?.version ?? 1;
    const execution = this.ctx.rand.uuidv4();
    const times = { createdAtMs: atMs, updatedAtMs: atMs };
    const begun: StoredRun = {
      name,
      version,
      execution,
      input,
      startedWith,
      tags,
      mail,
      ...times,
      firstMail: mail,
      status: 'running',
    };
    this.write(await this.launch(begun, atMs));
    return done;
  }

  private purge(run: StoredRun, execution: string | undefined): Answer {
    const id = JSON.stringify(this.id);
    if (!hasEnded(run.status)) {
      const problem = `Orchestration ${id} is ${run.status} and cannot be purged.`;
      return refused(new InvalidOperationError(problem, 'Terminate the run first, then purge it.'));
    }
    if (execution !== undefined && execution !== run.execution) {
      const problem = `Orchestration ${id} has been started again since its status was read.`;
      const hint = 'Read the status of the run again. Purge the run if you still want to delete it.';
      return refused(new InvalidOperationError(problem, hint));
    }
    this.ctx.clearAll();
    return done;
  }

  async ended({ execution, status, output, error, reason, progress, atMs, outside }: EndedMessage): Promise<void> {
    const run = await this.read();
    if (run === undefined || run.execution !== execution || hasEnded(run.status)) return;
    this.dropEvents(run.firstMail, run.mail);
    const told = outside === true ? this.mailed(run, { kind: 'stop' }) : run;
    this.end(
      progress === undefined ? told : withProgress(told, progress),
      { status, output, error, reason },
      atMs ?? run.updatedAtMs,
    );
  }

  private end(run: StoredRun, end: Pick<StoredRun, 'status' | 'output' | 'error' | 'reason'>, givenMs: number): void {
    const atMs = Math.max(givenMs, run.createdAtMs);
    const times = { updatedAtMs: atMs, endedAtMs: atMs, startsAtMs: undefined };
    const over: StoredRun = { ...run, ...end, ...times, awaited: undefined, parent: run.parent };
    this.write(over);
    if (run.parent !== undefined) this.answer(run.parent, outcomeOf(this.id, over));
  }

  /** The code continued as new: another execution begins. */
  async continued({ execution, outcome, progress, mail, atMs }: ContinuedMessage): Promise<void> {
    const run = await this.read();
    if (run === undefined || run.execution !== execution || hasEnded(run.status)) return;
    const { input, version, events, keepEvents } = outcome;
    // Events that the old execution has read are not needed. Commands that it has not read are still in force by the status.
    this.dropEvents(run.firstMail, mail);
    const unread = await this.takeEvents({ ...run, firstMail: mail });
    const next: StoredRun = {
      ...run,
      tags: progress.tags,
      execution: this.ctx.rand.uuidv4(),
      version: version ?? this.ports.userCode.orchestration(run.name)?.version ?? 1,
      input,
      customStatus: undefined,
      unread: undefined,
      awaited: undefined,
      updatedAtMs: Math.max(atMs, run.updatedAtMs),
      firstMail: run.mail,
    };
    const kept = events.map(({ name, value }): EventMessage => ({ name, value, atMs }));
    this.write(await this.launchWith(next, keepEvents ? kept.concat(unread) : kept, atMs));
  }

  private async launchWith(run: StoredRun, events: readonly EventMessage[], atMs: number): Promise<StoredRun> {
    let mailed = run;
    for (const event of events) {
      this.ctx.set(eventKey(mailed.mail), event);
      mailed = { ...mailed, mail: mailed.mail + 1 };
    }
    if (run.status === 'suspended') return { ...mailed, invocation: undefined };
    return this.launch(mailed, atMs);
  }

  async progress({ execution, progress, atMs }: ProgressMessage): Promise<void> {
    const run = await this.read();
    if (run === undefined || run.execution !== execution || hasEnded(run.status)) return;
    this.write({ ...withProgress(run, progress), updatedAtMs: Math.max(atMs, run.updatedAtMs) });
  }

  /** Answers the execution that waits for the end of this instance. */
  private answer({ invocation, signal }: { readonly invocation: string; readonly signal: string }, answer: Answer) {
    this.ctx
      .invocation(invocation as InvocationId)
      .signal<Answer>(signal)
      .resolve(answer);
  }
}

/** The record with the progress of its execution. Members that the progress does not have are absent then. */
function withProgress(run: StoredRun, { customStatus, tags, unread, awaited }: Progress): StoredRun {
  return { ...run, customStatus, tags, unread, awaited };
}
