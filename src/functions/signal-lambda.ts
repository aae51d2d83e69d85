/** How a lambda over a proxy (`(counter) => counter.add(1)`) becomes one message. */
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
 * The one operation that a signal lambda performs. Signalling an operation that returns a Promise is allowed: the lambda
 * sees `undefined`, never a result.
 * @throws SignalLambdaError when it performs none, several, or one too late; whatever the lambda throws
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
    const done = count === 0 ? 'it performed none' : `it performed ${count}`;
    throw new SignalLambdaError(count, `${done}, and is asynchronous: what it does later would be lost`);
  }
  if (first === undefined) throw new SignalLambdaError(0, 'it performed none');
  if (count > 1) throw new SignalLambdaError(count, `it performed ${count} (${recorder.names.join(', ')})`);
  return first;
}

/** What a proxied operation that returns a Promise gives to a signal lambda. */
const nothing = Promise.resolve(undefined);

class SignalRecorder implements OperationSender {
  open = true;
  first: RecordedOperation | undefined = undefined;
  count = 0;
  /** Of all operations, where there are several. */
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
 * @throws InvalidArgumentError when it performs none, several, a one-way one, or returns something else
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
  /** Never settles: the answer comes from the client, not through the proxy. */
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

/** An `async` lambda is refused, whatever comes of it: its rejection must not end the process besides. */
function wasPromise(returned: unknown): boolean {
  if (!isA(returned, Promise)) return false;
  returned.catch(() => {});
  return true;
}

function misused(problem: string): InvalidArgumentError {
  return new InvalidArgumentError(
    'call lambda',
    problem,
    'Write `callEntity(ICounter, key, (counter) => counter.get())`: one operation, its promise returned.',
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
