/** What an orchestrator asks for with a time limit and a retry policy: by durable timers, so that replay comes the same way. */
import { TimeoutError, type DurableError } from '../errors/index.js';
import { checkRetry, checkTimeout, isHopeless, nextDelayMs, type CheckedRetry } from '../functions/attempts.js';
import type { AttemptOptions, DurableTimer } from '../functions/orchestration-context.js';
import { optionsOf } from '../model/options.js';
import type { Asked } from './asked.js';
import type { LiveSession } from './orchestration-session.js';

export interface CheckedAttempts {
  readonly retry: CheckedRetry;
  readonly timeoutMs: number | undefined;
}

const once: CheckedAttempts = { retry: checkRetry(undefined), timeoutMs: undefined };

/** @throws InvalidArgumentError */
export function checkAttempts(options: AttemptOptions | undefined): CheckedAttempts {
  if (options === undefined) return once;
  const { timeout, retry } = optionsOf(options);
  return { retry: checkRetry(retry), timeoutMs: checkTimeout(timeout) };
}

export class TaskAttempts {
  constructor(
    private readonly session: LiveSession,
    private readonly timer: (delayMs: number, limits?: { task: number; ms: number }) => DurableTimer,
  ) {}

  /** Asks for it at once, and again as the policy says. */
  make<Output>(asked: Asked, { retry, timeoutMs }: CheckedAttempts): Promise<Output> {
    const first = this.attempt<Output>(asked, timeoutMs);
    if (retry.maxAttempts === 1) return first;
    return this.session.tasks.promises.follow(this.retried(asked, first, retry, timeoutMs));
  }

  /** The answer, or a failure when its time is over; then nobody waits for it any more. */
  private attempt<Output>(asked: Asked, timeoutMs: number | undefined): Promise<Output> {
    const { tasks } = this.session;
    const task = asked.ask();
    if (timeoutMs === undefined) return tasks.open<Output>(task, asked);
    const limit = this.timer(timeoutMs, { task, ms: timeoutMs });
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

  private async retried<Output>(
    asked: Asked,
    first: Promise<Output>,
    retry: CheckedRetry,
    timeoutMs: number | undefined,
  ): Promise<Output> {
    const startedMs = this.session.timeMs;
    let current = first;
    for (let failed = 1; ; failed++) {
      try {
        return await current;
      } catch (error) {
        const none = isHopeless(error) || !asked.mayRetry(error);
        const delayMs = none ? undefined : nextDelayMs(retry, failed, this.session.timeMs - startedMs);
        if (delayMs === undefined || !retry.shouldRetry(error as DurableError)) throw error;
        await this.timer(delayMs);
        current = this.attempt(asked, timeoutMs);
      }
    }
  }
}
