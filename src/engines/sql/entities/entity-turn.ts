/**
 * Runs the messages of entities: locks and releases at once, operations through user code. Their outcomes go into the open batch.
 *
 * An operation of an `effects: 'none'` entity ends in the turn that started it. An operation of an `external` entity starts only when its
 * message and the entity's last outcome are committed and the lease is fresh. Such an operation may run for as long as its retry policy
 * allows. A failed attempt that is to be repeated is not an outcome: the entity waits until the next attempt, which starts like the first
 * one.
 *
 *   running --failed--> waits for its next attempt --due, may start--> running --ok, or no attempt left--> outcome
 */
import { messagesPerVisit } from '../core/pace.js';
import { UnknownEntityError } from '../../../errors/index.js';
import { encodeError } from '../../../model/error-details.js';
import { traced, type MailboxMessage } from '../model/messages.js';
import type { OperationOutcome } from '../../../ports/user-code.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Expiry } from './expiry.js';
import type { Attempts, LiveEntity } from '../live/live-instance.js';
import type { Message } from '../live/message.js';
import type { NamedSignals } from './named-signals.js';
import { lockChanged, operationEnded } from './observations.js';
import type { OperationAttempts } from './operation-attempts.js';
import type { Router } from '../outgoing/router.js';
import type { SealedBatch } from '../commit/sealing.js';
import type { Spills } from '../live/spills.js';

/** An operation that did not end synchronously. */
interface Suspended {
  readonly entity: LiveEntity;
  readonly message: Message<MailboxMessage>;
  /** `undefined` if there is one attempt without a time limit. */
  readonly attempts: Attempts | undefined;
  outcome: OperationOutcome | undefined;
  /** Whether the operation was still running when its turn ended. Its outcome is then handled in a later turn. */
  detached: boolean;
}

export class EntityTurns {
  private suspended: Suspended[] = [];
  private completed: Suspended[] = [];
  /** Names of entities that wait for their code to be registered. */
  private readonly missing = new Set<string>();
  /** External entities that could not start because all places were taken or the lease was not fresh. */
  private readonly held = new Set<LiveEntity>();
  /** The number of external operations that run now. */
  private running = 0;

  constructor(
    private readonly term: WorkerTerm,
    private readonly router: Router,
    private readonly spills: Spills,
    private readonly names: NamedSignals,
    private readonly attempts: OperationAttempts,
    private readonly expiry: Expiry,
  ) {}

  get anySuspended(): boolean {
    return this.suspended.length > 0;
  }

  get anyCompleted(): boolean {
    return this.completed.length > 0;
  }

  /** Runs the messages that may run now, up to the limit of one visit. */
  visit(entity: LiveEntity): void {
    this.runWaiting(entity);
    this.spills.refill(entity);
  }

  private runWaiting(entity: LiveEntity): void {
    const { mailbox } = entity;
    if (entity.next?.due === true) this.tryAgain(entity, entity.next.attempts);
    for (let count = 0; entity.running === undefined; count++) {
      const message = mailbox.peek();
      if (message === undefined) return;
      if (count === messagesPerVisit) return this.term.markReady(entity);
      const { body } = message;
      if (body.kind === 'operation') {
        if (entity.cell === undefined) {
          if (!this.refuseUnknown(entity, message, body)) return;
          continue;
        }
        if (!this.mayStart(entity, message)) return;
        const permission = this.term.caution.permit(entity, message);
        if (permission === 'wait') return;
        mailbox.take();
        if (permission === 'run') this.start(entity, message);
        else this.abandon(entity, message);
      } else {
        mailbox.take();
        this.term.consume(message);
        if (body.kind === 'expire') {
          this.expiry.forgetExpired(entity);
          continue;
        }
        this.term.markDirty(entity);
        if (body.kind === 'release') {
          lockChanged(this.term, 'lockReleased', entity, mailbox.holder?.at);
          mailbox.release();
        } else {
          const { instance, execution, section } = body.owner;
          mailbox.grant({ instance, execution, section, at: this.term.nowMs() });
          lockChanged(this.term, 'lockGranted', entity, body.at);
          this.router.send(body.owner.instance, { kind: 'grant', owner: body.owner, entity: entity.id });
        }
      }
    }
  }

  /**
   * Refuses a call of an entity that no worker has ever announced: its sender may have known less than this worker. Other operations wait for
   * the code. Returns whether the message was refused.
   */
  private refuseUnknown(
    entity: LiveEntity,
    message: Message<MailboxMessage>,
    { operation, reply }: MailboxMessage & { kind: 'operation' },
  ): boolean {
    const { term } = this;
    const { directory } = term.ports;
    const unknown = term.shared && reply !== undefined && !directory.knows('entity', entity.name);
    if (!unknown) {
      this.reportMissing(entity, operation);
      return false;
    }
    if (term.freshNames.waits(message, () => term.markReady(entity))) return false;
    entity.mailbox.take();
    term.consume(message);
    const error = encodeError(new UnknownEntityError(entity.name, directory.list('entity')));
    this.router.answer(reply, entity.id, { ok: false, error });
    return true;
  }

