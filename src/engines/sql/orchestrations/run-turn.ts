/**
 * Runs orchestrations: one event per drain, then the actions of the code, then the next event.
 *
 * The events and actions of an execution go into its history, in the batch that holds the effects.
 */
import { actionBytes } from '../core/history-size.js';
import {
  LimitExceededError,
  NonDeterministicOrchestrationError,
  OrchestrationNotFoundError,
  RewindNotPossibleError,
} from '../../../errors/index.js';
import { encodeError } from '../../../model/error-details.js';
import { isCommand, type RunMessage } from '../model/messages.js';
import type { RunAction } from '../../../model/orchestration-events.js';
import { neededOrchestration } from '../core/worker-names.js';
import { unknownOrchestration } from '../../../ports/names.js';
import { isHeld, type RunRecord } from '../model/run-record.js';
import { hasEnded } from '../../../model/runtime-status.js';
import type { UnreadEvents } from '../../../ports/user-code.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveRun } from '../live/live-instance.js';
import type { Message } from '../live/message.js';
import type { Router } from '../outgoing/router.js';
import { done, type RunActions } from './run-actions.js';
import { noteMissingActivity, noteMissingRun } from '../live/missing-code.js';
import { beginsNew, RunStarts } from './run-starts.js';
import { tagsMax, withTagChanges } from '../../../model/run-start.js';
import { endedError, RunCommands } from './run-commands.js';
import type { Spills } from '../live/spills.js';
import type { Loader } from '../live/loader.js';
import type { Executions } from './executions.js';
import type { UnknownRuns } from './unknown-runs.js';

export class RunTurns {
  private readonly commands: RunCommands;
  private readonly starts: RunStarts;

  constructor(
    private readonly term: WorkerTerm,
    private readonly router: Router,
    private readonly actions: RunActions,
    private readonly spills: Spills,
    private readonly executions: Executions,
    private readonly loader: Loader,
    private readonly unknown: UnknownRuns,
  ) {
    this.commands = new RunCommands(term, router, executions);
    this.starts = new RunStarts(term, router, executions, this.commands);
  }

  get anyFed(): boolean {
    return this.executions.anyFed;
  }

  /** Takes messages until one of them feeds an event to the code. */
  visit(run: LiveRun): void {
    if (run.fed) return;
    if (this.spills.needsUnspill(run)) return;
    if (run.failure !== undefined && run.record?.status !== 'suspended') {
      const { execution, error } = run.failure;
      run.failure = undefined;
      const { record } = run;
      if (record?.execution === execution && !hasEnded(record.status)) this.executions.fail(run, encodeError(error));
    }
    for (let message = run.peek(); message !== undefined; message = run.peek()) {
      if (!message.done) this.term.caution.isNext(run, message);
      if (this.commands.needsPast(run, message)) return this.loader.readPast(run);
      if (this.commands.needsChildren(run, message)) return this.loader.readChildren(run);
      const held = run.record !== undefined && waits(run.record, message.body);
      const rests = message.done || held;
      if (!rests && this.isUnknownStart(run, message)) {
        if (this.refuseUnknown(run, message)) continue;
        return;
      }
      if (!rests && this.waitsForCode(run, message)) return this.reportWaiting(run, message);
      const permission = !rests && feedsCode(message.body) ? this.term.caution.permit(run, message) : 'run';
      if (permission === 'wait') return;
      if (run.pendingReplay !== undefined && permission === 'run' && !rests && isForCode(message.body)) {
        return this.loader.replayNow(run, run.pendingReplay);
      }
      run.take();
      if (permission === 'abandon') this.abandon(run, message);
      if (message.done || permission === 'abandon' || this.unknown.waits(run, message)) continue;
      if (held) this.hold(run, message);
      else if (this.apply(run, message)) return;
    }
    if (run.spill !== undefined) this.reportSpilled(run);
  }

