/** The record of an orchestration instance, as its virtual object keeps it. */
import { encodeError, decodeError } from '../../model/error-details.js';
import {
  OrchestrationFailedError,
  OrchestrationNotFoundError,
  OrchestrationTerminatedError,
} from '../../errors/index.js';
import { inputHash } from '../../core/input-hash.js';
import { hasEnded, type RuntimeStatus } from '../../model/runtime-status.js';
import type { RunTags } from '../../model/run-start.js';
import type { Answer, Parent, Progress, StartMessage } from '../wire/messages.js';

export interface StoredRun {
  readonly name: string;
  readonly version: number;
  readonly status: RuntimeStatus;
  readonly execution: string;
  /** The invocation that runs the execution. Absent before a scheduled start. */
  readonly invocation?: string | undefined;
  /** JSON text, here and below. */
  readonly input?: string | undefined;
  /** Hash of the first input, by which a repeated start is recognized. */
  readonly startedWith: string;
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly reason?: string | undefined;
  readonly customStatus?: string | undefined;
  readonly tags?: RunTags | undefined;
  readonly unread?: Progress['unread'];
  readonly awaited?: Progress['awaited'];
  readonly parent?: Parent | undefined;
  readonly startsAtMs?: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs?: number | undefined;
  /** Number of the next mail to the execution. */
  readonly mail: number;
  /** Numbers of the mails that are events which an execution to come may receive: from this one on. */
  readonly firstMail: number;
}

/** The key of the record in its virtual object. */
export const runKey = 'r';

/** The key of a stored event. */
export function eventKey(mail: number): string {
  return `e${mail}`;
}

/** The name of the signal that carries a mail. */
export function mailSignal(mail: number): string {
  return `m${mail}`;
}

/** The decision about a start whose instance exists. */
export type Verdict =
  | { readonly kind: 'same' }
  /** The new instance takes the place of one that has ended. */
  | { readonly kind: 'again' }
  | { readonly kind: 'refused'; readonly difference: string };

export function verdictOf(run: StoredRun, message: StartMessage): Verdict {
  const difference = differenceOf(run, message);
  const sameInput: Verdict = difference === undefined ? { kind: 'same' } : { kind: 'refused', difference };
  // The end of a running orchestration is answered only to the parent that started it.
  if (!hasEnded(run.status)) {
    return message.parent === undefined ? sameInput : { kind: 'refused', difference: `status ${run.status}` };
  }
  switch (message.details?.whenEnded ?? (message.parent === undefined ? 'sameInput' : 'startAgain')) {
    case 'startAgain':
      return { kind: 'again' };
    case 'reuseResult':
      return run.name === message.name ? { kind: 'same' } : { kind: 'refused', difference: 'another orchestration' };
    case 'refuse':
      return { kind: 'refused', difference: `status ${run.status}` };
    case 'sameInput':
      return sameInput;
  }
}

function differenceOf(run: StoredRun, { name, input }: StartMessage): string | undefined {
  if (run.name !== name) return 'another orchestration';
  return run.startedWith === inputHash(input) ? undefined : 'another input';
}

/** The answer to a parent of an instance that has ended. */
export function outcomeOf(id: string, run: StoredRun): Answer {
  if (run.status === 'completed') return { ok: true, value: run.output };
  const error =
    run.status === 'terminated'
      ? new OrchestrationTerminatedError(id, run.reason)
      : new OrchestrationFailedError(run.name, id, decodeError(run.error as string));
  return { ok: false, error: encodeError(error) };
}

export function endedError(id: string, { status }: StoredRun): OrchestrationNotFoundError {
  return new OrchestrationNotFoundError(id, `has ended (${status}) and accepts no messages`);
}