  /** Notes that an operation waits for code. Logs each missing name once: a worker registered it, and this one has not. */
  private reportMissing(entity: LiveEntity, operation: string): void {
    const { name, id } = entity;
    const stillWaits = () => !entity.gone && entity.mailbox.peek()?.body.kind === 'operation';
    this.term.waitingCode.note(entity.partition, `entity:${name}`, id, stillWaits);
    if (this.missing.has(name)) return;
    this.missing.add(name);
    const fields = { entity: name, entityId: id, operation };
    this.term.ports.logger.warn(fields, 'Operations of an entity wait because its code is not registered here.');
  }

  private mayStart(entity: LiveEntity, message: Message): boolean {
    if (entity.program?.effects === 'none') return true;
    const { term } = this;
    // The commit of the message, or of the last outcome, wakes the entity.
    if (!message.durable) return false;
    if (entity.lastBatch > term.committedSeq) {
      term.batch.wake.add(entity);
      return false;
    }
    return this.mayStartOutside(entity);
  }

  private mayStartOutside(entity: LiveEntity): boolean {
    const { term } = this;
    const { options } = term;
    if (
      !term.stopping &&
      !term.ownership.isLeaving(entity.partition) &&
      this.running < options.maxConcurrentExternal &&
      term.mayStartOutside
    ) {
      return true;
    }
    this.held.add(entity);
    return false;
  }

  private start(entity: LiveEntity, message: Message<MailboxMessage>): void {
    const { operation } = message.body as MailboxMessage & { kind: 'operation' };
    this.attempt(entity, message, this.attempts.begin(entity, operation));
  }

  private attempt(entity: LiveEntity, message: Message<MailboxMessage>, attempts: Attempts | undefined): void {
    this.expiry.forgetExpired(entity);
    if (entity.program?.effects === 'external') entity.startedAtMs = this.term.nowMs();
    const request = message.body as MailboxMessage & { kind: 'operation' };
    entity.startedMs = this.term.timing.startOf(request);
    const started = this.run(entity, request);
    if (started instanceof Promise) this.suspend(entity, message, attempts, started);
    else this.over(entity, message, attempts, started as OperationOutcome);
  }

  /** Waits for an operation that has returned a promise. */
  private suspend(
    entity: LiveEntity,
    message: Message<MailboxMessage>,
    attempts: Attempts | undefined,
    started: Promise<OperationOutcome>,
  ): void {
    const isExternal = entity.program?.effects === 'external';
    entity.running = message;
    entity.suspended = { attempts, before: isExternal ? { state: entity.cell?.encodeState() } : undefined };
    if (isExternal) {
      this.term.timing.waits(entity);
      this.running++;
      this.term.outside.begins(entity.partition);
      this.term.outside.operations++;
    }
    const suspended: Suspended = { entity, message, attempts, outcome: undefined, detached: false };
    this.suspended.push(suspended);
    const limit =
      attempts &&
      this.attempts.limit(attempts, (timeoutMs) => {
        if (suspended.outcome === undefined)
          this.ended(suspended, entity.cell?.abandon({ timeoutMs }) as OperationOutcome);
      });
    void started.then((outcome) => {
      // The attempt has already reached its time limit.
      if (suspended.outcome !== undefined) return;
      this.attempts.cancel(limit);
      this.ended(suspended, outcome);
    });
  }

  private run(entity: LiveEntity, request: MailboxMessage & { kind: 'operation' }) {
    const { environment, ports } = this.term;
    const isTraced =
      request.trace !== undefined && ports.tracer !== undefined && entity.program?.effects === 'external';
    return isTraced ? this.runTraced(entity, request) : entity.cell?.run(request, environment);
  }

  /** Runs an external operation so that spans of its code belong to the trace of its message. */
  private runTraced(entity: LiveEntity, request: MailboxMessage & { kind: 'operation' }) {
    const { environment, ports } = this.term;
    return ports.tracer?.within(request.trace as string, () => entity.cell?.run(request, environment));
  }

  private ended(suspended: Suspended, outcome: OperationOutcome): void {
    suspended.outcome = outcome;
    if (!suspended.detached) return;
    this.completed.push(suspended);
    this.term.wake();
  }

  /** Ends an attempt: with the outcome of the operation, or with another attempt to follow. */
  private over(
    entity: LiveEntity,
    message: Message<MailboxMessage>,
    attempts: Attempts | undefined,
    outcome: OperationOutcome,
  ): void {
    if (outcome.ok || attempts === undefined || !this.attempts.follows(entity, message, attempts, outcome.error)) {
      this.finish(entity, message, outcome);
    }
  }

