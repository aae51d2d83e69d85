/** A wait for an external event: a promise that can be cancelled. */
import { TimeoutError } from '../errors/index.js';
import { checkEventName } from '../model/arguments.js';
import { durationMs, type Duration } from '../model/duration.js';
import { checkOptions } from '../model/options.js';
import { decodeValue } from '../model/values.js';
import type { Settle } from './context-promise.js';
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
  const { events } = session;
  const arrived = events.take(name);
  const waiting = session.tasks.promises.make<Event>();
  if (arrived !== undefined) {
    settle(() => decodeValue(arrived.text), waiting);
    return { promise: waiting.promise, cancel: () => {} };
  }
  const timer = timeoutMs === undefined ? undefined : startTimer(session, session.timeMs + timeoutMs);
  const serve = (read: () => unknown) => {
    timer?.cancel();
    settle(read, waiting);
  };
  const wait = events.wait(name, session.turn, serve);
  let over = false;
  const stop = () => {
    over = true;
    wait.stop();
  };
  if (!events.exact) {
    waiting.promise.interest = new Interest({
      rest: () => void wait.stop(),
      wake: () => {
        if (over || session.outcome !== undefined) return;
        const kept = events.take(name);
        if (kept === undefined) events.enter(wait, session.turn);
        else {
          over = true;
          serve(() => decodeValue(kept.text));
        }
      },
    });
  }
  void timer?.then(() => {
    stop();
    waiting.reject(
      new TimeoutError(
        `no event ${JSON.stringify(name)} came`,
        timeoutMs as number,
        'Events that come later are kept.',
      ),
    );
  });
  const cancel = () => {
    if (over || session.outcome !== undefined) return;
    session.checkTurn('waitForExternalEvent().cancel');
    stop();
    timer?.cancel();
  };
  return { promise: waiting.promise, cancel };
}

function settle<T>(read: () => unknown, waiting: Settle<T>): void {
  try {
    waiting.resolve(read() as T);
  } catch (error) {
    waiting.reject(error);
  }
}
