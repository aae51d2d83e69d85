/** HTTP statuses of errors: one table for the handler of this package, for NestJS, and for servers of applications. */
import { DurableError } from './durable-error.js';

/** Statuses of the codes of this package. Codes that are not here are 500. */
const statuses: Readonly<Record<string, number>> = {
  DE_INVALID_ARGUMENT: 400,
  DE_INVALID_ENTITY_ID: 400,
  DE_SERIALIZATION: 400,
  DE_INVALID_INPUT: 422,
  DE_UNKNOWN_OPERATION: 422,
  DE_OPERATION_FAILED: 422,
  DE_STATE_SERIALIZATION: 422,
  DE_CONSTRUCTION: 422,
  DE_READ_ONLY: 422,
  DE_EFFECTS_VIOLATION: 422,
  DE_DEAD_LETTER: 422,
  DE_UNKNOWN_ENTITY: 404,
  DE_UNKNOWN_ORCHESTRATION: 404,
  DE_ORCHESTRATION_NOT_FOUND: 404,
  DE_INSTANCE_EXISTS: 409,
  DE_INVALID_OPERATION: 409,
  DE_REQUEST_ID_REUSED: 409,
  DE_REWIND_NOT_POSSIBLE: 409,
  DE_LIMIT_EXCEEDED: 413,
  DE_NOT_SUPPORTED: 501,
  DE_BACKPRESSURE: 503,
  DE_CLIENT_CLOSED: 503,
  DE_HOST_STOPPED: 503,
  DE_LEASE_LOST: 503,
  DE_STORAGE_BUSY: 503,
  DE_TIMEOUT: 504,
  DE_UNKNOWN_OUTCOME: 504,
};

/**
 * The HTTP status for an error of a request: 400 to 422 for what the caller can change, 503 and 504 for what a repetition may cure, 500
 * for everything else. An operation that failed is 422, whatever its own error is.
 */
export function httpStatusOf(error: unknown): number {
  if (!(error instanceof DurableError)) return 500;
  if (Object.hasOwn(statuses, error.code)) return statuses[error.code] as number;
  // An error of an operation may have a code of its own, which becomes the code of the failure.
  return error.name === 'EntityOperationFailedError' ? 422 : 500;
}
