/**
 * Applies commands of operators to orchestrations.
 *
 *   running ⇄ suspended      suspend, resume
 *   either → terminated      terminate
 *   failed → running         rewind: a new execution that keeps what succeeded
 *   ended → running          restart: a new execution with the same input
 *   ended → gone             purge
 *
 * Commands come before waiting events, also if the orchestration is suspended or its code is not registered here.
 */
import { keptOf } from '../core/rewind.js';
import { startedInput, type RecordedAnswers } from '../core/history.js';
import {
  InvalidOperationError,
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OrchestrationTerminatedError,
  RewindNotPossibleError,
  UnknownOrchestrationError,
} from '../../../errors/index.js';
import { encodeError } from '../../../model/error-details.js';
import type { Answer, ReplyTo, RunCommand, RunMessage } from '../model/messages.js';
import { pinnedTo, type RunRecord } from '../model/run-record.js';
import { hasEnded, type RuntimeStatus } from '../../../model/runtime-status.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveRun } from '../live/live-instance.js';
import type { Message } from '../live/message.js';
import type { Router } from '../outgoing/router.js';

/** The means by which commands begin and end executions. */
export interface RunControl {
  end(run: LiveRun, status: RuntimeStatus, answer: Answer): void;
  /** Begins a new execution in place of one that has ended. Returns whether the code received an event. */
  beginAnew(
    run: LiveRun,
    record: Omit<RunRecord, 'execution' | 'status' | 'chunks'>,
    kept: RecordedAnswers | undefined,
  ): boolean;
}

export class RunCommands {
  constructor(
    private readonly term: WorkerTerm,
    private readonly router: Router,
    private readonly control: RunControl,
  ) {}

  /** Whether the message needs the history of an execution that has ended: the message waits until the history is read. */
  needsPast(run: LiveRun, { body, done }: Message<RunMessage>): boolean {
    const { record } = run;
    if (done || run.past !== undefined || record === undefined) return false;
    if (body.kind === 'rewind') return record.status === 'failed';
    if (body.kind === 'restart')
      return hasEnded(record.status) && record.inputIn === 'history' && run.input === undefined;
    return isTakenUp(record, body) && hasEnded(record.status) && record.status !== 'completed';
  }

  /** Whether the command needs the list of sub-orchestrations: the command waits until the list is read. */
  needsChildren(run: LiveRun, { body, done }: Message<RunMessage>): boolean {
    if (done || run.record === undefined || run.children !== undefined) return false;
    return (body.kind === 'terminate' || body.kind === 'purge') && body.children === true;
  }

  /** Returns whether the code received an event. */
  apply(run: LiveRun, message: Message<RunMessage>, command: RunCommand): boolean {
    const { record } = run;
    if (record === undefined) {
      this.term.refuse(message, new OrchestrationNotFoundError(run.id));
      return false;
    }
    switch (command.kind) {
      case 'terminate':
        this.terminate(run, record, message, command);
        return false;
      case 'suspend':
        if (this.stillRuns(run, record, message)) this.setStatus(run, record, message, 'suspended', command.reason);
        return false;
      case 'resume':
        return this.stillRuns(run, record, message) && this.resume(run, record, message);
      case 'purge':
        this.purge(run, record, message, command);
        return false;
      case 'restart':
        return this.restart(run, record, message);
      case 'rewind':
        return this.rewind(run, record, message, command.reason);
    }
  }

  private stillRuns(run: LiveRun, record: RunRecord, message: Message<RunMessage>): boolean {
    if (!hasEnded(record.status)) return true;
    this.term.refuse(message, endedError(run.id, record));
    return false;
  }

  /** Terminates an orchestration. One that has ended may still have running sub-orchestrations. */
  private terminate(
    run: LiveRun,
    record: RunRecord,
    message: Message<RunMessage>,
    { reason, children }: RunCommand & { kind: 'terminate' },
  ): void {
    if (children === true) this.terminateChildren(run, reason);
    if (children === true && hasEnded(record.status)) return this.term.consume(message);
    if (!this.stillRuns(run, record, message)) return;
    this.term.consume(message);
    record.reason = reason;
    const error = encodeError(new OrchestrationTerminatedError(run.id, reason));
    this.control.end(run, 'terminated', { ok: false, error });
  }

  /** Terminates stored sub-orchestrations that have not ended, and those whose start is not processed yet. */
  private terminateChildren(run: LiveRun, reason: string | undefined): void {
    const ids = new Set(run.ledger.openChildren());
    for (const { id, ended } of run.children ?? []) if (!ended) ids.add(id);
    run.children = undefined;
    for (const id of ids) this.router.send(id, { kind: 'terminate', reason, children: true });
  }

  private setStatus(
    run: LiveRun,
    record: RunRecord,
    message: Message<RunMessage>,
    status: 'running' | 'pending' | 'suspended',
    reason: string | undefined,
  ): void {
    this.term.consume(message);
    record.status = status;
    record.reason = reason;
    this.term.markDirty(run);
  }

  /** Resumes an orchestration. Held messages follow in their order. A failure that was found meanwhile comes first, at the next visit. */
  private resume(run: LiveRun, record: RunRecord, message: Message<RunMessage>): boolean {
    if (record.status !== 'suspended') {
      this.term.consume(message);
      return false;
    }
    this.setStatus(run, record, message, record.startRow === undefined ? 'running' : 'pending', undefined);
    run.releaseHeldMessages();
    if (run.failure === undefined) return false;
    this.term.markReady(run);
    return true;
  }

