/** Time limits and retries of an orchestrator's requests. They use durable timers, so that replay takes the same path. */
import { TimeoutError, type DurableError } from '../errors/index.js';
import { checkRetry, checkTimeout, isHopeless, nextDelayMs, type CheckedRetry } from '../functions/attempts.js';
import { attemptOptions } from '../functions/option-names.js';
import type { AttemptOptions } from '../functions/call-options.js';
import { checkOptions } from '../model/options.js';
import type { DurableCall } from './durable-call.js';
import { startTimer } from './durable-timer.js';
import type { Session } from './session.js';

export interface CheckedAttempts {
  readonly retry: CheckedRetry;
  readonly timeoutMs: number | undefined;
}

const once: CheckedAttempts = { retry: checkRetry(undefined), timeoutMs: undefined };

/** @throws InvalidArgumentError */
export function checkAttempts(options: AttemptOptions | undefined): CheckedAttempts {
  if (options === undefined) return once;
  return checkedAttempts(checkOptions(options, attemptOptions));
}

/** Checks options that were copied before. @throws InvalidArgumentError */
export function checkedAttempts({ timeout, retry }: AttemptOptions): CheckedAttempts {
  return { retry: checkRetry(retry), timeoutMs: checkTimeout(timeout) };
}

/** Sends a request at once, and again by its retry policy. */
export function askWith<Output>(session: Session, asked: DurableCall, attempts: CheckedAttempts): Promise<Output> {
  const first = attempt<Output>(session, asked, attempts.timeoutMs);
  if (attempts.retry.maxAttempts === 1) return first;
  return session.tasks.promises.follow(retried(session, asked, first, attempts));
}

/** One attempt. Settles with the answer, or rejects with TimeoutError after its time limit; a later answer is ignored. */
function attempt<Output>(session: Session, asked: DurableCall, timeoutMs: number | undefined): Promise<Output> {
  const { tasks } = session;
  const task = asked.ask();
  if (timeoutMs === undefined) return tasks.open<Output>(task, asked);
  const limit = startTimer(session, session.timeMs + timeoutMs, { task, ms: timeoutMs });
  const pending = tasks.promises.make<Output>(asked);
  tasks.add(task, {
    resolve: (value) => {
      limit.cancel();
      pending.resolve(value as Output);
    },
    reject: (error) => {
      limit.cancel();
      pending.reject(error);
    },
  });
  void limit.then(() => {
    tasks.take(task);
    asked.givenUp?.(task);
    pending.reject(new TimeoutError(asked.what, timeoutMs, asked.hint));
  });
  return pending.promise;
}

async function retried<Output>(
  session: Session,
  asked: DurableCall,
  first: Promise<Output>,
  { retry, timeoutMs }: CheckedAttempts,
): Promise<Output> {
  const startedMs = session.timeMs;
  let current = first;
  for (let failed = 1; ; failed++) {
    try {
      return await current;
    } catch (error) {
      const none = isHopeless(error) || !asked.mayRetry(error);
      const delayMs = none ? undefined : nextDelayMs(retry, failed, session.timeMs - startedMs);
      if (delayMs === undefined || !retry.shouldRetry(error as DurableError)) throw error;
      await startTimer(session, session.timeMs + delayMs);
      current = attempt(session, asked, timeoutMs);
    }
  }
}
