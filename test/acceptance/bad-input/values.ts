/** Everything that programs give by mistake, or by malice, where something else is expected. Made anew for each use. */
import { EntityId } from '../../../src/index.js';

export interface Bad {
  /** Reads on: "a target that is …". */
  readonly what: string;
  readonly make: () => unknown;
  /** Takes its time: not tried in every place. */
  readonly heavy?: true;
}

function bad(what: string, make: () => unknown): Bad {
  return { what, make };
}

function heavy(what: string, make: () => unknown): Bad {
  return { what, make, heavy: true };
}

export function throwing(problem: string): () => never {
  return () => {
    throw new Error(problem);
  };
}

/** A proxy that nobody can look at. */
export function revoked(target: object = {}): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** A proxy whose every trap throws. */
export function untouchable(target: object = {}): unknown {
  const traps = new Proxy({}, { get: (_, trap) => throwing(`the trap ${String(trap)}`) });
  return new Proxy(target, traps);
}

const proxies: readonly Bad[] = [
  bad('a revoked proxy', () => revoked()),
  bad('a revoked proxy of a function', () => revoked(() => {})),
  bad('a proxy that throws', () => untouchable()),
];

const primitives: readonly Bad[] = [
  bad('null', () => null),
  bad('a number', () => 5),
  bad('NaN', () => Number.NaN),
  bad('true', () => true),
  bad('a symbol', () => Symbol('s')),
  bad('a bigint', () => 5n),
];

const text = bad('a text', () => 'text');
const missing = bad('missing', () => undefined);
const object = bad('an object', () => ({}));
const bare = bad('an object without a prototype', () => Object.create(null) as unknown);
const arrow = bad('a function', () => () => {});

/** Where options are expected. */
export const notOptions: readonly Bad[] = [...primitives, text, arrow, bad('an array', () => []), ...proxies];

/** Options, but for one of them that throws when it is read. */
export function throwingOption(name: string): Bad {
  return bad(`an object whose ${name} throws`, () =>
    Object.defineProperty({}, name, { get: throwing('the option'), enumerable: true }),
  );
}

/** Where an EntityId or a token is expected. */
export const notEntities: readonly Bad[] = [
  missing,
  ...primitives,
  text,
  object,
  bare,
  arrow,
  ...proxies,
  bad('what looks like an EntityId', () => ({ name: 'tally', key: 'a', toString: () => '@tally@a' })),
  bad('an EntityId that its constructor never saw', () =>
    Object.assign(Object.create(EntityId.prototype) as object, { name: 'tally', key: '\0' }),
  ),
];

/** Where a key or an EntityId is expected. */
export const notTargets: readonly Bad[] = [missing, ...primitives, object, bare, arrow, ...proxies];

/** Where a text is expected, of whatever content. */
export const notTexts: readonly Bad[] = [...primitives, object, bare, arrow, ...proxies];

/** Texts that cannot be ids or names. */
export const unusableTexts: readonly Bad[] = [
  bad('a text with NUL', () => 'a\0b'),
  bad('a text with a lone surrogate', () => 'a\ud800b'),
  bad('a text of 513 bytes', () => 'x'.repeat(513)),
  bad('a text of 513 bytes in 257 characters', () => `x${'é'.repeat(256)}`),
  heavy('a text of three million characters', () => 'x'.repeat(3_000_000)),
];

/** Where a name is expected: of an operation, an event, a patch. */
export const notNames: readonly Bad[] = [missing, bad('the empty text', () => ''), ...notTexts, ...unusableTexts];

/** Where the instance id of an orchestration is expected. */
export const notInstanceIds: readonly Bad[] = [
  bad('the empty text', () => ''),
  bad('an entity id', () => '@tally@a'),
  ...notTexts,
  ...unusableTexts,
];

/** Where an orchestration or an activity is named. */
export const notReferences: readonly Bad[] = [
  missing,
  bad('the empty text', () => ''),
  ...primitives,
  object,
  bare,
  arrow,
  ...proxies,
  bad('a class without a decorator', () => class Plain {}),
  bad('a definition of another kind', () => ({ kind: 'entity', name: 'Tally', handler: () => {} })),
  bad('a definition whose name is no text', () => ({ kind: 'orchestration', name: 5, handler: () => {} })),
  bad('a definition whose name throws', () => ({
    kind: 'orchestration',
    get name() {
      return throwing('the name')();
    },
  })),
];