  private hold(run: LiveRun, message: Message<RunMessage>): void {
    run.hold(message);
    this.term.applied(message);
  }

  /**
   * Gives up a message that ended the process in each attempt. The orchestration is suspended with this reason, and receives the event
   * after a resume.
   */
  private abandon(run: LiveRun, message: Message<RunMessage>): void {
    const { body } = message;
    const error = this.term.caution.abandonedError(message);
    if (isCommand(body)) return this.term.refuse(message, error);
    if (body.kind === 'start') return this.starts.abandon(run, message, body, error);
    if (body.kind === 'missing' || run.record === undefined || hasEnded(run.record.status))
      return this.missed(run, message);
    this.term.caution.forgive(message);
    run.record.status = 'suspended';
    run.record.reason = error.message;
    this.term.markDirty(run);
    this.hold(run, message);
  }

  /** Whether a parent starts an orchestration that no worker has ever announced, as far as this process knows. */
  private isUnknownStart(run: LiveRun, { body }: Message<RunMessage>): boolean {
    const { shared, ports } = this.term;
    if (!shared || body.kind !== 'start' || body.parent === undefined || !beginsNew(run.record, body)) return false;
    if (ports.userCode.orchestration(body.name, body.version) !== undefined) return false;
    return unknownOrchestration(ports.directory, body.name, body.version) !== undefined;
  }

  /** Answers the parent. Returns `false` if the message waits until the names have been read again. */
  private refuseUnknown(run: LiveRun, message: Message<RunMessage>): boolean {
    const { term } = this;
    if (term.freshNames.waits(message, () => term.markReady(run))) return false;
    const { parent, name, version } = message.body as RunMessage & { kind: 'start' };
    const unknown = unknownOrchestration(term.ports.directory, name, version);
    run.take();
    term.consume(message);
    if (parent !== undefined) this.router.answer(parent, run.id, { ok: false, error: encodeError(unknown) });
    return true;
  }

  /** Notes that the orchestration waits for its code, and logs why it does not continue. Its status alone says only that it runs. */
  private reportWaiting(run: LiveRun, message: Message<RunMessage>): void {
    const { body } = message;
    const pinned = body.kind === 'start' ? body : run.record;
    if (pinned === undefined) return;
    const { name, version = body.kind === 'start' || body.kind === 'restart' ? undefined : 1 } = pinned;
    const stillWaits = () => !run.gone && run.peek() === message && !message.done;
    this.reportMissing(run, { name, version, isOwn: run.record !== undefined && body.kind !== 'start' }, stillWaits);
  }

  /** Reports that messages wait for the code of the orchestration, if they wait in the table only. */
  private reportSpilled(run: LiveRun): void {
    const { record } = run;
    if (run.peek() !== undefined || record === undefined || run.session !== undefined) return;
    const stillWaits = () =>
      !run.gone && run.spill !== undefined && run.peek() === undefined && !hasEnded(run.record?.status ?? 'terminated');
    if (stillWaits())
      this.reportMissing(run, { name: record.name, version: record.version ?? 1, isOwn: true }, stillWaits);
  }

  /** @param needed.isOwn whether the present execution needs the code, and not one that is to begin */
  private reportMissing(
    run: LiveRun,
    { name, version, isOwn }: { readonly name: string; readonly version: number | undefined; readonly isOwn: boolean },
    stillWaits: () => boolean,
  ): void {
    const { userCode, logger } = this.term.ports;
    if (userCode.orchestration(name, version) !== undefined) return;
    this.term.waitingCode.note(run.partition, neededOrchestration(name, version), run.id, stillWaits);
    if (run.reported) return;
    run.reported = true;
    if (isOwn && run.record !== undefined) noteMissingRun(this.term, run, run.record);
    const fields = version === undefined ? { instance: run.id, name } : { instance: run.id, name, version };
    logger.warn(fields, 'An orchestration waits because its code is not registered here.');
  }

