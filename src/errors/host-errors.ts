import { DurableError } from './durable-error.js';
import { quoted } from './text.js';

/** A wait ended by its own timeout. Nothing was cancelled by it. */
export class TimeoutError extends DurableError {
  constructor(
    what: string,
    readonly timeoutMs: number,
    hint = 'Nothing was cancelled: wait again, or repeat a call with the same requestId.',
  ) {
    super(`Timed out after ${timeoutMs} ms: ${what}.`, { code: 'DE_TIMEOUT', retry: 'same-id', hint });
  }
}

/** The host stopped, or was stopped by a failure of its storage (`cause`), before this could finish. */
export class HostStoppedError extends DurableError {
  constructor(what = 'the host has stopped', cause?: unknown) {
    super(`Not done: ${what}.`, {
      code: 'DE_HOST_STOPPED',
      retry: 'same-id',
      hint: 'What was acknowledged is durable and goes on when a host starts on the same storage; repeat the rest there.',
      cause,
    });
  }
}

/** The client was closed before this could finish. */
export class ClientClosedError extends DurableError {
  constructor() {
    super('Not done: the client is closed.', {
      code: 'DE_CLIENT_CLOSED',
      retry: 'same-id',
      hint: 'What was acknowledged is durable and goes on; connect again, and repeat the rest with the same ids.',
    });
  }
}

/** The storage did not say whether the message became durable. */
export class UnknownOutcomeError extends DurableError {
  constructor(what: string, cause?: unknown) {
    super(`Outcome unknown: ${what}.`, {
      code: 'DE_UNKNOWN_OUTCOME',
      retry: 'same-id',
      hint: 'Repeat it with the same requestId or instanceId: it takes effect at most once.',
      cause,
    });
  }
}

/** A client was used inside an orchestrator or an `effects: 'none'` operation. */
export class ClientInsideTurnError extends DurableError {
  constructor(method: string, where: string) {
    super(`client.${method} cannot be used inside ${where}.`, {
      code: 'DE_CLIENT_INSIDE_TURN',
      retry: 'never',
      hint: 'Use the context there: context.signalEntity, context.callEntity, context.startNewOrchestration.',
    });
  }
}

/** A request id was used before with other content. */
export class RequestIdReusedError extends DurableError {
  constructor(
    readonly requestId: string,
    readonly target: string,
  ) {
    super(`Request id ${quoted(requestId)} was used before for ${quoted(target)} with other content.`, {
      code: 'DE_REQUEST_ID_REUSED',
      retry: 'never',
      hint: 'A request id names one message; take a new one for another message.',
    });
  }
}

/** Another worker, or a newer life of this one, owns what this commit wanted to write; it wrote nothing. */
export class LeaseLostError extends DurableError {
  constructor(
    readonly incarnation: number,
    readonly heldSeq: number,
    cause?: unknown,
  ) {
    super(`Commit ${heldSeq} of worker incarnation ${incarnation} was refused: its row is no longer alive.`, {
      code: 'DE_LEASE_LOST',
      retry: 'safe',
      hint: 'Live state was dropped and is read again. If it repeats, raise leaseDuration or look for a second host on the same database.',
      cause,
    });
  }
}

/** The storage failed: not a database, not writable, full, newer than this code, or broken. */
export class StorageError extends DurableError {
  constructor(problem: string, hint = 'See `cause` for what the database said.', cause?: unknown, code = 'DE_STORAGE') {
    // What is busy may be free later; what is not ours, newer or held by another host stays so.
    super(problem, { code, retry: code === 'DE_STORAGE_BUSY' ? 'safe' : 'never', hint, cause });
  }
}

/** The storage stayed busy (locked by others) for longer than allowed. The message may still become durable. */
export class StorageBusyError extends DurableError {
  constructor(what: string, cause?: unknown) {
    super(`The database is busy: ${what}.`, {
      code: 'DE_STORAGE_BUSY',
      retry: 'same-id',
      hint: 'Another connection holds the write lock; inside a transaction of your own use client.within.',
      cause,
    });
  }
}

/** Something that is no Error was thrown; `thrown` is that value. */
export class NonError extends DurableError {
  constructor(readonly thrown: unknown) {
    super(`A value that is no Error was thrown: ${quoted(thrown)}`, {
      code: 'DE_NON_ERROR',
      retry: 'never',
      hint: 'Throw Error objects.',
    });
  }
}

/** The host takes messages more slowly than they come: this one has waited too long, and was not sent. */
export class BackpressureError extends DurableError {
  constructor(
    readonly waitedMs: number,
    readonly waiting: number,
  ) {
    super(`Not sent: it waited ${waitedMs} ms behind ${waiting} other messages.`, {
      code: 'DE_BACKPRESSURE',
      retry: 'safe',
      hint: 'Send less at a time (await each send), or find out what holds the database up.',
    });
  }
}
