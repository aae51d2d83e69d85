/** What an orchestrator asks for with a time limit and a retry policy: by durable timers, so that replay comes the same way. */
import { TimeoutError, type DurableError } from '../errors/index.js';
import { isHopeless, nextDelayMs, type CheckedRetry } from '../functions/attempts.js';
import type { DurableTimer } from '../functions/orchestration-context.js';
import type { LiveSession } from './orchestration-session.js';

/** One attempt. */
export interface Asked {
  readonly task: number;
  /** What did not come, where its time is over. */
  readonly what: string;
  readonly hint: string;
  /** What an answer or a timeout is rejected with. Default: as it is. */
  readonly errorOf?: ((error: unknown) => unknown) | undefined;
  /** Its time is over. */
  readonly givenUp?: (() => void) | undefined;
}

export class TaskAttempts {
  constructor(
    private readonly session: LiveSession,
    private readonly timer: (delayMs: number, limits?: { task: number; ms: number }) => DurableTimer,
  ) {}

  /** @param ask asks for it; called once for each attempt, the first time at once */
  make<Output>(
    retry: CheckedRetry,
    timeoutMs: number | undefined,
    ask: () => Asked,
    mayRetry: (error: unknown) => boolean = () => true,
  ): Promise<Output> {
    const attempt = () => this.answer<Output>(ask(), timeoutMs);
    const first = attempt();
    if (retry.maxAttempts === 1) return first;
    return this.session.tasks.promises.follow(this.retried(retry, first, attempt, mayRetry));
  }

  /** The answer, or a failure when its time is over; then nobody waits for it any more. */
  private answer<Output>(asked: Asked, timeoutMs: number | undefined): Promise<Output> {
    const { task, what, hint, errorOf = asItIs, givenUp } = asked;
    const { tasks } = this.session;
    if (timeoutMs === undefined) return tasks.open<Output>(task, undefined, errorOf);
    const limit = this.timer(timeoutMs, { task, ms: timeoutMs });
    return tasks.promises.make<Output>(({ resolve, reject }) => {
      tasks.add(task, {
        resolve: (value) => {
          limit.cancel();
          resolve(value as Output);
        },
        reject: (error) => {
          limit.cancel();
          reject(errorOf(error));
        },
      });
      void limit.then(() => {
        tasks.take(task);
        givenUp?.();
        reject(errorOf(new TimeoutError(what, timeoutMs, hint)));
      });
    });
  }

  private async retried<Output>(
    retry: CheckedRetry,
    first: Promise<Output>,
    attempt: () => Promise<Output>,
    mayRetry: (error: unknown) => boolean,
  ): Promise<Output> {
    const startedMs = this.session.timeMs;
    let current = first;
    for (let failed = 1; ; failed++) {
      try {
        return await current;
      } catch (error) {
        const none = isHopeless(error) || !mayRetry(error);
        const delayMs = none ? undefined : nextDelayMs(retry, failed, this.session.timeMs - startedMs);
        if (delayMs === undefined || !retry.shouldRetry(error as DurableError)) throw error;
        await this.timer(delayMs);
        current = attempt();
      }
    }
  }
}

function asItIs(given: unknown): unknown {
  return given;
}
