/** Request ids, and what makes a repeat of one the same message. */
import { createHash } from 'node:crypto';
import { InvalidArgumentError } from '../errors/index.js';
import { idProblem } from '../model/text.js';
import { canonicalJson } from '../model/values.js';
import type { IdempotencyKey } from '../hub/task-hub.js';

/** `content`: kind, operation, input as JSON text, and what else makes the message what it is. */
export function receiptOf(
  requestId: string | undefined,
  [kind, operation, input, ...rest]: readonly [string, string, string | undefined, ...string[]],
): IdempotencyKey | undefined {
  if (requestId === undefined) return undefined;
  checkRequestId(requestId);
  return {
    requestId,
    hash: createHash('sha256')
      .update(JSON.stringify([kind, operation, canonicalJson(input), ...rest]))
      .digest('base64'),
  };
}

/** @throws InvalidArgumentError */
export function checkRequestId(requestId: string): void {
  const problem = requestId === '' ? 'it is empty' : idProblem(requestId);
  if (problem !== undefined) throw new InvalidArgumentError('requestId', problem, 'Give 1 to 512 bytes of text.');
}
