import { DurableError } from '../errors/index.js';

/** A test waits for something that does not come by itself; the message says what everybody waits for. */
export class TestStuckError extends DurableError {
  constructor(
    what: string,
    /** What goes on, one line each. */
    readonly details: readonly string[],
    hint = 'Move virtual time (host.advance, host.until), or raise timeLimit where something real takes longer.',
  ) {
    super([`${what}.`, ...details.map((line) => `  ${line}`)].join('\n'), {
      code: 'DE_TEST_STUCK',
      retry: 'never',
      hint,
    });
  }
}

/** The process of a test host is gone before it could answer: `host.crash()`, or a planned fault. */
export class TestHostCrashedError extends DurableError {
  constructor(what: string) {
    super(`No answer: the process has crashed (${what}).`, {
      code: 'DE_TEST_CRASHED',
      retry: 'same-id',
      hint: 'Go on with the next process: host = await host.crash(). Repeat the message there with the same requestId or instanceId.',
    });
  }
}
