/** Problems: requests that are refused, and errors of the library, as answers with a status, a code and a hint. Answers never hold a stack. */
import { DurableError, httpStatusOf, type RetryAdvice } from '../errors/index.js';
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

/** The status of an error. 500 for an error that has none. */
export function statusOfError(error: unknown): number {
  return error instanceof HttpProblem ? error.status : httpStatusOf(error);
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
