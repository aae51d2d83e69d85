/** Context of an orchestrator. It makes actions of requests, and settles promises with the answers. */
import { decideLock, decideSignal } from '../core/critical-section/section.js';
import { lockOrder } from '../core/critical-section/lock-order.js';
import { InvalidArgumentError, UnknownEntityError } from '../errors/index.js';
import type { SignalOptions, StartOptions } from '../functions/call-options.js';
import type {
  CriticalSection,
  DurableTimer,
  EventWait,
  OrchestrationContext,
} from '../functions/orchestration-context.js';
import type { AttemptOptions, SubOrchestrationOptions } from '../functions/call-options.js';
import type { ContextLog } from '../functions/context-log.js';
import { encodeInput } from '../functions/entity-input.js';
import { startOptions, subOrchestrationOptions } from '../functions/option-names.js';
import { recordCall } from '../functions/signal-lambda.js';
import type { OperationSender } from '../functions/support.js';
import type { CallProxy, EntityTarget, EntityToken, OrchestrationProxy, SignalProxy } from '../functions/tokens.js';
import {
  checkEventName,
  checkInstanceId,
  checkOperation,
  checkPatchId,
  checkSignalOptions,
} from '../model/arguments.js';
import { durationMs, instantMs, type Duration } from '../model/duration.js';
import { EntityId, isEntityId } from '../model/entity-id.js';
import { captureCallSite, noteCallSite } from '../model/call-site.js';
import { withoutFrames } from '../model/error-details.js';
import { encodeWithin } from '../model/limits.js';
import { checkFlag, checkOptions, isA, listOf } from '../model/options.js';
import { checkStart, checkTagChanges } from '../model/run-start.js';
import { AbsentInOrchestrators } from './absent-members.js';
import { cancellationOf, checkOrchestration } from './arguments.js';
import { ActivityCall, EntityCall, SubOrchestrationCall } from './durable-call.js';
import { contextLog } from './log-line.js';
import { DeterministicSource } from './deterministic.js';
import { startTimer } from './durable-timer.js';
import { startWait } from './event-wait.js';
import { signalOf } from './operation-context.js';
import type { Session } from './session.js';
import { askWith, checkAttempts, checkedAttempts, type CheckedAttempts } from './task-attempts.js';

export class RunContext extends AbsentInOrchestrators implements OrchestrationContext {
  private contextLog: ContextLog | undefined = undefined;
  private deterministic: DeterministicSource | undefined = undefined;
  /** Sender of proxies without options. They share it. */
  private sender: OperationSender | undefined = undefined;

  constructor(private readonly session: Session) {
    super();
  }

  get log(): ContextLog {
    return (this.contextLog ??= sessionLog(this.session));
  }

  private get source(): DeterministicSource {
    const { instanceId, executionId } = this.session.identity;
    return (this.deterministic ??= new DeterministicSource(`${instanceId}\0${executionId}`));
  }

  get instanceId(): string {
    return this.session.identity.instanceId;
  }

  get isReplaying(): boolean {
    return this.session.replaying;
  }

  get currentTime(): Date {
    this.session.checkTurn('currentTime');
    return new Date(this.session.timeMs);
  }

  newGuid(): string {
    this.session.checkTurn('newGuid');
    return this.source.guid();
  }

  random(): number {
    this.session.checkTurn('random');
    return this.source.random();
  }

  // ---- entities

  callEntity<Result>(id: EntityId, operation: string, input?: unknown, options?: AttemptOptions): Promise<Result>;
  callEntity<T, Result>(
    token: EntityToken<T>,
    target: EntityTarget,
    call: (proxy: CallProxy<T>) => Promise<Result>,
    options?: AttemptOptions,
  ): Promise<Result>;
  callEntity<Result>(first: unknown, second: unknown, third?: unknown, options?: AttemptOptions): Promise<Result> {
    return this.asking('callEntity', () => {
      const { id, operation, input } = this.callOf(first, second, third);
      return this.call<Result>(id, operation, input, checkAttempts(options));
    });
  }

  private callOf(first: unknown, second: unknown, third: unknown): { id: EntityId; operation: string; input: unknown } {
    if (isEntityId(first)) return { id: first, operation: checkOperation(second), input: third };
    if (typeof third !== 'function') {
      throw new InvalidArgumentError(
        'id',
        'it is not an EntityId',
        'Give new EntityId(name, key), or use createEntityProxy.',
      );
    }
    const { classes } = this.session.support;
    const token = first as EntityToken<unknown>;
    const id = classes.resolveTarget(token, second);
    return { id, ...recordCall(classes, token, id, third as (proxy: never) => unknown) };
  }

