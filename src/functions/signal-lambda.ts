/** Records the one operation that a lambda over a proxy performs, e.g. `(counter) => counter.add(1)`. */
import { InvalidArgumentError, SignalLambdaError } from '../errors/index.js';
import { isA } from '../model/options.js';
import type { EntityId } from '../model/entity-id.js';
import type { ClassSupport, OperationSender } from './support.js';
import type { EntityToken } from './tokens.js';

export interface RecordedOperation {
  readonly operation: string;
  readonly input: unknown;
}

/**
 * The one operation that a signal lambda performs. A lambda may signal an operation that returns a Promise; the lambda then gets a promise
 * of `undefined`, never a result.
 * @throws SignalLambdaError if the lambda performs no operation, several, or one too late; any error that the lambda throws
 */
export function recordSignal(
  support: ClassSupport,
  token: EntityToken<unknown>,
  id: EntityId,
  lambda: (proxy: never) => unknown,
): RecordedOperation {
  checkLambda('send', lambda);
  const recorder = new SignalRecorder();
  const proxy = support.createProxy(token, id, recorder);
  let returned: unknown;
  try {
    returned = lambda(proxy as never);
  } finally {
    recorder.open = false;
  }
  const { first, count } = recorder;
  if (returned !== nothing && wasPromise(returned)) {
    const done = count === 0 ? 'it performed no operation' : `it performed ${count}`;
    throw new SignalLambdaError(count, `${done}, and is asynchronous, so that later operations would be lost`);
  }
  if (first === undefined) throw new SignalLambdaError(0, 'it performed no operation');
  if (count > 1) throw new SignalLambdaError(count, `it performed ${count} (${recorder.names.join(', ')})`);
  return first;
}

/** Result of a proxied operation that returns a Promise, within a signal lambda. */
const nothing = Promise.resolve(undefined);

class SignalRecorder implements OperationSender {
  open = true;
  first: RecordedOperation | undefined = undefined;
  count = 0;
  /** Names of all operations. Empty unless there are several. */
  names: string[] = noNames;

  signal(_: EntityId, operation: string, input: unknown): void {
    if (!this.open) {
      throw new SignalLambdaError(this.count, `${JSON.stringify(operation)} came after the lambda had returned`);
    }
    this.count++;
    if (this.first === undefined) {
      this.first = { operation, input };
      return;
    }
    if (this.names === noNames) this.names = [this.first.operation];
    this.names.push(operation);
  }

  call(id: EntityId, operation: string, input: unknown): Promise<unknown> {
    this.signal(id, operation, input);
    return nothing;
  }
}

const noNames: string[] = [];

/**
 * The one operation that a call lambda performs and whose promise it returns.
 * @throws InvalidArgumentError if the lambda performs no operation, several, or a one-way one, or if it returns another value
 */
export function recordCall(
  support: ClassSupport,
  token: EntityToken<unknown>,
  id: EntityId,
  lambda: (proxy: never) => unknown,
): RecordedOperation {
  checkLambda('call', lambda);
  const recorder = new CallRecorder();
  const proxy = support.createProxy(token, id, recorder);
  let returned: unknown;
  try {
    returned = lambda(proxy as never);
    if (returned !== recorder.answer) wasPromise(returned);
  } finally {
    recorder.open = false;
  }
  const { first, count } = recorder;
  if (first === undefined) throw misused('it performed no operation');
  if (count > 1) throw misused(`it performed ${count} operations`);
  if (returned !== recorder.answer) throw misused('it does not return the promise of its operation');
  return first;
}

class CallRecorder implements OperationSender {
  /** Never settles: the client returns the answer, not the proxy. */
  readonly answer = new Promise<unknown>(never);
  open = true;
  first: RecordedOperation | undefined = undefined;
  count = 0;

  signal(_: EntityId, operation: string): void {
    throw new InvalidArgumentError(
      'call lambda',
      `${JSON.stringify(operation)} is one-way and has no answer`,
      'Use signalEntity, or let the operation return a Promise in its interface.',
    );
  }

  call(_: EntityId, operation: string, input: unknown): Promise<unknown> {
    if (!this.open) throw misused(`${JSON.stringify(operation)} came after the lambda had returned`);
    this.count++;
    this.first ??= { operation, input };
    return this.answer;
  }
}

function never(): void {}

/** Whether a lambda returned a promise. Its rejection is handled here, so that a refused `async` lambda does not also end the process. */
function wasPromise(returned: unknown): boolean {
  if (!isA(returned, Promise)) return false;
  returned.catch(() => {});
  return true;
}

function misused(problem: string): InvalidArgumentError {
  return new InvalidArgumentError(
    'call lambda',
    problem,
    'Write `callEntity(ICounter, key, (counter) => counter.get())`: perform one operation and return its promise.',
  );
}

function checkLambda(what: string, lambda: unknown): void {
  if (typeof lambda !== 'function') {
    throw new InvalidArgumentError(
      `${what} lambda`,
      `it is ${lambda === null ? 'null' : typeof lambda}`,
      'Give a function, e.g. `(counter) => counter.add(1)`.',
    );
  }
}
