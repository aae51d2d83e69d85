/**
 * A live orchestrator: its code, the events that it receives, and the actions that it requests.
 *
 *   idle --feed--> in turn --collect--> idle … --outcome--> over
 *
 * The code may use its context, or end, only inside a turn. Otherwise it has awaited something that is not durable.
 */
import { runInFrame, type Strict } from '../functions/ambient.js';
import type { OrchestrationDefinition } from '../functions/definitions.js';
import { outside, callAnswered, granted, type Section, type Verdict } from '../core/critical-section/section.js';
import { LockingRulesViolationError, NonDeterministicOrchestrationError, NotAwaitedError } from '../errors/index.js';
import { placeCallSites, placeOf } from '../model/call-site.js';
import { decodeError, encodeError } from '../model/error-details.js';
import type { RunAction, RunOutcome, SessionEvent } from '../model/orchestration-events.js';
import { encodeWithin } from '../model/limits.js';
import { decodeValue } from '../model/values.js';
import type { NameKind, Names } from '../ports/names.js';
import type {
  OrchestrationSession,
  ReplayedTurn,
  RunIdentity,
  SessionObserver,
  UnreadEvents,
} from '../ports/user-code.js';
import { EventBuffer } from './event-buffer.js';
import { asPromised } from './generators.js';
import { HeldSection } from './held-section.js';
import { forgetUnraced } from './interest.js';
import { LastStep } from './last-step.js';
import { RunContext } from './run-context.js';
import type { Session } from './session.js';
import type { RuntimeSupport } from './support.js';
import { TaskLedger } from './task-ledger.js';

const nothing: readonly RunAction[] = [];
const noEvents: UnreadEvents = { names: [], count: 0, awaited: [] };

export class LiveSession implements OrchestrationSession, Session, Names {
  readonly tasks = new TaskLedger();
  /** Whether the rules of version 0.1 apply to events. */
  private exactEvents = false;
  // Few orchestrations wait for events.
  private eventBuffer: EventBuffer | undefined = undefined;
  private eventLimits: Set<() => void> | undefined = undefined;
  /** Number of events that the session has received. */
  turn = 0;
  section: Section = outside;
  customStatus: { readonly text: string | undefined } | undefined = undefined;
  tagChanges: { readonly [name: string]: string | null } | undefined = undefined;
  outcome: RunOutcome | undefined = undefined;
  timeMs = 0;
  private replay: ReplayedTurn | undefined = undefined;
  readonly support: RuntimeSupport;
  readonly strict: Strict | undefined;
  private inTurn = false;
  private closed = false;
  /** The number of the next action. */
  nextTask = 0;
  private last: LastStep | undefined = undefined;
  /** Actions requested in this turn. `undefined` until there is one. */
  private actions: RunAction[] | undefined = undefined;
  /** The last unknown name: its kind, and the names that were known at that time. */
  private refusal: { readonly kind: NameKind; readonly known: readonly string[] } | undefined = undefined;
  /** Branch that the code takes at each patch. The first call of an execution decides. */
  private patches: Map<string, boolean> | undefined = undefined;

  constructor(
    readonly definition: OrchestrationDefinition,
    readonly identity: RunIdentity,
    private readonly worker: RuntimeSupport,
    readonly observer: SessionObserver,
  ) {
    this.support = { classes: worker.classes, limits: worker.limits, directory: this };
    this.strict = worker.strict;
  }

  get replaying(): boolean {
    return this.replay !== undefined;
  }

  /** Whether a name is registered. Registered names may change before a replay, so a refusal is recorded and repeated. */
  knows(kind: NameKind, name: string): boolean {
    const { replay } = this;
    const what = `${kind}:${name}`;
    const known = replay === undefined ? this.worker.directory.knows(kind, name) : !replay.refused.has(what);
    if (known) return true;
    const listed = replay?.refused.get(what) ?? this.worker.directory.list(kind);
    this.refusal = { kind, known: listed };
    this.ask({ task: this.nextTask, kind: 'refused', name: what, known: listed });
    return false;
  }

  /** The registered names. After a refusal, those that were registered at that time. */
  list(kind: NameKind): string[] {
    const { refusal } = this;
    return refusal?.kind === kind ? [...refusal.known] : this.worker.directory.list(kind);
  }

  get events(): EventBuffer {
    return (this.eventBuffer ??= new EventBuffer(this.exactEvents));
  }

  get limits(): Set<() => void> {
    return (this.eventLimits ??= new Set());
  }

  get waiting(): boolean {
    return this.tasks.size > 0 || (this.eventBuffer?.waiting ?? 0) > 0;
  }

