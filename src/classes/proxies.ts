/**
 * Proxies of entities: one class per token, with one method per operation; nothing else answers.
 *
 * They are looked at by much that means no harm: `await` asks for `then`, JSON for `toJSON`, printers for the rest. All that
 * finds nothing. Only a call of something that is no operation fails, at the place of the call.
 */
import { InvalidArgumentError, UnknownOperationError } from '../errors/index.js';
import type { OfferedOperation, OperationSender } from '../functions/support.js';
import type { EntityId } from '../model/entity-id.js';
import { isProbedName } from './names.js';

interface Standing {
  readonly id: EntityId;
  readonly sender: OperationSender;
}

/** What each proxy stands for; kept outside of the proxies, so that there is nothing to see on one. */
const standings = new WeakMap<object, Standing>();

export function proxiedEntity(proxy: unknown): EntityId | undefined {
  return typeof proxy === 'object' && proxy !== null ? standings.get(proxy)?.id : undefined;
}

export type ProxyMaker = (id: EntityId, sender: OperationSender) => object;

/** @param tokenName how the proxy names itself when it is printed */
export function proxyMaker(tokenName: string, operations: readonly OfferedOperation[]): ProxyMaker {
  const names = operations.map((operation) => operation.name);
  const prototype = Object.create(unknownNames(names)) as Record<string | symbol, unknown>;
  for (const operation of operations) {
    Object.defineProperty(prototype, operation.method, { value: methodOf(operation) });
  }
  Object.defineProperties(prototype, {
    [Symbol.toStringTag]: { value: `EntityProxy(${tokenName})` },
    [Symbol.for('nodejs.util.inspect.custom')]: {
      value(this: object) {
        return `EntityProxy(${tokenName} ${standings.get(this)?.id.toString() ?? ''})`;
      },
    },
  });
  Object.freeze(prototype);
  return (id, sender) => {
    const proxy = Object.create(prototype) as object;
    standings.set(proxy, { id, sender });
    return Object.freeze(proxy);
  };
}

function methodOf({ name, method, kind }: OfferedOperation): (...args: unknown[]) => unknown {
  return function (this: object, ...args: unknown[]): unknown {
    const standing = standings.get(this);
    if (standing === undefined) {
      throw new InvalidArgumentError(
        'proxy method',
        `${method} was called without its proxy`,
        'Write `(counter) => counter.add(1)`.',
      );
    }
    if (args.length > 1) {
      throw new InvalidArgumentError(
        `call of ${method}`,
        `${args.length} arguments are given`,
        'An operation takes at most one: put several values into an object.',
      );
    }
    return kind === 'signal'
      ? standing.sender.signal(standing.id, name, args[0])
      : standing.sender.call(standing.id, name, args[0]);
  };
}

/** Reached only by names that are no operation: costs nothing where a proxy is used as it should be. */
function unknownNames(offered: readonly string[]): object {
  return new Proxy(Object.freeze(Object.create(null) as object), {
    get(_, name, proxy: object) {
      if (typeof name === 'symbol' || isProbedName(name)) return undefined;
      return () => {
        const id = standings.get(proxy)?.id;
        if (id === undefined) return undefined;
        throw new UnknownOperationError(id, name, offered);
      };
    },
  });
}
