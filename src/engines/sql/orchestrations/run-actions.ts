/** Performs the actions of orchestration code. */
import { extended } from '../../../model/extended.js';
import type { RunAction } from '../../../model/orchestration-events.js';
import type { ReplyTo, RunMessage } from '../model/messages.js';
import { activityPrefix, traced } from '../model/messages.js';
import { UnknownActivityError, UnknownEntityError } from '../../../errors/index.js';
import { encodeError } from '../../../model/error-details.js';
import { unknownOrchestration } from '../../../ports/names.js';
import type { Activities } from '../outgoing/activities.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveRun } from '../live/live-instance.js';
import { Message } from '../live/message.js';
import type { LockProgress } from '../core/execution-ledger.js';
import type { Router } from '../outgoing/router.js';

/** `row` is the inbox row of a timer or an activity, otherwise 0. `child` is the id of a sub-orchestration. */
export interface Performed {
  readonly row: number;
  readonly child?: string | undefined;
}

/** The result of an action without a row or a child. */
export const done: Performed = { row: 0 };

export class RunActions {
  private readonly dueTimers: (RunMessage & { kind: 'timer' })[] = [];

  constructor(
    private readonly term: WorkerTerm,
    private readonly router: Router,
    private readonly activities: Activities,
  ) {}

  /** Called after all actions of a turn. Timers whose time has come meanwhile fire, in the order of their times. */
  endTurn(run: LiveRun): void {
    if (this.dueTimers.length === 0) return;
    for (const timer of this.dueTimers.splice(0).sort((a, b) => a.dueMs - b.dueMs)) this.router.send(run.id, timer);
  }

  /** @param takenUp the id of the sub-orchestration that the code had started before the rewind */
  perform(run: LiveRun, action: RunAction, takenUp?: string): Performed {
    const { router } = this;
    const trace = run.record?.trace;
    switch (action.kind) {
      case 'call':
        return this.call(run, action);
      case 'signal':
        router.signal(action, trace);
        return done;
      case 'cancelSignal':
        router.send(action.target, { kind: 'cancel', name: action.name });
        return done;
      case 'activity':
        return this.activity(run, action);
      case 'sub':
        return this.sub(run, action, takenUp);
      case 'start':
        router.send(action.instanceId, startOf(action, trace));
        return done;
      case 'event':
        router.send(action.instanceId, { kind: 'event', name: action.name, value: action.value });
        return done;
      case 'timer': {
        const { task, limits } = action;
        // The code of a rewound execution may see a time in the past, so a time limit counts from now.
        const dueMs = limits === undefined ? action.dueMs : Math.max(action.dueMs, this.term.nowMs() + limits.ms);
        const message = { kind: 'timer', execution: run.ledger.execution, task, dueMs } as const;
        if (dueMs > this.term.nowMs()) return { row: router.schedule(run.id, message, dueMs) };
        this.dueTimers.push(message);
        return done;
      }
      case 'cancelTimer':
        this.cancelTimer(run.ledger.rowOf(action.timer));
        return done;
      case 'cancelActivity':
        this.cancelActivity(run.ledger.rowOf(action.activity), 'Its time limit has passed.');
        return done;
      case 'lock':
        this.requestLock(run, action.targets[0] as string, action.task);
        return done;
      case 'release':
        this.releaseLocks(run);
        return done;
      case 'refused':
      case 'patch':
        return done;
    }
  }

  private replyTo(run: LiveRun, task: number): ReplyTo & { to: 'run' } {
    return { to: 'run', instance: run.id, execution: run.ledger.execution, task };
  }

  /** Answers the task with an error that this worker knows at once. */
  private refuse(run: LiveRun, task: number, error: Error): Performed {
    const answer: RunMessage = {
      kind: 'answer',
      execution: run.ledger.execution,
      task,
      answer: { ok: false, error: encodeError(error) },
    };
    this.router.send(run.id, answer);
    return done;
  }

  private call(run: LiveRun, action: RunAction & { kind: 'call' }): Performed {
    const { shared, ports } = this.term;
    const { directory } = ports;
    const name = action.target.slice(1, action.target.indexOf('@', 1));
    // Where others may have announced the name since, the worker decides that owns the entity.
    if (!shared && !directory.knows('entity', name)) {
      return this.refuse(run, action.task, new UnknownEntityError(name, directory.list('entity')));
    }
    const call = {
      kind: 'operation',
      operation: action.operation,
      input: action.input,
      reply: this.replyTo(run, action.task),
      owner: action.section === undefined ? undefined : run.ledger.owner(action.section),
    } as const;
    this.router.send(action.target, traced(call, run.record?.trace));
    return done;
  }

  private activity(run: LiveRun, action: RunAction & { kind: 'activity' }): Performed {
    const { term } = this;
    const { directory } = term.ports;
    if (!term.shared && !directory.knows('activity', action.name)) {
      return this.refuse(run, action.task, new UnknownActivityError(action.name, directory.list('activity')));
    }
    const body = {
      kind: 'activity',
      name: action.name,
      input: action.input,
      instance: run.id,
      execution: run.ledger.execution,
      task: action.task,
    } as const;
    const message = new Message(activityPrefix + action.name, traced(body, run.record?.trace));
    message.arrival = term.ids.nextArrival();
    term.batch.add(message);
    message.row = term.ids.newRow();
    term.rows.set(message.row, message);
    return { row: message.row };
  }

  private sub(run: LiveRun, action: RunAction & { kind: 'sub' }, takenUp: string | undefined): Performed {
    const { shared, ports } = this.term;
    const unknown = shared ? undefined : unknownOrchestration(ports.directory, action.name, action.version);
    if (unknown !== undefined) return this.refuse(run, action.task, unknown);
    const child = takenUp ?? action.instanceId ?? this.term.ids.newIdBeside(run.partition);
    const parent = this.replyTo(run, action.task);
    const again = takenUp === undefined ? undefined : true;
    this.router.send(child, extended(startOf(action, run.record?.trace), { parent, again }));
    return { row: 0, child };
  }

  askLock(run: LiveRun, target: string): void {
    const { section, begunMs } = run.ledger.lock as LockProgress;
    this.requestLock(run, target, section, begunMs);
  }

  private requestLock(run: LiveRun, target: string, section: number, begunMs?: number): void {
    this.router.send(target, { kind: 'lock', owner: run.ledger.owner(section), at: this.term.nowMs(), begunMs });
  }

  /** Sends the release to every entity that got the lock request, granted or not. */
  releaseLocks(run: LiveRun): void {
    const section = run.ledger.lock?.section;
    if (section === undefined) return;
    const owner = run.ledger.owner(section);
    for (const entity of run.ledger.asked()) this.router.send(entity, { kind: 'release', owner });
    run.ledger.lock = undefined;
  }

  cancelTimer(row: number): void {
    if (row !== 0) this.term.withdraw(row);
  }

  cancelActivity(row: number, reason: string): void {
    this.activities.cancel(row, reason);
  }
}

function startOf(
  action: RunAction & { kind: 'sub' | 'start' },
  trace: string | undefined,
): RunMessage & { kind: 'start' } {
  const { name, input, version, details } = action;
  return traced({ kind: 'start', name, input, version, details } as const, trace);
}