  /** Whether the message waits for code that some worker announced and that this one has not registered. */
  private waitsForCode(run: LiveRun, { body }: Message<RunMessage>): boolean {
    const { directory, userCode } = this.term.ports;
    if (body.kind === 'start') {
      if (!beginsNew(run.record, body)) return false;
      return (
        userCode.orchestration(body.name, body.version) === undefined && directory.knows('orchestration', body.name)
      );
    }
    if (isCommand(body)) return this.isForCodeElsewhere(run, body);
    if (run.record === undefined || hasEnded(run.record.status) || run.session !== undefined) return false;
    const registered = userCode.orchestration(run.record.name, run.record.version ?? 1) !== undefined;
    return !registered || (body.kind !== 'begin' && run.pendingReplay === undefined);
  }

  /** Whether a command begins code that another living worker has and this one has not registered. Otherwise it is refused. */
  private isForCodeElsewhere(run: LiveRun, { kind }: RunMessage): boolean {
    if (run.record === undefined || (kind !== 'restart' && kind !== 'rewind')) return false;
    const { name, version = 1 } = run.record;
    const needed = kind === 'restart' ? undefined : version;
    const { term } = this;
    if (term.ports.userCode.orchestration(name, needed) !== undefined) return false;
    return term.isElsewhere(neededOrchestration(name, needed));
  }

  /** Returns whether the code received an event and must be drained before the next message. */
  private apply(run: LiveRun, message: Message<RunMessage>): boolean {
    const { body } = message;
    if (body.kind === 'start') return this.starts.start(run, message, body);
    if (isCommand(body)) return this.commands.apply(run, message, body);
    if (run.record === undefined || hasEnded(run.record.status)) {
      this.missed(run, message);
      return false;
    }
    this.term.consume(message);
    if (body.kind === 'missing') {
      if (body.execution === run.record.execution) noteMissingActivity(this.term, run, body.task, body.name);
      return false;
    }
    if (body.kind === 'recall') return body.execution === run.record.execution && this.executions.feedKept(run);
    if (body.kind === 'begin') return body.execution === run.record.execution && this.executions.begin(run, run.record);
    const reading = run.ledger.read(body);
    switch (reading.kind) {
      case 'drop':
        return false;
      case 'stray':
        this.router.send(reading.entity, { kind: 'release', owner: reading.owner });
        return false;
      case 'ask':
        run.ledger.noteLock();
        run.events.push({ h: 'lock', section: run.ledger.lock?.section as number });
        this.term.markDirty(run);
        this.actions.askLock(run, reading.target);
        return false;
      case 'feed':
        this.executions.feed(
          run,
          reading.event,
          reading.notBeforeMs ?? 0,
          body.kind === 'answer' ? body.started : undefined,
        );
        return true;
    }
  }

  /** Handles a message for an orchestration that does not exist or has ended. */
  private missed(run: LiveRun, message: Message<RunMessage>): void {
    const { body } = message;
    switch (body.kind) {
      case 'grant':
        this.term.consume(message);
        this.router.send(body.entity, { kind: 'release', owner: body.owner });
        break;
      case 'event': {
        const { record } = run;
        const error = record === undefined ? new OrchestrationNotFoundError(run.id) : endedError(run.id, record);
        this.term.refuse(message, error);
        break;
      }
      default:
        this.term.consume(message);
    }
  }

  /** Called after the drain: performs the actions of the code, and ends the execution if the code has ended. */
  settle(): void {
    for (const run of this.executions.takeFed()) this.settleRun(run);
  }

