/** Retry policies of activities and sub-orchestrations: when to try again, decided from the policy alone. */
import { InvalidArgumentError, type DurableError } from '../errors/index.js';
import type { RetryPolicy } from '../functions/orchestration-context.js';
import { durationMs } from '../model/duration.js';

export interface CheckedRetry {
  readonly maxAttempts: number;
  readonly firstMs: number;
  readonly backoff: number;
  readonly maxMs: number;
  readonly timeoutMs: number;
  readonly shouldRetry: (error: DurableError) => boolean;
}

/** No policy waits longer, whatever its coefficient. */
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
  if (policy === undefined) return never;
  const backoff = policy.backoffCoefficient ?? 1;
  if (!Number.isInteger(policy.maxAttempts) || policy.maxAttempts < 1) {
    throw new InvalidArgumentError(
      'retry.maxAttempts',
      `it is ${String(policy.maxAttempts)}, not a whole number of at least 1`,
    );
  }
  if (typeof backoff !== 'number' || !(backoff >= 1) || backoff === Number.POSITIVE_INFINITY) {
    throw new InvalidArgumentError('retry.backoffCoefficient', `it is ${String(backoff)}, not a number of at least 1`);
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

/** How long to wait after this many failed attempts; `undefined`: no further attempt. */
export function nextDelayMs(retry: CheckedRetry, failedAttempts: number, elapsedMs: number): number | undefined {
  if (failedAttempts >= retry.maxAttempts) return undefined;
  const delayMs = Math.min(retry.firstMs * retry.backoff ** (failedAttempts - 1), retry.maxMs, tenYearsMs);
  return elapsedMs + delayMs > retry.timeoutMs ? undefined : Math.round(delayMs);
}