  private purge(
    run: LiveRun,
    record: RunRecord,
    message: Message<RunMessage>,
    { execution, children: withChildren }: RunCommand & { kind: 'purge' },
  ): void {
    const children = withChildren === true ? (run.children ?? []) : [];
    run.children = undefined;
    const running = children.find(({ ended }) => !ended);
    if (!hasEnded(record.status)) {
      const problem = `Orchestration ${JSON.stringify(run.id)} is ${record.status} and cannot be purged.`;
      this.term.refuse(message, new InvalidOperationError(problem, 'Terminate the run first, then purge it.'));
    } else if (execution !== undefined && execution !== record.execution) {
      const problem = `Orchestration ${JSON.stringify(run.id)} has been started again since its status was read.`;
      this.term.refuse(
        message,
        new InvalidOperationError(
          problem,
          'Read the status of the run again. Purge the run if you still want to delete it.',
        ),
      );
    } else if (running !== undefined) {
      const problem = `Sub-orchestration ${JSON.stringify(running.id)} of ${JSON.stringify(run.id)} has not ended.`;
      this.term.refuse(
        message,
        new InvalidOperationError(
          problem,
          'Terminate the run with its sub-orchestrations first: terminate(reason, { children: true }).',
        ),
      );
    } else {
      this.term.consume(message);
      for (const { id } of children) this.router.send(id, { kind: 'purge', children: true });
      run.record = undefined;
      run.events = [];
      run.past = undefined;
      this.term.batch.historyDeleted.push(run.id);
      this.term.markDirty(run);
    }
  }

  private restart(run: LiveRun, record: RunRecord, message: Message<RunMessage>): boolean {
    if (!hasEnded(record.status)) {
      const problem = `Orchestration ${JSON.stringify(run.id)} is ${record.status} and cannot be restarted under its own id.`;
      const hint = 'Terminate the run first, or set { newInstanceId: true } for a second run.';
      this.term.refuse(message, new InvalidOperationError(problem, hint));
      return false;
    }
    if (this.unknown(record, message)) {
      run.past = undefined;
      return false;
    }
    this.term.consume(message);
    run.createdAtMs = this.term.nowMs();
    const version = this.term.ports.userCode.orchestration(record.name)?.version;
    return this.control.beginAnew(
      run,
      {
        name: record.name,
        input: inputOf(run, record),
        startedWith: record.startedWith,
        version: pinnedTo(version),
        tags: record.tags,
      },
      undefined,
    );
  }

  private rewind(run: LiveRun, record: RunRecord, message: Message<RunMessage>, reason: string | undefined): boolean {
    if (record.status !== 'failed') {
      const problem = `only a failed run can be rewound, and it is ${record.status}`;
      this.term.refuse(message, new RewindNotPossibleError(run.id, problem));
      return false;
    }
    if (this.unknown(record, message, record.version ?? 1)) return false;
    const found = keptOf(run.past ?? []);
    if ('problem' in found) {
      run.past = undefined;
      this.term.refuse(message, new RewindNotPossibleError(run.id, found.problem));
      return false;
    }
    this.term.consume(message);
    const { logger } = this.term.ports;
    this.term.batch.afterCommit.push(() => logger.info({ instance: run.id, reason }, 'An orchestration was rewound.'));
    return this.control.beginAnew(run, goingOn(run, record, record.parent), found.kept);
  }

  private unknown(record: RunRecord, message: Message<RunMessage>, version?: number): boolean {
    const { userCode, directory } = this.term.ports;
    if (userCode.orchestration(record.name, version) !== undefined) return false;
    this.term.refuse(message, new UnknownOrchestrationError(record.name, directory.list('orchestration'), version));
    return true;
  }

  /**
   * Handles the start message of a rewound parent for a sub-orchestration that it started before. The sub-orchestration continues, and its
   * end is answered to the new execution of the parent. If the sub-orchestration failed or was terminated, it is rewound too.
   */
  takeUp(run: LiveRun, record: RunRecord, parent: ReplyTo & { to: 'run' }): boolean {
    if (record.status === 'completed') {
      this.router.answer(parent, run.id, { ok: true, value: record.output });
      return false;
    }
    if (!hasEnded(record.status)) {
      record.parent = parent;
      this.term.markDirty(run);
      return false;
    }
    const found = keptOf(run.past ?? []);
    if (!('problem' in found)) return this.control.beginAnew(run, goingOn(run, record, parent), found.kept);
    run.past = undefined;
    const refused = new RewindNotPossibleError(run.id, found.problem);
    const error = encodeError(new OrchestrationFailedError(record.name, run.id, refused));
    this.router.answer(parent, run.id, { ok: false, error });
    return false;
  }
}

/** Whether a start message comes from a rewound parent that continues this sub-orchestration. */
export function isTakenUp(record: RunRecord, body: RunMessage): boolean {
  return (
    body.kind === 'start' &&
    body.again === true &&
    body.parent !== undefined &&
    record.parent?.instance === body.parent.instance
  );
}

export function endedError(instanceId: string, record: RunRecord): OrchestrationNotFoundError {
  return new OrchestrationNotFoundError(instanceId, `has ended (${record.status}) and accepts no messages`);
}

/** The input of the present execution. If only the stored history holds it, that history has been read (`needsPast`). */
function inputOf(run: LiveRun, record: RunRecord): string | undefined {
  return record.inputIn === 'history' ? (run.input ?? startedInput(run.past ?? [])) : record.input;
}

function goingOn(
  run: LiveRun,
  record: RunRecord,
  parent: RunRecord['parent'],
): Omit<RunRecord, 'execution' | 'status' | 'chunks'> {
  const { name, version, startedWith, tags } = record;
  const input = inputOf(run, record);
  return { name, version, input, startedWith, tags, origin: record.origin ?? record.execution, parent };
}