  private call<Result>(id: EntityId, operation: string, input: unknown, attempts: CheckedAttempts): Promise<Result> {
    const text = encodeInput(this.session.support, id, operation, input);
    return askWith(this.session, new EntityCall(this.session, id.toString(), operation, text), attempts);
  }

  signalEntity(id: EntityId, operation: string, input?: unknown, options?: SignalOptions): void;
  signalEntity<T>(
    token: EntityToken<T>,
    target: EntityTarget,
    send: (proxy: SignalProxy<T>) => void,
    options?: SignalOptions,
  ): void;
  signalEntity(first: unknown, second: unknown, third?: unknown, options?: SignalOptions): void {
    return this.doing('signalEntity', () => {
      const { target, operation, input } = signalOf(this.session.support, first, second, third);
      const { dueMs, name, everyMs } = checkSignalOptions(options);
      const { session } = this;
      session.enter(decideSignal(session.section, target), target);
      session.ask({ task: session.nextTask, kind: 'signal', target, operation, input, dueMs, name, everyMs });
    });
  }

  cancelSignal(first: unknown, second: unknown, third?: unknown): void {
    return this.doing('cancelSignal', () => {
      const cancelled = cancellationOf(this.session.support, first, second, third);
      this.session.ask({ task: this.session.nextTask, kind: 'cancelSignal', ...cancelled });
    });
  }

  createEntityProxy<T>(token: EntityToken<T>, target: EntityTarget, options?: AttemptOptions): OrchestrationProxy<T> {
    const { classes } = this.session.support;
    const attempts = checkAttempts(options);
    const id = classes.resolveTarget(token, target);
    const sender = options === undefined ? (this.sender ??= this.senderOf(attempts)) : this.senderOf(attempts);
    return classes.createProxy(token, id, sender) as OrchestrationProxy<T>;
  }

  private senderOf(attempts: CheckedAttempts): OperationSender {
    return {
      signal: (to, operation, input) => this.signalEntity(to, operation, input),
      call: (to, operation, input) => this.asking('callEntity', () => this.call(to, operation, input, attempts)),
    };
  }

  // ---- critical sections

  lock(...entities: unknown[]): Promise<CriticalSection> {
    return this.asking('lock', () => {
      if (entities.length === 0) {
        throw new InvalidArgumentError(
          'entities',
          'the list of entities to lock is empty',
          'Give at least one entity.',
        );
      }
      const { session } = this;
      const targets = lockOrder(entities.map((entity) => this.lockTarget(entity)));
      const task = session.nextTask;
      session.enter(decideLock(session.section, task, targets));
      session.ask({ task, kind: 'lock', targets });
      return session.tasks.open(task);
    });
  }

  private lockTarget(entity: unknown): string {
    const { classes, directory } = this.session.support;
    const pair = listOf(entity);
    const id = isEntityId(entity)
      ? entity
      : pair === undefined
        ? classes.proxiedEntity(entity)
        : classes.resolveTarget(pair[0] as EntityToken<unknown>, pair[1]);
    if (id === undefined) {
      throw new InvalidArgumentError(
        'entities',
        'one of them is not an entity',
        'Give [token, key], an EntityId, or a proxy made by createEntityProxy.',
      );
    }
    if (!directory.knows('entity', id.name)) throw new UnknownEntityError(id.name, directory.list('entity'));
    return id.toString();
  }

  get isLocked(): boolean {
    return this.session.section.kind === 'inside';
  }

  get lockedEntities(): readonly EntityId[] {
    const { section } = this.session;
    return section.kind === 'inside' ? [...section.lockSet].map((text) => EntityId.parse(text)) : [];
  }

  // ---- activities and orchestrations

  callActivity<Output>(reference: unknown, input?: unknown, options?: AttemptOptions): Promise<Output> {
    return this.asking('callActivity', () => {
      const { session } = this;
      const name = session.support.classes.activityName(reference);
      const attempts = checkAttempts(options);
      const text = encodeWithin(session.support.limits, input, 'input');
      return askWith(session, new ActivityCall(session, name, text), attempts);
    });
  }

  callSubOrchestration<Output>(
    reference: unknown,
    input?: unknown,
    options?: SubOrchestrationOptions,
  ): Promise<Output> {
    return this.asking('callSubOrchestration', () => {
      const { session } = this;
      const name = session.support.classes.orchestrationName(reference);
      const given = checkOptions(options, subOrchestrationOptions);
      const { instanceId, version, whenEnded, tags } = given;
      const attempts = checkedAttempts(given);
      const start = checkStart({ input, instanceId, version, whenEnded, tags }, session.support.limits);
      return askWith(session, new SubOrchestrationCall(session, name, start), attempts);
    });
  }

