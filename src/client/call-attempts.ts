/**
 * Retries of a client's call. What is repeated depends on what is known of the attempt:
 *
 *   no answer in time, or nobody can tell whether the message was stored → the same message again, by its request id
 *   the operation failed (and was rolled back)                           → a new message
 *   anything else                                                        → no retry
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

/** Of these the message may be stored, or stored later. */
const unknownOutcomes = [TimeoutError, UnknownOutcomeError, StorageBusyError, BackpressureError];

/**
 * @param call makes an attempt under a request id
 * @param requestId of the caller; default: one that nobody else has. The messages after a failed one are `<requestId>#2`, `#3` …,
 *   so that whoever repeats the whole call comes the same way.
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
