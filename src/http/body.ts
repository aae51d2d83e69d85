/** Bodies of requests: JSON of at most 1 MiB, from the stream, or as a framework has parsed it. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../ports/clock.js';
import type { FrameworkRequest } from './mount-point.js';
import { HttpProblem } from './problem.js';

export interface BodyLimits {
  readonly bytesMax: number;
  readonly timeoutMs: number;
}

/** Whether a request announces a body. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return length === undefined ? request.headers['transfer-encoding'] !== undefined : length !== '0';
}

/** The value of the body. `undefined` without a body. @throws HttpProblem */
export async function readBody(request: FrameworkRequest, clock: Clock, limits: BodyLimits): Promise<unknown> {
  if (!hasBody(request)) return undefined;
  const { body: taken } = request;
  // A parser of the framework has read the stream. Its value counts. Texts and bytes are what parsers of other types leave.
  if (taken !== undefined)
    return typeof taken === 'string' || taken instanceof Uint8Array ? parsed(taken, limits) : taken;
  return parsed(await readStream(request, clock, limits), limits);
}

function parsed(content: string | Uint8Array, { bytesMax }: BodyLimits): unknown {
  if (content.length > bytesMax) throw tooLarge(bytesMax);
  if (content.length === 0) return undefined;
  let text: string;
  try {
    text = typeof content === 'string' ? content : new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw badJson('it is not UTF-8');
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badJson('it cannot be parsed');
  }
}

function readStream(request: IncomingMessage, clock: Clock, { bytesMax, timeoutMs }: BodyLimits): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return Promise.reject(tooLarge(bytesMax));
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const timer = clock.setTimer(timeoutMs, () => fail(late(timeoutMs)));
    const leave = () => {
      timer.cancel();
      request.off('data', take).off('end', end).off('error', fail).off('close', closed);
    };
    const fail = (error: Error) => {
      leave();
      request.pause();
      reject(error);
    };
    const take = (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > bytesMax) fail(tooLarge(bytesMax));
      else chunks.push(chunk);
    };
    const end = () => {
      leave();
      resolve(Buffer.concat(chunks));
    };
    const closed = () =>
      fail(new HttpProblem('DE_HTTP_BAD_REQUEST', 'The body is incomplete.', 'Send the whole body.'));
    request.on('data', take).on('end', end).on('error', fail).on('close', closed);
  });
}

/** The connection of a refused body is closed: the remaining body would be read as the next request. */
const closing = { connection: 'close' };

function tooLarge(bytesMax: number): HttpProblem {
  return new HttpProblem(
    'DE_HTTP_TOO_LARGE',
    `The body is larger than ${bytesMax} bytes.`,
    'Send large data elsewhere, and its address here.',
    closing,
  );
}

function late(timeoutMs: number): HttpProblem {
  const message = `The body did not arrive within ${timeoutMs / 1_000} s.`;
  return new HttpProblem('DE_HTTP_TIMEOUT', message, 'Send the request again.', closing);
}

function badJson(problem: string): HttpProblem {
  return new HttpProblem('DE_HTTP_BAD_REQUEST', `The body is not JSON: ${problem}.`, 'Send JSON in UTF-8.');
}