export const notDurations: readonly Bad[] = [
  bad("'soon'", () => 'soon'),
  bad("'5 fortnights'", () => '5 fortnights'),
  bad('the empty text', () => ''),
  bad('null', () => null),
  bad('NaN', () => Number.NaN),
  bad('negative', () => -1),
  bad('negative in words', () => '-5s'),
  bad('infinite', () => Number.POSITIVE_INFINITY),
  bad('longer than a Date can hold', () => 1e300),
  bad('longer than a Date can hold, in words', () => `${'9'.repeat(400)} weeks`),
  bad('a bigint', () => 5n),
  bad('a symbol', () => Symbol('s')),
  bad('a Date', () => new Date()),
  object,
  bare,
  ...proxies,
];

export const notInstants: readonly Bad[] = [
  bad('an invalid Date', () => new Date('soon')),
  bad('a text', () => '2030-01-01'),
  bad('null', () => null),
  bad('NaN', () => Number.NaN),
  bad('infinite', () => Number.POSITIVE_INFINITY),
  bad('later than a Date can hold', () => 8.64e15 + 1_000),
  bad('a bigint', () => 5n),
  bad('a symbol', () => Symbol('s')),
  object,
  bare,
  bad('a proxy of a Date', () => new Proxy(new Date(), {})),
  bad('what looks like a Date', () => Object.create(Date.prototype) as unknown),
  ...proxies,
];

export const notVersions: readonly Bad[] = [
  bad('0', () => 0),
  bad('1.5', () => 1.5),
  bad("'2'", () => '2'),
  bad('infinite', () => Number.POSITIVE_INFINITY),
  ...primitives.filter(({ what }) => what !== 'a number'),
  ...proxies,
];

export const notRetries: readonly Bad[] = [
  bad('null', () => null),
  bad('a number', () => 5),
  text,
  object,
  ...proxies,
  bad('of no attempts', () => ({ maxAttempts: 0 })),
  bad('of half an attempt', () => ({ maxAttempts: 0.5 })),
  bad('of endless attempts', () => ({ maxAttempts: Number.POSITIVE_INFINITY })),
  bad('of attempts without a prototype', () => ({ maxAttempts: Object.create(null) as unknown })),
  bad('with a wait that is no span', () => ({ maxAttempts: 2, firstRetryInterval: 'soon' })),
  bad('with a negative wait', () => ({ maxAttempts: 2, firstRetryInterval: -1 })),
  bad('with a coefficient below 1', () => ({ maxAttempts: 2, backoffCoefficient: 0.5 })),
  bad('with a coefficient that is NaN', () => ({ maxAttempts: 2, backoffCoefficient: Number.NaN })),
  bad('with a coefficient without a prototype', () => ({
    maxAttempts: 2,
    backoffCoefficient: Object.create(null) as unknown,
  })),
  bad('with a longest wait that is no span', () => ({ maxAttempts: 2, maxRetryInterval: 'soon' })),
  bad('with an end that is no span', () => ({ maxAttempts: 2, retryTimeout: Number.NaN })),
  bad('with a shouldRetry that is no function', () => ({ maxAttempts: 2, shouldRetry: true })),
];

/** Where a function is expected. */
export const notFunctions: readonly Bad[] = [missing, ...primitives, text, object, bare, ...proxies.slice(0, 1)];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = { inner: value };
  return value;
}

function cycle(): unknown {
  const value: { self?: unknown } = {};
  value.self = { list: [value] };
  return value;
}

