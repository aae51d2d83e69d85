/**
 * Starts orchestrations, and decides about a start message whose id exists already.
 *
 *   no orchestration --start--> running, or pending until its start time
 *   an orchestration that runs, or has ended --start--> the same one, a new one in its place, or a refusal, as `whenEnded` says
 */
import { inputHash } from '../../../core/input-hash.js';
import {
  InstanceAlreadyExistsError,
  OrchestrationFailedError,
  OrchestrationTerminatedError,
} from '../../../errors/index.js';
import { decodeError, encodeError } from '../../../model/error-details.js';
import type { Answer, ReplyTo, RunMessage } from '../model/messages.js';
import type { RunRecord } from '../model/run-record.js';
import { hasEnded } from '../../../model/runtime-status.js';
import { canonicalJson } from '../../../model/values.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveRun } from '../live/live-instance.js';
import type { Message } from '../live/message.js';
import type { Router } from '../outgoing/router.js';
import type { Executions } from './executions.js';
import { isTakenUp, type RunCommands } from './run-commands.js';

export type StartMessage = RunMessage & { kind: 'start' };

/** The decision about a start message for an orchestration that exists. */
type Verdict =
  | { readonly kind: 'same' }
  /** The new orchestration takes the place of one that has ended. */
  | { readonly kind: 'again' }
  | { readonly kind: 'refused'; readonly difference: string };

export class RunStarts {
  constructor(
    private readonly term: WorkerTerm,
    private readonly router: Router,
    private readonly executions: Executions,
    private readonly commands: RunCommands,
  ) {}

  /** Returns whether the code received an event. */
  start(run: LiveRun, message: Message<RunMessage>, body: StartMessage): boolean {
    const { record } = run;
    if (record === undefined) {
      this.term.consume(message);
      return this.executions.open(run, body);
    }
    const { parent } = body;
    if (parent !== undefined && isTakenUp(record, body) && differenceOf(record, body) === undefined) {
      this.term.consume(message);
      return this.commands.takeUp(run, record, parent);
    }
    const verdict = verdictOf(record, body);
    if (verdict.kind === 'again') {
      this.term.consume(message);
      return this.executions.open(run, body);
    }
    if (verdict.kind === 'refused') {
      this.refuse(run, message, body, new InstanceAlreadyExistsError(run.id, record.name, verdict.difference));
      return false;
    }
    this.term.consume(message);
    if (parent !== undefined) this.router.answer(parent, run.id, outcomeOf(run.id, record));
    return false;
  }

  private refuse(run: LiveRun, message: Message<RunMessage>, body: StartMessage, error: Error): void {
    if (body.parent !== undefined) {
      this.term.consume(message);
      this.answerFailure(body.parent, run.id, body.name, error);
      return;
    }
    const oneWay = message.submission === undefined && message.ack === undefined;
    this.term.refuse(message, error);
    if (!oneWay) return;
    const { batch, ports } = this.term;
    batch.afterCommit.push(() => ports.onStartRefused({ instanceId: run.id, name: body.name, error }));
  }

  /** Gives up a start message that ended its process in each attempt. */
  abandon(run: LiveRun, message: Message<RunMessage>, body: StartMessage, error: Error): void {
    if (beginsNew(run.record, body)) {
      // The first turn ended the process: no history exists from which the orchestration could continue.
      this.term.consume(message);
      this.executions.create(run, body);
      this.executions.fail(run, encodeError(error));
      return;
    }
    if (body.parent !== undefined) this.answerFailure(body.parent, run.id, body.name, error);
    this.term.consume(message);
  }

  private answerFailure(parent: ReplyTo, id: string, name: string, cause: Error): void {
    this.router.answer(parent, id, { ok: false, error: encodeError(new OrchestrationFailedError(name, id, cause)) });
  }
}

/** Whether this start message begins an orchestration. */
export function beginsNew(record: RunRecord | undefined, body: StartMessage): boolean {
  return record === undefined || verdictOf(record, body).kind === 'again';
}

function verdictOf(record: RunRecord, body: StartMessage): Verdict {
  const difference = differenceOf(record, body);
  const sameInput: Verdict = difference === undefined ? { kind: 'same' } : { kind: 'refused', difference };
  if (!hasEnded(record.status)) {
    // The end of a running orchestration is answered only to the parent that started it.
    return body.parent === undefined ? sameInput : { kind: 'refused', difference: `status ${record.status}` };
  }
  switch (body.details?.whenEnded ?? (body.parent === undefined ? 'sameInput' : 'startAgain')) {
    case 'startAgain':
      return body.again === true ? sameInput : { kind: 'again' };
    case 'reuseResult':
      return record.name === body.name ? { kind: 'same' } : { kind: 'refused', difference: 'another orchestration' };
    case 'refuse':
      return { kind: 'refused', difference: `status ${record.status}` };
    case 'sameInput':
      return sameInput;
  }
}

/** The difference between a repeated start and the first one. `undefined` if both are the same. */
function differenceOf(record: RunRecord, body: StartMessage): string | undefined {
  if (record.name !== body.name) return 'another orchestration';
  const same =
    record.startedWith === undefined
      ? canonicalJson(record.input) === canonicalJson(body.input)
      : record.startedWith === inputHash(body.input);
  return same ? undefined : 'another input';
}

/** The answer to a parent whose sub-orchestration had already ended. */
function outcomeOf(id: string, record: RunRecord): Answer {
  if (record.status === 'completed') return { ok: true, value: record.output };
  const error =
    record.status === 'terminated'
      ? new OrchestrationTerminatedError(id, record.reason)
      : new OrchestrationFailedError(record.name, id, decodeError(record.error as string));
  return { ok: false, error: encodeError(error) };
}
