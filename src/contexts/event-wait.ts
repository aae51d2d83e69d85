/** A wait for an external event: a promise that can be cancelled. */
import { TimeoutError } from '../errors/index.js';
import { checkEventName } from '../model/arguments.js';
import { durationMs, type Duration } from '../model/duration.js';
import { checkOptions } from '../model/options.js';
import { decodeValue } from '../model/values.js';
import type { DurableTimer } from '../functions/orchestration-context.js';
import type { Pending, Settle } from './context-promise.js';
import type { EventWaiting } from './event-buffer.js';
import { startTimer } from './durable-timer.js';
import { Interest } from './interest.js';
import type { Session } from './session.js';

export interface StartedWait<Event> {
  readonly promise: Promise<Event>;
  cancel(): void;
}

/** @throws InvalidArgumentError */
export function startWait<Event>(
  session: Session,
  name: string,
  options: { readonly timeout?: Duration | undefined } | undefined,
): StartedWait<Event> {
  checkEventName(name);
  const { timeout } = checkOptions(options, { timeout: true });
  const timeoutMs = timeout === undefined ? undefined : durationMs(timeout, 'timeout');
  return session.events.exact
    ? exactWait(session, name, timeoutMs)
    : new ContextWait<Event>(session, name, timeoutMs).started();
}

/** A wait by the rules of version 0.1. */
function exactWait<Event>(session: Session, name: string, timeoutMs: number | undefined): StartedWait<Event> {
  const arrived = session.events.take(name);
  const waiting = session.tasks.promises.make<Event>();
  if (arrived === undefined) return new ContextWait<Event>(session, name, timeoutMs).started();
  settle(() => decodeValue(arrived.text), waiting);
  return { promise: waiting.promise, cancel: () => {} };
}

class ContextWait<Event> {
  private readonly waiting: Pending<Event>;
  private readonly wait: EventWaiting;
  private timer: DurableTimer | undefined = undefined;
  /** Whether the wait was served, was cancelled, or timed out. */
  private over = false;

  constructor(
    private readonly session: Session,
    private readonly name: string,
    private readonly timeoutMs: number | undefined,
  ) {
    const { events, tasks, turn } = session;
    this.waiting = tasks.promises.make<Event>();
    const unread = events.has(name);
    // A wait that is served at once needs no timer.
    if (!unread) this.limit();
    this.wait = events.wait(name, turn, (read) => this.serve(read));
    if (!events.exact) {
      const forgettable = { rest: () => void this.wait.stop(), wake: () => this.wake() };
      this.waiting.promise.interest = new Interest(forgettable);
    }
    if (unread) this.giveOut();
  }

  started(): StartedWait<Event> {
    return { promise: this.waiting.promise, cancel: () => this.cancel() };
  }

  private serve(read: () => unknown): void {
    this.over = true;
    this.timer?.cancel();
    this.waiting.promise.interest?.serve();
    settle(read, this.waiting);
  }

  /** Enters the wait again, when the code looks at it after it had lost its races. */
  private wake(): void {
    const { events, outcome, turn } = this.session;
    if (this.over || outcome !== undefined) return;
    events.enter(this.wait, turn);
    if (events.has(this.name)) this.giveOut();
  }

  private giveOut(): void {
    const { session } = this;
    session.limits.add(() => this.limit());
    session.events.giveOut(
      () => session.outcome !== undefined,
      decodeValue,
      () => {
        for (const limit of session.limits) limit();
        session.limits.clear();
      },
    );
  }

  /** Starts the timer of the time limit, once. */
  private limit(): void {
    const { timeoutMs, session } = this;
    if (timeoutMs === undefined || this.timer !== undefined || this.over) return;
    this.timer = startTimer(session, session.timeMs + timeoutMs);
    void this.timer.then(() => {
      this.stop();
      const what = `no event ${JSON.stringify(this.name)} came`;
      this.waiting.reject(new TimeoutError(what, timeoutMs, 'The run keeps later events as unread events.'));
    });
  }

  private stop(): void {
    this.over = true;
    this.wait.stop();
  }

  private cancel(): void {
    if (this.over || this.session.outcome !== undefined) return;
    this.session.checkTurn('waitForExternalEvent().cancel');
    this.stop();
    this.timer?.cancel();
  }
}

function settle<T>(read: () => unknown, waiting: Settle<T>): void {
  try {
    waiting.resolve(read() as T);
  } catch (error) {
    waiting.reject(error);
  }
}
