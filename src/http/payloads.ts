/** Payloads: user values in answers, shown, hidden or replaced as the option `payloads` says. */
import { EntityOperationFailedError } from '../errors/index.js';
import type { ShownValue } from '../hub/inspected.js';
import type { Answer } from './exchange.js';
import type { CheckedOptions, PayloadPlace } from './options.js';
import { decodeError } from '../model/error-details.js';
import { plainJson, plainOfText, type PlainJson } from './plain-json.js';
import { HttpProblem, statusOfError } from './problem.js';
import { boolean, int, object, string, unknown } from './vendor.js';

/** A user value in an answer. */
export interface Payload {
  /** The value as plain JSON. Absent if it is cut, hidden or damaged. */
  readonly value?: unknown;
  /** The beginning of the stored text of a value that is cut, or the whole of one that is damaged. */
  readonly text?: string;
  /** Length of the stored text. */
  readonly length?: number;
  readonly cut?: boolean;
  readonly hidden?: boolean;
}

export const payloadSchema = object({
  value: unknown().optional(),
  text: string().optional(),
  length: int().optional(),
  cut: boolean().optional(),
  hidden: boolean().optional(),
}).nullable();

export class Payloads {
  constructor(private readonly policy: CheckedOptions['payloads']) {}

  /** Whether answers show values as they are. */
  get areShown(): boolean {
    return this.policy === 'show';
  }

  /** A search in hidden values would tell them, one question after another. @throws HttpProblem */
  checkSearch(contains: string | undefined): void {
    if (contains === undefined || this.areShown) return;
    throw new HttpProblem(
      'DE_HTTP_HIDDEN',
      'A search in values is refused, because this server hides them.',
      'Search by name, key, id or status.',
    );
  }

  /** `null` if there is no value. */
  ofStored(shown: ShownValue | undefined, where: PayloadPlace): Payload | null {
    if (shown === undefined) return null;
    const { text, length, isCut } = shown;
    if (this.policy === 'hide') return { hidden: true };
    if (isCut) return this.areShown ? { text, length, cut: true } : { hidden: true };
    let value: PlainJson;
    try {
      value = plainOfText(text);
    } catch {
      return this.areShown ? { text, length } : { hidden: true };
    }
    return { value: this.filtered(value, where), length };
  }

  /** An error, of its stored text: name, message, code and causes. Never a stack. */
  ofError(shown: ShownValue | undefined, where: PayloadPlace): Payload | null {
    if (shown === undefined) return null;
    if (this.policy === 'hide') return { hidden: true };
    const { text, length, isCut } = shown;
    if (!isCut) return { value: this.filtered(errorOfText(text), where), length };
    return this.areShown ? { value: beginningOfError(text), length, cut: true } : { hidden: true };
  }

  ofValue(value: unknown, where: PayloadPlace): Payload | null {
    if (value === undefined) return null;
    return this.policy === 'hide' ? { hidden: true } : { value: this.filtered(plainJson(value), where) };
  }

  /** The answer to an operation that failed, without the words of its error. @throws the error itself if payloads are shown */
  hiddenFailure(error: unknown): Answer {
    if (this.areShown || !(error instanceof EntityOperationFailedError)) throw error;
    const hint = 'This server hides errors of operations. The log of the host has them.';
    return { status: statusOfError(error), json: { code: error.code, message: 'The operation failed.', hint } };
  }

  private filtered(value: PlainJson, where: PayloadPlace): PlainJson {
    return typeof this.policy === 'function' ? plainJson(this.policy(value, where)) : value;
  }
}

function errorOfText(text: string): PlainJson {
  try {
    return plainJson(decodeError(text));
  } catch {
    return beginningOfError(text);
  }
}

/** Name and message stand first in the text of an error. */
function beginningOfError(text: string): PlainJson {
  const [, name, message] = /^\{"name":("(?:[^"\\]|\\.)*"),"message":("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
  if (name === undefined || message === undefined)
    return { name: 'Error', message: 'The stored error cannot be read.' };
  return { name: JSON.parse(name) as string, message: JSON.parse(message) as string };
}
