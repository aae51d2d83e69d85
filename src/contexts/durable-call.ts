/** Requests of an orchestrator that have attempts. One object stands for all attempts of a request. */
import { decideCall, decideSubOrchestration } from '../core/critical-section/section.js';
import {
  ActivityFailedError,
  InstanceAlreadyExistsError,
  TimeoutError,
  UnknownActivityError,
} from '../errors/index.js';
import type { CheckedStart, StartDetails } from '../model/run-start.js';
import type { Rejection } from './context-promise.js';
import type { Session } from './session.js';

export interface DurableCall extends Rejection {
  /** Sends the request of one attempt. Returns its task number. @throws LockingRulesViolationError */
  ask(): number;
  /** Beginning of the message of TimeoutError, e.g. `no answer of "add" from @counter@a`. */
  readonly what: string;
  readonly hint: string;
  /** Called when the attempt of this task has timed out. */
  givenUp?(task: number): void;
  mayRetry(error: unknown): boolean;
}

export class EntityCall implements DurableCall {
  private locked = false;

  constructor(
    private readonly session: Session,
    private readonly target: string,
    private readonly operation: string,
    private readonly input: string | undefined,
  ) {}

  ask(): number {
    const { session, target, operation, input } = this;
    const task = session.nextTask;
    const section = session.enter(decideCall(session.section, task, target), target);
    this.locked = section !== undefined;
    return session.ask({ task, kind: 'call', target, operation, input, section });
  }

  get what(): string {
    return `no answer of ${JSON.stringify(this.operation)} from ${this.target}`;
  }

  get hint(): string {
    return 'The operation may still run, now or later. Its answer is ignored.';
  }

  /** A locked entity accepts no second call while the first one may still run. */
  mayRetry(error: unknown): boolean {
    return !this.locked || !(error instanceof TimeoutError);
  }
}

export class ActivityCall implements DurableCall {
  private attempts = 0;

  constructor(
    private readonly session: Session,
    private readonly name: string,
    private readonly input: string | undefined,
  ) {}

  ask(): number {
    this.attempts++;
    const { session, name, input } = this;
    return session.ask({ task: session.nextTask, kind: 'activity', name, input });
  }

  get what(): string {
    return `activity ${JSON.stringify(this.name)} did not end`;
  }

  get hint(): string {
    return 'Its signal was aborted. Work that ignores the signal may continue.';
  }

  errorOf(error: unknown): unknown {
    return error instanceof UnknownActivityError ? error : new ActivityFailedError(this.name, this.attempts, error);
  }

  givenUp(task: number): void {
    this.session.ask({ task: this.session.nextTask, kind: 'cancelActivity', activity: task });
  }

  mayRetry(): boolean {
    return true;
  }
}

export class SubOrchestrationCall implements DurableCall {
  private attempts = 0;

  constructor(
    private readonly session: Session,
    private readonly name: string,
    private readonly start: CheckedStart,
  ) {}

  ask(): number {
    const { session, name } = this;
    const { input, instanceId, version } = this.start;
    session.enter(decideSubOrchestration(session.section), name);
    const details = this.attempts++ === 0 ? this.start.details : this.detailsOfRetry;
    return session.ask({ task: session.nextTask, kind: 'sub', name, input, instanceId, version, details });
  }

  /** Details of a further attempt. The run of the attempt before has ended under the same id, and must not count as this attempt. */
  private get detailsOfRetry(): StartDetails | undefined {
    const { details } = this.start;
    return details?.whenEnded === undefined ? details : { ...details, whenEnded: 'startAgain' };
  }

  get what(): string {
    return `no result of orchestration ${JSON.stringify(this.name)}`;
  }

  get hint(): string {
    return 'The orchestration continues.';
  }

  /** A run that timed out continues, so a retry would start a second one beside it. A start that its policy refused is not retried either. */
  mayRetry(error: unknown): boolean {
    if (error instanceof TimeoutError) return false;
    const kept = this.attempts === 1 && (this.start.details?.whenEnded ?? 'startAgain') !== 'startAgain';
    return !kept || !(error instanceof Error && error.cause instanceof InstanceAlreadyExistsError);
  }
}
