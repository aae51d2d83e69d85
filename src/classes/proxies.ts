/**
 * Proxies of entities: one class per token, with one method per operation.
 *
 * Much code reads properties of proxies without calling operations: `await` reads `then`, JSON reads `toJSON`, and printers read others.
 * Those properties are `undefined`. Only the call of a name that is not an operation fails, at the place of the call.
 */
import { InvalidArgumentError, UnknownOperationError } from '../errors/index.js';
import type { OfferedOperation, OperationSender } from '../functions/support.js';
import type { EntityId } from '../model/entity-id.js';
import { isProbedName } from './names.js';

/** Holds the entity of a proxy in private fields, so that a proxy shows no properties. */
class Standing {
  readonly #id: EntityId;
  readonly #sender: OperationSender;

  constructor(id: EntityId, sender: OperationSender) {
    this.#id = id;
    this.#sender = sender;
  }

  static idOf(proxy: unknown): EntityId | undefined {
    return typeof proxy === 'object' && proxy !== null && #id in proxy ? proxy.#id : undefined;
  }

  static send(proxy: Standing, { name, kind }: OfferedOperation, input: unknown): unknown {
    return kind === 'signal'
      ? proxy.#sender.signal(proxy.#id, name, input)
      : proxy.#sender.call(proxy.#id, name, input);
  }
}

export function proxiedEntity(proxy: unknown): EntityId | undefined {
  return Standing.idOf(proxy);
}

export type ProxyMaker = (id: EntityId, sender: OperationSender) => object;

/** Makes a factory of proxies. @param tokenName name of the token in the printed form of a proxy */
export function proxyMaker(tokenName: string, operations: readonly OfferedOperation[]): ProxyMaker {
  class TokenProxy extends Standing {}
  const { prototype } = TokenProxy;
  Reflect.deleteProperty(prototype, 'constructor');
  Object.setPrototypeOf(prototype, unknownNames(operations.map(({ name }) => name)));
  for (const operation of operations) {
    Object.defineProperty(prototype, operation.method, { value: methodOf(operation) });
  }
  Object.defineProperties(prototype, {
    [Symbol.toStringTag]: { value: `EntityProxy(${tokenName})` },
    [Symbol.toPrimitive]: { value: () => `EntityProxy(${tokenName})` },
    [Symbol.for('nodejs.util.inspect.custom')]: {
      value(this: object) {
        return `EntityProxy(${tokenName} ${Standing.idOf(this)?.toString() ?? ''})`;
      },
    },
  });
  Object.freeze(prototype);
  return (id, sender) => new TokenProxy(id, sender);
}

function methodOf(operation: OfferedOperation): (...args: unknown[]) => unknown {
  return function (this: Standing, ...args: unknown[]): unknown {
    if (Standing.idOf(this) === undefined) {
      throw new InvalidArgumentError(
        'proxy method',
        `${operation.method} was called without its proxy`,
        'Write `(counter) => counter.add(1)`.',
      );
    }
    if (args.length > 1) {
      throw new InvalidArgumentError(
        `call of ${operation.method}`,
        `it has ${args.length} arguments`,
        'An operation has at most one parameter: put several values into an object.',
      );
    }
    return Standing.send(this, operation, args[0]);
  };
}

/** Prototype for names that are not operations. Valid uses of a proxy never reach it, and so do not pay for it. */
function unknownNames(offered: readonly string[]): object {
  return new Proxy(Object.freeze(Object.create(null) as object), {
    get(_, name, proxy: object) {
      if (typeof name === 'symbol' || isProbedName(name)) return undefined;
      return () => {
        const id = Standing.idOf(proxy);
        if (id === undefined) return undefined;
        throw new UnknownOperationError(id, name, offered);
      };
    },
  });
}