/** Values that cannot be sent or stored. */
export const unsendable: readonly Bad[] = [
  arrow,
  bad('a function deep inside', () => ({ list: [{ photo: () => {} }] })),
  bad('a symbol', () => Symbol('s')),
  bad('a symbol in a Set', () => new Set([Symbol('s')])),
  bad('a cycle', cycle),
  bad('a cycle through a Map', () => {
    const map = new Map<unknown, unknown>();
    return map.set(map, 1);
  }),
  bad('a promise', () => ({ later: Promise.resolve(1) })),
  bad('a WeakMap', () => new WeakMap()),
  bad('a regular expression', () => /x/),
  bad('an ArrayBuffer', () => new ArrayBuffer(2)),
  bad('a Float64Array', () => new Float64Array(2)),
  bad('an object whose toJSON throws', () => ({ toJSON: throwing('toJSON') })),
  bad('an object whose toJSON gives a function', () => ({ toJSON: () => () => {} })),
  bad('an object whose toJSON never ends', () => {
    const endless = () => ({ toJSON: endless });
    return endless();
  }),
  bad('an object whose getter throws', () => ({
    get field() {
      return throwing('the getter')();
    },
  })),
  bad('an object whose getter throws no error', () => ({
    get field() {
      // eslint-disable-next-line typescript/only-throw-error -- what is tested
      throw Object.create(null);
    },
  })),
  bad('nested 501 deep', () => nested(501)),
  bad('nested 10,000 deep', () => nested(10_000)),
  heavy('nested 200,000 deep', () => nested(200_000)),
  heavy('an array of four thousand million holes', () => {
    const list: unknown[] = [];
    list[4_000_000_000] = 1;
    return list;
  }),
  bad('a Date whose methods throw', () => new Proxy(new Date(), {})),
  bad('a revoked proxy', () => revoked()),
  bad('a revoked proxy deep inside', () => ({ list: [revoked([])] })),
  bad('a proxy that throws', () => untouchable()),
];

/** Values that can be sent, but for their size: more than a MiB. */
export const tooLarge: readonly Bad[] = [
  bad('a text of 3 MB', () => 'x'.repeat(3_000_000)),
  heavy('a list of 300,000 numbers', () => Array.from({ length: 300_000 }, (_, index) => index)),
  bad('text that is short in characters and long in bytes', () => '漢'.repeat(500_000)),
];

/** Thrown values that are not errors, or errors whose properties cannot be read. */
export const hostileErrors: readonly Bad[] = [
  missing,
  ...primitives,
  text,
  object,
  bare,
  arrow,
  ...proxies,
  bad('a cyclic object', cycle),
  bad('a frozen error', () => Object.freeze(new Error('frozen'))),
  bad('an error without a prototype', () => Object.setPrototypeOf(new Error('x'), null) as unknown),
  ...(['name', 'message', 'stack', 'cause', 'code', 'detail'] as const).flatMap((field): Bad[] => [
    bad(`an error whose ${field} throws`, () =>
      Object.defineProperty(new Error('x'), field, { get: throwing(field), enumerable: true }),
    ),
    bad(`an error whose ${field} is a symbol`, () => Object.assign(new Error('x'), { [field]: Symbol('s') })),
    bad(`an error whose ${field} is a function`, () => Object.assign(new Error('x'), { [field]: () => {} })),
    bad(`an error whose ${field} is a revoked proxy`, () => Object.assign(new Error('x'), { [field]: revoked() })),
    heavy(`an error whose ${field} is a text of 3 MB with NUL and lone surrogates`, () =>
      Object.assign(new Error('x'), { [field]: '\0\ud800'.repeat(1_500_000) }),
    ),
  ]),
  bad('an error that is its own cause', () => {
    const error = new Error('x');
    error.cause = error;
    return error;
  }),
  bad('errors that are each other’s causes', () => {
    const first = new Error('x');
    first.cause = new Error('y', { cause: first });
    return first;
  }),
  heavy('an error with 10,000 causes', () => {
    let error = new Error('the first');
    for (let i = 0; i < 10_000; i++) error = new Error(`cause ${i}`, { cause: error });
    return error;
  }),
  bad('an error with a field nested 10,000 deep', () => Object.assign(new Error('x'), { data: nested(10_000) })),
  heavy('an error with a field of four thousand million holes', () => {
    const list: unknown[] = [];
    list[4_000_000_000] = 1;
    return Object.assign(new Error('x'), { list });
  }),
  bad('an error with fields of every prototype', () =>
    Object.assign(new Error('x'), {
      constructor: 1,
      toString: 2,
      hasOwnProperty: 3,
      ['__proto__' as string]: { polluted: true },
    }),
  ),
  bad('an AggregateError that contains itself', () => {
    const error = new AggregateError([], 'all');
    error.errors.push(error);
    return error;
  }),
  bad('an error that is named like one of ours', () =>
    Object.assign(new Error('x'), { name: 'EntityOperationFailedError' }),
  ),
  bad('a proxy of an error', () => new Proxy(new Error('x'), {})),
  bad('a thenable', () => ({ then: (settle: () => void) => settle() })),
];