  startNewOrchestration(reference: unknown, options?: StartOptions): string {
    return this.doing('startNewOrchestration', () => {
      const { session } = this;
      const {
        input,
        instanceId: chosen,
        version,
        details,
      } = checkStart(checkOptions(options, startOptions), session.support.limits);
      const name = checkOrchestration(session.support, reference, version);
      const instanceId = chosen ?? this.source.guid();
      session.ask({ task: session.nextTask, kind: 'start', name, input, instanceId, version, details });
      return instanceId;
    });
  }

  // ---- time and events

  createTimer(due: Date | Duration): DurableTimer {
    return this.doing('createTimer', () => {
      const { session } = this;
      const dueMs = isA(due, Date) ? instantMs(due, 'due') : session.timeMs + durationMs(due, 'due');
      return this.requested('createTimer', startTimer(session, dueMs));
    });
  }

  waitForExternalEvent<Event>(name: string, options?: { readonly timeout?: Duration }): EventWait<Event> {
    let cancel = () => {};
    const promise = this.asking('waitForExternalEvent', () => {
      const wait = startWait<Event>(this.session, name, options);
      cancel = () => wait.cancel();
      return wait.promise;
    });
    return Object.assign(promise, { cancel: () => cancel() });
  }

  sendEvent(instanceId: string, name: string, event?: unknown): void {
    return this.doing('sendEvent', () => {
      checkInstanceId(instanceId);
      checkEventName(name);
      const { session } = this;
      const value = encodeWithin(session.support.limits, event, 'event');
      session.ask({ task: session.nextTask, kind: 'event', instanceId, name, value });
    });
  }

  // ---- the run itself

  continueAsNew(
    input?: unknown,
    options?: { readonly keepUnprocessedEvents?: boolean; readonly version?: number | 'same' },
  ): Promise<never> {
    return this.asking('continueAsNew', () => {
      const { session } = this;
      const { keepUnprocessedEvents: keep, version } = checkOptions(options, {
        keepUnprocessedEvents: true,
        version: true,
      });
      const keepUnprocessedEvents = checkFlag(keep, 'keepUnprocessedEvents') ?? true;
      if (version !== undefined && version !== 'same') {
        checkOrchestration(session.support, session.identity.name, version);
      }
      session.checkAwaited();
      session.outcome ??= {
        kind: 'continued',
        input: encodeWithin(this.session.support.limits, input, 'input'),
        events: keepUnprocessedEvents ? session.events.unprocessed() : [],
        keepEvents: keepUnprocessedEvents,
        version: version === 'same' ? (session.definition.version ?? 1) : version,
      };
      return new Promise<never>(() => {});
    });
  }

  patched(id: string): boolean {
    return this.doing('patched', () => this.session.patched(checkPatchId(id), true));
  }

  deprecatePatch(id: string): void {
    return this.doing('deprecatePatch', () => {
      this.session.patched(checkPatchId(id), false);
    });
  }

  setCustomStatus(status: unknown): void {
    return this.doing('setCustomStatus', () => {
      this.session.customStatus = { text: encodeWithin(this.session.support.limits, status, 'customStatus') };
    });
  }

  setTags(tags: { readonly [name: string]: string | undefined }): void {
    return this.doing('setTags', () => {
      const changes = checkTagChanges(tags);
      this.session.tagChanges = { ...this.session.tagChanges, ...changes };
    });
  }

  /** Notes a request whose promise the code should look at. Only in strict mode. */
  private requested<P>(member: string, promise: P): P {
    const { session } = this;
    if (session.strict !== undefined) session.tasks.promises.track(promise, { member, site: captureCallSite() });
    return promise;
  }

  /** Runs a synchronous request. Errors have no stack frames, so that they are the same in replay. */
  private doing<T>(member: string, work: () => T): T {
    this.session.checkTurn(member);
    try {
      return work();
    } catch (error) {
      noteCallSite(error, captureCallSite());
      throw withoutFrames(error);
    }
  }

  /** Runs a request that returns a promise. An error that it throws becomes the rejection of the promise. */
  private asking<T>(member: string, ask: () => Promise<T>): Promise<T> {
    try {
      this.session.checkTurn(member);
      return this.requested(member, ask());
    } catch (error) {
      return this.session.tasks.promises.rejected(error);
    }
  }
}

function sessionLog(session: Session): ContextLog {
  return contextLog((level, fields, message) => {
    if (!session.replaying) session.observer.log(level, fields, message);
  });
}
