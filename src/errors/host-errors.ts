import { DurableError } from './durable-error.js';
import { explain, type WaitReason } from './wait-reason.js';
import { quoted } from './text.js';

/** A wait took longer than its timeout, `timeoutMs` milliseconds. The timeout cancelled nothing. */
export class TimeoutError extends DurableError {
  constructor(
    what: string,
    readonly timeoutMs: number,
    hint?: string,
    /** The reason of the timeout, e.g. no host is active, or the entity is locked. `undefined` if the client does not know it. */
    readonly reason?: WaitReason,
  ) {
    const known = reason === undefined ? undefined : explain(reason);
    super(`Timed out after ${timeoutMs} ms: ${what}${known === undefined ? '' : `: ${known.says}`}.`, {
      code: 'DE_TIMEOUT',
      retry: 'same-id',
      hint: known?.hint ?? hint ?? 'Nothing was cancelled: wait again, or repeat a call with the same requestId.',
    });
  }
}

/** The host stopped before the call could finish. `cause` is the failure of the storage if that stopped the host. */
export class HostStoppedError extends DurableError {
  constructor(what = 'the host has stopped', cause?: unknown) {
    super(`Not done: ${what}.`, {
      code: 'DE_HOST_STOPPED',
      retry: 'same-id',
      hint: 'Acknowledged work is durable and continues when a host starts on the same storage. Repeat the other calls there, with the same ids.',
      cause,
    });
  }
}

/** The client was closed before the call could finish. */
export class ClientClosedError extends DurableError {
  constructor() {
    super('Not done: the client is closed.', {
      code: 'DE_CLIENT_CLOSED',
      retry: 'same-id',
      hint: 'Acknowledged work is durable and continues. Connect again, and repeat the other calls with the same ids.',
    });
  }
}

/** The storage did not report whether the message became durable. */
export class UnknownOutcomeError extends DurableError {
  constructor(what: string, cause?: unknown) {
    super(`Outcome unknown: ${what}.`, {
      code: 'DE_UNKNOWN_OUTCOME',
      retry: 'same-id',
      hint: 'Repeat the call with the same requestId or instanceId: the message takes effect at most once.',
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
      hint: 'Use the context instead: context.signalEntity, context.callEntity, context.startNewOrchestration.',
    });
  }
}

/**
 * The idempotency key (`requestId`) was used before for a message with other content. The new message was not sent. `target` is the
 * instance id of the receiver.
 */
export class RequestIdReusedError extends DurableError {
  constructor(
    readonly requestId: string,
    readonly target: string,
  ) {
    super(`Request id ${quoted(requestId)} was used before for ${quoted(target)} with other content.`, {
      code: 'DE_REQUEST_ID_REUSED',
      retry: 'never',
      hint: 'A request id names one message. Use a new request id for another message.',
    });
  }
}

/** The worker has lost its lease: another worker, or a newer term of this one, owns its partitions. The commit wrote nothing. */
export class LeaseLostError extends DurableError {
  constructor(
    readonly incarnation: number,
    readonly heldSeq: number,
    cause?: unknown,
  ) {
    super(`Commit ${heldSeq} of worker incarnation ${incarnation} was refused: the worker no longer holds its lease.`, {
      code: 'DE_LEASE_LOST',
      retry: 'safe',
      hint: 'The worker reloads its state from storage. If this error repeats, raise leaseDuration, or look for a second host on the same database.',
      cause,
    });
  }
}

/**
 * The storage failed. Examples: the file is not a database, is not writable or is damaged, the disk is full, or a newer version of this
 * package made the tables. `code` and `hint` tell the cases apart.
 */
export class StorageError extends DurableError {
  constructor(
    problem: string,
    hint = 'See `cause` for the error of the database.',
    cause?: unknown,
    code = 'DE_STORAGE',
  ) {
    // A busy database may be free later. The other problems stay until someone changes the storage.
    super(problem, { code, retry: code === 'DE_STORAGE_BUSY' ? 'safe' : 'never', hint, cause });
  }
}

/** The database stayed locked by another connection for longer than allowed. The message may still become durable. */
export class StorageBusyError extends DurableError {
  constructor(what: string, cause?: unknown) {
    super(`The database is busy: ${what}.`, {
      code: 'DE_STORAGE_BUSY',
      retry: 'same-id',
      hint: 'Another connection holds the write lock. Inside your own transaction, use client.within.',
      cause,
    });
  }
}

/** A thrown value was not an Error. `thrown` is that value. */
export class NonError extends DurableError {
  constructor(readonly thrown: unknown) {
    super(`A value that is not an Error was thrown: ${quoted(thrown)}`, {
      code: 'DE_NON_ERROR',
      retry: 'never',
      hint: 'Throw Error objects.',
    });
  }
}

/**
 * Backpressure: the host stores messages more slowly than they arrive, and this message waited longer than `intakeTimeout`. The message
 * was not sent. `waitedMs` is how long it waited, `waiting` how many other messages were in the intake queue.
 */
export class BackpressureError extends DurableError {
  constructor(
    readonly waitedMs: number,
    readonly waiting: number,
  ) {
    super(
      `The message was not sent: it waited ${waitedMs} ms in the intake queue, and ${waiting} other messages wait.`,
      {
        code: 'DE_BACKPRESSURE',
        retry: 'safe',
        hint: 'Send fewer messages at a time (await each send), or find out why the database is slow.',
      },
    );
  }
}

/** The engine of this task hub does not support this call. `member` is the name of the method or option, `engine` the name of the engine. */
export class NotSupportedError extends DurableError {
  constructor(
    readonly member: string,
    readonly engine: string,
  ) {
    super(`${member} is not supported by the engine ${quoted(engine)}.`, {
      code: 'DE_NOT_SUPPORTED',
      retry: 'never',
      hint: 'Use another engine, or avoid this call: the page of the engine lists the supported features.',
    });
  }
}
