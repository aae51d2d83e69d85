import { checkSchedule } from '../model/arguments.js';
import type { EntityId } from '../model/entity-id.js';
import type { ClientMessage } from '../ports/intake.js';
import type { TransactionSignalOptions } from './client-options.js';
import { receiptOf } from './request-receipt.js';

/** An operation of an entity, as a client asked for it. */
export interface NamedOperation {
  readonly id: EntityId;
  readonly operation: string;
  /** JSON text. */
  readonly input: string | undefined;
}

/** A signal as it is sent, by options that were checked. @throws InvalidArgumentError */
export function signalMessage(
  { id, operation, input }: NamedOperation,
  options: TransactionSignalOptions | undefined,
): ClientMessage {
  const target = id.toString();
  if (options === undefined) return { target, body: { kind: 'operation', operation, input } };
  const { requestId } = options;
  const { dueMs, name, everyMs } = checkSchedule(options);
  if (name !== undefined) {
    const every = everyMs === undefined ? [] : [String(everyMs)];
    const receipt = receiptOf(requestId, ['signal', operation, input, String(dueMs), name, ...every]);
    return { target, body: { kind: 'schedule', name, dueMs, everyMs, operation, input }, receipt };
  }
  const receipt = receiptOf(requestId, ['signal', operation, input, String(dueMs)]);
  return { target, body: { kind: 'operation', operation, input }, dueMs, receipt };
}
