/** Time limits and retry policies: checks them, and computes from a policy alone when the next attempt begins. */
import {
  InvalidArgumentError,
  LockingRulesViolationError,
  MessageAbandonedError,
  UnknownActivityError,
  UnknownEntityError,
  UnknownOperationError,
  UnknownOrchestrationError,
  type DurableError,
} from '../errors/index.js';
import { shown } from '../errors/text.js';
import { durationMs, type Duration } from '../model/duration.js';
import { checkOptions } from '../model/options.js';
import type { Effects } from './definitions.js';
import { attemptOptions, retryOptions } from './option-names.js';
import type { AttemptOptions, RetryPolicy } from './call-options.js';

export interface CheckedRetry {
  readonly maxAttempts: number;
  readonly firstMs: number;
  readonly backoff: number;
  readonly maxMs: number;
  readonly timeoutMs: number;
  readonly shouldRetry: (error: DurableError) => boolean;
}

/** Upper bound of every interval, for any coefficient. */
const tenYearsMs = 10 * 365 * 86_400_000;

const never: CheckedRetry = {
  maxAttempts: 1,
  firstMs: 0,
  backoff: 1,
  maxMs: 0,
  timeoutMs: Number.POSITIVE_INFINITY,
  shouldRetry: () => false,
};

/** @throws InvalidArgumentError */
export function checkRetry(policy: RetryPolicy | undefined): CheckedRetry {
  return policy === undefined ? never : checked(checkOptions(policy, retryOptions, 'retry'));
}

function checked(policy: RetryPolicy): CheckedRetry {
  const backoff = policy.backoffCoefficient ?? 1;
  if (!Number.isInteger(policy.maxAttempts) || policy.maxAttempts < 1) {
    throw new InvalidArgumentError(
      'retry.maxAttempts',
      `${shown(policy.maxAttempts)} is not a whole number of at least 1`,
    );
  }
  if (typeof backoff !== 'number' || !(backoff >= 1) || backoff === Number.POSITIVE_INFINITY) {
    throw new InvalidArgumentError(
      'retry.backoffCoefficient',
      `${shown(backoff)} is not a finite number of at least 1`,
    );
  }
  if (policy.shouldRetry !== undefined && typeof policy.shouldRetry !== 'function') {
    throw new InvalidArgumentError('retry.shouldRetry', `${shown(policy.shouldRetry)} is not a function`);
  }
  return {
    maxAttempts: policy.maxAttempts,
    firstMs: durationMs(policy.firstRetryInterval ?? 1_000, 'retry.firstRetryInterval'),
    backoff,
    maxMs:
      policy.maxRetryInterval === undefined
        ? tenYearsMs
        : durationMs(policy.maxRetryInterval, 'retry.maxRetryInterval'),
    timeoutMs:
      policy.retryTimeout === undefined
        ? Number.POSITIVE_INFINITY
        : durationMs(policy.retryTimeout, 'retry.retryTimeout'),
    shouldRetry: policy.shouldRetry ?? (() => true),
  };
}

/** The timeout in ms. `undefined` for no time limit. @throws InvalidArgumentError */
export function checkTimeout(timeout: Duration | undefined): number | undefined {
  return timeout === undefined ? undefined : durationMs(timeout, 'timeout');
}

/** The interval before the next attempt, in ms. `undefined` if the policy allows no further attempt. */
export function nextDelayMs(retry: CheckedRetry, failedAttempts: number, elapsedMs: number): number | undefined {
  if (failedAttempts >= retry.maxAttempts) return undefined;
  const delayMs = Math.min(retry.firstMs * retry.backoff ** (failedAttempts - 1), retry.maxMs, tenYearsMs);
  return elapsedMs + delayMs > retry.timeoutMs ? undefined : Math.round(delayMs);
}

const hopeless = [
  UnknownActivityError,
  UnknownEntityError,
  UnknownOperationError,
  UnknownOrchestrationError,
  LockingRulesViolationError,
  MessageAbandonedError,
];

/** Whether a retry is useless under any policy: the name is unknown, a rule forbids the request, or the message became a dead letter. */
export function isHopeless(error: unknown): boolean {
  const abandoned = error instanceof Error && error.cause instanceof MessageAbandonedError;
  return abandoned || hopeless.some((type) => error instanceof type);
}

/** The problem of a policy that is declared with an operation. `undefined` if it is valid. */
export function attemptsProblem(options: AttemptOptions, effects: Effects | undefined): string | undefined {
  try {
    if ((options as unknown) === undefined) return 'its options are not an object';
    const { timeout, retry } = checkOptions(options, attemptOptions);
    if (timeout === undefined && retry === undefined) return undefined;
    if (effects === 'none') {
      return (
        "timeout and retry need effects: 'external'. An operation of an entity with effects 'none' ends in its turn and uses nothing " +
        'outside, so a second attempt would have the same outcome'
      );
    }
    checkTimeout(timeout);
    checkRetry(retry);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
