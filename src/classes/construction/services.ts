import type { Container } from 'inversify';
import { InvalidArgumentError, RegistrationError } from '../../errors/index.js';
import { reasonOf, shown } from '../../errors/text.js';
import { isA } from '../../model/options.js';
import type { AnyClass } from '../declarations.js';
import { asyncPostConstruct, injectionPlan, isBare, type InjectionPlan } from './injection.js';
import { inversify } from './inversify.js';
import { assignValues } from './values.js';

/** What an object was given when it was built. */
export interface Injected {
  /** Everything that was resolved for it, and the services among the values of `dispatch`. */
  readonly values: readonly unknown[];
  /** What was injected into fields by their name. */
  readonly fields: ReadonlyMap<string, unknown>;
  /** Fields that a constructor sets to one of its parameters. */
  readonly assigned: ReadonlySet<string>;
  /** The user has built it, so what its constructor was given is not known. */
  readonly byUser?: true;
}

/** An object, and what its constructor and properties were given. */
export interface Built {
  readonly instance: object;
  readonly injected: Injected;
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

  /**
   * Resolves once what is injected into these classes where it is made asynchronously. A singleton is there from then on.
   * @throws RegistrationError when it cannot be made, or would be made again for each object
   */
  async prepare(types: readonly AnyClass[]): Promise<void> {
    // What is not bound by the user is built by its constructor, at once.
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
    // Resolved in their order: what fails at once is not followed by the second, what comes later has the first missing.
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
    // What fails at once is told when an object is built, as what is bound later is found then.
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
  const fields = new Map<string, unknown>();
  for (const [field, index] of plan.fields) {
    if (index === undefined || places.includes(index)) continue;
    // Where nothing was injected, the default of the parameter.
    const given: unknown = parameters[index] ?? instance[field];
    if (Object.is(given, instance[field])) fields.set(field, given);
  }
  for (const [name, injection] of plan.properties) {
    if (injection.kind !== 'service') continue;
    const value = resolved[next++];
    // Nothing is bound: the field keeps its initialiser's value.
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

/** @throws RegistrationError when the method is asynchronous */
function callAfterwards(type: AnyClass, instance: Record<string | symbol, unknown>, name: string | symbol): void {
  const returned = (instance[name] as () => unknown).call(instance);
  if (!(returned instanceof Promise)) return;
  // Its outcome is nobody's: the object is not used.
  returned.catch(() => {});
  throw new RegistrationError([asyncPostConstruct(type, name)]);
}

/** Of what `dispatch` was given, plain data may be state; an object with behaviour is a service. */
function isService(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null && !(value instanceof Date);
}
