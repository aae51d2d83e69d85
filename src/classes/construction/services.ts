import type { Container } from 'inversify';
import { InvalidArgumentError, RegistrationError } from '../../errors/index.js';
import { reasonOf, shown } from '../../errors/text.js';
import { isA } from '../../model/options.js';
import type { AnyClass } from '../declarations.js';
import { asyncPostConstruct, injectionPlan, isBare, type InjectionPlan } from './injection.js';
import { inversify } from './inversify.js';
import { assignValues } from './values.js';

/** Values that an object got when it was built. */
export interface Injected {
  /** All values that the container resolved, and the services among the values of `dispatch`. */
  readonly values: readonly unknown[];
  /** Injected values by the name of their field. */
  readonly fields: ReadonlyMap<string, unknown>;
  /** Fields that a constructor sets to one of its parameters. */
  readonly assigned: ReadonlySet<string>;
  /** The program built the object, so the arguments of its constructor are unknown. */
  readonly byUser?: true;
}

/** An object, and the values that its constructor and properties got. */
export interface Built {
  readonly instance: object;
  readonly injected: Injected;
}

type Builder = (values: readonly unknown[]) => Built;

/**
 * Builds the objects of user classes with services from the container.
 *
 * Each host has one child container. Unbound classes are bound there automatically, and bindings of the program stay unchanged. The
 * container resolves the constructor arguments of an entity as one tuple, and this class then calls the constructor. Therefore injected
 * values are known by identity, and no binding can make two entities share an instance. (A child container per activation would cost
 * 70 µs; this costs the lookup of a plan.)
 */
export class Services {
  private own: Container | undefined;
  private readonly builders = new WeakMap<AnyClass, Builder>();

  constructor(private readonly given?: Container) {
    if (given !== undefined && !isA(given, inversify().Container)) {
      throw new InvalidArgumentError(
        'container',
        'it is not a Container of the copy of inversify that durable-entities uses',
        'Give `new Container()` of inversify 8, and keep one copy of inversify (npm ls inversify).',
      );
    }
  }

  /** The child container, created when the first class needs it. */
  private get container(): Container {
    const { given } = this;
    return (this.own ??= new (inversify().Container)({
      autobind: true,
      ...(given === undefined ? {} : { parent: given }),
    }));
  }

  /** An object of an activity or orchestration class, by its binding in the container. */
  resolve(type: AnyClass): object {
    // The class is not bound and has nothing to inject.
    if (this.given === undefined && isBare(type)) return Reflect.construct(type as new () => object, []);
    injectionPlan(type);
    return this.container.get<object>(type as new () => object, { autobind: true });
  }

  /**
   * Resolves once each service of these classes that is created asynchronously. A singleton is available synchronously from then on.
   * @throws RegistrationError if a service cannot be created, or would be created asynchronously again for each object
   */
  async prepare(types: readonly AnyClass[]): Promise<void> {
    // A constructor creates each service that the program has not bound, synchronously.
    if (this.given === undefined) return;
    const problems: string[] = [];
    for (const type of types) {
      for (const [index, options] of wantedBy(injectionPlan(type)).entries()) {
        const problem = await this.unprepared(type, index, options);
        if (problem !== undefined) problems.push(problem);
      }
    }
    if (problems.length > 0) throw new RegistrationError(problems);
  }

  private async unprepared(type: AnyClass, index: number, options: object): Promise<string | undefined> {
    const { container } = this;
    const service = Symbol(`service ${index} of ${type.name}`);
    const after = Symbol('resolved after it');
    // The container resolves both in order. After a synchronous failure the second is not reached; with an asynchronous service the first is late.
    let reached = false;
    let atOnce = false;
    container.bind(after).toDynamicValue(() => (reached = true));
    container
      .bind<boolean>(service)
      .toResolvedValue(() => (atOnce = true), [options, { serviceIdentifier: after }] as never);
    const failure = async (): Promise<{ readonly error: unknown } | undefined> =>
      container.getAsync(service, { autobind: true }).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
    const first = failure();
    // A synchronous failure is reported when an object is built, because the service may still be bound until then.
    if (atOnce || !reached) return undefined;
    const what = `${type.name}: ${serviceText(options)}`;
    const failed = await first;
    if (failed !== undefined) return `${what} is made asynchronously, and that failed: ${reasonOf(failed.error)}`;
    atOnce = false;
    const second = failure();
    if (atOnce) return undefined;
    await second;
    return `${what} is made asynchronously for each use, and objects are built without waiting: bind it inSingletonScope()`;
  }

  /** Builds a new object. `values` fill the parameters that are not injected, from left to right. */
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

  /** Resolves in one request the services of all parameters and properties that `places` do not fill. */
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
  const fields = new Map<string, unknown>();
  for (const [field, index] of plan.fields) {
    if (index === undefined || places.includes(index)) continue;
    // If nothing was injected, the field holds the default of the parameter.
    const given: unknown = parameters[index] ?? instance[field];
    if (Object.is(given, instance[field])) fields.set(field, given);
  }
  for (const [name, injection] of plan.properties) {
    if (injection.kind !== 'service') continue;
    const value = resolved[next++];
    // If the optional service is not bound, the field keeps the value of its initialiser.
    if (value !== undefined || !injection.optional) instance[name] = value;
    if (typeof name === 'string') fields.set(name, instance[name]);
  }
  for (const name of plan.afterwards) callAfterwards(type, instance, name);
  return {
    instance,
    injected: { values: [...resolved, ...values.filter(isService)], fields, assigned: plan.assigned },
  };
}

function wantedBy(plan: InjectionPlan): readonly object[] {
  return [...plan.parameters, ...plan.properties.map(([, injection]) => injection)].flatMap((injection) =>
    injection.kind === 'service' ? [injection.options] : [],
  );
}

function serviceText(options: object): string {
  const { serviceIdentifier: service } = options as { readonly serviceIdentifier: unknown };
  return typeof service === 'function'
    ? service.name
    : typeof service === 'symbol'
      ? service.toString()
      : shown(service);
}

/** @throws RegistrationError if the method is asynchronous */
function callAfterwards(type: AnyClass, instance: Record<string | symbol, unknown>, name: string | symbol): void {
  const returned = (instance[name] as () => unknown).call(instance);
  if (!(returned instanceof Promise)) return;
  // The object is not used, so the outcome of the method is ignored.
  returned.catch(() => {});
  throw new RegistrationError([asyncPostConstruct(type, name)]);
}

/** Whether a value of `dispatch` is a service: an object with methods, or a function. Plain data may be state. */
function isService(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null && !(value instanceof Date);
}
