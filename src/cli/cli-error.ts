/** Errors of the command line, and the exit code of every error. */
import { DurableError } from '../errors/durable-error.js';

/** Exit codes. Scripts depend on them, so a code never changes its meaning. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  timeout: 5,
  interrupted: 130,
} as const;

export type Outcome = keyof typeof exitCodes;

const codeOf: { readonly [Name in Exclude<Outcome, 'done'>]: string } = {
  failed: 'DE_CLI_FAILED',
  usage: 'DE_CLI_USAGE',
  notFound: 'DE_CLI_NOT_FOUND',
  refused: 'DE_CLI_REFUSED',
  timeout: 'DE_CLI_TIMEOUT',
  interrupted: 'DE_CLI_INTERRUPTED',
};

/** An error that a command ends with. `outcome` decides the exit code. */
export class CliError extends DurableError {
  constructor(
    readonly outcome: Exclude<Outcome, 'done'>,
    message: string,
    hint: string,
    code = codeOf[outcome],
    cause?: unknown,
  ) {
    super(message, { code, retry: outcome === 'timeout' ? 'same-id' : 'never', hint, cause });
  }
}

/** Outcomes of the library's own codes. Every other code is `failed`. */
const outcomeOfCode: Readonly<Record<string, Outcome>> = {
  DE_INVALID_ARGUMENT: 'usage',
  DE_INVALID_ENTITY_ID: 'usage',
  DE_UNKNOWN_ENTITY: 'notFound',
  DE_UNKNOWN_ORCHESTRATION: 'notFound',
  DE_ORCHESTRATION_NOT_FOUND: 'notFound',
  DE_INVALID_OPERATION: 'refused',
  DE_TIMEOUT: 'timeout',
};

/** The exit code of an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return exitCodes[error.outcome];
  const code = error instanceof DurableError ? error.code : '';
  return exitCodes[Object.hasOwn(outcomeOfCode, code) ? (outcomeOfCode[code] as Outcome) : 'failed'];
}