  feed(event: SessionEvent, timeMs: number, replay?: ReplayedTurn): void {
    this.timeMs = timeMs;
    this.replay = replay;
    this.inTurn = true;
    this.turn++;
    this.tagChanges = undefined;
    switch (event.kind) {
      case 'started':
        this.exactEvents = event.rules === undefined;
        this.eventBuffer = undefined;
        this.begin(event.input);
        break;
      case 'completed':
      case 'failed':
        this.section = callAnswered(this.section, event.task);
        this.answer(event);
        break;
      case 'fired':
        this.tasks.take(event.task)?.resolve(undefined);
        break;
      case 'granted':
        this.section = granted(this.section, event.task);
        this.tasks.take(event.task)?.resolve(new HeldSection(this, event.task));
        break;
      case 'event':
        this.events.add(event.name, event.value, decodeValue);
        break;
    }
  }

  /** Settles a task. A value that this version cannot read rejects the task's promise. */
  private answer(event: SessionEvent & { kind: 'completed' | 'failed' }): void {
    const waiting = this.tasks.take(event.task);
    if (waiting === undefined) return;
    try {
      if (event.kind === 'completed') waiting.resolve(decodeValue(event.value));
      else waiting.reject(decodeError(event.error));
    } catch (error) {
      waiting.reject(error);
    }
  }

  private begin(input: string | undefined): void {
    const context = new RunContext(this);
    const run = async () => asPromised(this.definition.handler(context, decodeValue(input)));
    const { instanceId, name } = this.identity;
    const strict = this.strict?.used;
    runInFrame({ kind: 'orchestration', name, instanceId, strict }, run, undefined).then(
      (value) => this.over(true, value),
      (error: unknown) => this.over(false, error),
    );
  }

  /** Called when the code has ended. */
  private over(completed: boolean, value: unknown): void {
    if (this.outcome !== undefined || this.closed) return;
    if (!this.inTurn) {
      this.violated('it ended');
      return;
    }
    if (!completed) placeCallSites(value);
    try {
      if (completed) this.checkAwaited();
      this.outcome = completed
        ? { kind: 'completed', output: encodeWithin(this.support.limits, value, 'result', this.definition) }
        : { kind: 'failed', error: encodeError(value) };
    } catch (error) {
      this.outcome = { kind: 'failed', error: encodeError(error) };
    }
  }

  checkAwaited(): void {
    const { strict, identity, tasks } = this;
    if (strict === undefined) return;
    for (const { member, site } of tasks.promises.takeUnawaited()) {
      const place = placeOf(site) ?? 'an unknown place';
      const fields = { instance: identity.instanceId, orchestration: identity.name };
      strict.found(new NotAwaitedError(identity.name, member, place), `${member} ${place}`, fields);
    }
  }

  /** @throws NonDeterministicOrchestrationError outside of a turn */
  checkTurn(member: string): void {
    if (this.inTurn && !this.closed) return;
    throw this.violated(`it used context.${member}`);
  }

  private violated(what: string): Error {
    const error = new NonDeterministicOrchestrationError(
      this.identity.instanceId,
      `${what} after awaiting something that is not durable (a fetch, a setTimeout, another promise)`,
      undefined,
      undefined,
      this.lastStep,
    );
    if (!this.closed && this.outcome === undefined) this.observer.violated(error);
    return error;
  }

  /** Applies a verdict. Returns the section in which the request is made, `undefined` outside one. @throws LockingRulesViolationError */
  enter(verdict: Verdict, subject?: string): number | undefined {
    if ('refused' in verdict) throw new LockingRulesViolationError(verdict.refused, subject);
    const { next } = verdict;
    this.section = next;
    return next.kind === 'inside' ? next.task : undefined;
  }

  /** Requests an action under the number `nextTask`. Returns that number. */
  ask(action: RunAction): number {
    this.nextTask++;
    (this.last ??= new LastStep()).note(action);
    // Requests after the end (continueAsNew was called) are ignored.
    if (this.outcome === undefined) {
      // Most turns have one action. An array literal with one item allocates no further room.
      if (this.actions === undefined) this.actions = [action];
      else this.actions.push(action);
    }
    return action.task;
  }

  /** `true` for the new branch, which the first call records. @param live branch of new executions */
  patched(id: string, live: boolean): boolean {
    const known = this.patches?.get(id);
    if (known !== undefined) return known;
    const way = this.replay === undefined ? live : this.replay.patches.has(id);
    (this.patches ??= new Map()).set(id, way);
    if (way) this.ask({ task: this.nextTask, kind: 'patch', id });
    return way;
  }

  collect(): readonly RunAction[] {
    this.inTurn = false;
    forgetUnraced();
    const { actions } = this;
    this.actions = undefined;
    return actions ?? nothing;
  }

  get lastStep(): string | undefined {
    return this.last?.text;
  }

  get unreadEvents(): UnreadEvents {
    if (this.eventBuffer === undefined) return noEvents;
    const { unread, unreadCount, awaited } = this.eventBuffer;
    return { names: unread, count: unreadCount, awaited };
  }

  get unseenErrors(): readonly unknown[] {
    return this.tasks.promises.unseenErrors;
  }

  close(): void {
    this.closed = true;
  }
}
