/** Idempotency keys of clients. The hash of a message's content tells a repeat from another message with the same request id. */
import { hash } from 'node:crypto';
import { InvalidArgumentError } from '../errors/index.js';
import { idProblem } from '../model/text.js';
import { canonicalJson } from '../model/values.js';
import type { IdempotencyKey } from '../hub/task-hub.js';

/**
 * The idempotency key of a message. `undefined` if `requestId` is. The second argument is the content of the message: its kind, its
 * operation, its input as JSON text, and its other parts. @throws InvalidArgumentError
 */
export function receiptOf(
  requestId: string | undefined,
  [kind, operation, input, ...rest]: readonly [string, string, string | undefined, ...string[]],
): IdempotencyKey | undefined {
  if (requestId === undefined) return undefined;
  checkRequestId(requestId);
  return {
    requestId,
    hash: hash('sha256', JSON.stringify([kind, operation, canonicalJson(input), ...rest]), 'base64'),
  };
}

/** @throws InvalidArgumentError */
export function checkRequestId(requestId: string): void {
  const problem = requestId === '' ? 'it is empty' : idProblem(requestId);
  if (problem !== undefined) throw new InvalidArgumentError('requestId', problem, 'Give 1 to 512 bytes of text.');
}
