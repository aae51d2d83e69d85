import type { Container } from 'inversify';
import { InvalidArgumentError, RegistrationError } from '../../errors/index.js';
import { reasonOf, shown } from '../../errors/text.js';
import { hasMethod } from '../../model/options.js';
import { isClass, type AnyClass } from '../declarations.js';
import { asyncPostConstruct, injectionPlan, isBare, recordedInjections, type InjectionPlan } from './injection.js';
import { containerClassOf, inversify } from './inversify.js';
import { graphProblems, textOf, unwrapped } from './service-graph.js';
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

/** The sources of services, as given to a host. */
export interface ServiceOptions {
  /** Inversify container that has the services. */
  readonly container?: Container | undefined;
  /** Resolver of another container. It is asked before `container`, each time an object is built. */
  readonly services?: { has(token: unknown): boolean; get(token: unknown): unknown } | undefined;
  /** Whether classes that neither has are built. Default: true. */
  readonly autobind?: boolean | undefined;
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
  private readonly given: Container | undefined;
  /** The class of `given`: a child container must be of the copy of inversify that its parent is of. */
  private readonly containerClass: typeof Container | undefined;
  private readonly resolver: ServiceOptions['services'];
  readonly autobind: boolean;
  private readonly request: { readonly autobind?: true };
  /** Tokens of which the child container knows whether the resolver has them. */
  private readonly connected = new Set<unknown>();

  constructor({ container: given, services, autobind = true }: ServiceOptions = {}) {
    this.given = given;
    this.resolver = services;
    this.autobind = autobind;
    this.request = autobind ? { autobind } : {};
    checkSources(services, autobind);
    this.containerClass = given === undefined ? undefined : containerClassOf(given);
    if (given !== undefined && this.containerClass === undefined) {
      throw new InvalidArgumentError(
        'container',
        'it is not a Container of inversify 8',
        'Give `new Container()` of inversify 8 (npm ls inversify shows the versions).',
      );
    }
  }

  /** The child container, created when the first class needs it. */
  private get container(): Container {
    const { given } = this;
    return (this.own ??= new (this.containerClass ?? inversify().Container)({
      ...this.request,
      ...(given === undefined ? {} : { parent: given }),
    }));
  }

  /** An object of an activity or orchestration class: that of the resolver, or by its binding in the container. */
  resolve(type: AnyClass): object {
    if (this.resolver?.has(type) === true) return this.resolver.get(type) as object;
    // The class is not bound and has nothing to inject.
    if (this.given === undefined && isBare(type)) return Reflect.construct(type as new () => object, []);
    if (!this.connected.has(type)) {
      this.connected.add(type);
      this.connect(injectionPlan(type));
      // A registered class is built, whether or not other classes are.
      if (!this.autobind && !this.has(type)) this.container.bind(type).toSelf();
    }
    return this.container.get<object>(type as new () => object, this.request);
  }

  /** Whether the container or the resolver has a service. */
  has(token: unknown): boolean {
    return this.resolver?.has(token) === true || this.given?.isBound(token as never) === true;
  }

  /** Lets the child container take from the resolver what these parameters and properties need, and what their classes need. */
  private connect({ parameters, properties }: Pick<InjectionPlan, 'parameters' | 'properties'>): void {
    const { resolver, connected } = this;
    if (resolver === undefined) return;
    const { container } = this;
    for (const injection of [...parameters, ...properties.map(([, each]) => each)]) {
      if (injection.kind !== 'service') continue;
      const token = unwrapped(injection.service);
      if (connected.has(token)) continue;
      connected.add(token);
      if (resolver.has(token)) container.bind(token as never).toDynamicValue(() => resolver.get(token));
      else if (isClass(token)) this.connect(recordedInjections(token));
    }
  }

  /** Checks that each service of these classes, and of these services, can be found or built. @throws RegistrationError with all problems */
  check(types: readonly AnyClass[]): void {
    const problems = types
      .filter((type) => this.resolver?.has(type) !== true)
      .flatMap((type) => graphProblems(type, this));
    if (problems.length > 0) throw new RegistrationError([...new Set(problems)]);
  }

  /**
   * Resolves once each service of these classes that is created asynchronously. A singleton is available synchronously from then on.
   * @throws RegistrationError if a service cannot be created, or would be created asynchronously again for each object
   */
  async prepare(types: readonly AnyClass[]): Promise<void> {
    // A constructor creates each service that the program has not bound, synchronously.
    if (this.given === undefined && this.resolver === undefined) return;
    const problems: string[] = [];
    for (const type of types) this.connect(injectionPlan(type));
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
      container.getAsync(service, this.request).then(
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
    this.connect(plan);
    const resolvers = new Map<string, () => readonly unknown[]>();
    return (values) => {
      const places = assignValues(type, plan, values, (service) => this.container.isBound(service as never));
      const key = places.length === 0 ? '' : places.join();
      let resolve = resolvers.get(key);
      if (resolve === undefined) resolvers.set(key, (resolve = this.tupleOf(plan, places)));
      return construct(type, plan, places, values, resolve());
    };
  }

  /** Resolves in one request the services of all parameters and properties that `places` do not fill. */
  private tupleOf(plan: InjectionPlan, places: readonly number[]): () => readonly unknown[] {
    const wanted = [
      ...plan.parameters.filter((_, index) => !places.includes(index)),
      ...plan.properties.map(([, injection]) => injection),
    ].flatMap((injection) => (injection.kind === 'service' ? [injection.options] : []));
    if (wanted.length === 0) return () => [];
    const tuple = Symbol('constructor arguments');
    this.container.bind<unknown[]>(tuple).toResolvedValue((...resolved: unknown[]) => resolved, wanted as never);
    return () => this.container.get<unknown[]>(tuple, this.request);
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
  return textOf((options as { readonly serviceIdentifier: unknown }).serviceIdentifier);
}

/** @throws InvalidArgumentError */
function checkSources(services: unknown, autobind: unknown): void {
  if (services !== undefined && !(hasMethod(services, 'has') && hasMethod(services, 'get'))) {
    throw new InvalidArgumentError(
      'services',
      'it lacks one of the methods has and get',
      'Give { has: (token) => boolean, get: (token) => service }.',
    );
  }
  if (typeof autobind !== 'boolean') {
    throw new InvalidArgumentError(
      'autobind',
      `${shown(autobind)} is neither true nor false`,
      'Leave it out, or give false.',
    );
  }
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
