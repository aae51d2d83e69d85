/** Performs what the code of an execution asks for, and keeps what it waits for. */
import { EntityOperationFailedError, UnknownActivityError, UnknownEntityError } from '../../errors/index.js';
import { EntityId } from '../../model/entity-id.js';
import { encodeError } from '../../model/error-details.js';
import type { RunAction, SessionEvent } from '../../model/orchestration-events.js';
import { unknownOrchestration } from '../../ports/names.js';
import { RestatePromise, serde, type Context, type InvocationHandle } from '../sdk.js';
import type { ActivityAnswer, ActivityMessage, Answer, OperationAnswer, OperationMessage } from '../wire/messages.js';
import type { HandlerPorts } from '../wire/ports.js';
import { entryName } from '../wire/entry-names.js';
import { Sending } from '../wire/sending.js';
import { entityParts, keyOf } from '../wire/service-names.js';
import type { Happening } from './happening.js';
import { Locks } from './locks.js';
import { PendingTasks } from './pending-tasks.js';

type Waiting = RestatePromise<Happening>;

/** Something that the code waits for, besides its promise. */
interface Task {
  readonly waiting: Waiting;
  /** Number of the step among those that have journal entries. */
  readonly step: number;
  /** The invocation of an activity. */
  readonly activity?: InvocationHandle | undefined;
  /** The id of a sub-orchestration. */
  readonly child?: string | undefined;
  /** When a timer is due. */
  readonly dueMs?: number | undefined;
}

export class Actions {
  readonly sending: Sending;
  private readonly tasks = new PendingTasks<Task, Waiting>((waiting) => RestatePromise.race(waiting));
  /** Answers that this execution knows without asking. They are fed in order, never raced: a replay could find another winner. */
  private known: Happening[] = [];
  private readonly locks: Locks;
  /** Number of the next step that has a journal entry. */
  private steps = 0;
  /** Steps of the timers that were cancelled since the last journal entry with a name. */
  private readonly cancelledTimers: number[] = [];

  constructor(
    private readonly ctx: Context,
    private readonly identity: { readonly instance: string; readonly execution: string },
    private readonly ports: HandlerPorts,
  ) {
    this.sending = new Sending(ctx, ports.names);
    this.locks = new Locks(ctx, identity.instance, ports.names, () => this.entry());
  }

  /** Everything that may complete. */
  pending(): Waiting[] {
    return this.tasks.waiting().concat(this.locks.pending());
  }

  /** Takes the answers that are known at once. */
  takeKnown(): readonly Happening[] {
    const { known } = this;
    this.known = [];
    return known;
  }

  isPending(task: number): boolean {
    return this.tasks.has(task);
  }

  /** Timers that are due before this one. When this one fires, their time has come too. */
  earlierTimers(task: number): Happening[] {
    const limitMs = this.tasks.get(task)?.dueMs ?? Number.NEGATIVE_INFINITY;
    const earlier = this.tasks
      .entries()
      .flatMap(([each, { dueMs }]) => (dueMs !== undefined && dueMs < limitMs ? [{ task: each, dueMs }] : []));
    return earlier
      .toSorted((a, b) => a.dueMs - b.dueMs)
      .map((timer): Happening => ({ kind: 'feed', event: { kind: 'fired', task: timer.task }, atMs: timer.dueMs }));
  }

  /** The code has received the completion of a task. */
  forget(task: number): void {
    this.tasks.delete(task);
  }

  /** @param nowMs the time of the code */
  async perform(action: RunAction, nowMs: number): Promise<void> {
    const { task } = action;
    switch (action.kind) {
      case 'call':
        this.call(action);
        return;
      case 'signal':
        this.steps++;
        this.sending.signal(action, nowMs, this.entry());
        return;
      case 'cancelSignal':
        this.steps++;
        this.sending.cancelSignal(action.target, action.name, this.entry());
        return;
      case 'activity':
        this.activity(action);
        return;
      case 'sub':
        this.sub(action, nowMs);
        return;
      case 'start': {
        const { instanceId, name, input, version, details } = action;
        const start = { name, input, version, details, atMs: nowMs, oneWay: true } as const;
        this.steps++;
        this.sending.start(instanceId, start, this.entry());
        return;
      }
      case 'event': {
        const { instanceId, name, value } = action;
        this.steps++;
        this.sending.event(instanceId, { name, value, atMs: nowMs }, this.entry());
        return;
      }
      case 'timer':
        this.tasks.add(task, { step: this.steps++, waiting: this.timer(action, nowMs), dueMs: action.dueMs });
        return;
      case 'cancelTimer':
        this.cancelTimer(action.timer);
        return;
      case 'cancelActivity':
        await this.cancelActivity(action.activity);
        return;
      case 'lock':
        this.steps++;
        this.locks.acquire(task, action.targets);
        return;
      case 'release':
        await this.locks.release();
        return;
      case 'refused':
      case 'patch':
        return;
    }
  }

  /** The name of the next journal entry, from which a history is read. */
  entry(limitOf?: number): string {
    return entryName({ limitOf, cancelled: this.cancelledTimers.splice(0) });
  }

  private refuse(task: number, error: Error): void {
    this.known.push({ kind: 'feed', event: { kind: 'failed', task, error: encodeError(error) } });
  }

