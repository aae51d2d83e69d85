import type { Container } from 'inversify';
import { InvalidArgumentError, RegistrationError } from '../../errors/index.js';
import { isA } from '../../model/options.js';
import type { AnyClass } from '../declarations.js';
import { injectionPlan, isBare, type InjectionPlan } from './injection.js';
import { inversify } from './inversify.js';
import { assignValues } from './values.js';

/** An object, and what its constructor and properties were given. */
export interface Built {
  readonly instance: object;
  readonly injected: readonly unknown[];
}

type Builder = (values: readonly unknown[]) => Built;

/**
 * Builds the objects of user classes with services from the container.
 *
 * One child container per host: classes that are bound nowhere are bound there automatically, and what the user bound stays
 * as the user bound it. An entity's constructor arguments are resolved as one tuple, then the class is called here: so what
 * was injected is known by identity, and no binding can make two entities share an instance. (A child container per
 * activation would cost 70 µs; this costs a plan lookup.)
 */
export class Services {
  private own: Container | undefined;
  private readonly builders = new WeakMap<AnyClass, Builder>();

  constructor(private readonly given?: Container) {
    if (given !== undefined && !isA(given, inversify().Container)) {
      throw new InvalidArgumentError(
        'container',
        'it is no Container of the inversify that durable-entities uses',
        'Give `new Container()` of inversify 8, and keep one copy of inversify (npm ls inversify).',
      );
    }
  }

  /** Made when the first class needs it. */
  private get container(): Container {
    const { given } = this;
    return (this.own ??= new (inversify().Container)({
      autobind: true,
      ...(given === undefined ? {} : { parent: given }),
    }));
  }

  /** An activity or orchestration object, as the container has it bound. */
  resolve(type: AnyClass): object {
    // Bound by nobody, and nothing to inject.
    if (this.given === undefined && isBare(type)) return Reflect.construct(type as new () => object, []);
    injectionPlan(type);
    return this.container.get<object>(type as new () => object, { autobind: true });
  }

  /** A new object. `values` fill parameters that are not injected, left to right. */
  build(type: AnyClass, values: readonly unknown[]): Built {
    let builder = this.builders.get(type);
    if (builder === undefined) this.builders.set(type, (builder = this.builder(type)));
    return builder(values);
  }

  private builder(type: AnyClass): Builder {
    const plan = injectionPlan(type);
    if (plan.problems.length > 0) throw new RegistrationError(plan.problems);
    const resolvers = new Map<string, () => readonly unknown[]>();
    return (values) => {
      const places = assignValues(type, plan, values, (service) => this.container.isBound(service as never));
      const key = places.length === 0 ? '' : places.join();
      let resolve = resolvers.get(key);
      if (resolve === undefined) resolvers.set(key, (resolve = this.resolver(plan, places)));
      return construct(type, plan, places, values, resolve());
    };
  }

  /** Resolves, in one request, what the parameters and properties need that `places` do not fill. */
  private resolver(plan: InjectionPlan, places: readonly number[]): () => readonly unknown[] {
    const wanted = [
      ...plan.parameters.filter((_, index) => !places.includes(index)),
      ...plan.properties.map(([, injection]) => injection),
    ].flatMap((injection) => (injection.kind === 'service' ? [injection.options] : []));
    if (wanted.length === 0) return () => [];
    const tuple = Symbol('constructor arguments');
    this.container.bind<unknown[]>(tuple).toResolvedValue((...resolved: unknown[]) => resolved, wanted as never);
    return () => this.container.get<unknown[]>(tuple, { autobind: true });
  }
}

function construct(
  type: AnyClass,
  plan: InjectionPlan,
  places: readonly number[],
  values: readonly unknown[],
  resolved: readonly unknown[],
): Built {
  let next = 0;
  const parameters = plan.parameters.map((injection, index) => {
    const place = places.indexOf(index);
    if (place >= 0) return values[place];
    return injection.kind === 'service' ? resolved[next++] : undefined;
  });
  const instance = Reflect.construct(type as new () => object, parameters) as Record<string | symbol, unknown>;
  for (const [name, injection] of plan.properties) if (injection.kind === 'service') instance[name] = resolved[next++];
  for (const name of plan.afterwards) (instance[name] as () => void).call(instance);
  return { instance, injected: [...resolved, ...values.filter(isService)] };
}

/** Of what `dispatch` was given, plain data may be state; an object with behaviour is a service. */
function isService(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null && !(value instanceof Date);
}
