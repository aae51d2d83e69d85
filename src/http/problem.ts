/** Problems: requests that are refused, and errors of the library, as answers with a status, a code and a hint. Answers never hold a stack. */
import { DurableError, type RetryAdvice } from '../errors/index.js';
import type { Answer } from './exchange.js';

/** The codes of refused requests, each with its status and its meaning. `docs/guides/http-api.md` shows this table. */
export const problems = {
  DE_HTTP_BAD_REQUEST: { status: 400, when: 'A path, query or body is not valid. The message names the field.' },
  DE_HTTP_UNAUTHENTICATED: { status: 401, when: 'The request has no credentials, or wrong ones.' },
  DE_HTTP_WRONG_HOST: { status: 403, when: 'The Host header is neither a loopback name nor in the option `hosts`.' },
  DE_HTTP_CROSS_SITE: { status: 403, when: 'A page of another site may have caused the request.' },
  DE_HTTP_READ_ONLY: { status: 403, when: 'The caller may only read.' },
  DE_HTTP_HIDDEN: { status: 403, when: 'A search in values that the option `payloads` hides.' },
  DE_HTTP_NOT_FOUND: {
    status: 404,
    when: 'Nothing is served at the path, or the entity, orchestration or message does not exist.',
  },
  DE_HTTP_METHOD: { status: 405, when: 'The path is served with other methods. The header Allow names them.' },
  DE_HTTP_TIMEOUT: { status: 408, when: 'The body did not arrive within 30 s.' },
  DE_HTTP_CONFLICT: { status: 409, when: 'A bulk work runs already.' },
  DE_HTTP_TOO_LARGE: { status: 413, when: 'The body is larger than 1 MiB.' },
  DE_HTTP_PATH_TOO_LONG: { status: 414, when: 'The path with its query is longer than 8 KiB.' },
  DE_HTTP_CONTENT_TYPE: { status: 415, when: 'A write lacks the header Content-Type: application/json.' },
  DE_HTTP_TOO_MANY_FAILURES: { status: 429, when: 'Five wrong secrets came from the address within a minute.' },
  DE_HTTP_TOO_MANY_REQUESTS: { status: 429, when: 'Too many requests wait at the same time.' },
  DE_HTTP_INTERNAL: { status: 500, when: 'An error that is not of this package. The log of the process has it.' },
  DE_HTTP_TOO_MANY_STREAMS: { status: 503, when: '32 readers of events are connected, or the server ends.' },
} as const;

export type ProblemCode = keyof typeof problems;

/** A request that is refused. It becomes an answer, and no program ever catches it. */
export class HttpProblem extends DurableError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, message: string, hint: string, headers: Readonly<Record<string, string>> = {}) {
    const { status } = problems[code];
    const retry: RetryAdvice = status === 429 || status === 503 ? 'safe' : 'never';
    super(message, { code, retry, hint });
    this.status = status;
    this.headers = headers;
  }
}

/** Statuses of the library's own codes. Other codes of the library are 500. */
const statusOfCode: Readonly<Record<string, number>> = {
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

/** The status of an error. 500 for an error that has none. */
export function statusOfError(error: unknown): number {
  if (error instanceof HttpProblem) return error.status;
  if (!(error instanceof DurableError)) return 500;
  if (Object.hasOwn(statusOfCode, error.code)) return statusOfCode[error.code] as number;
  return causedByOperation(error) ? 422 : 500;
}

/** An operation may throw an error whose own `code` becomes the code of the failure. */
function causedByOperation(error: DurableError): boolean {
  return error.name === 'EntityOperationFailedError';
}

/** The body of an answer that refuses or fails. */
export interface ProblemBody {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** The body for an error. An error that is not of this package shows nothing of itself: it goes to the log. */
export function problemBody(error: unknown): ProblemBody {
  if (error instanceof DurableError) return { code: error.code, message: error.message, hint: error.hint };
  return {
    code: 'DE_HTTP_INTERNAL' satisfies ProblemCode,
    message: 'The request failed because of an internal error.',
    hint: 'The log of the process has the error.',
  };
}

export function problemAnswer(error: unknown): Answer {
  const status = statusOfError(error);
  return {
    status,
    headers: {
      ...(error instanceof HttpProblem ? error.headers : {}),
      ...(status === 503 && { 'retry-after': '1' }),
    },
    json: problemBody(error),
  };
}

export function notFound(message: string, hint = 'Check the name and the id.'): HttpProblem {
  return new HttpProblem('DE_HTTP_NOT_FOUND', message, hint);
}
