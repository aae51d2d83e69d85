import { checkSchedule } from '../model/arguments.js';
import type { EntityId } from '../model/entity-id.js';
import type { EntitySignal } from '../hub/task-hub.js';
import type { TransactionSignalOptions } from './client-options.js';
import { receiptOf } from './request-receipt.js';

/** An operation of an entity that a client sends. */
export interface NamedOperation {
  readonly id: EntityId;
  readonly operation: string;
  /** JSON text. */
  readonly input: string | undefined;
}

/** The message of a signal. @param options checked options @throws InvalidArgumentError */
export function signalMessage(
  { id, operation, input }: NamedOperation,
  options: TransactionSignalOptions | undefined,
): EntitySignal {
  const entityId = id.toString();
  if (options === undefined) return { entityId, operation, input };
  const { requestId } = options;
  const { dueMs, name, everyMs } = checkSchedule(options);
  if (name !== undefined) {
    const every = everyMs === undefined ? [] : [String(everyMs)];
    const idempotencyKey = receiptOf(requestId, ['signal', operation, input, String(dueMs), name, ...every]);
    return { entityId, operation, input, dueMs, name, everyMs, idempotencyKey };
  }
  const idempotencyKey = receiptOf(requestId, ['signal', operation, input, String(dueMs)]);
  return { entityId, operation, input, dueMs, idempotencyKey };
}