  private call(action: RunAction & { kind: 'call' }): void {
    const { task, target, operation, input, section } = action;
    if (section !== undefined) {
      const reply = this.locks.call(task, target, { operation, input });
      const waiting = reply.map((answer) => fed(task, answer as OperationAnswer));
      this.tasks.add(task, { step: this.steps++, waiting });
      return;
    }
    const { name, key } = entityParts(target);
    const { directory, names } = this.ports;
    if (!directory.knows('entity', name)) {
      this.refuse(task, new UnknownEntityError(name, directory.list('entity')));
      return;
    }
    const parameter: OperationMessage = { operation, input, awaited: true };
    const call = this.ctx.genericCall<OperationMessage, OperationAnswer>({
      service: names.entity(name),
      key: keyOf(key),
      method: 'run',
      parameter,
      name: this.entry(),
      ...json,
    });
    const waiting = call.map((answer, failure): Happening => {
      if (failure === undefined) return fed(task, answer as OperationAnswer);
      const error = new EntityOperationFailedError(EntityId.parse(target), operation, failure);
      return { kind: 'feed', event: { kind: 'failed', task, error: encodeError(error) } };
    });
    this.tasks.add(task, { step: this.steps++, waiting });
  }

  private activity({ task, name, input }: RunAction & { kind: 'activity' }): void {
    const { directory, names } = this.ports;
    if (!directory.knows('activity', name)) {
      this.refuse(task, new UnknownActivityError(name, directory.list('activity')));
      return;
    }
    const parameter: ActivityMessage = { instance: this.identity.instance, input };
    const call = this.ctx.genericCall<ActivityMessage, ActivityAnswer>({
      service: names.activity(name),
      method: 'run',
      parameter,
      name: this.entry(),
      ...json,
    });
    const waiting = call.map((answer, failure): Happening => {
      if (failure === undefined) return fed(task, answer as ActivityAnswer);
      return { kind: 'feed', event: { kind: 'failed', task, error: encodeError(failure) } };
    });
    this.tasks.add(task, { step: this.steps++, waiting, activity: call });
  }

  private sub(action: RunAction & { kind: 'sub' }, nowMs: number): void {
    const { task, name, input, version, details } = action;
    const unknown = unknownOrchestration(this.ports.directory, name, version);
    if (unknown !== undefined) {
      this.refuse(task, unknown);
      return;
    }
    const { instance, execution } = this.identity;
    // Made from the execution, so that a replay starts the same one.
    const child = action.instanceId ?? `${execution}.${task}`;
    const signal = `c${task}`;
    const parent = { instance, invocation: this.ctx.request().id, signal };
    this.sending.start(child, { name, input, version, details, parent, atMs: nowMs }, this.entry());
    const waiting = this.ctx
      .signal<Answer>(signal)
      .map((answer): Happening => ({ kind: 'feed', event: answered(task, answer as Answer) }));
    this.tasks.add(task, { step: this.steps++, waiting, child });
  }

  private timer({ task, dueMs, limits }: RunAction & { kind: 'timer' }, nowMs: number): Waiting {
    // The time of the code stands still while it waits, so the rest of the wait counts from the clock.
    const restMs = Math.max(0, Math.ceil(dueMs - Math.max(nowMs, this.ports.clock.wallMs())));
    return this.ctx
      .sleep(restMs, this.entry(limits === undefined ? undefined : this.tasks.get(limits.task)?.step))
      .map((): Happening => ({ kind: 'feed', event: { kind: 'fired', task }, atMs: dueMs }));
  }

  private cancelTimer(task: number): void {
    const timer = this.tasks.get(task);
    if (timer === undefined) return;
    this.cancelledTimers.push(timer.step);
    this.tasks.delete(task);
  }

  private async cancelActivity(task: number): Promise<void> {
    const activity = this.tasks.get(task)?.activity;
    this.tasks.delete(task);
    if (activity !== undefined) this.ctx.cancel(await activity.invocationId);
  }

  /** Takes the granted locks. The event for the code. */
  granted({ sections }: Happening & { kind: 'granted' }): SessionEvent | undefined {
    return this.locks.granted(sections);
  }

  lost({ entityId }: Happening & { kind: 'lost' }): Error {
    return this.locks.lostError(entityId);
  }

  terminateChildren(reason: string | undefined, atMs: number): void {
    for (const [, { child }] of this.tasks.entries()) {
      if (child !== undefined) this.sending.command(child, { kind: 'terminate', reason, children: true, atMs });
    }
  }

  /**
   * Ends what an execution that has ended leaves behind: its locks, and its activities.
   * @param lastTurn the first task of the turn that completed the execution: activities of this turn still run once
   */
  async end(lastTurn: number): Promise<void> {
    await this.locks.release();
    for (const [task] of this.tasks.entries()) if (task < lastTurn) await this.cancelActivity(task);
  }
}

const json = { inputSerde: serde.json, outputSerde: serde.json };

function fed(task: number, { answer, atMs }: OperationAnswer | ActivityAnswer): Happening {
  return { kind: 'feed', event: answered(task, answer), atMs };
}

function answered(task: number, answer: Answer): SessionEvent {
  return answer.ok ? { kind: 'completed', task, value: answer.value } : { kind: 'failed', task, error: answer.error };
}
