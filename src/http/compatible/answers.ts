/** Requests and answers of the compatible API. */
import type { DurableError } from '../../errors/durable-error.js';
import type { Answer, Exchange } from '../exchange.js';
import { HttpProblem } from '../problem.js';
import type { ManagementLinks } from './links.js';
import type { Parameters } from './parameters.js';

export interface CompatibleRequest {
  readonly exchange: Exchange;
  readonly parameters: Parameters;
  /** URL of the API as the client addresses it, without a slash at its end. */
  readonly base: string;
}

/** The message has been accepted. Clients of Azure expect no body. */
export const accepted: Answer = { status: 202 };

/** The answer to a start: where the status of the instance is, and when to ask for it. */
export function started(links: ManagementLinks): Answer {
  return { status: 202, headers: { location: links.statusQueryGetUri, 'retry-after': '10' }, json: links };
}

/** The answer to an error of the library, with another status than the error has in general. */
export function refused(status: number, { code, message, hint }: DurableError): Answer {
  return { status, json: { code, message, hint } };
}

/** The answer to an error of one of the given classes. @throws every other error */
export function refusedAs(
  status: number,
  error: unknown,
  // eslint-disable-next-line typescript/no-explicit-any -- any constructor
  ...classes: readonly (new (...args: any[]) => DurableError)[]
): Answer {
  if (classes.some((type) => error instanceof type)) return refused(status, error as DurableError);
  throw error;
}

export function nothingHere(): HttpProblem {
  return new HttpProblem(
    'DE_HTTP_NOT_FOUND',
    'The compatible API has nothing at this path.',
    'It has orchestrators/NAME, instances/ID and entities/NAME/KEY.',
  );
}

/** @param allowed methods of the path */
export function wrongMethod(method: string, allowed: readonly string[]): HttpProblem {
  return new HttpProblem('DE_HTTP_METHOD', `${method} is not served at this path.`, `Use ${allowed.join(' or ')}.`, {
    allow: allowed.join(', '),
  });
}
