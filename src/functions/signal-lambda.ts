/** How a lambda over a proxy (`(counter) => counter.add(1)`) becomes one message. */
import { InvalidArgumentError, SignalLambdaError } from '../errors/index.js';
import { isA } from '../model/options.js';
import type { EntityId } from '../model/entity-id.js';
import type { ClassSupport } from './support.js';
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
  const recorded: RecordedOperation[] = [];
  let open = true;
  const record = (_: EntityId, operation: string, input: unknown): void => {
    if (!open) {
      throw new SignalLambdaError(recorded.length, `${JSON.stringify(operation)} came after the lambda had returned`);
    }
    recorded.push({ operation, input });
  };
  const nothing = Promise.resolve(undefined);
  const proxy = support.createProxy(token, id, {
    signal: record,
    call(target, operation, input) {
      record(target, operation, input);
      return nothing;
    },
  });
  let returned: unknown;
  try {
    returned = lambda(proxy as never);
  } finally {
    open = false;
  }
  if (returned !== nothing && wasPromise(returned)) {
    const done = recorded.length === 0 ? 'it performed none' : `it performed ${recorded.length}`;
    throw new SignalLambdaError(recorded.length, `${done}, and is asynchronous: what it does later would be lost`);
  }
  const [first] = recorded;
  if (first === undefined) throw new SignalLambdaError(0, 'it performed none');
  if (recorded.length > 1) {
    const names = recorded.map((one) => one.operation).join(', ');
    throw new SignalLambdaError(recorded.length, `it performed ${recorded.length} (${names})`);
  }
  return first;
}

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
  const recorded: RecordedOperation[] = [];
  // Never settles: the answer comes from the client, not through the proxy.
  const answer = new Promise<unknown>(() => {});
  let open = true;
  const proxy = support.createProxy(token, id, {
    signal(_, operation) {
      throw new InvalidArgumentError(
        'call lambda',
        `${JSON.stringify(operation)} is one-way and has no answer`,
        'Use signalEntity, or let the operation return a Promise in its interface.',
      );
    },
    call(_, operation, input) {
      if (!open) throw misused(`${JSON.stringify(operation)} came after the lambda had returned`);
      recorded.push({ operation, input });
      return answer;
    },
  });
  let returned: unknown;
  try {
    returned = lambda(proxy as never);
    if (returned !== answer) wasPromise(returned);
  } finally {
    open = false;
  }
  const [first] = recorded;
  if (first === undefined) throw misused('it performed no operation');
  if (recorded.length > 1) throw misused(`it performed ${recorded.length} operations`);
  if (returned !== answer) throw misused('it does not return the promise of its operation');
  return first;
}

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