  private tryAgain(entity: LiveEntity, attempts: Attempts): void {
    if (!this.mayStartOutside(entity)) return;
    const message = entity.running as Message<MailboxMessage>;
    const permission = this.term.caution.permit(entity, message);
    if (permission === 'wait') return;
    entity.next = undefined;
    entity.running = undefined;
    if (permission === 'run') this.attempt(entity, message, attempts);
    else this.abandon(entity, message);
  }

  /** Gives up an operation that has ended its process too often. A waiting caller gets an error. */
  private abandon(entity: LiveEntity, message: Message<MailboxMessage>): void {
    const { operation, reply } = message.body as MailboxMessage & { kind: 'operation' };
    const { term } = this;
    const error = encodeError(term.abandon(message));
    this.names.ran(entity, message);
    if (reply !== undefined) this.router.answer(reply, entity.id, { ok: false, error });
    else term.batch.afterCommit.push(() => term.ports.onSignalFailed({ entityId: entity.id, operation, error }));
  }

  /**
   * Runs after the drain. Operations that have ended are settled. An `effects: 'none'` operation that has not ended used something outside
   * the entity, and fails.
   */
  settleSuspended(): void {
    const suspended = this.suspended;
    this.suspended = [];
    for (const each of suspended) {
      if (each.outcome !== undefined) this.end(each, each.outcome);
      else if (each.entity.program?.effects === 'none') {
        this.end(each, each.entity.cell?.abandon('effects') as OperationOutcome);
      } else {
        each.detached = true;
        this.term.caution.awaits(each.message);
      }
    }
  }

  /** Settles external operations that ended since the last turn. */
  settleCompleted(): void {
    const completed = this.completed;
    this.completed = [];
    for (const each of completed) this.end(each, each.outcome as OperationOutcome);
  }

  private end(suspended: Suspended, outcome: OperationOutcome): void {
    const { entity, message, attempts } = suspended;
    if (entity.program?.effects === 'external') {
      this.running--;
      this.term.outside.ends(entity.partition);
      this.term.outside.operations--;
      this.releaseHeld();
      // The operation failed because it was aborted, which is not an outcome. Its row stays, and it runs again.
      if (!outcome.ok && this.term.environment.signal.aborted) return;
    }
    entity.running = undefined;
    entity.suspended = undefined;
    this.over(entity, message, attempts, outcome);
    if (entity.busy) this.term.markReady(entity);
  }

  /** Lets external entities continue after the commit of their messages and outcomes. */
  durable(sealed: SealedBatch): void {
    for (const { target } of sealed.written) {
      const entity = this.term.live.get(target);
      if (entity?.kind === 'entity' && entity.program?.effects === 'external' && !entity.loading) {
        this.term.markReady(entity);
      }
    }
    for (const entity of sealed.wake) if (entity.busy) this.term.markReady(entity);
    this.releaseHeld();
  }

  /** Lets entities that could not start try again: after a commit, or when a place becomes free. */
  private releaseHeld(): void {
    if (this.held.size === 0) return;
    const held = [...this.held];
    this.held.clear();
    for (const entity of held) this.term.markReady(entity);
  }

  private finish(entity: LiveEntity, message: Message<MailboxMessage>, outcome: OperationOutcome): void {
    const { term, router } = this;
    const body = message.body as MailboxMessage & { kind: 'operation' };
    const started = entity.program?.effects === 'external' ? entity.startedAtMs : undefined;
    term.consume(message);
    operationEnded(term, entity, message, outcome);
    if (body.name !== undefined) this.names.ran(entity, message);
    entity.lastBatch = term.batch.seq;
    if (entity.program?.effects === 'external') term.batch.wake.add(entity);
    if (outcome.ok) {
      if (outcome.changed) {
        term.markDirty(entity);
        this.expiry.changed(entity);
      }
      for (const effect of outcome.effects) {
        if (effect.kind === 'start') {
          if (effect.fresh) term.ids.knowFresh(effect.instanceId);
          const { name, input, version, details } = effect;
          router.send(effect.instanceId, traced({ kind: 'start', name, input, version, details } as const, body.trace));
        } else if (effect.kind === 'signal') router.signal(effect, body.trace);
        else router.send(effect.target, { kind: 'cancel', name: effect.name });
      }
      if (body.reply !== undefined) router.answer(body.reply, entity.id, { ok: true, value: outcome.result }, started);
    } else if (body.reply !== undefined) {
      router.answer(body.reply, entity.id, { ok: false, error: outcome.error }, started);
    } else {
      const failure = { entityId: entity.id, operation: body.operation, error: outcome.error };
      term.batch.afterCommit.push(() => term.ports.onSignalFailed(failure));
    }
  }
}
