/**
 * Retries of a client's call. The outcome of an attempt decides what the client sends next:
 *
 *   no answer in time, or unknown whether the message was stored → the same message again, with the same request id
 *   the operation failed (and was rolled back)                   → a new message
 *   any other error                                              → no retry
 */
import { randomUUID } from 'node:crypto';
import {
  BackpressureError,
  EntityOperationFailedError,
  StorageBusyError,
  TimeoutError,
  UnknownOutcomeError,
  type DurableError,
} from '../errors/index.js';
import { isHopeless, nextDelayMs, type CheckedRetry } from '../functions/attempts.js';
import type { ClientPorts } from './client-ports.js';

/** Errors after which the message may be stored already, or may be stored later. */
const unknownOutcomes = [TimeoutError, UnknownOutcomeError, StorageBusyError, BackpressureError];

/**
 * Calls until an attempt succeeds, or until the retry policy allows no further attempt. Rejects with the error of the last attempt.
 * @param requestId the caller's idempotency key. Default: a random one. Each message after a failed operation has a key of its own,
 *   `<requestId>#2`, `<requestId>#3` …: a caller that repeats the whole call sends the same keys in the same order.
 * @param call makes one attempt under the request id that it is given
 */
export async function withRetries<Result>(
  { clock, hub }: Pick<ClientPorts, 'clock' | 'hub'>,
  retry: CheckedRetry,
  requestId: string = randomUUID(),
  call: (requestId: string) => Promise<Result>,
): Promise<Result> {
  const startedMs = clock.monotonicMs();
  let messages = 1;
  for (let failed = 1; ; failed++) {
    try {
      return await call(messages === 1 ? requestId : `${requestId}#${messages}`);
    } catch (error) {
      const isUnknown = unknownOutcomes.some((type) => error instanceof type);
      if (!isUnknown && (!(error instanceof EntityOperationFailedError) || isHopeless(error))) throw error;
      const delayMs = nextDelayMs(retry, failed, clock.monotonicMs() - startedMs);
      if (delayMs === undefined || !retry.shouldRetry(error as DurableError)) throw error;
      if (!isUnknown) messages++;
      await hub.pause(delayMs);
    }
  }
}
