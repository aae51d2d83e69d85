import { DurableError } from '../errors/index.js';

/** A test waits for something that does not happen by itself. The message lists everything that is running or waiting. */
export class TestStuckError extends DurableError {
  constructor(
    what: string,
    /** Descriptions of running and waiting work, one line each. */
    readonly details: readonly string[],
    hint = 'Move virtual time (host.advance, host.until), or raise timeLimit if real work takes longer.',
  ) {
    super([`${what}.`, ...details.map((line) => `  ${line}`)].join('\n'), {
      code: 'DE_TEST_STUCK',
      retry: 'never',
      hint,
    });
  }
}

/** The process of a test host crashed before it could answer, by `host.crash()` or by a planned fault. */
export class TestHostCrashedError extends DurableError {
  constructor(what: string) {
    super(`No answer: the process has crashed (${what}).`, {
      code: 'DE_TEST_CRASHED',
      retry: 'same-id',
      hint: 'Continue with the next process: host = await host.crash(). Repeat the message there with the same requestId or instanceId.',
    });
  }
}