  /** Counts the actions of the code. If they exceed a limit, none of them is performed and the orchestration fails. */
  private overLimit(record: RunRecord, actions: readonly RunAction[]): Error | undefined {
    const { limits } = this.term.options;
    let bytes = 0;
    for (const action of actions) bytes += actionBytes(action);
    record.historyBytes = (record.historyBytes ?? 0) + bytes;
    const turn = 'the total of actions between two awaits';
    if (actions.length > limits.turnMessages) return new LimitExceededError(turn, 'turnMessages', limits.turnMessages);
    if (bytes > limits.turnBytes) return new LimitExceededError(turn, 'turnBytes', limits.turnBytes);
    if (record.historyBytes <= limits.historyBytes) return undefined;
    return new LimitExceededError('the history of the orchestration', 'historyBytes', limits.historyBytes);
  }

  private settleRun(run: LiveRun): void {
    const { session, record } = run;
    run.fed = false;
    if (session === undefined || record === undefined) return;
    const actions = session.collect();
    const tooMuch = this.overLimit(record, actions);
    if (tooMuch !== undefined) {
      this.executions.fail(run, encodeError(tooMuch));
      return;
    }
    for (const action of actions) {
      const claim = run.kept?.claim(action);
      if (claim?.kind === 'impossible') {
        const problem = 'its code makes other calls in a critical section that has ended';
        this.actions.endTurn(run);
        return this.executions.fail(run, encodeError(new RewindNotPossibleError(run.id, problem)));
      }
      const takenUp = claim?.kind === 'again' ? claim.child : undefined;
      const { row, child } = claim?.kind === 'kept' ? done : this.actions.perform(run, action, takenUp);
      run.ledger.noteAction(action, row, child);
      run.events.push({ h: 'did', action, row: row === 0 ? undefined : row, child });
    }
    this.actions.endTurn(run);
    if (session.customStatus !== undefined) record.customStatus = session.customStatus.text;
    if (session.tagChanges !== undefined) record.tags = withTagChanges(record.tags, session.tagChanges);
    noteEvents(record, session.unreadEvents);
    if (record.tags !== undefined && Object.keys(record.tags).length > tagsMax) {
      const error = new LimitExceededError('the tags of the orchestration', 'tags', tagsMax);
      return this.executions.fail(run, encodeError(error));
    }
    const { outcome } = session;
    if (outcome === undefined) {
      if (!session.waiting && run.failure === undefined) {
        const error = new NonDeterministicOrchestrationError(
          run.id,
          'it waits for something that is not durable: no task of its context is pending',
          undefined,
          undefined,
          session.lastStep,
        );
        run.failure = { execution: record.execution, error };
      }
      // A message of its own, so that a crash in between loses nothing. This message comes before all waiting messages.
      if (run.kept?.next() !== undefined) this.router.send(run.id, { kind: 'recall', execution: record.execution });
      if (run.busy) this.term.markReady(run);
    } else if (outcome.kind === 'completed') {
      record.output = outcome.output;
      this.executions.end(run, 'completed', { ok: true, value: outcome.output }, actions[0]?.task);
    } else if (outcome.kind === 'failed') this.executions.fail(run, outcome.error);
    else this.executions.continueAsNew(run, record, outcome);
  }
}

/** Whether a message makes code run. */
function feedsCode({ kind }: RunMessage): boolean {
  return kind !== 'missing' && kind !== 'terminate' && kind !== 'suspend' && kind !== 'resume' && kind !== 'purge';
}

/** Whether a message for the code waits until the orchestration is resumed, or begins. */
function waits(record: RunRecord, body: RunMessage): boolean {
  if (!isHeld(record) || body.kind === 'start' || body.kind === 'missing' || isCommand(body)) return false;
  return record.status === 'suspended' || body.kind !== 'begin';
}

/** Whether the code of an orchestration receives the message. */
function isForCode(body: RunMessage): boolean {
  return body.kind !== 'start' && body.kind !== 'missing' && !isCommand(body);
}

/** Writes the unread and awaited events into the status. */
function noteEvents(record: RunRecord, { names, count, awaited }: UnreadEvents): void {
  record.unread = count === 0 ? undefined : { names, count };
  record.awaited = awaited.length === 0 ? undefined : awaited;
}
